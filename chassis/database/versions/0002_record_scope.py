"""Shares, and jobs that know on whose behalf they work."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Expands the schema; the release before must still run on it."""
    op.create_table(
        "share",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "create_time",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "update_time",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("delete_time", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.Uuid(as_uuid=False)),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False)),
        sa.Column("team_id", sa.Uuid(as_uuid=False)),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (team_id IS NULL)", name=op.f("ck_share_one_of_user_and_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
    )
    op.create_index("ix_share_record", "share", ["resource", "record_id"])
    op.create_index("ix_share_user", "share", ["user_id", "resource"])
    op.create_index("ix_share_team", "share", ["team_id", "resource"])
    op.add_column("job", sa.Column("team_id", sa.Uuid(as_uuid=False)))
    op.add_column(
        "job", sa.Column("caller", postgresql.JSONB(), server_default="{}", nullable=False)
    )
    op.create_index(op.f("ix_job_owner_id"), "job", ["owner_id"])
    op.create_index(op.f("ix_job_team_id"), "job", ["team_id"])
