"""The supervisor: starts the servers, forks a process per service, and keeps all of it alive."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from types import FrameType

from tools.stack import children, folders, processes, servers
from tools.stack.children import Child
from tools.stack.credentials import Credentials
from tools.stack.journal import Journal
from tools.stack.layout import GATEWAY, ROOT, Addresses, Layout, environment
from tools.stack.problems import StackError

_GRACE = 20.0
_TICK = 0.1


class Supervisor:
    """One running stack. `run` blocks until a signal asks it to stop."""

    def __init__(
        self,
        layout: Layout,
        *,
        running: servers.Servers,
        addresses: Addresses,
        credentials: Credentials,
        journal: Journal,
        held: list[int],
    ) -> None:
        """Take over started servers; `held` are descriptors no child may keep (the lock)."""
        self.layout, self.servers, self.addresses = layout, running, addresses
        self.journal, self._credentials, self._held = journal, credentials, held
        self._children = [Child(name) for name in layout.names()]
        self._outputs = selectors.DefaultSelector()
        self._stopping = False
        self._written: dict[str, int] = {}

    def migrate(self) -> None:
        """Run every service's migrations side by side; StackError names those that failed."""
        running = {}
        for child in self._children:
            if child.name != GATEWAY:
                running[self._fork(child.name, verb="migrate")] = child.name
        failed = []
        while running and not self._stopping:
            self._listen()
            for pid in list(running):
                if (code := children.reap(pid)) is not None:
                    name = running.pop(pid)
                    if code:
                        failed.append(name)
        self._listen()
        if failed:
            logs = ", ".join(str(self.layout.file(f"log/{name}.log")) for name in failed)
            raise StackError(f"The migrations of {', '.join(failed)} failed; please read {logs}.")

    def start(self) -> None:
        """Fork every service."""
        for child in self._children:
            self._start(child)

    def tick(self) -> None:
        """Pass on what children wrote; bring back whatever has died."""
        self._listen()
        now = children.monotonic()
        for child in self._children:
            if child.pid and (code := children.reap(child.pid)) is not None:
                # Its own children (gunicorn's workers) must not keep its address.
                _signal_group(child.pid, signal.SIGKILL)
                child.ended(now=now)
                self.say(f"{child.name}: {children.describe(code)}, again in {child.pause:g} s")
            elif not child.pid and now >= child.due and not self._stopping:
                self._start(child)
        self._watch_servers()
        self._write_pids()

    def run(self, *, until: float | None = None) -> None:
        """Tick until a signal comes, or until this moment of the monotonic clock."""
        while not self._stopping and (until is None or time.monotonic() < until):
            self.tick()

    @property
    def stopping(self) -> bool:
        """Whether a signal has asked for the end."""
        return self._stopping

    def catch_signals(self) -> None:
        """Let SIGTERM, SIGINT and SIGHUP end `run` instead of the process."""

        def ask(_number: int, _frame: FrameType | None) -> None:
            self._stopping = True

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, ask)

    def stop(self) -> None:
        """Stop the children (20 s to finish), then RabbitMQ, then PostgreSQL."""
        self._stopping = True
        for child in self._children:
            _signal(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while (alive := [child for child in self._children if child.pid]) and (
            time.monotonic() < deadline
        ):
            self._listen()
            for child in alive:
                if children.reap(child.pid) is not None:
                    _signal_group(child.pid, signal.SIGKILL)
                    child.pid = 0
        for child in self._children:
            if child.pid:
                self.say(f"{child.name} did not finish within {_GRACE:g} s and is killed")
                _signal_group(child.pid, signal.SIGKILL)
        self._listen()
        self.servers.stop()
        self.layout.file("pids.json").unlink(missing_ok=True)

    def program(self, name: str, command: list[str], *, extra: dict[str, str]) -> int | None:
        """Run a program while the stack runs, its output in the log; return its exit code."""
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**os.environ, **extra}, start_new_session=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            descriptor = os.dup(process.stdout.fileno())
            os.set_blocking(descriptor, False)
            self._outputs.register(descriptor, selectors.EVENT_READ, name)
            while process.poll() is None and not self._stopping:
                self.tick()
            if self._stopping:
                process.terminate()
        return process.returncode

    def say(self, text: str) -> None:
        """Write a line of our own into the log."""
        self.journal.line("stack", text)

    def _start(self, child: Child) -> None:
        verb = "serve" if child.name == GATEWAY else "run"
        child.pid, child.started = self._fork(child.name, verb=verb), children.monotonic()

    def _fork(self, name: str, *, verb: str) -> int:
        told = environment(
            name, layout=self.layout, addresses=self.addresses, credentials=self._credentials
        )
        module = f"{self.layout.package}.{name}.__main__"
        pid, output = children.fork(
            name, module=module, verb=verb, environment=told, cleanup=self._let_go
        )
        self._outputs.register(output, selectors.EVENT_READ, name)
        return pid

    def _let_go(self) -> None:
        """In a child: close what belongs to the supervisor."""
        for key in list(self._outputs.get_map().values()):
            os.close(key.fd)
        self._outputs.close()
        for descriptor in self._held:
            os.close(descriptor)

    def _listen(self) -> None:
        for key, _ in self._outputs.select(_TICK):
            data = children.drain(key.fd)
            if data is None:
                self._outputs.unregister(key.fd)
                os.close(key.fd)
            elif data:
                self.journal.feed(key.data, data)

    def _watch_servers(self) -> None:
        for name in {"postgres", "rabbitmq"} - set(self.servers.pids()):
            if self._stopping:
                return
            self.say(f"{name} has died and is started again")
            try:
                self.servers.revive(name)
            except StackError as problem:
                self.say(str(problem))

    def _write_pids(self) -> None:
        pids = {child.name: child.pid for child in self._children if child.pid}
        pids = {"supervisor": os.getpid(), **self.servers.pids(), **pids}
        if pids != self._written:
            folders.write(self.layout.file("pids.json"), json.dumps(pids, indent=2))
            self._written = pids


def end_left_overs(layout: Layout) -> None:
    """End services whose supervisor was killed; each is recognised by the title it carries."""
    file = layout.file("pids.json")
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    steps = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0))
    for name, pid in known.items():
        processes.stop(pid, marker=f"{children.TITLE}{name}", steps=steps)


def _signal(pid: int, number: signal.Signals) -> None:
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
