"""Latin and Arabic script side by side: each text keeps its own order, wherever it stands.

Where a character is drawn is the proof; what the markup says is not.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.e2e.client import Api
from tests.e2e.suite import Suite

COMPANY = "Globex (UK) Ltd."
JOB = "مدیر فروش"
GIVEN, FAMILY = "نگار", "احمدی (تهران)"
PHONE = "+989121234567"
EMAIL = "negar.ahmadi@globex.example"
# Where a character of a text is drawn: its left edge, in pixels from the left of the window.
LEFT = """(root, [text, index]) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        const start = node.data.indexOf(text);
        if (start < 0) continue;
        const range = document.createRange();
        range.setStart(node, start + index);
        range.setEnd(node, start + index + 1);
        const box = range.getBoundingClientRect();
        if (box.width) return box.left;
    }
    throw new Error(`${text} is not shown in: ${root.innerText}`);
}"""


@dataclass
class Shown:
    """A text where it stands on the page."""

    root: Locator
    text: str

    def left(self, character: int) -> float:
        """Where one of its characters is drawn; a negative one counts from the end."""
        index = character % len(self.text)
        found: float = self.root.evaluate(LEFT, [self.text, index])
        return found


@pytest.fixture(scope="module")
def contact(suite: Suite) -> str:
    """The id of somebody with a name in one script and a company in another."""
    api: Api = suite.api()
    company = api.post("/v1/companies", {"name": COMPANY})
    person = {
        "givenName": GIVEN,
        "familyName": FAMILY,
        "jobTitle": JOB,
        "companyId": company["id"],
        "phones": [{"number": PHONE}],
        "emails": [{"address": EMAIL}],
    }
    return str(api.post("/v1/contacts", person)["id"])


def test_a_latin_company_stands_whole_in_a_persian_sentence(visit: Visit, contact: str) -> None:
    page, words = visit.page, visit.words
    visit.sign_in()
    visit.go(f"/contacts/{contact}")
    line = page.locator("main header p, main h1 + p").first
    expect(line).to_contain_text(COMPANY)
    company, job = Shown(line, COMPANY), Shown(line, JOB)
    # Its brackets and its last dot stay where English has them.
    places = [company.left(index) for index in (0, COMPANY.index("("), COMPANY.index(")"), -1)]
    assert places == sorted(places)
    assert job.left(0) > job.left(-1)
    # The parts of the sentence follow the page.
    assert (job.left(0) > company.left(0)) == words.is_rtl
    visit.keep("mixed-scripts-record")


def test_a_persian_name_stands_whole_in_a_table(visit: Visit, contact: str) -> None:
    page, words = visit.page, visit.words
    visit.sign_in()
    visit.go(f"/contacts?q={GIVEN}")
    row = page.locator("[role=row]").filter(has_text=FAMILY)
    expect(row).to_have_count(1)
    name = f"{GIVEN} {FAMILY}"
    shown, company = Shown(row, name), Shown(row, COMPANY)
    places = [shown.left(index) for index in (0, name.index("("), name.index(")"))]
    assert places == sorted(places, reverse=True)
    assert company.left(0) < company.left(-1)
    assert (shown.left(0) > company.left(0)) == words.is_rtl
    visit.keep("mixed-scripts-table")


def test_a_phone_number_keeps_its_plus_in_front(visit: Visit, contact: str) -> None:
    page, words = visit.page, visit.words
    visit.sign_in()
    for path in (f"/contacts/{contact}", f"/contacts?q={GIVEN}"):
        visit.go(path)
        link = page.locator("main a[href^='tel:']").filter(has_text=PHONE).first
        shown = Shown(link, PHONE)
        places = [shown.left(index) for index in range(len(PHONE))]
        assert places == sorted(places)
        assert link.evaluate("link => getComputedStyle(link).unicodeBidi") == "isolate"

    # And while it is typed, beside a name that takes the direction of its own letters.
    visit.go("/contacts?new=true")
    dialog = page.get_by_role("dialog")
    phone = dialog.locator("input[type=tel]").first
    phone.fill(PHONE)
    given = dialog.get_by_label(words("contacts:fields.givenName"))
    direction = "input => getComputedStyle(input).direction"
    assert phone.evaluate(direction) == "ltr"
    # An empty one runs as the page does.
    own = "rtl" if words.is_rtl else "ltr"
    for typed, wanted in (("", own), ("Sara", "ltr"), (GIVEN, "rtl")):
        given.fill(typed)
        assert given.evaluate(direction) == wanted
    visit.keep("mixed-scripts-form")


def test_an_address_breaks_at_its_sign_only(visit: Visit, contact: str) -> None:
    page = visit.page
    visit.sign_in()
    page.set_viewport_size({"width": 320, "height": 780})
    visit.go(f"/contacts/{contact}")
    link = page.locator("main a[href^='mailto:']").first
    local, domain = EMAIL.split("@")
    first, second = Shown(link, local), Shown(link, f"@{domain}")
    for shown in (first, second):
        places = [shown.left(index) for index in range(len(shown.text))]
        assert places == sorted(places), f"{shown.text} is broken"
    phone = page.locator("main a[href^='tel:']").filter(has_text=PHONE).first
    box = phone.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    visit.keep("mixed-scripts-320")
