"""The commands of docs/operations/backup.md, run as they stand there."""

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.e2e.suite import Suite, eventually
from tools.stack import binaries, folders, layout, ports, servers
from tools.stack.layout import ROOT
from tools.stack.postgres import Postgres

_BLOCK = re.compile(r"<!-- drill: (\w+) -->\n```sh\n(.*?)```", re.DOTALL)
COMMANDS = dict(_BLOCK.findall((ROOT / "docs/operations/backup.md").read_text(encoding="utf-8")))


@dataclass
class Drill:
    """Backups of a suite, and the way back to one."""

    suite: Suite
    # Of each service, told while everything still runs.
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where PostgreSQL keeps everything; the backups lie beside its data."""
        return (self.suite.run / "postgres").resolve()

    @property
    def ports(self) -> dict[str, int]:
        """The ports of the suite's servers."""
        return ports.remembered(self.suite.run / "ports.json")

    def shell(self, name: str, **more: str) -> None:
        """Runs the commands of that name from the handbook, as the user that PostgreSQL is."""
        programs, owner = binaries.find_postgres(), folders.server_user()
        assert programs is not None
        server = Postgres(folder=self.folder, socket=Path(), port=self.ports["postgres"])
        login = psycopg.conninfo.conninfo_to_dict(server.url(tcp=True))
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", COMMANDS[name]],
            env={
                "PATH": f"{programs}:{binaries.PATH}",
                "PGHOST": str(login["host"]),
                "PGPORT": str(login["port"]),
                "PGUSER": str(login["user"]),
                "PGPASSWORD": str(login["password"]),
                "PGDATA": str(self.folder / "data"),
                "ARCHIVE": str(self.folder / "archive"),
                "BACKUP": str(self.folder / "backup"),
                **more,
            },
            user=None if owner is None else owner.user,
            group=None if owner is None else owner.group,
            extra_groups=None if owner is None else [],
            cwd="/", capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def superuser(self, statement: str) -> str:
        """The first cell of what the server answers."""
        server = Postgres(folder=self.folder, socket=Path(), port=self.ports["postgres"])
        with psycopg.connect(server.url(tcp=True), autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
        return str(row[0]) if row else ""

    def begin_archiving(self) -> None:
        """The first base backup, with the log going to the archive from now on."""
        # The drill's server takes replication over its socket only unless told.
        access = self.folder / "data/pg_hba.conf"
        access.write_text(access.read_text() + "host replication all 127.0.0.1/32 scram-sha-256\n")
        for name in ("archive", "backup"):
            folders.make(self.folder / name, owner=folders.server_user())
        self.shell("archive")
        self.suite.stack("stop")
        self.suite.stack("start")
        self.environments = {
            name: self.suite.service_environment(name)
            for name in ("identity", "contacts", "sales", "reporting")
        }

    def destroy(self) -> None:
        """The power goes, and the disk of the database with it. RabbitMQ's is still there."""
        # A segment of the log goes to the archive once a minute; this one goes now.
        wanted = self.superuser("SELECT pg_walfile_name(pg_switch_wal())")
        eventually(lambda: (self.folder / "archive" / wanted).exists(), what="it is archived")
        pids = self.suite.pids()
        # The supervisor first: it would bring the others back.
        for name in ("supervisor", *self.environments):
            os.kill(pids[name], signal.SIGKILL)
        self.suite.stack("stop")
        shutil.rmtree(self.folder / "data")

    def restore(self, point: str, *, keep_rabbitmq: bool) -> None:
        """PostgreSQL as it was at a moment, RabbitMQ as it is or empty; no service runs yet."""
        folders.make(self.folder / "data", owner=folders.server_user())
        self.shell("restore", POINT=point)
        if not keep_rabbitmq:
            shutil.rmtree(self.suite.run / "rabbitmq/data")
        self.start_servers()
        self.shell("restored")

    def start_servers(self) -> None:
        """PostgreSQL and RabbitMQ alone, by a process which they outlive."""
        subprocess.run(
            [sys.executable, "-m", "tests.faults.restoring"],
            cwd=ROOT, env=self.suite.environment, check=True, timeout=120,
        )  # fmt: skip

    def redrive(self, *, rebuild: str = "") -> str:
        """The loop of the handbook, with the environment that each service has.

        `rebuild` names a service whose read model is ahead of the others.
        """
        said = ""
        (services,) = re.findall(r"for service in ([\w ]+);", COMMANDS["redrive"])
        (verb,) = re.findall(r"services\.\$service\" (\w+)", COMMANDS["redrive"])
        for service in services.split():
            done = subprocess.run(
                [
                    sys.executable, "-m", f"services.{service}", verb,
                    *(["--rebuild"] if service == rebuild else []),
                ],
                cwd=ROOT, env=self.environments[service], capture_output=True, text=True,
                check=False, timeout=300,
            )  # fmt: skip
            assert done.returncode == 0, f"{service}: {done.stderr[-3000:]}"
            said += done.stdout
        return said


if __name__ == "__main__":
    place = layout.layout()
    chosen = ports.remembered(place.file("ports.json"))
    servers.start_postgres(place, ports=chosen)
    servers.start_broker(place, ports=chosen)
