"""Sessions of a person, and what a sign-in is proved with."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.tables.session import SessionRow
from services.identity.tables.user import UserRow


@dataclass(frozen=True)
class SignIn:
    """Who has an address, and the hash of their password; both empty for nobody."""

    user_id: str = ""
    password_hash: str = ""


def find_sign_in(session: Session, email: str) -> SignIn:
    """What a password at an address is proved with."""
    row = session.execute(
        select(UserRow.id, UserRow.password_hash).where(UserRow.email == email)
    ).first()
    return SignIn(row.id, row.password_hash) if row else SignIn()


def sessions_of(session: Session, user_id: str) -> list[SessionRow]:
    """The sessions of a person, the newest first; some may have run out."""
    rows = session.scalars(
        select(SessionRow).where(SessionRow.user_id == user_id).order_by(SessionRow.id.desc())
    )
    return list(rows)
