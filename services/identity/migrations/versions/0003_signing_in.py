"""Sessions, second factors, tokens that work once, and counts of attempts."""

import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Uuid(as_uuid=False), nullable=nullable)


def _time(name: str, *, now: bool = True) -> sa.Column[datetime.datetime]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def upgrade() -> None:
    """Expands the schema; the release before must still run on it."""
    op.create_table(
        "session",
        _id("id"),
        _id("user_id"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        _time("create_time"),
        _time("last_use_time"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        _id("provider_id", nullable=True),
        sa.Column("provider_subject", sa.Text(), nullable=False),
        sa.Column("provider_session", sa.Text(), nullable=False),
        sa.Column("id_token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"])
    op.create_index("ix_session_create_time", "session", ["create_time"])
    op.create_index("ix_session_provider", "session", ["provider_id", "provider_subject"])
    op.create_index("uq_session_token_hash", "session", ["token_hash"], unique=True)
    op.create_table(
        "attempt",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        _time("window_end", now=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_window_end"), "attempt", ["window_end"])
    op.create_table(
        "known_address",
        _id("user_id"),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        _time("last_time", now=False),
        sa.PrimaryKeyConstraint("user_id", "address_hash", name=op.f("pk_known_address")),
    )
    op.create_index(op.f("ix_known_address_last_time"), "known_address", ["last_time"])
    op.create_table(
        "one_time_token",
        _id("id"),
        _id("user_id"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _time("expire_time", now=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_token")),
    )
    op.create_index(op.f("ix_one_time_token_user_id"), "one_time_token", ["user_id"])
    op.create_index(op.f("ix_one_time_token_expire_time"), "one_time_token", ["expire_time"])
    op.create_index("uq_one_time_token_token_hash", "one_time_token", ["token_hash"], unique=True)
    op.create_table(
        "second_factor",
        _id("user_id"),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _time("create_time"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        _id("user_id"),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_code")),
    )
