"""The installed programs of PostgreSQL and RabbitMQ, wherever the system keeps them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST_POSTGRES = 15
# Where servers are, even when the caller's PATH is short.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"


def find_postgres(*, version: int | None = None) -> Path | None:
    """Return the folder of `postgres` and `initdb`: the newest from 15 on, or just `version`."""
    patterns = (
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
    )
    places = [place for pattern in patterns for place in Path("/").glob(pattern[1:])]
    places += [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    found: dict[int, Path] = {}
    for place in places:
        if os.access(place / "postgres", os.X_OK) and os.access(place / "initdb", os.X_OK):
            found.setdefault(_version_of(place), place)
    usable = [number for number in found if number >= OLDEST_POSTGRES and version in (None, number)]
    return found[max(usable)] if usable else None


def _version_of(place: Path) -> int:
    named = re.search(r"(?:postgresql[/@]|pgsql-)(\d+)", str(place))
    if named:
        return int(named[1])
    said = subprocess.run([place / "postgres", "-V"], capture_output=True, text=True, check=False)
    number = re.search(r"(\d+)", said.stdout)
    return int(number[1]) if number else 0


def find_rabbitmq() -> Path | None:
    """Return RabbitMQ's own start script, or None when RabbitMQ is not installed."""
    places = [Path("/usr/lib/rabbitmq/bin/rabbitmq-server")]
    for pattern in (
        "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
        "opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
        "usr/local/opt/rabbitmq/sbin/rabbitmq-server",
        "opt/rabbitmq/sbin/rabbitmq-server",
    ):
        places += sorted(Path("/").glob(pattern), reverse=True)
    return next((place for place in places if os.access(place, os.X_OK)), None)


def find_epmd() -> Path | None:
    """Return Erlang's port mapper, or None when Erlang is not installed."""
    found = shutil.which("epmd", path=f"{os.environ.get('PATH', '')}:{PATH}")
    if found:
        return Path(found)
    inside = sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"), reverse=True)
    return inside[0] if inside else None
