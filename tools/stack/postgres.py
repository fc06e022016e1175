"""A private PostgreSQL: its own data folder, its own port, loopback and a unix socket only.

server = postgres.start(Path(".run/postgres"), port=5544)
server.create("wasl_contacts", "wasl_contacts", "secret")
server.url("wasl_contacts", "wasl_contacts")
server.stop()
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from tools.stack import binaries, folders, processes
from tools.stack.problems import StackError

SUPERUSER = "postgres"
# Fast shutdown first; then immediate shutdown, which PostgreSQL repairs at its next start.
_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "PGTZ": "UTC"}
_LONGEST_LOG = 10_000_000
_STATUS_LINE = 8

_CONFIGURATION = """\
# Written anew at every start by tools/stack/postgres.py.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket}'
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
wal_compression = on
# Short statements only: compiling them costs more than it saves.
jit = off
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = 1000
shared_preload_libraries = ''
"""
_ACCESS = """\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A running server. `folder` holds data, log and passwords; `socket` its unix socket."""

    folder: Path
    socket: Path
    port: int

    @property
    def pid(self) -> int | None:
        """The pid of the postmaster, or None when it does not run."""
        pid = processes.read_pid(self.folder / "data/postmaster.pid")
        return pid if processes.is_running(pid, marker=_marker(self.folder)) else None

    def alive(self) -> bool:
        """Tell whether the server process runs; it may still be recovering."""
        return self.pid is not None

    def url(self, database: str = "postgres", role: str | None = None, *, tcp: bool = False) -> str:
        """Return a libpq and SQLAlchemy URL; without a role, the superuser's.

        It goes through the unix socket, which saves about a tenth of a short statement's time;
        `tcp` asks for 127.0.0.1 instead. KeyError when the role was not made by `create`.
        """
        name = role or SUPERUSER
        login = f"{quote(name, safe='')}:{quote(_passwords(self.folder)[name], safe='')}"
        if tcp:
            return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"
        place = urlencode({"host": str(self.socket), "port": self.port})
        return f"postgresql://{login}@/{database}?{place}"

    def create(self, database: str, role: str, password: str) -> None:
        """Make the role and the database it owns, unless they exist; the password is set anyway."""
        known = _passwords(self.folder)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if found.fetchone() else "CREATE"
            if verb == "CREATE" or known.get(role) != password:
                connection.execute(
                    sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(password)
                    )
                )
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            if not found.fetchone():
                names = {"database": sql.Identifier(database), "role": sql.Identifier(role)}
                connection.execute(
                    sql.SQL("CREATE DATABASE {database} OWNER {role}").format(**names)
                )
                connection.execute(
                    sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names)
                )
        if known.get(role) != password:
            _write_passwords(self.folder, {**known, role: password})

    def stop(self) -> None:
        """Shut the server down: open transactions are rolled back, everything committed is kept."""
        pid = self.pid
        if pid and not processes.stop(pid, marker=_marker(self.folder), steps=_STOP):
            raise StackError(f"PostgreSQL (pid {pid}) does not stop; please end it by hand.")


def start(folder: Path, *, port: int, fsync: bool = True, dies_with_us: bool = False) -> Postgres:
    """Start the server whose data lies under `folder` (made at the first start) and wait for it.

    A server left running there is taken over when its settings are the same, else restarted.
    `fsync=False` risks the data for speed and is for tests. `dies_with_us` (Linux) ends the server
    with the calling thread, for tests as well. StackError when it cannot start.
    """
    owner = folders.server_user()
    folder = folders.place(folder, owner=owner)
    programs = _programs_for(folder)
    socket = folders.socket_folder(folder, name=f".s.PGSQL.{port}", owner=owner)
    server = Postgres(folder=folder, socket=socket, port=port)
    if not (folder / "data/PG_VERSION").exists():
        _initialise(folder, programs=programs, owner=owner)
    durable = "on" if fsync else "off"
    wanted = _CONFIGURATION.format(port=port, socket=socket, durable=durable)
    configuration = folder / "data/postgresql.conf"
    if server.alive() and configuration.read_text() != wanted:
        server.stop()
    if not server.alive():
        folders.write(configuration, wanted, owner=owner)
        _launch(server, programs=programs, owner=owner, dies_with_us=dies_with_us)
    if not processes.wait_until(lambda: _is_ready(server), seconds=120):
        raise StackError(f"PostgreSQL does not become ready; its log is {folder / 'log'}.")
    return server


def _programs_for(folder: Path) -> Path:
    kept = folder / "data/PG_VERSION"
    version = int(kept.read_text()) if kept.exists() else None
    found = binaries.find_postgres(version=version)
    if found is None:
        what = (
            f"PostgreSQL {version}"
            if version
            else f"PostgreSQL {binaries.OLDEST_POSTGRES} or newer"
        )
        raise StackError(f"{what} is not installed; please install it, or run `make setup`.")
    return found


def _initialise(folder: Path, *, programs: Path, owner: folders.Owner | None) -> None:
    password = secrets.token_hex(24)
    # Made beside its final place, so that an interrupted initdb is never taken for a database.
    fresh, secret = folder / "data.new", folder / "superuser.password"
    folders.remove(fresh)
    folders.make(fresh, owner=owner)
    folders.write(secret, password, owner=owner)
    # Ordering by bytes is fast and never changes with the system's library; the character types
    # must be Unicode, or pg_trgm throws every Arabic letter away.
    types = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    made = subprocess.run(
        [programs / "initdb", "-D", fresh, "-U", SUPERUSER, f"--pwfile={secret}", "-E", "UTF8",
         "-A", "scram-sha-256", "--lc-collate=C", f"--lc-ctype={types}", "--no-sync"],
        capture_output=True, text=True, check=False, cwd="/", env=_ENVIRONMENT,
        user=None if owner is None else owner.user, group=None if owner is None else owner.group,
        extra_groups=None if owner is None else [],
    )  # fmt: skip
    secret.unlink()
    if made.returncode:
        raise StackError(f"PostgreSQL's initdb failed: {made.stderr.strip().splitlines()[-1]}")
    folders.write(fresh / "pg_hba.conf", _ACCESS, owner=owner)
    _write_passwords(folder, {SUPERUSER: password})
    fresh.rename(folder / "data")


def _launch(
    server: Postgres, *, programs: Path, owner: folders.Owner | None, dies_with_us: bool
) -> None:
    data, log = server.folder / "data", server.folder / "log"
    _forget_reused_pids(data / "postmaster.pid", server.socket, marker=_marker(server.folder))
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(server.folder / "log.1")
    # After a kill -9 the old backends need a moment to notice; until then the start is refused.
    for _ in range(20):
        pid = processes.spawn(
            [programs / "postgres", "-D", data],
            log=log,
            environment=_ENVIRONMENT,
            user=None if owner is None else owner.user,
            group=None if owner is None else owner.group,
            dies_with_us=signal.SIGINT if dies_with_us else None,
        )
        processes.wait_until(partial(_settled, server, pid), seconds=30)
        if server.alive():
            return
        if "still in use" not in (said := processes.tail(log)):
            break
        time.sleep(0.5)
    raise StackError(f"PostgreSQL does not start, it says: {said or 'nothing'} (log: {log}).")


def _settled(server: Postgres, pid: int) -> bool:
    return server.pid == pid or processes.has_ended(pid)


def _forget_reused_pids(lock: Path, socket: Path, *, marker: str) -> None:
    """Remove lock files whose pid now belongs to another program, which would stop the start.

    The lock of a process that is simply gone stays: PostgreSQL reads more from it than the pid.
    """
    for path in (lock, *socket.glob(".s.PGSQL.*.lock")):
        pid = processes.read_pid(path)
        if pid is not None and processes.command_line(pid) and not processes.is_running(
            pid, marker=marker
        ):  # fmt: skip
            path.unlink(missing_ok=True)


def _is_ready(server: Postgres) -> bool:
    """Read the status line PostgreSQL keeps in its pid file, as pg_ctl does."""
    if not server.alive():
        raise StackError(
            f"PostgreSQL ended while starting, it says: {processes.tail(server.folder / 'log')}"
        )
    lines = (server.folder / "data/postmaster.pid").read_text().splitlines()
    return len(lines) >= _STATUS_LINE and lines[_STATUS_LINE - 1].strip() == "ready"


def _marker(folder: Path) -> str:
    return f"-D {folder / 'data'}"


def _passwords(folder: Path) -> dict[str, str]:
    known: dict[str, str] = json.loads((folder / "passwords.json").read_text())
    return known


def _write_passwords(folder: Path, known: dict[str, str]) -> None:
    folders.write(folder / "passwords.json", json.dumps(known, indent=2))
