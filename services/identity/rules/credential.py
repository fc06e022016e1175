"""What a credential is worth: the token that every service verifies itself."""

import datetime
import time
from threading import Lock

from cachetools import TTLCache
from joserfc import jwt
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from chassis.errors import Unauthenticated
from chassis.grpc.identity import LIFETIME, TOKEN_AUDIENCE
from chassis.keys import signing_key as read_signing_key
from chassis.resources.standard import now
from services.identity.rules.access import Worth, access_of
from services.identity.rules.api_key import proves, public_id
from services.identity.rules.grant import to_texts
from services.identity.tables.api_key import ApiKeyRow
from services.identity.tables.user import UserRow

_MINUTE = datetime.timedelta(minutes=1)
_TOKENS: TTLCache[tuple[str, int, str], tuple[str, datetime.datetime]] = TTLCache(10_000, ttl=20)
# A TTLCache that two threads enter at once is broken for good.
_LOCK = Lock()


def worth_of_api_key(session: Session, key: str) -> Worth:
    """The person whom an API key acts as. Raises Unauthenticated, always in the same words."""
    row = session.scalar(
        select(ApiKeyRow).where(
            ApiKeyRow.public_id == public_id(key), ApiKeyRow.delete_time.is_(None)
        )
    )
    if row is None or not proves(key, row):
        raise worthless()
    worth = _worth_of_key_row(session, row)
    _note_use(session, row, now())
    return worth


def worth_of_api_key_id(session: Session, id_: str) -> Worth:
    """The same of a key that has proved itself before: for jobs that were begun with it."""
    row = session.get(ApiKeyRow, id_)
    if row is None or row.delete_time is not None:
        raise worthless()
    return _worth_of_key_row(session, row)


def worth_of_user(session: Session, id_: str, *, credential: str = "user") -> Worth:
    """A person who has access. Raises Unauthenticated for one who has none."""
    user = session.get(UserRow, id_)
    if user is None or user.state == "DISABLED" or user.delete_time is not None:
        raise worthless()
    return Worth(user, credential)


def sign_token(
    session: Session, worth: Worth, *, signing_key: str
) -> tuple[str, datetime.datetime]:
    """The internal token of a credential, and when it expires."""
    access = access_of(session, worth)
    expires = int(time.time()) + LIFETIME
    claims = {
        "iss": "identity",
        "aud": TOKEN_AUDIENCE,
        "sub": worth.user.id,
        "exp": expires,
        "cred": worth.credential,
        "teams": list(access.teams.member),
        "below": list(access.teams.below),
        "grants": to_texts(access.grants),
        "hidden": list(access.hidden),
    }
    if worth.user.team_id in access.teams.member:
        claims["team"] = worth.user.team_id
    key = read_signing_key(signing_key)
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
    return token, datetime.datetime.fromtimestamp(expires, datetime.UTC)


def reused_token(
    session: Session, worth: Worth, *, signing_key: str
) -> tuple[str, datetime.datetime]:
    """The token of a session: made anew every 20 seconds, and when the person was changed.

    A browser is asked about with each of its requests, so that a sign-out holds at once. That the
    session lives has been looked up; what it may do need not be gathered and signed every time.
    """
    known = (worth.credential, worth.user.version, signing_key)
    with _LOCK:
        found = _TOKENS.get(known)
    if found is None:
        found = sign_token(session, worth, signing_key=signing_key)
        with _LOCK:
            _TOKENS[known] = found
    return found


def worthless() -> Unauthenticated:
    """The one error of every credential that is worth nothing."""
    return Unauthenticated("CREDENTIAL_INVALID", "The credential is not valid.")


def _worth_of_key_row(session: Session, row: ApiKeyRow) -> Worth:
    if row.expire_time and row.expire_time <= now():
        raise worthless()
    worth = worth_of_user(session, row.user_id, credential=f"apiKey:{row.id}")
    return Worth(worth.user, worth.credential, tuple(row.role_ids))


def _note_use(session: Session, row: ApiKeyRow, time_: datetime.datetime) -> None:
    # To the minute: a busy key must not write at every request. No event, no new version.
    session.execute(
        update(ApiKeyRow)
        .where(
            ApiKeyRow.id == row.id,
            or_(ApiKeyRow.last_use_time.is_(None), ApiKeyRow.last_use_time < time_ - _MINUTE),
        )
        .values(last_use_time=time_)
        .execution_options(synchronize_session=False)
    )
