"""Guessing: how far it gets, and whom it locks out: nobody but the one who guesses."""

import datetime
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from sqlalchemy import update

from chassis.testing.client import read_refusal, refusal
from services.identity.rules import password as passwords
from services.identity.rules.attempt import Attempt, place_of
from services.identity.tables.session import AttemptRow

LIMITED = ("RESOURCE_EXHAUSTED", "TOO_MANY_ATTEMPTS")


def guess(identity, email: str, address: str) -> str:
    """What a wrong password is answered with."""
    try:
        identity.browser(address).sign_in(email, "a wrong guess")
    except grpc.RpcError as error:
        refused = read_refusal(error)
        if refused.code == "RESOURCE_EXHAUSTED" and refused.reason:
            assert 0 < refused.retry_after <= 900
        return refused.reason
    raise AssertionError("a wrong password was taken")


def test_a_sixth_guess_at_an_address_is_refused_even_when_it_is_right(identity):
    identity.with_password("ada")
    said = [guess(identity, "ada@wasl.example", "203.0.113.1") for _ in range(7)]
    assert said == ["SIGN_IN_FAILED"] * 5 + ["TOO_MANY_ATTEMPTS"] * 2
    refused = refusal(lambda: identity.browser("203.0.113.1").sign_in("ada@wasl.example"))
    assert (refused.code, refused.reason) == LIMITED
    # From elsewhere the person comes in.
    identity.browser("203.0.113.2").sign_in("ada@wasl.example")


def test_the_window_ends_by_itself(identity):
    identity.with_password("ada")
    for _ in range(6):
        guess(identity, "ada@wasl.example", "203.0.113.1")
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    with identity.running.session() as session:
        session.execute(update(AttemptRow).values(window_end=past))
    identity.browser("203.0.113.1").sign_in("ada@wasl.example")


def test_a_right_password_makes_earlier_mistakes_count_no_more(identity):
    identity.with_password("ada")
    for _ in range(3):
        for _ in range(4):
            assert guess(identity, "ada@wasl.example", "203.0.113.1") == "SIGN_IN_FAILED"
        identity.browser("203.0.113.1").sign_in("ada@wasl.example")


def test_an_account_has_fifty_tries_from_everywhere_and_its_own_addresses_one_more(identity):
    identity.with_password("ada")
    home = identity.browser("198.51.100.1")
    home.sign_in("ada@wasl.example")
    said = [guess(identity, "ada@wasl.example", f"203.0.113.{n}") for n in range(52)]
    assert said == ["SIGN_IN_FAILED"] * 50 + ["TOO_MANY_ATTEMPTS"] * 2
    # Whom nobody has seen there must wait, whoever has been there before comes in.
    assert (
        refusal(lambda: identity.browser("198.51.100.9").sign_in("ada@wasl.example")).reason
        == "TOO_MANY_ATTEMPTS"
    )
    home.sign_in("ada@wasl.example")


def test_an_address_has_a_hundred_tries_at_all_accounts(identity):
    said = [guess(identity, f"p{n}@wasl.example", "203.0.113.1") for n in range(102)]
    assert said == ["SIGN_IN_FAILED"] * 100 + ["TOO_MANY_ATTEMPTS"] * 2


def test_what_was_refused_does_not_use_up_the_tries_of_others(identity):
    identity.with_password("ada")
    for _ in range(60):
        guess(identity, "ada@wasl.example", "203.0.113.1")
    identity.browser("203.0.113.2").sign_in("ada@wasl.example")


def test_a_thousand_guesses_at_once_get_five_and_lock_nobody_else_out(identity, monkeypatch):
    identity.with_password("ada")
    identity.with_password("eve")
    hashed = []
    fits = passwords.fits
    monkeypatch.setattr(
        "services.identity.api.session.fits",
        lambda password, kept: hashed.append(password) or fits(password, kept),
    )
    said: list[str] = []
    done = threading.Event()

    def attack() -> None:
        with ThreadPoolExecutor(40) as pool:
            work = lambda _: guess(identity, "ada@wasl.example", "203.0.113.1")  # noqa: E731
            said.extend(pool.map(work, range(1000)))
        done.set()

    attacker = threading.Thread(target=attack)
    attacker.start()
    honest = []
    while not done.is_set():
        for email, address in (
            ("ada@wasl.example", "198.51.100.1"),
            ("eve@wasl.example", "198.51.100.2"),
            ("eve@wasl.example", "203.0.113.1"),
        ):
            started = time.perf_counter()
            browser = identity.browser(address)
            browser.sign_in(email)
            assert browser.is_signed_in
            honest.append(time.perf_counter() - started)
    attacker.join()
    assert said.count("SIGN_IN_FAILED") == 5
    assert said.count("TOO_MANY_ATTEMPTS") == 995
    assert hashed.count("a wrong guess") == 5
    assert len(honest) >= 3
    assert max(honest) < 3


def test_without_counting_every_guess_would_be_judged(identity, monkeypatch):
    # The other way round: it is the counting that stops the guesses above.
    nothing = Attempt(b"", ())
    monkeypatch.setattr("services.identity.api.session.count_sign_in", lambda *_: nothing)
    identity.with_password("ada")
    said = [guess(identity, "ada@wasl.example", "203.0.113.1") for _ in range(12)]
    assert said == ["SIGN_IN_FAILED"] * 12


def test_half_an_ipv6_address_is_one_party():
    assert place_of("2001:db8::1") == place_of("2001:db8::ffff:1")
    assert place_of("2001:db8::1") != place_of("2001:db8:0:1::1")
    assert place_of("::ffff:192.0.2.1") == place_of("192.0.2.1")
    assert place_of("192.0.2.1") != place_of("192.0.2.2")
    assert place_of("unknown") == "unknown"
