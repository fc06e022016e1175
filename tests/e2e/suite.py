"""A whole suite of a test's own: started empty on free ports, looked into, killed in parts."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.e2e.client import Api
from tools.stack import binaries, ports, processes
from tools.stack.layout import ROOT, Layout
from tools.stack.postgres import Postgres
from tools.stack.rabbitmq import RabbitMQ
from tools.stack.servers import database_name, left_over_broker

SERVICES = ("contacts", "identity", "reporting", "sales")
# Keeps what was said, for whoever comes later; it is never empty.
FEED = "wasl.feed"


@dataclass
class Suite:
    """A running suite; all it keeps lies in `run`."""

    run: Path
    port: int
    _apis: list[Api] = field(default_factory=list)
    _broker_is_settled: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """What moves the stack's command line to this suite."""
        return {
            **os.environ,
            "WASL_RUN_DIR": str(self.run),
            "WASL_PORT": str(self.port),
            "NO_DEMO": "1",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "gen")]),
        }

    def stack(self, verb: str, *arguments: str) -> str:
        """Runs a verb of the local stack; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "tools.stack", verb, *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
            timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{verb}: {done.stdout}{done.stderr}\n{self.log('run')}"
        return done.stdout

    @property
    def admin(self) -> dict[str, str]:
        """What scripts are told: the address and the administrator's key."""
        lines = (self.run / "admin.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def api(self, *, patience: float = 0) -> Api:
        """The public API as the administrator."""
        api = Api(self.admin["WASL_URL"], self.admin["WASL_API_KEY"], patience=patience)
        self._apis.append(api)
        return api

    def close(self) -> None:
        """Closes the connections of all clients."""
        for api in self._apis:
            api.http.close()

    def log(self, name: str, *, lines: int = 20) -> str:
        """The last lines of a service's log."""
        return processes.tail(self.run / f"log/{name}.log", lines=lines)

    def pids(self) -> dict[str, int]:
        """What runs."""
        try:
            known: dict[str, int] = json.loads((self.run / "pids.json").read_text())
        except FileNotFoundError:
            return {}
        return known

    def kill(self, name: str) -> int:
        """Ends a service or a server with `kill -9`; returns its pid, 0 when it was down."""
        if name == "rabbitmq" and not self._broker_is_settled and self.broker.alive():
            eventually(self._queues_are_on_disk, what="RabbitMQ knows its queues for good")
            self._broker_is_settled = True
        pid = self.pids().get(name, 0)
        mark = "-wasl " if name == "rabbitmq" else "postgres" if name == "postgres" else name
        if not pid or mark not in processes.command_line(pid):
            return 0
        os.kill(pid, signal.SIGKILL)
        return pid

    def _queues_are_on_disk(self) -> bool:
        # RabbitMQ 3.10 writes the names of new quorum queues, and of what looks after its streams,
        # to disk up to three seconds after they were declared. Killed before, it never finds them
        # again; see docs/operations/disasters.md. Each name is an atom, and a binary (m) follows.
        data = self.run / "rabbitmq/data/wasl@localhost"
        queues = [f"%2F_{name}m" for name in self.queues() if name != FEED]
        wanted = {"coordination": ["rabbit_stream_coordinatorm"], "quorum": queues}
        return all(
            name.encode() in (data / system / "wasl@localhost/names.dets").read_bytes()
            for system, names in wanted.items()
            for name in names
        )

    def wait_ready(self, *, seconds: float = 60) -> None:
        """Returns once the gateway says that every service serves, and the broker is back."""

        def ready() -> bool:
            try:
                answer = httpx.get(f"{self.admin['WASL_URL']}/readyz", timeout=5)
            except httpx.TransportError:
                return False
            return answer.status_code == 200 and self.broker.alive()

        eventually(ready, seconds=seconds, what="the suite is ready")

    @property
    def layout(self) -> Layout:
        """Where everything of the suite lies."""
        return Layout(run=self.run, services=ROOT / "services")

    @property
    def broker(self) -> RabbitMQ:
        """Its RabbitMQ."""
        found = left_over_broker(self.layout)
        assert found is not None
        return found

    def database(self, service: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to a service's database."""
        role = database_name(service)
        port = ports.remembered(self.run / "ports.json")["postgres"]
        server = Postgres(folder=(self.run / "postgres").resolve(), socket=Path(), port=port)
        return psycopg.connect(server.url(role, role, tcp=True), autocommit=True)

    def count(self, service: str, table: str, where: str = "true") -> int:
        """Rows of a table."""
        with self.database(service) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
        assert row is not None
        return int(str(row[0]))

    def outboxes(self) -> dict[str, int]:
        """Events that wait for the broker, by service."""
        return {name: self.count(name, "outbox") for name in SERVICES}

    def queues(self) -> dict[str, int]:
        """Messages in each queue, those included that a consumer has in its hands."""
        folder, broker = self.run / "rabbitmq", self.broker
        tool = binaries.find_rabbitmq()
        assert tool is not None
        listed = subprocess.run(
            [tool.with_name("rabbitmqctl"), "--silent", "list_queues", "name", "messages"],
            env={
                "PATH": f"{os.environ.get('PATH', '')}:{binaries.PATH}",
                "LANG": "C.UTF-8",
                "HOME": str(folder / "home"),
                "ERL_EPMD_PORT": str(broker.epmd_port),
                "RABBITMQ_NODENAME": "wasl@localhost",
                "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            },
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        if listed.returncode:
            # It is starting; nothing can be said about its queues.
            return {"unknown": 1}
        rows = (line.split("\t") for line in listed.stdout.splitlines() if "\t" in line)
        # A queue that has no leader yet has no count either.
        return {name: int(count) if count.isdigit() else 1 for name, count in rows}

    def dead_letters(self) -> int:
        """Dead letters in all queues together."""
        return sum(count for name, count in self.queues().items() if name.endswith(".dlq"))

    def unfinished(self) -> dict[str, int]:
        """What is still on its way: outboxes, queues, the retry ladder. Dead letters are not."""
        waiting = {f"outbox of {name}": count for name, count in self.outboxes().items()}
        waiting |= {
            name: count
            for name, count in self.queues().items()
            if name != FEED and not name.endswith(".dlq")
        }
        return {name: count for name, count in waiting.items() if count}

    def settle(self, *, seconds: float = 120) -> None:
        """Returns once nothing is on its way any more."""
        deadline = time.monotonic() + seconds
        while left := self.unfinished():
            assert time.monotonic() < deadline, f"after {seconds:g} s there is still {left}"
            time.sleep(0.2)

    def service_environment(self, name: str) -> dict[str, str]:
        """The environment in which a verb of a service works on this suite."""
        told = dict(self.environment)
        for line in self.stack("env", name).splitlines():
            key, _, value = line.removeprefix("export ").partition("=")
            told[key] = shlex.split(value)[0] if value else ""
        # The service's own process has that port.
        return told | {"WASL_METRICS_LISTEN": "127.0.0.1:0"}

    def verb(self, service: str, *arguments: str) -> str:
        """Runs a verb of a service beside the running one; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", f"services.{service}", *arguments],
            cwd=ROOT, env=self.service_environment(service), capture_output=True, text=True,
            check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{service} {arguments}: {done.stderr[-3000:]}"
        return done.stdout

    @contextmanager
    def beside(self, service: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A verb that goes on until it is stopped, beside the running service."""
        with subprocess.Popen(
            [sys.executable, "-m", f"services.{service}", *arguments],
            cwd=ROOT, env=self.service_environment(service), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.terminate()


@contextmanager
def running_suite() -> Iterator[Suite]:
    """An empty suite, started; stopped and deleted at the end."""
    if binaries.find_postgres() is None or binaries.find_rabbitmq() is None:
        pytest.skip("PostgreSQL or RabbitMQ is not installed (`make setup` installs them)")
    # A short path, because the paths of sockets may not be long.
    folder = Path(tempfile.mkdtemp(prefix="wasl-"))
    # The user `postgres` has to come through.
    folder.chmod(0o755)
    suite = Suite(folder / "run", ports.choose(folder / "chosen.json", ["gateway"])["gateway"])
    try:
        suite.stack("start")
        yield suite
    finally:
        suite.close()
        suite.stack("reset")
        shutil.rmtree(folder, ignore_errors=True)


def eventually(check: Callable[[], object], *, seconds: float = 30, what: str = "it") -> None:
    """Returns once a check holds. AssertionError when it does not in time."""
    if not processes.wait_until(lambda: bool(check()), seconds=seconds, every=0.05):
        raise AssertionError(f"not within {seconds:g} s: {what}")


def sales_data() -> Path:
    """The folder of the real pipeline, or skip where it is absent."""
    root = Path(os.environ.get("WASL_DATA_DIR") or ROOT.parent / "shared/data")
    folder = root / "crm_sales_opportunities"
    if not (folder / "sales_pipeline.csv").exists():
        pytest.skip("no crm_sales_opportunities under WASL_DATA_DIR or ../shared/data")
    return folder


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]
