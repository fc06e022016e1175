"""Passwords: how they are kept and proved, and which ones are no good (NIST SP 800-63B)."""

import threading
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import update
from sqlalchemy.orm import Session

from chassis.errors import FailedPrecondition, invalid_field
from chassis.grpc.call import Call
from services.identity.settings import identity_settings
from services.identity.tables.user import UserRow

# argon2id as OWASP recommends it: 19 MiB and two passes, some 20 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# So many at once; the memory of more would be felt by everybody.
_ROOM = threading.BoundedSemaphore(8)
SHORTEST, SHORTEST_ALONE, LONGEST = 8, 15, 200
# What remains of a password without the person's own words must still be hard to guess.
_REMAINDER = 6


def refuse_without_passwords(call: Call) -> None:
    """Raises FailedPrecondition PASSWORDS_OFF where people sign in at a provider only."""
    if not identity_settings(call.runtime).password_sign_in:
        raise FailedPrecondition("PASSWORDS_OFF", "Sign in with your company's account.")


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with _ROOM:
        return _HASHER.hash(_normal(password))


def fits(password: str, password_hash: str) -> bool:
    """Whether a password is the one of a hash, in the same time when there is none."""
    with _ROOM:
        try:
            _HASHER.verify(password_hash or _dummy(), _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return bool(password_hash)


def keep_up_to_date(session: Session, user: UserRow, password: str) -> None:
    """Hashes a password again when the costs have changed since. It was just proved."""
    if _HASHER.check_needs_rehash(user.password_hash):
        set_password(session, user.id, password)


def set_password(session: Session, user_id: str, password: str) -> None:
    """Keeps a new password. No event and no new version: nobody else can see it."""
    session.execute(
        update(UserRow)
        .where(UserRow.id == user_id)
        .values(password_hash=hash_password(password))
        .execution_options(synchronize_session=False)
    )


def check_new_password(user: UserRow, password: str, *, second_factor: bool) -> None:
    """Raises InvalidArgument for a password that is too short, well known or about the person.

    No rules about kinds of characters: they make passwords worse.
    """
    normal = _normal(password)
    shortest = SHORTEST if second_factor else SHORTEST_ALONE
    if len(normal) < shortest:
        raise invalid_field(
            "newPassword", f"must have at least {shortest} characters", reason="PASSWORD_TOO_SHORT"
        )
    if _is_well_known(normal.casefold()):
        raise invalid_field(
            "newPassword", "is one of the passwords that are tried first", reason="PASSWORD_KNOWN"
        )
    if _is_about(user, normal.casefold()):
        raise invalid_field(
            "newPassword", "must not be your name or address", reason="PASSWORD_PERSONAL"
        )


def _normal(password: str) -> str:
    # The same password typed on another keyboard may come in another composition.
    return unicodedata.normalize("NFKC", password)


@cache
def _dummy() -> str:
    return _HASHER.hash("nobody has this password")


@cache
def _well_known() -> frozenset[str]:
    # Imported here: the lists are some megabytes, and few processes ever need them.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(word for name in FREQUENCY_LISTS for word in FREQUENCY_LISTS[name])


def _is_well_known(password: str) -> bool:
    known = _well_known()
    if password in known or password[::-1] in known:
        return True
    # `passwordpassword`, `aaaaaaaaaaaaaaaa`, `qwerty123qwerty123`: a piece over and over.
    for size in range(1, len(password) // 2 + 1):
        piece = password[:size]
        if (piece * (len(password) // size + 1))[: len(password)] == password:
            return True
    # `12345678901234567890`, `abcdefghijklmnop`.
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    if steps <= {1} or steps <= {-1} or steps <= {1, -9}:
        return True
    # A well-known one with a few figures behind it.
    word = password.rstrip("0123456789!.?")
    return len(password) - len(word) <= 4 and word in known


def _is_about(user: UserRow, password: str) -> bool:
    mailbox, _, domain = user.email.casefold().partition("@")
    words = [user.email, mailbox, domain, "wasl", user.display_name, *user.display_name.split()]
    rest = password
    for word in sorted({word.casefold() for word in words}, key=len, reverse=True):
        if len(word) >= 4:
            rest = rest.replace(word, "")
    return rest != password and len(rest.strip("0123456789 .-_!@")) < _REMAINDER
