"""The files of this repository, and the escapes written in them."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a line; lines count from 1, and 0 means the whole file."""

    line: int
    text: str


def tracked() -> list[Path]:
    """Return every file that is committed or would be, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (Path(name) for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if (ROOT / path).is_file())


def python_under(*folders: str) -> list[Path]:
    """Return the tracked Python files under these folders of the root."""
    return [path for path in tracked() if path.suffix == ".py" and path.parts[0] in folders]


def read(path: Path) -> str:
    """Return a tracked file's text; empty for a file that is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def not_escaped(source: str, found: Iterable[Complaint], *, rule: str) -> list[Complaint]:
    """Return the complaints whose line does not escape the rule by its name."""
    escape = re.compile(rf"(?:#|//|--)\s*{re.escape(rule)}: escaped, because \S")
    lines = source.splitlines()

    def escaped(complaint: Complaint) -> bool:
        if complaint.line == 0:
            return escape.search(source) is not None
        return any(
            escape.search(line) for line in lines[max(complaint.line - 2, 0) : complaint.line]
        )

    return [complaint for complaint in found if not escaped(complaint)]
