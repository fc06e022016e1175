"""Processes by their pid: start, recognise, wait for, stop.

A pid alone says little, because pids are reused and servers outlive their supervisor. Every server
therefore carries a marker on its command line (its data folder or a name of its own), and nothing
is signalled whose command line does not show that marker.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# Kept so that a server which ends is reaped and does not stay behind as a zombie.
_spawned: dict[int, subprocess.Popen[bytes]] = {}


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to signal this process when the thread that forked it ends; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    user: int | None = None,
    group: int | None = None,
    dies_with_us: signal.Signals | None = None,
) -> int:
    """Start a program in a session of its own, its output appended to `log`; return its pid.

    `user` and `group` are dropped to before the program starts. `dies_with_us` is the signal the
    program gets when this thread ends (Linux only), for tests that must leave nothing behind.
    """
    preexec: Callable[[], None] | None = None
    if dies_with_us is not None:
        wanted = dies_with_us

        def preexec() -> None:
            die_with_parent(wanted)

    _reap()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            start_new_session=True,
            preexec_fn=preexec,
        )
    _spawned[process.pid] = process
    return process.pid


def command_line(pid: int) -> str:
    """Return the command line of a process, words joined by spaces; empty when there is none."""
    if pid in _spawned and _spawned[pid].poll() is not None:
        del _spawned[pid]
        return ""
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return words.replace(b"\0", b" ").decode(errors="replace").strip()
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def has_ended(pid: int) -> bool:
    """Tell whether a process made by `spawn` is over; its command line is empty while it execs."""
    return pid not in _spawned or _spawned[pid].poll() is not None


def is_running(pid: int | None, *, marker: str) -> bool:
    """Tell whether `pid` lives and its command line shows `marker`."""
    return pid is not None and marker in command_line(pid)


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Poll until the condition holds; return whether it did within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def stop(pid: int, *, marker: str, steps: Iterable[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn and wait its seconds; return whether the process is gone."""
    for number, seconds in steps:
        if not is_running(pid, marker=marker):
            break
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            break
        if wait_until(lambda: not is_running(pid, marker=marker), seconds=seconds):
            break
    else:
        return False
    # Its memory is gone, its files may be closing still: waiting for a child settles that.
    if (process := _spawned.pop(pid, None)) is not None:
        process.wait()
    _reap()
    return True


def read_pid(path: Path, *, line: int = 0) -> int | None:
    """Return the pid written in a file, or None when the file or the number is missing."""
    try:
        return int(path.read_text().splitlines()[line])
    except (OSError, ValueError, IndexError):
        return None


def tail(log: Path, *, lines: int = 5) -> str:
    """Return the last lines of a log, for error messages; empty when there is no log."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _reap() -> None:
    for pid in [pid for pid, process in _spawned.items() if process.poll() is not None]:
        del _spawned[pid]
