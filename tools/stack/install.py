"""PostgreSQL and RabbitMQ for the local stack: find them, or install the system's packages."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.stack import binaries
from tools.stack.problems import StackError

# Debian's packages ask this program whether they may start their server; 101 means no.
_POLICY = Path("/usr/sbin/policy-rc.d")
_REFUSAL = "#!/bin/sh\n# Made by Wasl's setup for as long as its installation runs.\nexit 101\n"
_DEBIAN = {"PostgreSQL": "postgresql", "RabbitMQ": "rabbitmq-server"}
_NEEDED = f"PostgreSQL {binaries.OLDEST_POSTGRES} or newer and RabbitMQ 3.10 or newer"
_UNITS = {
    "postgresql": "postgresql.service",
    "rabbitmq-server": "rabbitmq-server.service",
    "prometheus": "prometheus.service",
}
_HOMEBREW = {"PostgreSQL": "postgresql@17", "RabbitMQ": "rabbitmq"}


def missing() -> list[str]:
    """Return which of PostgreSQL and RabbitMQ are not installed."""
    broker = binaries.find_rabbitmq() and binaries.find_epmd()
    found = {"PostgreSQL": binaries.find_postgres(), "RabbitMQ": broker}
    return [name for name, place in found.items() if place is None]


def ensure() -> None:
    """Install what is missing; StackError, one sentence, when that is not possible."""
    wanted = missing()
    if not wanted:
        return
    what = " and ".join(wanted)
    sys.stdout.write(f"{what} will be installed from the system's packages.\n")
    sys.stdout.flush()
    if sys.platform == "darwin" and shutil.which("brew"):
        _run(["brew", "install", *(_HOMEBREW[name] for name in wanted)], what=what)
    elif shutil.which("apt-get"):
        install_on_debian([_DEBIAN[name] for name in wanted], what=what)
    else:
        raise StackError(
            f"{what} cannot be installed on this system automatically; please install "
            f"{_NEEDED}, then try again."
        )
    if still := missing():
        raise StackError(
            f"{' and '.join(still)} cannot be found after its installation; please install "
            f"{_NEEDED} by hand."
        )


def install_on_debian(packages: list[str], *, what: str) -> None:
    """Install packages, without starting what is in them; StackError when that is not possible."""
    become_root = _become_root(" ".join(packages), what=what)
    # The packages would start servers of their own: we want the programs only. A policy that is
    # there already is the owner's, and stays.
    ours = not _POLICY.exists()
    if ours:
        with tempfile.NamedTemporaryFile("w", suffix=".policy") as file:
            file.write(_REFUSAL)
            file.flush()
            _run([*become_root, "install", "-m", "755", file.name, str(_POLICY)], what=what)
    try:
        quiet = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive"]
        _run([*quiet, "apt-get", "-q", "update"], what=what, must_succeed=False)
        _run([*quiet, "apt-get", "-qy", "install", "--no-install-recommends", *packages], what=what)
        # Nor at the next start of the machine: nobody asked for a server of the system's own.
        if shutil.which("systemctl"):
            units = [_UNITS[name] for name in packages if name in _UNITS]
            off = [*become_root, "systemctl", "disable", *units]
            if units:
                _run(off, what=what, must_succeed=False)
    finally:
        if ours:
            _run([*become_root, "rm", "-f", str(_POLICY)], what=what, must_succeed=False)


def _become_root(packages: str, *, what: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and (sys.stdin.isatty() or _sudo_asks_nothing()):
        return ["sudo"]
    raise StackError(
        f"{what} is missing and only root can install it; as root, please run `apt-get install "
        f"--no-install-recommends {packages}`, then try again."
    )


def _sudo_asks_nothing() -> bool:
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return asked.returncode == 0


def _run(command: list[str], *, what: str, must_succeed: bool = True) -> None:
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode and must_succeed:
        raise StackError(
            f"{what} could not be installed (`{' '.join(command)}` failed); please check the "
            "network and the system's package sources, or install it by hand."
        )
