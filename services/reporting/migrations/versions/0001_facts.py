"""Facts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expands the schema; the release before must still run on it."""
    op.create_table(
        "applied",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("data_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_applied")),
    )
    op.create_table(
        "company_fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", "part", name=op.f("pk_company_fact")),
    )
    op.create_table(
        "opportunity_fact",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("pipeline_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("stage_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("owner_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("company_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("several_products", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("engage_date", sa.Date(), nullable=True),
        sa.Column("close_date", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", "part", name=op.f("pk_opportunity_fact")),
    )
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
            "company_id",
            "product_id",
            "several_products",
        ],
        postgresql_where="valid_to IS NULL AND NOT deleted",
    )
    op.create_index(
        "ix_opportunity_fact_several_products",
        "opportunity_fact",
        ["id", "version"],
        unique=False,
        postgresql_where="several_products",
    )
    op.create_table(
        "opportunity_product_fact",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.PrimaryKeyConstraint(
            "id", "version", "product_id", name=op.f("pk_opportunity_product_fact")
        ),
    )
    op.create_table(
        "product_fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", "part", name=op.f("pk_product_fact")),
    )
    op.create_table(
        "purged",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purged")),
    )
    op.create_table(
        "stage_fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pipeline_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("pipeline_name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", "part", name=op.f("pk_stage_fact")),
    )
    op.create_index(op.f("ix_stage_fact_pipeline_id"), "stage_fact", ["pipeline_id"], unique=False)
    op.create_table(
        "team_fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("manager_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", "part", name=op.f("pk_team_fact")),
    )
    op.create_table(
        "user_fact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", "part", name=op.f("pk_user_fact")),
    )
