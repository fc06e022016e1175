"""Passwords and second factors: what is taken, what is refused, what it ends."""

import datetime
import time

import pyotp
import pytest
from sqlalchemy import select, update

from chassis.database.tables import MailRow, OutboxRow
from chassis.testing.client import refusal
from services.identity.rules import second_factor as factors
from services.identity.tables.password import OneTimeTokenRow, RecoveryCodeRow, SecondFactorRow
from services.identity.tables.user import UserRow
from tests.integration.identity.people import PASSWORD, ROLE_IDS
from wasl.identity.v1.password_service_pb import (
    ChangePasswordRequest,
    ConfirmSecondFactorRequest,
    EnrollSecondFactorRequest,
    RemoveSecondFactorRequest,
    RequestPasswordResetRequest,
    ResetPasswordRequest,
)
from wasl.identity.v1.session_pb import Session
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import (
    DisableUserRequest,
    InviteUserRequest,
    ResetUserRequest,
)

OTHER = "the other very long password"


def reset(identity, token: str, password: str = OTHER) -> str:
    request = ResetPasswordRequest(token=token, new_password=password)
    return identity.browser().client().reset_password(request).email


def tokens_mailed(identity, email: str = "ada@wasl.example") -> list[str]:
    with identity.running.session() as session:
        texts = session.scalars(
            select(MailRow.text).where(MailRow.to_address == email).order_by(MailRow.id)
        ).all()
    return [text.partition("#token=")[2].split()[0] for text in texts if "#token=" in text]


def ask_for_reset(identity, email: str = "ada@wasl.example", address: str = "192.0.2.1") -> None:
    request = RequestPasswordResetRequest(email=email)
    identity.browser(address).client().request_password_reset(request)


def test_passwords_are_kept_as_argon2id(identity):
    identity.with_password("ada")
    with identity.running.session() as session:
        (kept,) = session.scalars(
            select(UserRow.password_hash).where(UserRow.email == "ada@wasl.example")
        )
        told = b"".join(session.scalars(select(OutboxRow.body)))
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert kept.encode() not in told


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "PASSWORD_TOO_SHORT"),
        ("fourteen chars", "PASSWORD_TOO_SHORT"),
        ("passwordpassword", "PASSWORD_KNOWN"),
        ("aaaaaaaaaaaaaaaaaaaa", "PASSWORD_KNOWN"),
        ("12345678901234567890", "PASSWORD_KNOWN"),
        ("abcdefghijklmnopq", "PASSWORD_KNOWN"),
        ("qwerty123qwerty123", "PASSWORD_KNOWN"),
        ("ada.lovelace@wasl.example", "PASSWORD_PERSONAL"),
        ("AdaAugustaLovelace12", "PASSWORD_PERSONAL"),
    ],
)
def test_a_password_that_is_tried_first_is_refused_by_name(identity, password, reason):
    ada = identity.person("ada.lovelace")
    identity.change(ada, display_name="Augusta Lovelace")
    refused = refusal(lambda: reset(identity, identity.invite(ada), password))
    assert [(v.field, v.reason) for v in refused.violations] == [("newPassword", reason)]


@pytest.mark.parametrize(
    "password",
    [
        "fifteen letters",
        "گذرواژهٔ بلند من این است",
        "كلمة مرور طويلة جدا",
        "x9!kQ" * 2 + "~7zRp",
        "🐘" * 7 + "🦊" * 8,
    ],
)
def test_any_other_password_of_15_characters_is_taken(identity, password):
    ada = identity.person("ada")
    reset(identity, identity.invite(ada), password)
    identity.browser().sign_in("ada@wasl.example", password)


def test_the_same_letters_in_another_composition_are_the_same_password(identity):
    composed, decomposed = "caf\u00e9 au lait et croissant", "cafe\u0301 au lait et croissant"
    reset(identity, identity.invite(identity.person("ada")), composed)
    identity.browser().sign_in("ada@wasl.example", decomposed)


def test_an_invitation_activates_once_and_a_new_one_ends_it(identity):
    ada = identity.person("ada")
    first, second = identity.invite(ada), identity.invite(ada)
    refused = refusal(lambda: reset(identity, first))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "TOKEN_INVALID")
    assert reset(identity, second) == "ada@wasl.example"
    assert identity.user(ada.id).state == User.State.ACTIVE
    assert refusal(lambda: reset(identity, second)).reason == "TOKEN_INVALID"
    refused = refusal(lambda: identity.invite(ada))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "NOT_INVITABLE")


def test_a_password_that_is_refused_does_not_use_the_link_up(identity):
    token = identity.invite(identity.person("ada"))
    refusal(lambda: reset(identity, token, "short"))
    reset(identity, token)


def test_the_mail_of_an_invitation_is_in_the_persons_language(identity):
    for locale, word, direction in (
        ("fa", "گذرواژه", "rtl"),
        ("ar", "مرور", "rtl"),
        ("en", "password", "ltr"),
    ):
        person = identity.person(locale, locale=locale)
        token = identity.invite(person)
        with identity.running.session() as session:
            (mail,) = session.scalars(select(MailRow).where(MailRow.to_address == person.email))
            assert word in mail.text
            assert token in mail.text
            assert token in mail.html
            assert f'lang="{locale}" dir="{direction}"' in mail.html


def test_a_name_in_a_mail_is_text_and_no_markup(identity):
    person = identity.person("ada")
    identity.change(person, display_name="<img src=x onerror=alert(1)>")
    identity.invite(person)
    with identity.running.session() as session:
        (mail,) = session.scalars(select(MailRow))
        assert "<img" not in mail.html


def test_who_cannot_reach_an_administrator_cannot_invite_one(identity):
    officer = identity.as_person(identity.person("officer", "operations"))
    second = identity.person("second", "administrator")
    for attempt in (
        lambda: officer.invite_user(InviteUserRequest(id=second.id)),
        lambda: officer.reset_user(ResetUserRequest(id=second.id)),
    ):
        assert refusal(attempt).reason == "GRANT_EXCEEDS_OWN"


def test_a_reset_sets_the_password_and_ends_all_sessions(identity):
    identity.with_password("ada")
    browser = identity.browser()
    browser.sign_in("ada@wasl.example")
    ask_for_reset(identity)
    token = tokens_mailed(identity)[-1]
    assert reset(identity, token) == "ada@wasl.example"
    assert not browser.is_signed_in
    assert refusal(lambda: browser.sign_in("ada@wasl.example")).reason == "SIGN_IN_FAILED"
    browser.sign_in("ada@wasl.example", OTHER)


def test_nobody_learns_who_has_an_account_by_asking_for_a_reset(identity):
    gone = identity.with_password("gone")
    identity.client.disable_user(DisableUserRequest(id=gone.id))
    before = len(tokens_mailed(identity, "gone@wasl.example"))
    for email in ("nobody@wasl.example", "gone@wasl.example", "no address"):
        ask_for_reset(identity, email)
    assert len(tokens_mailed(identity, "gone@wasl.example")) == before
    assert tokens_mailed(identity, "nobody@wasl.example") == []


def test_resets_are_counted_so_that_nobody_is_flooded(identity):
    identity.with_password("ada")
    for _ in range(3):
        ask_for_reset(identity)
    refused = refusal(lambda: ask_for_reset(identity, address="192.0.2.2"))
    assert (refused.code, refused.reason) == ("RESOURCE_EXHAUSTED", "TOO_MANY_ATTEMPTS")


def test_a_link_that_is_too_old_is_not_taken(identity):
    token = identity.invite(identity.person("ada"))
    with identity.running.session() as session:
        past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
        session.execute(update(OneTimeTokenRow).values(expire_time=past))
    assert refusal(lambda: reset(identity, token)).reason == "TOKEN_INVALID"


def test_a_change_is_proved_by_the_old_password_and_ends_the_other_sessions(identity):
    identity.with_password("ada")
    here, there = identity.browser(), identity.browser()
    here.sign_in("ada@wasl.example")
    there.sign_in("ada@wasl.example")
    wrong = ChangePasswordRequest(current_password="wrong", new_password=OTHER)
    refused = refusal(lambda: here.client().change_password(wrong))
    assert [(v.field, v.reason) for v in refused.violations] == [
        ("currentPassword", "PASSWORD_WRONG")
    ]
    right = ChangePasswordRequest(current_password=PASSWORD, new_password=OTHER)
    here.client().change_password(right)
    assert here.is_signed_in
    assert not there.is_signed_in
    there.sign_in("ada@wasl.example", OTHER)


def test_a_key_cannot_change_the_password_of_its_person(identity):
    person = identity.with_password("ada")
    client = identity.as_person(person)
    request = ChangePasswordRequest(current_password=PASSWORD, new_password=OTHER)
    for attempt in (
        lambda: client.change_password(request),
        lambda: client.enroll_second_factor(EnrollSecondFactorRequest()),
    ):
        assert refusal(attempt).reason == "NO_SESSION"


class Phone:
    """An authenticator app, and the browser that it belongs to."""

    def __init__(self, identity, name: str = "ada") -> None:
        self.identity, self.email = identity, f"{name}@wasl.example"
        self.person = identity.with_password(name)
        self.browser = identity.browser()
        self.browser.sign_in(self.email)
        enrolled = self.browser.client().enroll_second_factor(EnrollSecondFactorRequest())
        self.totp = pyotp.parse_uri(enrolled.uri)
        assert self.totp.secret == enrolled.secret
        answer = self.browser.client().confirm_second_factor(
            ConfirmSecondFactorRequest(code=self.code(-1))
        )
        self.recovery_codes = list(answer.recovery_codes)

    def code(self, steps: int = 0) -> str:
        return self.totp.at(int(time.time()) + 30 * steps)

    def challenge(self) -> str:
        answer = self.browser.sign_in(self.email)
        assert answer.session is None
        assert not answer.session_token
        return answer.challenge


def test_with_a_second_factor_signing_in_takes_two_steps(identity):
    phone = Phone(identity)
    assert identity.user(phone.person.id).second_factor
    challenge = phone.challenge()
    assert not phone.browser.is_signed_in
    answer = phone.browser.verify(challenge, phone.code())
    assert answer.session.method == Session.Method.SECOND_FACTOR
    assert phone.browser.is_signed_in


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])
def test_a_code_is_taken_in_the_digits_of_the_person(identity, digits):
    phone = Phone(identity)
    code = "".join(digits[int(figure)] for figure in phone.code())
    phone.browser.verify(phone.challenge(), f"{code[:3]} {code[3:]}")
    assert phone.browser.is_signed_in


def test_a_code_works_once_and_not_two_steps_away(identity):
    phone = Phone(identity)
    code = phone.code()
    phone.browser.verify(phone.challenge(), code)
    for wrong in (code, phone.code(-1), phone.code(-3), phone.code(3)):
        challenge = phone.challenge()
        refused = refusal(lambda c=challenge, w=wrong: phone.browser.verify(c, w))
        assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "CODE_INVALID")
    phone.browser.verify(phone.challenge(), phone.code(1))


def test_a_challenge_works_once_and_takes_five_tries(identity):
    phone = Phone(identity)
    challenge = phone.challenge()
    for _ in range(5):
        refused = refusal(lambda: phone.browser.verify(challenge, "000000x"))
        assert refused.reason == "CODE_INVALID"
    refused = refusal(lambda: phone.browser.verify(challenge, phone.code()))
    assert refused.reason == "TOO_MANY_ATTEMPTS"
    second = phone.challenge()
    phone.browser.verify(second, phone.code())
    refused = refusal(lambda: phone.browser.verify(second, phone.recovery_codes[0]))
    assert refused.reason == "CHALLENGE_EXPIRED"


def test_each_recovery_code_works_once(identity):
    phone = Phone(identity)
    assert len(set(phone.recovery_codes)) == 10
    first = phone.recovery_codes[0]
    phone.browser.verify(phone.challenge(), first.upper())
    challenge = phone.challenge()
    refused = refusal(lambda: phone.browser.verify(challenge, first))
    assert refused.reason == "CODE_INVALID"
    phone.browser.verify(challenge, phone.recovery_codes[1])


def test_what_proves_a_second_factor_is_not_readable_in_the_database(identity):
    phone = Phone(identity)
    with identity.running.session() as session:
        row = session.get_one(SecondFactorRow, phone.person.id)
        assert phone.totp.secret.encode() not in bytes(row.secret)
        hashes = session.scalars(select(RecoveryCodeRow.code_hash)).all()
        assert len(hashes) == 10
        assert not any(
            code.encode() in bytes(kept) for code in phone.recovery_codes for kept in hashes
        )
        # Put into another person's row it opens nothing.
        with pytest.raises(ValueError, match="cannot be opened"):
            factors.unseal(
                row.secret,
                secrets=identity.running.keys.secrets,
                purpose=f"secondFactor:{identity.admin_id}",
            )


def test_a_factor_that_is_not_confirmed_does_not_count(identity):
    identity.with_password("ada")
    browser = identity.browser()
    browser.sign_in("ada@wasl.example")
    browser.client().enroll_second_factor(EnrollSecondFactorRequest())
    refused = refusal(
        lambda: browser.client().confirm_second_factor(ConfirmSecondFactorRequest(code="000000x"))
    )
    assert [(v.field, v.reason) for v in refused.violations] == [("code", "CODE_INVALID")]
    assert identity.browser().sign_in("ada@wasl.example").session is not None


def test_a_second_factor_is_taken_away_by_the_password_that_can_stand_alone(identity):
    phone = Phone(identity)
    phone.browser.verify(phone.challenge(), phone.code())
    short = ChangePasswordRequest(current_password=PASSWORD, new_password="9qXw!mbT")
    phone.browser.client().change_password(short)
    request = RemoveSecondFactorRequest(password="9qXw!mbT")
    refused = refusal(lambda: phone.browser.client().remove_second_factor(request))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "PASSWORD_TOO_SHORT")
    longer = ChangePasswordRequest(current_password="9qXw!mbT", new_password=OTHER)
    phone.browser.client().change_password(longer)
    phone.browser.client().remove_second_factor(RemoveSecondFactorRequest(password=OTHER))
    assert identity.browser().sign_in(phone.email, OTHER).session is not None


def test_who_has_lost_the_phone_is_helped_by_an_administrator(identity):
    phone = Phone(identity)
    phone.browser.verify(phone.challenge(), phone.code())
    after = identity.client.reset_user(ResetUserRequest(id=phone.person.id))
    assert not after.second_factor
    assert not phone.browser.is_signed_in
    assert identity.browser().sign_in(phone.email).session is not None
    assert ROLE_IDS["employee"] in after.role_ids
