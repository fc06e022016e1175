"""Forked children: one per service, started from libraries that are loaded already."""

import atexit
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.stack import processes

TITLE = "wasl: "
_SHORTEST_PAUSE, _LONGEST_PAUSE, _LONG_LIFE = 0.5, 30.0, 30.0


@dataclass
class Child:
    """A service the supervisor keeps alive. Times are monotonic seconds."""

    name: str
    pid: int = 0
    output: int = -1
    started: float = 0.0
    due: float = 0.0
    pause: float = field(default=0.0)

    def ended(self, *, now: float) -> None:
        """Note that the process is gone and when the next one is due.

        The pause doubles from 0.5 to 30 s; a life of 30 s makes it short again.
        """
        long_life = now - self.started > _LONG_LIFE
        self.pause = (
            _SHORTEST_PAUSE if long_life or not self.pause else min(self.pause * 2, _LONGEST_PAUSE)
        )
        self.pid, self.due = 0, now + self.pause


def fork(
    name: str,
    *,
    module: str,
    verb: str,
    environment: Mapping[str, str],
    cleanup: Callable[[], None] = lambda: None,
) -> tuple[int, int]:
    """Fork a child that runs `main([verb])` of a module; return its pid and its output's read end.

    `environment` is added to ours. `cleanup` runs in the child, to let go of what is only ours.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(writing)
        os.set_blocking(reading, False)
        return pid, reading
    code = 70
    # Whatever happens, the child must not return into the supervisor's code.
    try:
        _become(name, output=writing)
        cleanup()
        os.environ.update(environment)
        code = _call(module, verb)
    except BaseException:
        traceback.print_exc()
    finally:
        _leave(code)
    raise AssertionError("unreachable")


def reap(pid: int) -> int | None:
    """Return the exit code of a child that has ended (negative: by that signal), else None."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if found else None


def drain(descriptor: int) -> bytes | None:
    """Return what can be read now: empty when there is nothing yet, None at the end."""
    try:
        return os.read(descriptor, 65_536) or None
    except BlockingIOError:
        return b""


def describe(code: int) -> str:
    """Say how a process ended, for a log line."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _become(name: str, *, output: int) -> None:
    os.setsid()
    processes.die_with_parent(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    silence = os.open(os.devnull, os.O_RDONLY)
    os.dup2(silence, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    # Line by line, as at a terminal: a crash must not swallow the last words.
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    try:
        import setproctitle
    except ImportError:
        return
    setproctitle.setproctitle(f"{TITLE}{name}")


def _call(module: str, verb: str) -> int:
    sys.argv = [f"python -m {module.removesuffix('.__main__')}", verb]
    try:
        answer = importlib.import_module(module).main([verb])
    except SystemExit as leaving:
        answer = leaving.code
    if isinstance(answer, str):
        sys.stderr.write(f"{answer}\n")
        return 1
    return int(answer or 0)


def _leave(code: int) -> None:
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def monotonic() -> float:
    """Return now on the clock that `Child` uses."""
    return time.monotonic()
