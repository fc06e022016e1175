"""Second factors, and tokens that prove something once."""

import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import new_id
from services.identity.tables import Base


class OneTimeTokenRow(Base):
    """A token that works once: an invitation, a reset, the second step of signing in."""

    __tablename__ = "one_time_token"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), index=True)
    # INVITATION, RESET or SECOND_FACTOR.
    kind: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expire_time: Mapped[datetime.datetime] = mapped_column(index=True)

    __table_args__ = (Index("uq_one_time_token_token_hash", "token_hash", unique=True),)


class SecondFactorRow(Base):
    """The authenticator app of a person (TOTP, RFC 6238)."""

    __tablename__ = "second_factor"

    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    # Sealed: it must be read again to compute codes.
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    # Whether a first code has confirmed it. Before that it does not count.
    confirmed: Mapped[bool] = mapped_column(default=False)
    # The 30 seconds whose code was used last: a code works once.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())


class RecoveryCodeRow(Base):
    """A code that works once in place of the authenticator app."""

    __tablename__ = "recovery_code"

    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    # Hashed with a key, because codes are short enough to be typed.
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
