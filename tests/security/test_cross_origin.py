"""Another site makes a real browser send requests to Wasl: nothing changes (CSRF)."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, sync_playwright
from sqlalchemy import text
from werkzeug.serving import make_server

from chassis.testing.client import Client
from chassis.testing.running import RunningService
from services.contacts.service import SERVICE as CONTACTS
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.identity.rules.bootstrap import make_first_administrator
from services.identity.service import SERVICE as IDENTITY
from tests.security.hostile import ATTACKS, hostile_site
from tools.chromium import find
from tools.proto import DESCRIPTORS
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import CreateContactRequest

EMAIL, PASSWORD = "admin@wasl.example", "a long enough password 4"
# Another port is the same site, whose requests have the cookie; another name is another site.
HOSTS = ("127.0.0.1", "localhost")


@dataclass
class Victim:
    """A running Wasl, and a browser that is signed in to it."""

    address: str
    page: Page
    contacts: RunningService
    identity: RunningService
    record: str

    def is_signed_in(self) -> bool:
        """Whether the browser's session is worth something."""
        status = self.page.evaluate("fetch('/v1/me').then(answer => answer.status)")
        return bool(status == 200)

    def state(self) -> list[str]:
        """Everything that requests could have changed, the audit log's events among it."""
        found = []
        for running, tables in (
            (self.contacts, ("contact", "job", "outbox", "share")),
            (self.identity, ("outbox", "session", "api_key")),
        ):
            with running.session() as session:
                for table in tables:
                    rows = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                    found.append(f"{running.service.name}.{table}: {rows}")
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = find()
    if chromium is None:
        pytest.skip("needs Chromium: install the package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def dist() -> Iterator[Path]:
    # Not tmp_path: the path of a Unix socket may have 107 characters only.
    with tempfile.TemporaryDirectory(prefix="wasl-") as made:
        folder = Path(made)
        (folder / "index.html").write_text("<!doctype html><title>Wasl</title><p>Wasl")
        yield folder


@pytest.fixture(scope="module")
def services(
    start_module_service: Callable[..., RunningService], dist: Path
) -> tuple[RunningService, RunningService]:
    admin = {"admin_email": EMAIL, "admin_password": PASSWORD}
    identity = start_module_service(IDENTITY, suite=dist, **admin)
    make_first_administrator(identity.runtime)
    return start_module_service(CONTACTS, suite=dist), identity


@contextmanager
def gateway(identity: RunningService, dist: Path, **more: Any) -> Iterator[str]:
    app = create_app(
        GatewaySettings(
            internal_key=identity.keys.internal,
            service_address=f"unix:{dist}/{{service}}.sock",
            descriptors=str(DESCRIPTORS),
            web_root=str(dist),
            rate_limit=0,
            **more,
        )
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def signed_in(
    browser: Browser, address: str, services: tuple[RunningService, RunningService]
) -> Iterator[Victim]:
    contacts, identity = services
    client = Client(contacts)
    made = client.create_contact(CreateContactRequest(contact=Contact(display_name="Ada")))
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    sign_in = """([email, password]) => fetch('/v1/sessions', {method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({email, password})}).then(answer => answer.status)"""
    assert page.evaluate(sign_in, [EMAIL, PASSWORD]) == 201
    yield Victim(address, page, contacts, identity, made.id)
    context.close()


@pytest.fixture(scope="module")
def victim(
    browser: Browser, services: tuple[RunningService, RunningService], dist: Path
) -> Iterator[Victim]:
    with gateway(services[1], dist) as address, signed_in(browser, address, services) as found:
        assert found.is_signed_in()
        yield found


@pytest.fixture(scope="module")
def hostile(victim: Victim) -> Iterator[int]:
    words = {
        "TARGET": victim.address,
        "RECORD": victim.record,
        "EMAIL": EMAIL,
        "PASSWORD": PASSWORD,
    }
    with hostile_site(words) as port:
        yield port


def visit(victim: Victim, host: str, port: int, number: int) -> list[int]:
    """Opens the page of an attack in the victim's browser; the statuses that Wasl answered."""
    page = victim.page.context.new_page()
    statuses: list[int] = []

    def note(answer: Response) -> None:
        if answer.url.startswith(victim.address):
            statuses.append(answer.status)

    page.context.on("response", note)
    page.goto(f"http://{host}:{port}/{number}")
    page.wait_for_load_state("networkidle")
    for other in victim.page.context.pages:
        if other is not victim.page:
            other.close()
    page.context.remove_listener("response", note)
    return statuses


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_another_site_changes_nothing(attack: str, host: str, victim: Victim, hostile: int) -> None:
    before = victim.state()
    statuses = visit(victim, host, hostile, list(ATTACKS).index(attack))
    assert victim.state() == before
    assert victim.is_signed_in()
    assert not [status for status in statuses if status < 300 or status >= 500]


def test_our_own_page_may_do_it(victim: Victim) -> None:
    # The proof that the attacks fail for where they come from, and for nothing else.
    status = victim.page.evaluate(
        """fetch('/v1/contacts', {method: 'POST', headers: {'Content-Type': 'application/json'},
           body: '{"displayName": "made by us"}'}).then(answer => answer.status)"""
    )
    assert status == 201


def test_no_other_site_may_show_us_in_a_frame(victim: Victim, hostile: int) -> None:
    page = victim.page.context.new_page()
    page.goto(f"http://127.0.0.1:{hostile}/")
    page.evaluate(
        """address => new Promise(done => {
             const frame = document.createElement('iframe');
             frame.onload = done;
             frame.src = address;
             document.body.append(frame);
           })""",
        victim.address,
    )
    frame = page.frames[1]
    assert "Wasl" not in frame.content()
    page.close()


def test_a_script_cannot_read_the_cookie(victim: Victim) -> None:
    assert victim.page.evaluate("document.cookie") == ""
    (cookie,) = victim.page.context.cookies(victim.address)
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        "__Host-wasl_session",
        True,
        True,
        "Lax",
    )


def test_the_page_runs_no_script_that_is_not_ours(victim: Victim) -> None:
    told: list[str] = []
    page = victim.page.context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.goto(victim.address)
    page.evaluate(
        """() => {
             const script = document.createElement('script');
             script.textContent = 'window.ran = true';
             document.body.append(script);
             document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = 1">');
           }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in line for line in told)
    page.close()


def test_without_the_check_an_attack_succeeds(
    browser: Browser,
    services: tuple[RunningService, RunningService],
    dist: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "services.gateway.app.origin_check", lambda *_: lambda _environ, _with_cookie: None
    )
    with gateway(services[1], dist) as address, signed_in(browser, address, services) as victim:
        words = {"TARGET": victim.address, "RECORD": victim.record}
        with hostile_site(words) as port:
            number = list(ATTACKS).index("a form that signs out")
            visit(victim, "127.0.0.1", port, number)
        assert not victim.is_signed_in()
