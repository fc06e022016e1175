"""Rules about any tracked file: its size, and what it must not mention."""

import re
from pathlib import Path

from tools.lints.sources import Complaint, not_escaped

LARGEST, LARGEST_TEST, LARGEST_COMPOSITION = 400, 600, 60
_WITH_A_SIZE = {".py", ".ts", ".tsx", ".proto", ".css"}

# Character classes keep these patterns from finding themselves.
_ADDRESSES = re.compile(
    r"py[p]i\.(org|python)|python[h]osted\.org|registry\.(npm[j]s|yarn[p]kg)|npm\.pk[g]\.github"
    r"|(index-ur[l]|find-link[s]|registr[y])\s*[=:]?\s*[\"']?https?://"
)
_MACHINES = re.compile(r"""(?:^|[\s"'`(=:,])/(?:ho[m]e|User[s]|roo[t]|wor[k]|mn[t])/\w|[C]:\\""")


def too_large(source: str, *, path: Path) -> list[Complaint]:
    """Complain about files beyond 400 lines, tests beyond 600, service.py beyond 60 (rule `size`).

    Anything written to be read by people aims at 200.
    """
    if path.suffix not in _WITH_A_SIZE:
        return []
    name, largest = path.name, LARGEST
    if path.parts[0] == "tests" or name.startswith("test_") or ".test." in name:
        largest = LARGEST_TEST
    elif path.parts[0] == "services" and name == "service.py":
        largest = LARGEST_COMPOSITION
    lines = source.count("\n")
    found = [Complaint(0, f"{lines} lines, at most {largest}")] if lines > largest else []
    return not_escaped(source, found, rule="size")


def index_addresses(source: str) -> list[Complaint]:
    """Complain about addresses of package indexes: where packages come from is the machine's."""
    return [
        Complaint(number, "names a package index")
        for number, line in enumerate(source.splitlines(), start=1)
        if _ADDRESSES.search(line)
    ]


def machine_paths(source: str) -> list[Complaint]:
    """Complain about paths that exist on one machine only (rule `path`)."""
    found = [
        Complaint(number, "names a path of somebody's machine")
        for number, line in enumerate(source.splitlines(), start=1)
        if _MACHINES.search(line)
    ]
    return not_escaped(source, found, rule="path")
