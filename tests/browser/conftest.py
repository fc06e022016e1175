"""A whole suite with a few records, a real Chromium, and somebody who is signed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.words import LANGUAGES, Words
from tests.e2e.client import Api
from tests.e2e.suite import Suite, running_suite
from tools.chromium import find
from tools.stack.layout import ROOT

# Kept as output of the tests: every screen, in both directions, light and dark.
SCREENSHOTS = ROOT / ".run/screenshots"
LOCALES = {"en": "en-US", "fa": "fa-IR", "ar": "ar-EG"}


@dataclass
class Visit:
    """A browser window in one language."""

    page: Page
    words: Words
    url: str
    email: str
    password: str

    def sign_in(self) -> None:
        """Signs in with e-mail address and password."""
        self.page.goto(f"{self.url}/sign-in")
        self.page.locator("input[name=email]").fill(self.email)
        self.page.locator("input[name=password]").fill(self.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def go(self, path: str) -> None:
        """Opens an address and waits until nothing is on its way any more."""
        self.page.goto(self.url + path)
        self.page.locator("main").first.wait_for()
        self.page.wait_for_load_state("networkidle")

    def keep(self, name: str) -> None:
        """Keeps a screenshot."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.words.language}.png")


@pytest.fixture(scope="package")
def suite() -> Iterator[Suite]:
    """A suite with the front end and a few records."""
    if not (ROOT / "web/dist/index.html").exists():
        pytest.skip("web/dist is missing: make web")
    with pytest.MonkeyPatch.context() as told:
        # The provider of single sign-on of these tests speaks without TLS.
        told.setenv("WASL_OIDC_ALLOW_HTTP_LOOPBACK", "true")
        yield from _filled_suite()


def _filled_suite() -> Iterator[Suite]:
    with running_suite() as started:
        fill(started.api())
        yield started


def fill(api: Api) -> None:
    """A company, sixty people and twenty deals."""
    company = api.post("/v1/companies", {"name": "Alpine Foods", "industry": "food"})
    for index in range(60):
        api.post(
            "/v1/contacts",
            {
                "givenName": f"Sara {index}",
                "familyName": "Rossi",
                "companyId": company["id"],
                "emails": [{"address": f"sara{index}@alpine.example"}],
                "phones": [{"number": "+989121234567"}],
            },
        )
    for index in range(20):
        api.post(
            "/v1/opportunities",
            {
                "name": f"Renewal {index}",
                "companyId": company["id"],
                "amount": {"amount": "123456789012.50", "currency": "USD"},
                "closeDate": "2027-03-21",
            },
        )


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    chromium = find()
    if chromium is None:
        pytest.skip("needs Chromium: install the package `chromium`")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=LANGUAGES)
def visit(request: pytest.FixtureRequest, suite: Suite, browser: Browser) -> Iterator[Visit]:
    """A window in each of the languages; whatever goes wrong in it fails the test."""
    words = Words(str(request.param))
    api = suite.api()
    me = api.get("/v1/me")["user"]
    headers = {"If-Match": f'"{me["etag"]}"'}
    api.call("PATCH", "/v1/me", json={"locale": words.language}, headers=headers)
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale=LOCALES[words.language]
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda message: (
            wrong.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    admin = suite.admin
    yield Visit(
        page=page,
        words=words,
        url=admin["WASL_URL"],
        email=admin["WASL_EMAIL"],
        password=admin["WASL_PASSWORD"],
    )
    context.close()
    assert wrong == []


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file of people as somebody's spreadsheet has it; one row cannot be read."""
    file = tmp_path / "people.csv"
    file.write_text(
        "First Name,Last Name,E-mail,Zodiac\n"
        + "".join(f"Omid,Karimi {index},omid{index}@example.org,leo\n" for index in range(500))
        + "Bad,Address,not-an-address,leo\n"
    )
    return file
