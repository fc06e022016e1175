"""Contracts: what no release that still runs knows goes away."""

from alembic import op

revision = "9002"
down_revision = "9001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Removes it."""
    op.execute("ALTER TABLE contact DROP COLUMN nickname")
