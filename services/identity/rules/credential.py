"""What a credential is worth: the token that every service verifies itself."""

import datetime
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from chassis.errors import Unauthenticated
from chassis.grpc.identity import LIFETIME, TOKEN_AUDIENCE
from chassis.resources.standard import now
from services.identity.rules.api_key import proves, public_id
from services.identity.rules.grant import narrowed, of_role, to_texts, united
from services.identity.rules.role import roles_of
from services.identity.rules.team import Teams, teams_of
from services.identity.tables.api_key import ApiKeyRow
from services.identity.tables.role import RoleRow
from services.identity.tables.user import UserRow

_MINUTE = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Worth:
    """What a credential proves: a person, with what, and the roles that narrow it."""

    user: UserRow
    # `session:<id>`, `apiKey:<id>`, `oidc:<provider id>`, or `user` for work without the person.
    credential: str
    # Roles of an API key; empty: all that the person may.
    narrowing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Access:
    """What somebody may do and see."""

    # Permission or pattern → scope.
    grants: Mapping[str, str]
    # Groups of fields that are not shown.
    hidden: tuple[str, ...]
    teams: Teams


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


def access_of(session: Session, worth: Worth) -> Access:
    """What a credential allows: all that the person's roles grant, narrowed by those of a key."""
    roles = {role.id: role for role in roles_of(session, {*worth.user.role_ids, *worth.narrowing})}
    own = [roles[id_] for id_ in worth.user.role_ids if id_ in roles]
    grants = united(of_role(role.grants) for role in own)
    hidden = _hidden_by_all(own)
    if worth.narrowing:
        # A role that is gone grants nothing more; it must not stop narrowing.
        by = [roles[id_] for id_ in worth.narrowing if id_ in roles]
        grants = narrowed(grants, united(of_role(role.grants) for role in by))
        hidden |= _hidden_by_all(by)
    return Access(grants, tuple(sorted(hidden)), teams_of(session, worth.user))


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
    key = _key(signing_key)
    header = {"alg": "ES256", "kid": key.kid} if key.kid else {"alg": "ES256"}
    token = jwt.encode(header, claims, key)
    return token, datetime.datetime.fromtimestamp(expires, datetime.UTC)


def worthless() -> Unauthenticated:
    """The one error of every credential that is worth nothing."""
    return Unauthenticated("CREDENTIAL_INVALID", "The credential is not valid.")


def _worth_of_key_row(session: Session, row: ApiKeyRow) -> Worth:
    if row.expire_time and row.expire_time <= now():
        raise worthless()
    worth = worth_of_user(session, row.user_id, credential=f"apiKey:{row.id}")
    return Worth(worth.user, worth.credential, tuple(row.role_ids))


def _hidden_by_all(roles: Sequence[RoleRow]) -> set[str]:
    """The groups of fields that every role hides; what one shows is seen."""
    if not roles:
        return set()
    return set.intersection(*(set(role.hidden_fields) for role in roles))


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
