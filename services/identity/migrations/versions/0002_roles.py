"""Roles are records, and people have several, with a language, a calendar and more teams."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

# The roles that were names, as the ready-made ones that take their place.
_NOW = """
    UPDATE person SET
        role_ids = CASE role
            WHEN 'ADMINISTRATOR' THEN '["01900000-0000-7000-8001-000000000001"]'::jsonb
            WHEN 'MEMBER' THEN '["01900000-0000-7000-8001-000000000003"]'::jsonb
            ELSE '["01900000-0000-7000-8001-000000000011"]'::jsonb END,
        state = CASE WHEN disabled THEN 'DISABLED'
            WHEN password_hash <> '' OR role = 'ADMINISTRATOR' THEN 'ACTIVE'
            ELSE 'INVITED' END
"""


def upgrade() -> None:
    """Nobody runs the release before, so what it needed goes at once."""
    op.create_table(
        "role",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", postgresql.JSONB(), nullable=False),
        sa.Column("description", postgresql.JSONB(), nullable=False),
        sa.Column("grants", postgresql.JSONB(), nullable=False),
        sa.Column("hidden_fields", postgresql.JSONB(), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
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
        sa.Column("delete_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("search_key", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
    )
    op.create_index("ix_role_key", "role", ["key", "id"], unique=False)
    op.create_index("ix_role_update_time", "role", ["update_time", "id"], unique=False)
    op.create_index(
        "uq_role_key", "role", ["key"], unique=True, postgresql_where="delete_time IS NULL"
    )
    for name in ("search_key", "search_text"):
        op.create_index(
            f"ix_role_{name}",
            "role",
            [name],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={name: "gin_trgm_ops"},
        )
    for name in ("more_team_ids", "role_ids", "weekend"):
        op.add_column(
            "person",
            sa.Column(name, postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        )
    for name, value in (
        ("state", "INVITED"),
        ("locale", "en"),
        ("calendar", ""),
        ("digits", ""),
        ("time_zone", "UTC"),
        ("first_day_of_week", ""),
    ):
        op.add_column("person", sa.Column(name, sa.Text(), server_default=value, nullable=False))
    op.add_column(
        "person",
        sa.Column("second_factor", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(_NOW)
    op.drop_column("person", "role")
    op.drop_column("person", "disabled")
    for name in ("role_ids", "more_team_ids"):
        op.create_index(f"ix_person_{name}", "person", [name], postgresql_using="gin")
    op.add_column(
        "api_key",
        sa.Column("role_ids", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.create_index(op.f("ix_team_manager_id"), "team", ["manager_id"], unique=False)
