"""A private RabbitMQ: its own folder, cookie, epmd and ports, all on loopback.

    broker = rabbitmq.start(Path(".run/rabbitmq"), port=5674, dist_port=25674, epmd_port=4370)
    broker.url
    broker.stop()

The server's own start script is used, not Debian's wrapper, which insists on root. Every path it
would otherwise take from /etc or /var points into the folder, so an installed server that is
already running is neither read nor touched.
"""

import hashlib
import os
import secrets
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from tools.stack import binaries, folders, processes
from tools.stack.problems import StackError

USER = "wasl"
_STOP = ((signal.SIGTERM, 30.0), (signal.SIGKILL, 5.0))
_STOP_EPMD = ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0))
# Starts that are tried before giving up.
_ATTEMPTS = 3
_LONGEST_LOG = 10_000_000

_CONFIGURATION = """\
# Written anew at every start by tools/stack/rabbitmq.py.
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
default_user_tags.administrator = true
# Publishers are blocked below this much free disk and above this much memory.
disk_free_limit.absolute = 500MB
vm_memory_high_watermark.absolute = 1536MB
# The shared log of the quorum queues is also held in memory: 512 MB unless told otherwise.
raft.wal_max_size_bytes = 67108864
log.console = true
log.console.level = warning
log.console.use_colors = off
log.console.formatter.single_line = on
log.file = false
"""


@dataclass(frozen=True, kw_only=True)
class RabbitMQ:
    """A running broker. `folder` holds its data, cookie, log and password; ports are loopback."""

    folder: Path
    port: int
    dist_port: int
    epmd_port: int

    @property
    def url(self) -> str:
        """The AMQP URL of the virtual host `/`, with user and password."""
        return f"amqp://{USER}:{_password(self.folder)}@127.0.0.1:{self.port}/%2F"

    @property
    def pid(self) -> int | None:
        """The pid of the broker's virtual machine, or None when it does not run."""
        pid = processes.read_pid(self.folder / "pid")
        return pid if processes.is_running(pid, marker=_marker(self.folder)) else None

    def alive(self) -> bool:
        """Tell whether the broker's process runs; it may still be starting."""
        return self.pid is not None

    def stop(self) -> None:
        """Stop the broker and its epmd; queues and persistent messages are kept."""
        pid = self.pid
        if pid and not processes.stop(pid, marker=_marker(self.folder), steps=_STOP):
            raise StackError(f"RabbitMQ (pid {pid}) does not stop; please end it by hand.")
        epmd = processes.read_pid(self.folder / "epmd.pid")
        if epmd:
            marker = _epmd_marker(self.epmd_port)
            processes.stop(
                epmd, marker=marker, steps=((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0))
            )
        for name in ("pid", "epmd.pid"):
            (self.folder / name).unlink(missing_ok=True)


def start(
    folder: Path, *, port: int, dist_port: int, epmd_port: int, dies_with_us: bool = False
) -> RabbitMQ:
    """Start the broker whose data lies under `folder` (made at the first start) and wait for it.

    A broker left running there is taken over when its settings are the same, else restarted.
    `dies_with_us` (Linux) ends it with the calling thread, for tests. StackError when it fails.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    broker = RabbitMQ(folder=folder, port=port, dist_port=dist_port, epmd_port=epmd_port)
    secret, configuration = folder / "password", folder / "rabbitmq.conf"
    if not secret.exists():
        folders.write(secret, secrets.token_hex(24))
    wanted = _CONFIGURATION.format(port=port, user=USER, password=_password(folder))
    wanted += f"# distribution {dist_port}, epmd {epmd_port}\n"
    if not configuration.exists() or configuration.read_text() != wanted:
        broker.stop()
    if not broker.alive():
        folders.write(configuration, wanted)
    for attempt in range(_ATTEMPTS):
        if not broker.alive():
            _launch(broker, dies_with_us=dies_with_us)
        try:
            if processes.wait_until(lambda: _is_ready(broker), seconds=120):
                return broker
        except StackError:
            # On a machine that is short of everything a start may fail and the next succeed.
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(1)
    raise StackError(f"RabbitMQ does not become ready; its log is {folder / 'log'}.")


def _launch(broker: RabbitMQ, *, dies_with_us: bool) -> None:
    server, epmd = binaries.find_rabbitmq(), binaries.find_epmd()
    if server is None or epmd is None:
        raise StackError("RabbitMQ is not installed; please install it, or run `make setup`.")
    folder, log = broker.folder, broker.folder / "log"
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(folder / "log.1")
    environment = _environment(broker)
    on_death = signal.SIGTERM if dies_with_us else None
    # An epmd of our own and in the foreground, so that it can be stopped with the broker.
    mapper = processes.read_pid(folder / "epmd.pid")
    if not processes.is_running(mapper, marker=_epmd_marker(broker.epmd_port)):
        mapper = processes.spawn(
            [epmd, "-port", str(broker.epmd_port), "-address", "127.0.0.1"],
            log=log,
            environment=environment,
            dies_with_us=on_death,
        )
        folders.write(folder / "epmd.pid", str(mapper))
    if not processes.wait_until(lambda: _answers(broker.epmd_port), seconds=10):
        raise StackError(f"Erlang's epmd does not answer on port {broker.epmd_port} (log: {log}).")
    pid = processes.spawn([server], log=log, environment=environment, dies_with_us=on_death)
    folders.write(folder / "pid", str(pid))
    # The script replaces itself with the virtual machine, whose command line shows the marker.
    processes.wait_until(lambda: broker.alive() or processes.has_ended(pid), seconds=20, every=0.05)


def _environment(broker: RabbitMQ) -> dict[str, str]:
    folder, epmd = broker.folder, str(broker.epmd_port)
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    for name, text in {
        "environment.conf": "",
        "advanced.config": "[].\n",
        "plugins": "[].\n",
    }.items():
        folders.write(folder / name, text)
    arguments = f"-kernel inet_dist_use_interface {{127,0,0,1}} {_marker(folder)}"
    return {
        "PATH": f"{os.environ.get('PATH', '')}:{binaries.PATH}",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "ERL_EPMD_PORT": epmd,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # Makes the script become the server instead of staying as its parent.
        "RUNNING_UNDER_SYSTEMD": "true",
        # Loading its modules passes work between schedulers all the time; with no busy waiting at
        # all (Debian's choice) each pass wakes a thread, and a start takes 6.6 s instead of 2.6.
        "RABBITMQ_SCHEDULER_BUSY_WAIT_THRESHOLD": "very_short",
        # The name contains the machine's unless told: the data must survive a change of it.
        "RABBITMQ_NODENAME": "wasl@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(broker.port),
        "RABBITMQ_DIST_PORT": str(broker.dist_port),
        "RABBITMQ_BASE": str(folder),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "data"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": str(folder / "no-more-configuration"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "data/config"),
        "RABBITMQ_SCHEMA_DIR": str(folder / "data/schema"),
        "RABBITMQ_PID_FILE": str(folder / "data/booted.pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": arguments,
    }


def _is_ready(broker: RabbitMQ) -> bool:
    if not broker.alive():
        said = processes.tail(broker.folder / "log", lines=8)
        raise StackError(f"RabbitMQ ended while starting, it says: {said}")
    # It listens only when its queues are recovered.
    return _answers(broker.port)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def _marker(folder: Path) -> str:
    # Not the folder itself: the start script would split it at its spaces.
    return f"-wasl {hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def _epmd_marker(port: int) -> str:
    return f"epmd -port {port} "


def _password(folder: Path) -> str:
    return (folder / "password").read_text().strip()
