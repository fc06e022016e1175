"""The day of a salesperson, in each language, with the mouse: what the screens are for."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

# The same name, as it is written and as it is typed in Latin letters.
NAMES = {"en": ("محمد", "Mohamed"), "fa": ("حسین", "hossein"), "ar": ("خالد", "khaled")}


def test_a_person_with_an_arabic_name_is_found_by_its_latin_spelling(visit: Visit) -> None:
    page, words = visit.page, visit.words
    written, latin = NAMES[words.language]
    visit.sign_in()
    visit.go("/contacts")
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if words.is_rtl else "ltr")

    page.get_by_role("button", name=words("contacts:contacts.one"), exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words("contacts:fields.givenName")).fill(written)
    dialog.get_by_label(words("contacts:fields.familyName")).fill("Playwright")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/contacts/[0-9a-f-]{36}"))
    expect(page.locator("main h1")).to_contain_text(written)
    visit.keep("contact")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill(f"{latin} playwright")
    found = page.get_by_role("option").filter(has_text=written)
    expect(found).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text(written)


def test_a_deal_is_dragged_to_another_stage(visit: Visit) -> None:
    page = visit.page
    visit.sign_in()
    visit.go("/opportunities?layout=board")
    columns = page.locator("main section[aria-label]")
    card = columns.nth(0).locator("article").first
    name = card.locator("a").first.inner_text()
    start, target = card.bounding_box(), columns.nth(1).bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] - 8)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 20, start["y"] + 60, steps=4)
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + 160, steps=10)
    visit.keep("board-dragging")
    page.mouse.up()
    expect(columns.nth(1).locator("article").filter(has_text=name)).to_be_visible()
    # It is there because the API has it there.
    page.reload()
    expect(columns.nth(1).locator("article").filter(has_text=name)).to_be_visible()


def test_a_won_deal_is_refused_before_it_is_dropped_on_lost(visit: Visit) -> None:
    page, words = visit.page, visit.words
    visit.sign_in()
    visit.go("/opportunities?layout=board")
    columns = page.locator("main section[aria-label]")
    columns.nth(0).locator("article a").first.click()
    page.get_by_role("button", name=words("sales:opportunities.win"), exact=True).click()
    page.get_by_role("dialog").get_by_role(
        "button", name=words("sales:opportunities.win"), exact=True
    ).click()
    expect(page.get_by_role("button", name=words("sales:opportunities.reopen"))).to_be_visible()
    visit.go("/opportunities?layout=board")
    won, lost = columns.nth(-2), columns.nth(-1)
    won.scroll_into_view_if_needed()
    card = won.locator("article").first
    start, target = card.bounding_box(), lost.bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + 60, start["y"] + start["height"] - 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 80, start["y"] + 40, steps=4)
    page.mouse.move(target["x"] + 30, target["y"] + 160, steps=10)
    expect(lost.get_by_text(words("sales:opportunities.reopenFirst"))).to_be_visible()
    page.mouse.up()
    expect(lost.locator("article")).to_have_count(0)


def test_an_import_shows_its_progress_and_what_it_refused(visit: Visit, people: Path) -> None:
    page, words = visit.page, visit.words
    visit.sign_in()
    visit.go("/contacts/import")
    page.set_input_files("input[type=file]", people)
    # The columns were understood by their English names, whatever language the screen has.
    mapped = page.get_by_role("combobox", name=words("import.fills", column="First Name"))
    expect(mapped).to_have_value(words("contacts:fields.givenName"))
    visit.keep("import-columns")
    page.get_by_role("button", name=words("import.try")).click()
    page.get_by_role("button", name=words("import.run")).click()
    page.wait_for_url(re.compile("/imports/contacts/"))
    expect(page.get_by_text(words("job.state.SUCCEEDED"), exact=True)).to_be_visible()
    refused = page.get_by_role("link").filter(has=page.locator("svg")).last
    expect(refused).to_have_attribute("href", re.compile(":failures$"))
    visit.keep("import-done")
    page.get_by_role("button", name=words("frame.notifications")).click()
    expect(
        page.get_by_text(
            words("job.import", what=words("contacts:contacts.title")), exact=True
        ).first
    ).to_be_visible()


@pytest.mark.parametrize("visit", ["en"], indirect=True)
def test_a_stale_edit_shows_both_values(visit: Visit) -> None:
    page = visit.page
    visit.sign_in()
    visit.go("/companies")
    page.get_by_role("link", name="Alpine Foods").first.click()
    edit = page.get_by_role("button", name="Edit: Industry")
    edit.focus()
    # Somebody else is quicker.
    page.evaluate(
        """async () => {
            const path = '/v1' + location.pathname;
            const { etag } = await (await fetch(path)).json();
            await fetch(path, {
                method: 'PATCH', body: JSON.stringify({ industry: 'theirs' }),
                headers: { 'Content-Type': 'application/json', 'If-Match': `"${etag}"` },
            });
        }"""
    )
    page.keyboard.press("Enter")
    page.get_by_label("Industry").fill("mine")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("theirs")
    expect(dialog).to_contain_text("mine")
    visit.keep("conflict")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    page.reload()
    expect(page.get_by_text("mine").first).to_be_visible()
