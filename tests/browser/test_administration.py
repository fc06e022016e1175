"""What an administrator does: roles, access, keys, fields, teams, shares and the audit log."""

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.e2e.client import Api
from tests.e2e.suite import Suite

MANAGER = "/roles/01900000-0000-7000-8001-000000000004"


def in_table(page: Page, visit: Visit, collection: str, action: str) -> Locator:
    """The cell of a role's table for something one does with records."""
    name = f"{visit.words(collection)}: {visit.words(f'identity:roles.action.{action}')}"
    return page.get_by_label(name, exact=True)


def eventually(check: Callable[[], bool], *, seconds: float = 40) -> None:
    """Waits for what takes its time, such as a cache that forgets."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def grants_of(api: Api, role: str) -> dict[str, str]:
    """The grants of a role, by their pattern."""
    grants = api.get(f"/v1/roles/{role}")["grants"]
    return {grant["permission"]: grant["scope"] for grant in grants}


def someone(api: Api, name: str) -> dict[str, Any]:
    """A colleague who leads a team of sales."""
    email = f"manager-{time.time_ns()}@wasl.example"
    role = MANAGER.rpartition("/")[2]
    person: dict[str, Any] = api.post(
        "/v1/users", {"email": email, "displayName": name, "roleIds": [role]}
    )
    return person


def test_a_ready_made_role_is_copied_and_one_cell_of_it_widened(visit: Visit, suite: Suite) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    visit.sign_in()
    visit.go(MANAGER)
    visit.keep("role-ready-made")
    # Nothing of it can be changed.
    expect(page.locator("main select")).to_have_count(0)
    page.get_by_role("button", name=words("identity:roles.copy"), exact=True).click()
    page.wait_for_url(lambda url: "/roles/" in url and MANAGER not in url)
    role = page.url.rpartition("/")[2]
    page.locator("main select").first.wait_for()
    before = grants_of(api, role)

    cell = in_table(page, visit, "contacts:contacts.title", "read")
    cell.select_option("ALL")
    expect(page.get_by_role("status").filter(has_text=words("state.saved"))).to_be_visible()
    expect(cell).to_have_value("ALL")
    visit.keep("role")
    after = grants_of(api, role)
    assert after["contacts.contacts.get"] == "ALL"
    assert after["contacts.contacts.list"] == "ALL"

    def elsewhere(grants: dict[str, str]) -> dict[str, str]:
        return {
            pattern: scope
            for pattern, scope in grants.items()
            if not pattern.startswith("contacts.contacts.")
        }

    assert elsewhere(after) == elsewhere(before)


def test_a_stale_role_shows_what_each_side_grants(visit: Visit, suite: Suite) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    role = api.post(
        "/v1/roles",
        {
            "key": f"desk{time.time_ns()}",
            "label": {"en": "Desk", "ar": "مكتب", "fa": "میز"},
            "grants": [{"permission": "contacts.contacts.*", "scope": "OWN"}],
        },
    )
    visit.sign_in()
    visit.go(f"/roles/{role['id']}")
    cell = in_table(page, visit, "contacts:contacts.title", "read")
    expect(cell).to_have_value("OWN")
    api.call(
        "PATCH",
        f"/v1/roles/{role['id']}",
        json={
            "grants": [
                {"permission": "contacts.contacts.*", "scope": "TEAM"},
                {"permission": "sales.products.*", "scope": "ALL"},
            ]
        },
        headers={"If-Match": f'"{role["etag"]}"'},
    )
    cell.select_option("ALL")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(words("conflict.title"))
    # Both sides, as sentences.
    for scope in ("ALL", "TEAM"):
        said = words(f"identity:roles.sum.{scope}").partition("{{actions}}")[2]
        expect(dialog).to_contain_text(said)
    visit.keep("role-conflict")
    dialog.get_by_role("button", name=words("action.save"), exact=True).click()
    expect(dialog).to_have_count(0)
    expect(cell).to_have_value("ALL")
    # What the other has changed elsewhere stays, whichever side is chosen.
    grants = grants_of(api, role["id"])
    assert grants["contacts.contacts.get"] == "ALL"
    assert grants["sales.products.*"] == "ALL"
    assert grants["contacts.contacts.create"] == "TEAM"


def test_why_somebody_may_is_told_in_words(visit: Visit, suite: Suite) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    person = someone(api, "Mina")
    contact = api.get("/v1/contacts", pageSize=1)["contacts"][0]
    visit.sign_in()
    visit.go(
        f"/access?user={person['id']}&permission=contacts.contacts.update&record={contact['id']}"
    )
    expect(page.locator("main")).to_contain_text(words("identity:access.denied"))
    visit.keep("access")
    page.get_by_role("link", name=re.compile(words("identity:access.openRole", role=""))).click()
    page.wait_for_url(f"**{MANAGER}")


def test_a_key_is_shown_once_and_revoked(visit: Visit, suite: Suite) -> None:
    page, words = visit.page, visit.words
    visit.sign_in()
    visit.go("/api-keys?new=true")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words("identity:fields.apiKeys.displayName")).fill("Nightly export")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_contain_text(words("identity:apiKeys.shownOnce"))
    secret = dialog.locator("input").input_value()
    assert secret.startswith("wasl_")
    visit.keep("api-key-shown-once")
    dialog.get_by_role("button", name=words("action.done"), exact=True).click()
    page.wait_for_url(re.compile("/api-keys/[0-9a-f-]{36}"))
    expect(dialog).to_have_count(0)
    assert secret not in page.content()

    def works() -> bool:
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.get(f"{visit.url}/v1/me", headers=headers).status_code == 200

    assert works()
    page.get_by_role("button", name=words("identity:apiKeys.revoke"), exact=True).click()
    page.wait_for_url(re.compile("/api-keys$"))
    eventually(lambda: not works())


def test_a_custom_field_is_added_and_filled_in(visit: Visit, suite: Suite) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    label = {"en": "Loyalty tier", "fa": "ردهٔ وفاداری", "ar": "فئة الولاء"}[words.language]
    key = f"loyalty{words.language}"
    visit.sign_in()
    visit.go("/custom-fields?of=contacts.contacts&field=new")
    dialog = page.get_by_role("dialog")
    language = {"en": "English", "fa": "فارسی", "ar": "العربية"}[words.language]
    dialog.get_by_label(f"{words('identity:fields.customFields.label')}: {language}").fill(label)
    dialog.get_by_label(words("identity:fields.customFields.key")).fill(key)
    # The form shows at once what people will see.
    expect(dialog.locator("fieldset").get_by_label(label)).to_be_visible()
    visit.keep("custom-field-new")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name=label, exact=True)).to_be_visible()
    visit.keep("custom-fields")

    contact = api.get("/v1/contacts", pageSize=1)["contacts"][0]
    visit.go(f"/contacts/{contact['id']}")
    page.get_by_role("button", name=f"{words('action.edit')}: {label}").click()
    page.get_by_label(label, exact=True).fill(f"Gold {words.language}")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Gold {words.language}", exact=True)).to_be_visible()
    eventually(
        lambda: (
            api.get(f"/v1/contacts/{contact['id']}").get("customFields", {}).get(key)
            == f"Gold {words.language}"
        ),
        seconds=5,
    )


def test_the_audit_log_tells_before_and_after(visit: Visit, suite: Suite) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    made = api.post("/v1/companies", {"name": "Old name"})
    changed = api.call(
        "PATCH",
        f"/v1/companies/{made['id']}",
        json={"name": "New name"},
        headers={"If-Match": f'"{made["etag"]}"'},
    )
    eventually(
        lambda: (
            len(api.get("/v1/auditEntries", filter=f'recordId = "{changed["id"]}"')["auditEntries"])
            == 2
        )
    )
    visit.sign_in()
    visit.go(f"/audit?record={made['id']}")
    rows = page.locator("main table tbody tr")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button").click()
    panel = page.get_by_role("complementary")
    line = panel.get_by_role("row").filter(has_text="New name")
    expect(line).to_contain_text("Old name")
    visit.keep("audit-entry")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    # Nobody was refused.
    page.get_by_role("combobox", name=words("identity:fields.auditEntries.outcome")).click()
    page.get_by_role("option", name=words("identity:auditEntries.outcome.refused")).click()
    expect(page.locator("main")).to_contain_text(words("identity:auditEntries.empty"))


def test_the_tree_of_teams_is_walked_by_keys_and_changed_by_dragging(
    visit: Visit, suite: Suite
) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    mark = words.language
    top = api.post("/v1/teams", {"name": f"Alpha {mark}"})
    below = api.post("/v1/teams", {"name": f"Beta {mark}", "parentId": top["id"]})
    other = api.post("/v1/teams", {"name": f"Gamma {mark}"})
    visit.sign_in()
    visit.go("/teams")

    def line(team: dict[str, Any]) -> Locator:
        return page.locator(f"[data-team='{team['id']}']")

    expect(line(below)).to_have_attribute("aria-level", "2")
    into, out = ("ArrowLeft", "ArrowRight") if words.is_rtl else ("ArrowRight", "ArrowLeft")
    line(top).focus()
    page.keyboard.press(out)
    expect(line(below)).to_have_count(0)
    page.keyboard.press(into)
    page.keyboard.press(into)
    expect(line(below)).to_be_focused()
    page.keyboard.press(out)
    expect(line(top)).to_be_focused()

    line(below).hover()
    grip = line(below).locator("[title]").first.bounding_box()
    target = line(other).bounding_box()
    assert grip
    assert target
    page.mouse.move(grip["x"] + 7, grip["y"] + 7)
    page.mouse.down()
    page.mouse.move(grip["x"] + 7, grip["y"] + 20, steps=4)
    # The place above all teams appears, and moves what is below it.
    page.wait_for_timeout(100)
    target = line(other).bounding_box()
    assert target
    page.mouse.move(grip["x"] + 7, target["y"] + target["height"] / 2, steps=8)
    visit.keep("teams-dragging")
    page.mouse.up()
    eventually(lambda: api.get(f"/v1/teams/{below['id']}")["parentId"] == other["id"], seconds=5)
    visit.keep("teams")


def test_a_record_is_shared_and_no_longer_shared(visit: Visit, suite: Suite) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    person = someone(api, f"Reza {words.language}")
    contact = api.get("/v1/contacts", pageSize=1)["contacts"][0]

    def shares() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = api.get(
            "/v1/contacts/shares", resource="contacts.contacts", recordId=contact["id"]
        )["shares"]
        return [share for share in found if share["userId"] == person["id"]]

    visit.sign_in()
    visit.go(f"/contacts/{contact['id']}")
    page.get_by_role("button", name=words("share.do"), exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name=words("share.person")).fill(person["displayName"])
    page.get_by_role("option", name=person["displayName"]).click()
    page.keyboard.press("Control+Enter")
    line = dialog.get_by_role("listitem").filter(has_text=person["displayName"])
    expect(line).to_be_visible()
    visit.keep("share")
    assert [share["level"] for share in shares()] == ["READ"]
    line.get_by_role("button", name=words("share.end")).click()
    expect(line).to_have_count(0)
    assert shares() == []
