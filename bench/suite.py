"""A whole suite and the floor beside it, private to one run of the bench."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Suite:
    """A running suite: its address, a key, and the folder of its state."""

    port: int
    key: str
    folder: Path
    floor_port: int

    @property
    def api(self) -> httpx.Client:
        """A client with the administrator's key."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=120,
        )

    def environment(self, service: str) -> dict[str, str]:
        """The environment that a service of the suite runs with."""
        text = _stack(self.folder, "env", service).stdout
        return dict(
            line.removeprefix("export ").partition("=")[::2]
            for line in text.splitlines()
            if "=" in line
        )

    def pids(self) -> dict[str, int]:
        """Process ids of everything that runs."""
        found: dict[str, int] = json.loads((self.folder / "pids.json").read_text())
        return found


@contextmanager
def running() -> Iterator[Suite]:
    """Starts an empty suite and the floor on its contacts database; stops both."""
    with tempfile.TemporaryDirectory(prefix="wasl-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        port, floor_port = free_port(), free_port()
        os.environ["WASL_PORT"], os.environ["NO_DEMO"] = str(port), "1"
        try:
            _stack(folder, "start")
            admin = dict(
                line.split("=", 1) for line in (folder / "admin.env").read_text().splitlines()
            )
            key = admin["WASL_API_KEY"].strip("'\"")
            suite = Suite(port, key, folder, floor_port)
            with _floor(suite):
                yield suite
        finally:
            _stack(folder, "stop")


@contextmanager
def _floor(suite: Suite) -> Iterator[None]:
    url = suite.environment("contacts")["WASL_DATABASE_URL"].strip("'\"")
    address = f"unix:{suite.folder}/floor.sock"
    environment = os.environ | {"PYTHONPATH": ".:gen", "GRPC_ENABLE_FORK_SUPPORT": "0"}

    def program(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bench.floor", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=environment)

    programs = [
        program("serve", address, url),
        program("gateway", str(suite.floor_port), address),
    ]
    try:
        wait_for(suite.floor_port)
        yield
    finally:
        for started in programs:
            started.send_signal(signal.SIGTERM)
        for started in programs:
            started.wait(20)


def proportional_memory(pids: list[int]) -> float:
    """The sum of PSS of some processes and their children, in MB."""
    total = 0
    for pid in _with_children(pids):
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1024


def _with_children(pids: list[int]) -> set[int]:
    found = set(pids)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            if parent in pids:
                found.add(int(entry.name))
    return found


def _stack(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.stack", *arguments],
        cwd=ROOT,
        env=os.environ | {"WASL_RUN_DIR": str(folder), "PYTHONPATH": ".:gen"},
        check=True,
        text=True,
        capture_output=True,
    )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: Any = free.getsockname()[1]
        return int(port)


def wait_for(port: int) -> None:
    """Returns once somebody listens on a port. RuntimeError after 30 seconds."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nobody listens on port {port}")
