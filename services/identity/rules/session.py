"""Browser sessions: how they begin, what they are worth and when they end."""

import datetime
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session as DatabaseSession

from chassis.audit.trail import note_actor
from chassis.database.base import new_id
from chassis.grpc.call import Call
from chassis.resources.mapping import load_time
from chassis.resources.standard import now
from chassis.telemetry.metrics import count_sign_in
from services.identity.rules.access import Worth
from services.identity.rules.attempt import clean_attempts, remember_address
from services.identity.rules.credential import worthless
from services.identity.rules.oidc_logout import clean_logouts
from services.identity.rules.oidc_sign_in import clean_sign_ins
from services.identity.rules.one_time_token import hash_token, new_token
from services.identity.tables.password import OneTimeTokenRow
from services.identity.tables.session import SessionRow
from services.identity.tables.user import UserRow
from wasl.identity.v1.session_pb import Session

IDLE = datetime.timedelta(hours=12)
LONGEST = datetime.timedelta(days=7)
_MINUTE = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Provider:
    """What a session that was begun at an OpenID Connect provider remembers of it."""

    id: str
    subject: str
    session: str
    # The ID token, sealed.
    id_token: bytes


def begin_session(
    call: Call, user: UserRow, method: Session.Method, *, provider: Provider | None = None
) -> tuple[SessionRow, str]:
    """A new session of a person and its token, which cannot be had again."""
    token, time = new_token(), now()
    row = SessionRow(
        id=new_id(),
        user_id=user.id,
        token_hash=hash_token(token),
        method=method.name,
        create_time=time,
        last_use_time=time,
        address=call.client.address,
        user_agent=call.client.user_agent,
    )
    if provider is not None:
        row.provider_id, row.provider_subject = provider.id, provider.subject
        row.provider_session, row.id_token = provider.session, provider.id_token
    call.session.add(row)
    remember_address(call.session, user.id, call.client.address)
    count_sign_in(method=method.name.lower(), outcome="succeeded")
    note_actor(call.session, user_id=user.id, credential=f"session:{row.id}")
    return row, token


def worth_of_session(session: DatabaseSession, token: str) -> Worth:
    """The person of a session. Raises Unauthenticated when it has ended, or their access has."""
    found = session.execute(
        select(SessionRow, UserRow)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(SessionRow.token_hash == hash_token(token))
    ).first()
    if found is None:
        raise worthless()
    row, user = found
    if expire_time(row) <= now() or user.state == "DISABLED" or user.delete_time is not None:
        raise worthless()
    _note_use(session, row)
    return Worth(user, f"session:{row.id}")


def expire_time(row: SessionRow) -> datetime.datetime:
    """When a session ends if it is not used until then."""
    return min(row.last_use_time + IDLE, row.create_time + LONGEST)


def session_id(call: Call) -> str:
    """The id of the session that the caller came with; empty for another credential."""
    kind, _, id_ = call.caller.credential.partition(":")
    return id_ if kind == "session" else ""


def end_session(session: DatabaseSession, id_: str) -> None:
    """Ends one session at once; one that has ended meanwhile stays so."""
    session.execute(delete(SessionRow).where(SessionRow.id == id_))


def end_sessions(session: DatabaseSession, user_id: str, *, but: str = "") -> None:
    """Ends the sessions of a person at once, but for one."""
    statement = delete(SessionRow).where(SessionRow.user_id == user_id)
    if but:
        statement = statement.where(SessionRow.id != but)
    session.execute(statement)


def to_message(row: SessionRow, *, current: str = "") -> Session:
    """A session as people see it."""
    return Session(
        id=row.id,
        user_id=row.user_id,
        method=Session.Method[row.method],
        create_time=load_time(row.create_time),
        last_use_time=load_time(row.last_use_time),
        expire_time=load_time(expire_time(row)),
        address=row.address,
        user_agent=row.user_agent,
        current=row.id == current,
    )


def clean_signing_in(session: DatabaseSession) -> None:
    """Removes sessions and tokens that have ended, and counts that do not matter any more."""
    time = now()
    session.execute(
        delete(SessionRow).where(
            or_(SessionRow.last_use_time < time - IDLE, SessionRow.create_time < time - LONGEST)
        )
    )
    session.execute(delete(OneTimeTokenRow).where(OneTimeTokenRow.expire_time < time))
    clean_attempts(session)
    clean_sign_ins(session)
    clean_logouts(session)


def _note_use(session: DatabaseSession, row: SessionRow) -> None:
    # To the minute: a busy page must not write at every request.
    time = now()
    if row.last_use_time > time - _MINUTE:
        return
    session.execute(
        update(SessionRow)
        .where(SessionRow.id == row.id, SessionRow.last_use_time < time - _MINUTE)
        .values(last_use_time=time)
        .execution_options(synchronize_session=False)
    )
