"""Loopback ports, chosen once and remembered, so that addresses survive a restart."""

import json
import os
import random
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from tools.stack import folders
from tools.stack.problems import StackError

# Below the range outgoing connections are given by Linux and macOS.
_RANGE = range(20_000, 32_000)
GATEWAY_PORT = 8080


def choose(file: Path, names: Iterable[str], *, ours: Collection[str] = ()) -> dict[str, int]:
    """Return a port for every name, the remembered one unless another program has taken it.

    `ours` names the ports our own left-over servers listen on: they are in use, and stay. Ports
    remembered for other names are kept in the file.
    """
    before = remembered(file)
    chosen = dict(before)
    for name in names:
        port = chosen.get(name)
        if port is None or (name not in ours and not is_free(port)):
            chosen[name] = _pick(taken=set(chosen.values()))
    if chosen != before:
        folders.write(file, json.dumps(chosen, indent=2))
    return {name: chosen[name] for name in names}


def remembered(file: Path) -> dict[str, int]:
    """Return the ports chosen before; empty at the first start."""
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    return known


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port with connections that are only waiting to be forgotten is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def gateway_port() -> int:
    """Return the gateway's port from WASL_PORT (8080); StackError when it is not usable."""
    said = os.environ.get("WASL_PORT") or str(GATEWAY_PORT)
    if not said.isdecimal() or not 0 < int(said) < 65_536:
        raise StackError(f"WASL_PORT must be a port number between 1 and 65535, not {said!r}.")
    port = int(said)
    if not is_free(port, host=os.environ.get("WASL_HOST") or "127.0.0.1"):
        raise StackError(
            f"Port {port} is in use by another program; please end that program or choose another "
            f"port, for example `WASL_PORT={port + 1 if port < 65_535 else 8080} make run`."
        )
    return port


def _pick(*, taken: Collection[int]) -> int:
    for port in random.sample(_RANGE, k=len(_RANGE)):
        if port not in taken and is_free(port):
            return port
    raise StackError("No loopback port between 20000 and 32000 is free.")
