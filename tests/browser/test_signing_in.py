"""Ways in beside the password: an invitation, a second factor, single sign-on."""

import re
import time
from collections.abc import Iterator
from uuid import uuid4

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.e2e.suite import Suite
from tests.integration.identity.provider import CLIENT_ID, CLIENT_SECRET, Provider, install
from tests.npm import need_node

PASSWORD = "seven brown horses and a kettle"
LATIN_TO_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A real OpenID Connect provider."""
    need_node()
    running = Provider(install())
    yield running
    running.stop()


def test_somebody_invited_sets_up_a_second_factor_and_signs_in_with_it(
    visit: Visit, suite: Suite
) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    email = f"second-{uuid4().hex[:8]}@wasl.example"
    user = api.post(
        "/v1/users",
        {"email": email, "displayName": "Dana Second", "locale": words.language},
    )
    invitation = api.post(f"/v1/users/{user['id']}:invite", {})["url"]

    page.goto(invitation)
    page.get_by_label(words("identity:password.new"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=words("identity:reset.do")).click()
    expect(page.get_by_text(words("identity:reset.done"))).to_be_visible()

    visit.email, visit.password = email, PASSWORD
    visit.sign_in()
    visit.go("/me")
    card = page.get_by_role("region", name=words("identity:second.title"))
    card.get_by_role("button", name=words("identity:second.start")).click()
    secret = card.locator("code").inner_text()
    visit.keep("second-factor-setup")
    card.get_by_label(words("identity:signIn.code"), exact=True).fill(pyotp.TOTP(secret).now())
    card.get_by_role("button", name=words("identity:second.confirm")).click()
    expect(card.get_by_text(words("identity:second.on"))).to_be_visible()
    expect(card.get_by_role("listitem").first).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{visit.url}/sign-in")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    code = page.locator("input[name=code]")
    expect(code).to_be_focused()
    expect(page.locator("h1")).to_have_text(words("identity:signIn.secondStep"))
    visit.keep("second-factor")
    # Not signed in yet: the password alone opens nothing.
    assert page.evaluate("async () => (await fetch('/v1/me')).status") == 401
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(words("identity:refused.secondFactor"))
    # The code of now has set the factor up and works no second time; typed in the digits of a
    # Persian keyboard, the next one does.
    later = pyotp.TOTP(secret).at(int(time.time()) + 30).translate(LATIN_TO_PERSIAN)
    code.fill(later)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    signed_in = page.evaluate("async () => (await (await fetch('/v1/me')).json()).user.email")
    assert signed_in == email


@pytest.mark.parametrize("visit", ["en", "fa"], indirect=True)
def test_somebody_comes_in_through_the_company_account(
    visit: Visit, suite: Suite, provider: Provider
) -> None:
    page, words, api = visit.page, visit.words, suite.api()
    provider.set_client(redirect_uris=[f"{visit.url}/sign-in/callback"])
    roles = {role["key"]: role["id"] for role in api.get("/v1/roles")["roles"]}
    company = api.post(
        "/v1/oidcProviders",
        {
            "displayName": f"Acme {words.language}",
            "issuer": provider.issuer,
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "scopes": ["groups"],
            "groupMappings": [{"group": "sales", "roleId": roles["salesRepresentative"]}],
            "createsUsers": True,
            "enabled": True,
        },
    )
    subject = f"kim-{uuid4().hex[:8]}"
    provider.person(subject, name="Kim Sso", groups=["sales"], locale=words.language)
    provider.browser(subject)
    try:
        # Whoever asked for a page lands on it.
        page.goto(f"{visit.url}/companies")
        page.wait_for_url(re.compile("/sign-in"))
        visit.keep("single-sign-on")
        button = words("identity:signIn.with", provider=company["displayName"])
        page.get_by_role("button", name=button).click()
        page.wait_for_url(f"{visit.url}/companies")
        expect(page.locator("main h1")).to_contain_text(words("contacts:companies.title"))
        me = page.evaluate("async () => (await (await fetch('/v1/me')).json()).user")
        assert (me["email"], me["displayName"]) == (f"{subject}@wasl.example", "Kim Sso")
    finally:
        kept = {"If-Match": f'"{company["etag"]}"'}
        api.call("DELETE", f"/v1/oidcProviders/{company['id']}", headers=kept)
        provider.close_browsers()
