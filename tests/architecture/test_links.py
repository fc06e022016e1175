"""Links between documents lead somewhere, and so do their anchors."""

import re
from pathlib import Path

from tools.lints.sources import read, tracked

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """What the headings of a document can be linked to by, as GitHub makes it of them."""
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in
            _HEADING.findall(text)}  # fmt: skip


def broken(path: Path, text: str) -> list[str]:
    """The links of a document that lead nowhere."""
    found = []
    for link in _LINK.findall(text):
        place, _, anchor = link.partition("#")
        if "://" in place or place.startswith("mailto:"):
            continue
        target = path.parent / place if place else path
        if not target.exists():
            found.append(f"{path}: {link}")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
            found.append(f"{path}: {link} (no such heading)")
    return found


def test_every_link_of_a_document_leads_somewhere() -> None:
    documents = [path for path in tracked() if path.suffix == ".md"]
    assert len(documents) > 5
    assert [link for path in documents for link in broken(path, read(path))] == []


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    other.write_text("# The keys, and more\n")
    here = tmp_path / "here.md"
    good = "[a](other.md) [b](other.md#the-keys-and-more) [c](https://wasl.example/x) [d](#here)\n"
    here.write_text(good + "# Here\n")
    assert broken(here, here.read_text()) == []
    assert len(broken(here, "[a](nowhere.md) [b](other.md#nothing)")) == 2
