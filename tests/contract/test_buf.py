"""buf: the style of the protos, and that nobody who uses them is broken."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import proto
from tools.proto import DESCRIPTORS, ROOT

BUF = ROOT / ".venv" / "bin" / "buf"


def buf(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BUF, *arguments, "--config", ROOT / "buf.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )


def descriptors_of(folder: Path, target: Path) -> Path:
    """The descriptor set of another tree of protos."""
    program = (
        "import sys; from pathlib import Path; from tools import proto;"
        "proto.PROTO = Path(sys.argv[1]); proto.GEN = Path(sys.argv[2]);"
        "proto.DESCRIPTORS = proto.GEN / 'wasl.binpb'; sys.exit(proto.main())"
    )
    path = f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin"
    done = subprocess.run(
        [sys.executable, "-c", program, folder, target],
        cwd=ROOT,
        env={"PATH": path, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return target / "wasl.binpb"


def earlier_protos(folder: Path) -> Path:
    """The protos of the last commit; skips where there is none to compare with."""
    archive = subprocess.run(
        ["git", "archive", "HEAD", "proto"], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip("there is no earlier commit with protos to compare with")
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder / "proto"


def test_the_protos_are_written_as_agreed():
    done = buf("lint", str(DESCRIPTORS))
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_that_the_last_commit_promised_is_broken(tmp_path):
    before = descriptors_of(earlier_protos(tmp_path), tmp_path / "gen")
    done = buf("breaking", str(DESCRIPTORS), "--against", str(before))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("string honorific = 9", "string honorific = 109", "9"),
        ("string honorific = 9", "int32 honorific = 9", "honorific"),
        ("string honorific = 9", "string title = 9", "honorific"),
    ],
)
def test_a_break_would_be_noticed(tmp_path, written, instead, told):
    source = tmp_path / "proto"
    subprocess.run(["cp", "-r", proto.PROTO, source], check=True)
    contact = source / "wasl/contacts/v1/contact.proto"
    text = contact.read_text()
    assert written in text
    contact.write_text(text.replace(written, instead))
    after = descriptors_of(source, tmp_path / "gen")
    done = buf("breaking", str(after), "--against", str(DESCRIPTORS))
    assert done.returncode
    assert told in done.stdout
