"""Rules about the rooms of a service: all are furnished alike, and a resource has one name."""

import re
from pathlib import Path

# A gateway knows no resource, so it has none of these rooms.
WITHOUT_ROOMS = {"gateway"}
NEEDED = {"README.md", "__main__.py", "service.py", "api", "tables", "events.py", "migrations"}
KNOWN = NEEDED | {"__init__.py", "settings.py", "verbs.py", "rules", "queries", "__pycache__"}
_NAMED = ("api", "rules", "tables", "queries")
_ESCAPE = re.compile(r"# name: escaped, because \S")


def complaints(service: Path, *, protos: Path) -> list[str]:
    """Return what is wrong with a service's folder; `protos` holds its .proto files.

    A file in `api` is named after a proto file; one in `rules`, `queries` or `tables` may also be
    named after an RPC (`merge.py` for MergeContacts) or a message (`stage.py` for Stage).
    """
    names = {entry.name for entry in service.iterdir()}
    found = [f"{service.name} has no {name}" for name in sorted(NEEDED - names)]
    found += [f"{service.name}/{name} is in no known room" for name in sorted(names - KNOWN)]
    resources, words = _names(protos)
    for room in _NAMED:
        for path in sorted((service / room).glob("*.py")):
            base = path.stem
            if base.startswith("_") or base in resources or _ESCAPE.search(path.read_text()):
                continue
            if room == "api" or not _fits(base, words):
                found.append(
                    f"{service.name}/{room}/{path.name} is named after nothing in the proto"
                )
    return found


def _names(protos: Path) -> tuple[set[str], list[list[str]]]:
    """Return the resources' basenames, and the RPCs' and messages' names as words."""
    resources: set[str] = set()
    names: list[str] = []
    for path in protos.glob("*.proto"):
        resources.add(path.stem.removesuffix("_service"))
        names += re.findall(r"^\s*(?:rpc|message|enum)\s+(\w+)", path.read_text(), re.MULTILINE)
    words = [[word.lower() for word in re.findall(r"[A-Z]+[a-z0-9]*", name)] for name in names]
    return resources, words


def _fits(base: str, words: list[list[str]]) -> bool:
    """Tell whether the words of a basename stand, in order and together, in one of the names."""
    mine = base.split("_")
    size = len(mine)
    return any(
        mine == name[start : start + size]
        for name in words
        for start in range(len(name) - size + 1)
    )
