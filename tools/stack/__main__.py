"""The local stack's verbs: `python -m tools.stack install|run|start|stop|status|reset|env NAME`."""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from tools.stack import credentials, folders, install, layout, ports, processes, running, servers
from tools.stack.layout import GATEWAY, ROOT, Layout
from tools.stack.problems import StackError
from tools.stack.supervisor import end_left_overs

_PATIENCE = 900.0


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit code. A StackError is printed as its one sentence."""
    parser = argparse.ArgumentParser(prog="python -m tools.stack", description=__doc__)
    parser.add_argument("--services", type=Path, help="the folder of the services (for tests)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install", help="find PostgreSQL and RabbitMQ, install what is missing")
    verbs.add_parser("run", help="start everything and stay in the foreground")
    verbs.add_parser("start", help="start everything in the background, wait until it is ready")
    verbs.add_parser("stop", help="stop everything")
    verbs.add_parser("status", help="say what runs")
    verbs.add_parser("reset", help="stop everything and delete its data")
    env = verbs.add_parser("env", help="print a service's environment for a shell")
    env.add_argument("name")
    options = parser.parse_args(arguments)
    services = options.services and options.services.resolve()
    place = layout.layout(services=services)
    try:
        if options.verb == "install":
            install.ensure()
        elif options.verb == "run":
            install.ensure()
            running.run(place)
        elif options.verb == "start":
            install.ensure()
            _start(place, services=services)
        elif options.verb == "stop":
            _stop(place)
        elif options.verb == "reset":
            _stop(place)
            _delete(place)
        elif options.verb == "status":
            return _status(place)
        else:
            _print_environment(options.name, place=place)
    except StackError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _start(place: Layout, *, services: Path | None) -> None:
    if running.is_locked(place):
        raise StackError("This checkout's stack is running already; `make status` shows it.")
    log = place.file("log/run.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    extra = ["--services", str(services)] if services else []
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.stack", *extra, "run"],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    ready = place.file("ready")
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if processes.read_pid(ready) == process.pid:
            kept = credentials.load(place.file("secrets.json"), services=[])
            url = _admin(place)["WASL_URL"]
            sys.stdout.write(
                "\n".join(running.credentials_text(url, kept=kept, layout=place)) + "\n"
            )
            # It goes on without us; nobody has to wait for it.
            process.returncode = 0
            return
        time.sleep(0.05)
    raise StackError(processes.tail(log, lines=1) or f"The start failed; please read {log}.")


def _stop(place: Layout) -> None:
    pid = _pids(place).get("supervisor")
    if pid and running.is_locked(place):
        os.kill(pid, signal.SIGTERM)
        if not processes.wait_until(lambda: not running.is_locked(place), seconds=90, every=0.1):
            raise StackError(f"The supervisor (pid {pid}) does not stop; please read its log.")
        return
    # Nobody is in charge: end what a killed supervisor has left.
    end_left_overs(place)
    servers.stop_left_overs(place)
    place.file("pids.json").unlink(missing_ok=True)


def _delete(place: Layout) -> None:
    # The database may lie elsewhere behind a link, see folders.place.
    folders.remove(place.file("postgres"))
    folders.remove(place.run)


def _status(place: Layout) -> int:
    if not running.is_locked(place):
        sys.stdout.write("The stack does not run.\n")
        return 3
    for name, pid in _pids(place).items():
        sys.stdout.write(f"{name:12} pid {pid}\n")
    url = _admin(place).get("WASL_URL", "")
    state = "ready" if place.file("ready").exists() else "starting"
    sys.stdout.write(f"{state}: {url}\n")
    return 0


def _print_environment(name: str, *, place: Layout) -> None:
    if name not in place.names():
        raise StackError(f"There is no service {name}; there are: {', '.join(place.names())}.")
    database, broker = servers.left_over_postgres(place), servers.left_over_broker(place)
    if database is None or broker is None or not broker.alive():
        raise StackError("The stack does not run; `make start` starts it.")
    kept = credentials.load(place.file("secrets.json"), services=[])
    url, role = _admin(place)["WASL_URL"], servers.database_name(name)
    known = ports.remembered(place.file("ports.json"))
    found = servers.start_postgres(place, ports=known)
    host, _, port = url.removeprefix("http://").rpartition(":")
    addresses = layout.Addresses(
        broker=broker.url,
        databases={} if name == GATEWAY else {name: found.url(role, role)},
        ports=known,
        gateway_host=host,
        gateway_port=int(port),
    )
    told = layout.environment(name, layout=place, addresses=addresses, credentials=kept)
    for key, value in told.items():
        sys.stdout.write(f"export {key}={shlex.quote(value)}\n")


def _admin(place: Layout) -> dict[str, str]:
    lines = place.file("admin.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _pids(place: Layout) -> dict[str, int]:
    file = place.file("pids.json")
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    return known


if __name__ == "__main__":
    sys.exit(main())
