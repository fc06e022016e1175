"""Tokens that prove something once: an invitation, a reset, the second step of signing in."""
# name: escaped, because such tokens are kept for several RPCs and are no resource

import datetime
import hashlib
import secrets

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis.grpc.call import Call
from chassis.resources.standard import now
from services.identity.tables.password import OneTimeTokenRow

INVITATION, RESET, SECOND_FACTOR = "INVITATION", "RESET", "SECOND_FACTOR"
LIVES = {
    INVITATION: datetime.timedelta(days=7),
    RESET: datetime.timedelta(hours=1),
    SECOND_FACTOR: datetime.timedelta(minutes=5),
}


def new_token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is kept of a token. It is random and long, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).digest()


def make_token(session: Session, user_id: str, kind: str) -> str:
    """A new token for a person. An invitation or a reset ends those before it."""
    if kind != SECOND_FACTOR:
        _end(session, user_id, kind)
    token = new_token()
    session.add(
        OneTimeTokenRow(
            user_id=user_id,
            kind=kind,
            token_hash=hash_token(token),
            expire_time=now() + LIVES[kind],
        )
    )
    return token


def reset_url(call: Call, token: str) -> str:
    """Where a token is used. After the #, so that it stands in no log of a server."""
    return f"{call.runtime.settings.public_url.rstrip('/')}/reset-password#token={token}"


def owner_of(session: Session, token: str, *kinds: str) -> str | None:
    """The id of the person whom a token of these kinds is for; None when it is not valid."""
    return session.scalar(
        select(OneTimeTokenRow.user_id).where(
            OneTimeTokenRow.token_hash == hash_token(token),
            OneTimeTokenRow.kind.in_(kinds),
            OneTimeTokenRow.expire_time > now(),
        )
    )


def use_token(session: Session, token: str, *kinds: str) -> str | None:
    """The same, and the token is used up. Of two at once, one gets it."""
    return session.scalar(
        delete(OneTimeTokenRow)
        .where(
            OneTimeTokenRow.token_hash == hash_token(token),
            OneTimeTokenRow.kind.in_(kinds),
            OneTimeTokenRow.expire_time > now(),
        )
        .returning(OneTimeTokenRow.user_id)
        .execution_options(synchronize_session=False)
    )


def end_tokens(session: Session, user_id: str) -> None:
    """Ends all tokens of a person."""
    _end(session, user_id, *LIVES)


def _end(session: Session, user_id: str, *kinds: str) -> None:
    session.execute(
        delete(OneTimeTokenRow).where(
            OneTimeTokenRow.user_id == user_id, OneTimeTokenRow.kind.in_(kinds)
        )
    )
