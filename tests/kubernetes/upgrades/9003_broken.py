"""Cannot be applied: there is no such table."""

from alembic import op

revision = "9003"
down_revision = "9002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begins with something that must not stay."""
    op.execute("ALTER TABLE contact ADD COLUMN half_done text")
    op.execute("ALTER TABLE no_such_table ADD COLUMN anything text")
