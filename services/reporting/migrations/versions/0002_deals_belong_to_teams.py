"""Deals belong to teams, and reports count what somebody may see."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Expands the schema; the release before must still run on it."""
    op.add_column("opportunity_fact", sa.Column("team_id", sa.Uuid(as_uuid=False)))
    op.create_index(op.f("ix_opportunity_fact_owner_id"), "opportunity_fact", ["owner_id"])
    op.create_index(op.f("ix_opportunity_fact_team_id"), "opportunity_fact", ["team_id"])
    op.drop_index("ix_opportunity_fact_current", "opportunity_fact")
    op.create_index(
        "ix_opportunity_fact_current",
        "opportunity_fact",
        ["state"],
        unique=False,
        postgresql_include=[
            "stage_id",
            "currency",
            "amount",
            "engage_date",
            "close_date",
            "owner_id",
            "team_id",
            "id",
            "company_id",
            "product_id",
            "several_products",
        ],
        postgresql_where="valid_to IS NULL AND NOT deleted",
    )
