"""A stack from its first moment to its last: `run`, as the supervisor's process lives it."""

import fcntl
import http.client
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

from tools.stack import credentials as secrets
from tools.stack import folders, ports, preload, servers
from tools.stack.credentials import Credentials
from tools.stack.journal import Journal
from tools.stack.layout import GATEWAY, ROOT, Addresses, Layout, admin_environment
from tools.stack.problems import StackError
from tools.stack.supervisor import Supervisor, end_left_overs

_PATIENCE = 120.0


def run(layout: Layout) -> None:
    """Start everything, stay until a signal comes, stop everything. StackError when it cannot."""
    os.chdir(ROOT)
    # Until the supervisor listens to them; a shell may let its background jobs ignore them.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    layout.run.mkdir(mode=0o755, parents=True, exist_ok=True)
    lock = take_lock(layout)
    names = layout.names()
    if not names:
        raise StackError(f"There is no service to run under {layout.services}.")
    end_left_overs(layout)
    port = ports.gateway_port()
    kept = secrets.load(layout.file("secrets.json"), services=[n for n in names if n != GATEWAY])
    began = time.monotonic()
    starting = servers.start(layout, names=names, credentials=kept)
    journal = Journal(layout.file("log"), width=max(map(len, [*names, "stack"])))
    try:
        complaints = preload.preload()
        sys.path.insert(0, str(layout.services.parent))
        running = starting.wait()
    except BaseException:
        # Half a stack is of no use: what has started goes away with us.
        servers.stop_left_overs(layout)
        raise
    addresses = addresses_of(running, names=names, gateway_port=port)
    told = admin_environment(addresses=addresses, credentials=kept)
    folders.write(layout.file("admin.env"), "".join(f"{k}={v}\n" for k, v in told.items()))
    stack = Supervisor(
        layout, running=running, addresses=addresses, credentials=kept, journal=journal, held=[lock]
    )
    stack.catch_signals()
    try:
        for complaint in complaints:
            stack.say(complaint)
        stack.migrate()
        stack.start()
        if _wait_ready(stack, names=names):
            stack.say(f"ready after {time.monotonic() - began:.1f} s")
            _fill_with_demo(stack, told=told)
            _announce(stack, kept=kept)
        stack.run()
    finally:
        layout.file("ready").unlink(missing_ok=True)
        if stack.stopping:
            stack.say("stopping")
        stack.stop()
        journal.close()
        os.close(lock)


def addresses_of(running: servers.Servers, *, names: list[str], gateway_port: int) -> Addresses:
    """Return where everything of a running stack listens."""
    urls = {}
    for name in names:
        if name != GATEWAY:
            database = servers.database_name(name)
            urls[name] = running.postgres.url(database, database)
    return Addresses(
        broker=running.broker.url,
        databases=urls,
        ports=running.ports,
        gateway_host=os.environ.get("WASL_HOST") or "127.0.0.1",
        gateway_port=gateway_port,
    )


def take_lock(layout: Layout) -> int:
    """Return a locked descriptor; StackError when another supervisor holds it."""
    descriptor = os.open(layout.file("lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StackError(
            "This checkout's stack is running already; `make stop` ends it, `make status` shows it."
        ) from None
    return descriptor


def is_locked(layout: Layout) -> bool:
    """Tell whether a supervisor runs."""
    try:
        os.close(take_lock(layout))
    except FileNotFoundError:
        return False
    except StackError:
        return True
    return False


def answers_ready(address: str, *, services: Collection[str]) -> bool:
    """Tell whether the gateway answers 200 on /readyz now.

    It asks every service there is; where WASL_SERVICES runs only some, those `services` are enough.
    """
    connection = http.client.HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        if answer.status == http.client.OK or not os.environ.get("WASL_SERVICES"):
            return answer.status == http.client.OK
        states = json.loads(answer.read())["services"]
        return all(states.get(name) == "SERVING" for name in services)
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False
    finally:
        connection.close()


def _wait_ready(stack: Supervisor, *, names: list[str]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    behind = [name for name in names if name != GATEWAY]
    while not stack.stopping:
        stack.tick()
        if GATEWAY in names:
            address = stack.addresses.gateway.removeprefix("http://")
            if answers_ready(address, services=behind):
                return True
        elif all(stack.layout.file(f"{name}.sock").exists() for name in names):
            return True
        if time.monotonic() > deadline:
            stack.say(
                f"not ready after {_PATIENCE:g} s; the logs are in {stack.layout.file('log')}"
            )
            deadline = float("inf")
    return False


def _fill_with_demo(stack: Supervisor, *, told: dict[str, str]) -> None:
    done = stack.layout.file("demo.done")
    if os.environ.get("NO_DEMO") == "1" or done.exists():
        return
    if not (ROOT / "tools/demo").exists() or importlib.util.find_spec("tools.demo") is None:
        return
    stack.say("filling the empty CRM with a demo company (NO_DEMO=1 starts without)")
    path = os.pathsep.join([str(ROOT), str(ROOT / "gen")])
    command = [sys.executable, "-m", "tools.demo"]
    code = stack.program("demo", command, extra={**told, "PYTHONPATH": path})
    if code == 0:
        done.touch()
    elif not stack.stopping:
        stack.say(f"the demo company is incomplete (exit code {code})")


def _announce(stack: Supervisor, *, kept: Credentials) -> None:
    folders.write(stack.layout.file("ready"), str(os.getpid()))
    stack.say("")
    for line in credentials_text(stack.addresses.gateway, kept=kept, layout=stack.layout):
        stack.say(line)
    stack.say("")


def credentials_text(url: str, *, kept: Credentials, layout: Layout) -> list[str]:
    """Return what a person needs to sign in."""
    return [
        f"Wasl is ready:  {url}",
        f"    e-mail      {secrets.ADMIN_EMAIL}",
        f"    password    {kept.admin_password}",
        f"    for scripts {_shown(layout.file('admin.env'))}",
    ]


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
