"""The same day without a mouse, and with a Persian or Arabic layout on."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

# What the keys J and K type while another layout is on.
LAYOUTS = {"en": ("j", "k"), "fa": ("ت", "ن"), "ar": ("ت", "ن")}


def press(page: Page, key: str, code: str) -> None:
    """A key press as a browser tells it under another layout: same place, another letter."""
    page.evaluate(
        """([key, code]) => document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }))""",
        [key, code],
    )


def test_from_sign_in_to_a_moved_deal_by_keyboard_alone(visit: Visit) -> None:
    page, words = visit.page, visit.words
    page.goto(f"{visit.url}/sign-in")
    expect(page.locator("input[name=email]")).to_be_focused()
    page.keyboard.type(visit.email)
    page.keyboard.press("Tab")
    page.keyboard.type(visit.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    visit.go("/contacts")

    # Down two rows, a look, back, open, back.
    page.locator("[role=grid]").wait_for()
    down, _ = LAYOUTS[words.language]
    press(page, down, "KeyJ")
    press(page, down, "KeyJ")
    page.keyboard.press("Space")
    expect(page.locator("aside")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("aside")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/contacts/[0-9a-f-]{36}"))
    expect(page.locator("[role=grid]")).to_have_count(0)
    page.locator("main h1").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "/contacts/" not in url)

    # A person.
    page.locator("[role=grid]").wait_for()
    press(page, "ز", "KeyC")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(words("contacts:fields.givenName"))).to_be_focused()
    page.keyboard.type("نگار")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/contacts/[0-9a-f-]{36}"))

    # Deals, by name.
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("Renewal 5")
    page.get_by_role("option").filter(has_text="Renewal 5").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("Renewal 5")

    # One of them to the next stage.
    visit.go("/opportunities?layout=board")
    columns = page.locator("main section[aria-label]")
    grip = columns.nth(0).locator("article button").first
    moved = columns.nth(0).locator("article a").first.inner_text()
    grip.focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(150)
    page.keyboard.press("ArrowLeft" if words.is_rtl else "ArrowRight")
    page.wait_for_timeout(150)
    page.keyboard.press("Space")
    expect(columns.nth(1).locator("article").filter(has_text=moved)).to_be_visible()


def test_help_tells_the_keys(visit: Visit) -> None:
    page, words = visit.page, visit.words
    visit.sign_in()
    visit.go("/contacts")
    press_shifted = (
        "() => document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{ key: '؟', code: 'Slash', shiftKey: true, bubbles: true, cancelable: true }))"
    )
    page.evaluate(press_shifted)
    expect(page.get_by_role("dialog")).to_contain_text(words("keys.palette"))
