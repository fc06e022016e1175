"""The one readable log: children's lines, prefixed by name, JSON made readable, kept in files."""

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

_LARGEST = 10_000_000
_TIME, _LEVEL, _TEXT = (
    ("time", "timestamp", "ts"),
    ("level", "severity"),
    ("message", "msg", "event"),
)


def readable(line: str) -> str:
    """Return a JSON log line as `time LEVEL message key=value ...`; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    time, level, text = (_take(entry, names) for names in (_TIME, _LEVEL, _TEXT))
    # The day is known; what remains is 12:34:56.789.
    clock = time.partition("T")[2][:12].rstrip("Z") or time
    trace = _take(entry, ("exception", "traceback", "stack"))
    pairs = [f"{key}={_short(value)}" for key, value in entry.items() if value not in (None, "")]
    words = [word for word in (clock, level.upper()[:5].ljust(5), text, *pairs) if word]
    return " ".join(words) + (f"\n{trace}" if trace else "")


class Journal:
    """Writes lines to the terminal and to `<folder>/<name>.log`; one older file is kept of each."""

    def __init__(self, folder: Path, *, width: int, quiet: bool = False) -> None:
        """Keep the files in `folder`; `width` is the length of the longest name."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._width, self._quiet = folder, width, quiet
        self._files: dict[str, BinaryIO] = {}
        self._rest: dict[str, bytes] = {}

    def feed(self, name: str, data: bytes) -> None:
        """Take what a child wrote; whole lines are shown and kept, the rest waits for its end."""
        *lines, self._rest[name] = (self._rest.get(name, b"") + data).split(b"\n")
        for line in lines:
            self.line(name, line.decode(errors="replace"))

    def line(self, name: str, text: str) -> None:
        """Show and keep one line."""
        file = self._file(name)
        file.write(text.encode() + b"\n")
        if not self._quiet:
            for part in readable(text).splitlines() or [""]:
                sys.stdout.write(f"{name.ljust(self._width)} | {part}\n")
            sys.stdout.flush()

    def _file(self, name: str) -> BinaryIO:
        file, path = self._files.get(name), self._folder / f"{name}.log"
        if file is None or file.tell() > _LARGEST:
            if file is not None:
                file.close()
                path.replace(path.with_suffix(".log.1"))
            # Unbuffered: a person reads along.
            file = self._files[name] = path.open("ab", buffering=0)
            file.seek(0, os.SEEK_END)
        return file

    def close(self) -> None:
        """Close the files; a last line without an end is kept as a line."""
        for name, rest in list(self._rest.items()):
            if rest:
                self.line(name, rest.decode(errors="replace"))
        for file in self._files.values():
            file.close()
        self._files.clear()


def _take(entry: dict[str, object], names: tuple[str, ...]) -> str:
    found = [str(entry.pop(name)) for name in names if name in entry]
    return found[0] if found else ""


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
