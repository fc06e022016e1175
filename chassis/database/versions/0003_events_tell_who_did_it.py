"""Events tell who did it, for the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Expands the schema; the release before must still run on it."""
    op.add_column("outbox", sa.Column("audit", sa.Text()))
