"""Expands: a column that the release before does not know, filled for every row."""

from pathlib import Path

from alembic import op

revision = "9001"
# The newest of the product's own.
down_revision = max(path.stem[:4] for path in Path(__file__).parent.glob("[0-8]*.py"))
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds it."""
    op.execute("ALTER TABLE contact ADD COLUMN nickname text NOT NULL DEFAULT ''")
    op.execute("UPDATE contact SET nickname = left(display_name, 3)")
