"""axe finds nothing serious on any screen, in both directions, light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tools.stack.layout import ROOT

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
SCREENS = {
    "contacts": "/contacts",
    "companies": "/companies",
    "contact-new": "/contacts?new=true",
    "deals": "/opportunities",
    "board": "/opportunities?layout=board",
    "report": "/reports/pipeline",
    "import": "/contacts/import",
    "me": "/me",
    "users": "/users",
    "teams": "/teams",
    "teams-table": "/teams?layout=table",
    "roles": "/roles",
    "role": "/roles/01900000-0000-7000-8001-000000000004?tab=middle",
    "access": "/access?permission=contacts.contacts.update",
    "api-keys": "/api-keys",
    "api-key-new": "/api-keys?new=true",
    "providers": "/sign-in-providers",
    "custom-fields": "/custom-fields",
    "custom-field-new": "/custom-fields?field=new",
    "audit": "/audit",
}
RUN = """() => axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}).then(({ violations }) => violations.filter(({ impact }) => /serious|critical/.test(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 300))}`))"""


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical on the page as it is."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN)
    return found


@pytest.fixture(autouse=True)
def _axe() -> None:
    if not AXE.exists():
        pytest.skip("axe-core is missing: make web")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_a_serious_finding(visit: Visit, scheme: Any) -> None:
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    visit.go("/sign-in")
    visit.keep(f"sign-in-{scheme}")
    found["sign-in"] = serious(visit.page)
    visit.sign_in()
    for name, path in SCREENS.items():
        visit.go(path)
        visit.keep(f"{name}-{scheme}")
        found[name] = serious(visit.page)
    visit.go("/contacts")
    visit.page.locator("[role=row] a").first.click()
    visit.page.wait_for_load_state("networkidle")
    visit.keep(f"contact-{scheme}")
    found["contact"] = serious(visit.page)
    visit.page.keyboard.press("Control+k")
    visit.page.get_by_role("combobox").fill("sara")
    visit.page.get_by_role("option").first.wait_for()
    visit.keep(f"palette-{scheme}")
    found["palette"] = serious(visit.page)
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("width", [360, 1024])
def test_no_screen_is_wider_than_a_narrow_window(visit: Visit, width: int) -> None:
    visit.sign_in()
    visit.page.set_viewport_size({"width": width, "height": 780})
    for name, path in SCREENS.items():
        visit.go(path)
        visit.keep(f"{name}-{width}")
        # Neither the page nor its content; a table scrolls within itself.
        wide = visit.page.evaluate(
            "Math.max(...['html', 'main'].map(name => document.querySelector(name).scrollWidth))"
        )
        assert wide <= width, f"{name} is {wide} pixels wide"
