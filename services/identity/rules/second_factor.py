"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes."""

import secrets
import time
import unicodedata
from dataclasses import dataclass

import pyotp
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.encryption import keyed_hashes, seal, unseal
from chassis.errors import FailedPrecondition
from services.identity.tables.password import RecoveryCodeRow, SecondFactorRow
from services.identity.tables.user import UserRow

# Seconds that a code stands for, and how many before and after are taken: clocks differ.
STEP, WINDOW = 30, 1
RECOVERY_CODES = 10
# Without letters that are taken for one another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app is told."""

    secret: str
    uri: str


def enrol(session: Session, user: UserRow, *, key: str) -> Enrolment:
    """Begins a second factor; one that was begun before and not confirmed is forgotten.

    Raises FailedPrecondition SECOND_FACTOR_EXISTS.
    """
    if user.second_factor:
        raise FailedPrecondition(
            "SECOND_FACTOR_EXISTS", "There is a second factor already; remove it first."
        )
    secret = pyotp.random_base32()
    values = {
        "secret": seal(secret, secrets=key, purpose=purpose_of(user.id)),
        "confirmed": False,
        "last_step": 0,
    }
    session.execute(
        insert(SecondFactorRow)
        .values(user_id=user.id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name="Wasl")
    return Enrolment(secret, uri)


def accepts_code(
    session: Session, user_id: str, code: str, *, key: str, confirmed: bool = True
) -> bool:
    """Whether a code of the app is right. It is used up: it works once.

    `confirmed` is whether the factor must have been confirmed, or must not.
    """
    digits = _digits(code)
    row = session.get(SecondFactorRow, user_id)
    if row is None or row.confirmed != confirmed or len(digits) != 6 or not digits.isdigit():
        return False
    totp = pyotp.TOTP(unseal(row.secret, secrets=key, purpose=purpose_of(user_id)))
    now = int(time.time()) // STEP
    for step in range(now - WINDOW, now + WINDOW + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits):
            used = session.execute(
                update(SecondFactorRow)
                .where(SecondFactorRow.user_id == user_id, SecondFactorRow.last_step < step)
                .values(last_step=step)
                .returning(SecondFactorRow.user_id)
                .execution_options(synchronize_session=False)
            ).first()
            return used is not None
    return False


def accepts_recovery_code(session: Session, user_id: str, code: str, *, key: str) -> bool:
    """Whether a recovery code is right. It is used up."""
    plain = _digits(code).lower()
    used = session.execute(
        delete(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.user_id == user_id,
            RecoveryCodeRow.code_hash.in_(keyed_hashes(plain, secrets=key, purpose="recovery")),
        )
        .returning(RecoveryCodeRow.user_id)
        .execution_options(synchronize_session=False)
    ).first()
    return used is not None


def new_recovery_codes(session: Session, user_id: str, *, key: str) -> list[str]:
    """Ten codes such as `k7wpm-3xqat`, in place of those before. They cannot be read again."""
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCodeRow(
            user_id=user_id, code_hash=keyed_hashes(code, secrets=key, purpose="recovery")[0]
        )
        for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def confirm(session: Session, user: UserRow) -> None:
    """The app works: from now on signing in takes a code of it."""
    session.execute(
        update(SecondFactorRow)
        .where(SecondFactorRow.user_id == user.id)
        .values(confirmed=True)
        .execution_options(synchronize_session=False)
    )
    user.second_factor = True


def remove(session: Session, user: UserRow) -> None:
    """Takes the app and the recovery codes away."""
    session.execute(delete(SecondFactorRow).where(SecondFactorRow.user_id == user.id))
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user.id))
    user.second_factor = False


def purpose_of(user_id: str) -> str:
    """What the secret of a person's app is sealed for."""
    # A secret that is copied to another person's row opens nothing.
    return f"secondFactor:{user_id}"


def _digits(code: str) -> str:
    """A code as it is typed, in any script, with or without spaces and hyphens."""
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in code
        if letter.isalnum()
    )
