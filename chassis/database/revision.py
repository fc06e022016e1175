"""New revisions: drafted from the difference between the tables in code and a migrated database."""

import re
from pathlib import Path

from sqlalchemy import Engine

from chassis.database.migrations import Branch, draft_upgrade

_TEMPLATE = '''"""{message}."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "{revision}"
down_revision = {down_revision!r}


def upgrade() -> None:
    """Expands the schema; the release before must still run on it."""
    {body}
'''


def write_revision(engine: Engine, branch: Branch, message: str) -> Path | None:
    """Writes the next revision of a branch to be read and mended. None when nothing differs."""
    drafted = draft_upgrade(engine, branch).replace("(astext_type=Text())", "()")
    body = "\n".join(line for line in drafted.splitlines() if "# ###" not in line).strip()
    if body == "pass":
        return None
    folder = branch.folder / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    earlier = sorted(path.stem[:4] for path in folder.glob("[0-9]*.py"))
    number = f"{int(earlier[-1]) + 1 if earlier else 1:04}"
    slug = re.sub(r"\W+", "_", message.lower()).strip("_")
    path = folder / f"{number}_{slug}.py"
    path.write_text(
        _TEMPLATE.format(
            message=message,
            revision=number,
            down_revision=earlier[-1] if earlier else None,
            body=body,
        )
    )
    return path
