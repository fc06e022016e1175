"""Records belong to teams."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Expands the schema; the release before must still run on it."""
    op.add_column("contact", sa.Column("team_id", sa.Uuid(as_uuid=False)))
    op.create_index(op.f("ix_contact_team_id"), "contact", ["team_id"])
    op.add_column("company", sa.Column("team_id", sa.Uuid(as_uuid=False)))
    op.create_index(op.f("ix_company_team_id"), "company", ["team_id"])
