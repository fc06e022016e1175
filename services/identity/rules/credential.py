"""What a credential is worth: the token that every service verifies itself."""

import datetime
import json
import time
from functools import lru_cache

from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from chassis.errors import Unauthenticated
from chassis.grpc.identity import LIFETIME, TOKEN_AUDIENCE
from chassis.resources.standard import now
from services.identity.rules.api_key import proves, public_id
from services.identity.rules.grants import GRANTS
from services.identity.tables.api_key import ApiKeyRow
from services.identity.tables.user import UserRow

_MINUTE = datetime.timedelta(minutes=1)


def user_of_api_key(session: Session, key: str) -> UserRow:
    """The person whom an API key acts as. Raises Unauthenticated, always in the same words."""
    row = session.scalar(
        select(ApiKeyRow).where(
            ApiKeyRow.public_id == public_id(key), ApiKeyRow.delete_time.is_(None)
        )
    )
    time_ = now()
    if row is None or not proves(key, row) or (row.expire_time and row.expire_time <= time_):
        raise _worthless()
    user = session.get(UserRow, row.user_id)
    if user is None or user.disabled or user.delete_time is not None:
        raise _worthless()
    _note_use(session, row, time_)
    return user


def sign_token(user: UserRow, *, signing_key: str) -> tuple[str, datetime.datetime]:
    """The internal token of a person, and when it expires."""
    expires = int(time.time()) + LIFETIME
    claims = {
        "iss": "identity",
        "aud": TOKEN_AUDIENCE,
        "sub": user.id,
        "exp": expires,
        "teams": [user.team_id] if user.team_id else [],
        "grants": list(GRANTS[user.role]),
    }
    key = _key(signing_key)
    header = {"alg": "ES256", "kid": key.kid} if key.kid else {"alg": "ES256"}
    token = jwt.encode(header, claims, key)
    return token, datetime.datetime.fromtimestamp(expires, datetime.UTC)


@lru_cache(maxsize=4)
def _key(text: str) -> ECKey:
    return ECKey.import_key(json.loads(text))


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


def _worthless() -> Unauthenticated:
    return Unauthenticated("CREDENTIAL_INVALID", "The credential is not valid.")
