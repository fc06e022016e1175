"""Migrations: Alembic revisions of the chassis and of the service, one runner at a time.

Revisions live in `chassis/database/versions/` (the tables every service has) and in
`services/<name>/migrations/versions/`. Expand first, contract in a later release: the code of the
release before must run on the schema of this one.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.exc import OperationalError

from chassis.database.base import ChassisBase

LOG = logging.getLogger(__name__)
# Any number that nothing else in the database uses: "wasl" in ASCII.
LOCK = 0x7761736C
# The role keeps these, so that they hold through PgBouncer too (design §9).
ROLE_SETTINGS = {
    "statement_timeout": "5s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Branch:
    """A row of revisions with a version table of its own."""

    folder: Path
    metadata: MetaData
    version_table: str


CHASSIS = Branch(Path(__file__).parent, ChassisBase.metadata, "alembic_version_chassis")


def service_branch(folder: Path, metadata: MetaData) -> Branch:
    """The revisions of a service, in its `migrations` folder."""
    return Branch(folder, metadata, "alembic_version")


def migrate(engine: Engine, branches: list[Branch]) -> None:
    """Brings the database to head. Waits while another process does; does nothing at head."""
    with _locked(engine) as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        for branch in branches:
            _upgrade(connection, branch)
        role = connection.scalar(text("SELECT current_user"))
        for name, value in ROLE_SETTINGS.items():
            connection.execute(text(f"ALTER ROLE \"{role}\" SET {name} = '{value}'"))
        connection.commit()


def missing_revisions(engine: Engine, branches: list[Branch]) -> str:
    """What `migrate` has still to apply, as a sentence; empty when there is nothing."""
    with engine.connect() as connection:
        for branch in branches:
            script, here = _script(branch), _context(connection, branch).get_current_heads()
            wanted = script.get_heads()
            if set(here) != set(wanted) and not _is_newer(script, here):
                return (
                    f"The database is at {', '.join(here) or 'no revision'} of "
                    f"{branch.version_table}, and {', '.join(wanted)} is needed: run `migrate`."
                )
    return ""


def wait_for_database(engine: Engine, *, seconds: float) -> str:
    """Returns nothing as soon as the database answers, or why it has not in `seconds`."""
    deadline, told = time.monotonic() + seconds, ""
    while True:
        try:
            engine.connect().close()
            return ""
        except OperationalError as error:
            reason = str(error.orig).strip()
            if time.monotonic() > deadline:
                return reason
            if reason != told:
                LOG.warning("waiting for the database: %s", reason)
                told = reason
            time.sleep(0.5)


def differences(engine: Engine, branch: Branch) -> list[object]:
    """What the tables in code have and the migrated database has not, or the reverse."""
    with engine.connect() as connection:
        return list(compare_metadata(_context(connection, branch), branch.metadata))


def draft_upgrade(engine: Engine, branch: Branch) -> str:
    """The body of the `upgrade` function that would bring the database to the tables in code."""
    with engine.connect() as connection:
        operations = produce_migrations(_context(connection, branch), branch.metadata)
        assert operations.upgrade_ops is not None
        return render_python_code(operations.upgrade_ops)


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


def _is_newer(script: ScriptDirectory, heads: tuple[str, ...]) -> bool:
    """Whether a newer release has migrated the database: we know nothing of its revision.

    That is so after a rollback, and well: a release runs on the schema of the one after it.
    """
    known = {revision.revision for revision in script.walk_revisions()}
    return bool(set(heads) - known)


def _upgrade(connection: Connection, branch: Branch) -> None:
    script = _script(branch)
    heads = _context(connection, branch).get_current_heads()
    connection.rollback()
    if _is_newer(script, heads):
        LOG.warning("the schema is newer than this code and stays: %s", ", ".join(heads))
        return
    config = Config()

    def to_head(revision: object, _context: object) -> list[object]:
        return list(script._upgrade_revs("head", revision))  # type: ignore[arg-type]

    with EnvironmentContext(config, script, fn=to_head) as environment:
        environment.configure(
            connection=connection,
            target_metadata=branch.metadata,
            version_table=branch.version_table,
        )
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()


def _script(branch: Branch) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(branch.folder))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _context(connection: Connection, branch: Branch) -> MigrationContext:
    def ours(_item: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in branch.metadata.tables

    return MigrationContext.configure(
        connection,
        opts={
            "version_table": branch.version_table,
            "include_object": ours,
            "compare_type": True,
            "compare_server_default": False,
        },
    )
