"""A child that dies is brought back after a pause that grows, and a forked child is its own."""

import os
import sys
import time
from pathlib import Path

import pytest

from tools.stack import children
from tools.stack.children import Child


def test_the_pause_doubles_from_half_a_second_to_thirty() -> None:
    child = Child("sales")
    pauses = []
    for _ in range(9):
        child.ended(now=child.started + 1)
        pauses.append(child.pause)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_life_of_thirty_seconds_makes_the_pause_short_again() -> None:
    child = Child("sales", pause=16.0, started=100.0)
    child.ended(now=131.0)
    assert child.pause == 0.5
    assert child.due == 131.5


def _run(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str, **told: str) -> tuple[int, str]:
    (folder / "forked_stub.py").write_text(f"def main(arguments):\n    {body}\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "forked_stub", raising=False)
    pid, output = children.fork("stub", module="forked_stub", verb="run", environment=told)
    code, text = None, b""
    while code is None:
        time.sleep(0.01)
        code = children.reap(pid)
    while piece := children.drain(output):
        text += piece
    os.close(output)
    return code, text.decode()


def test_a_child_gets_its_environment_and_its_output_comes_to_us(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = "import os; print(arguments, os.environ['WASL_STUB']); return 3"
    assert _run(monkeypatch, tmp_path, body, WASL_STUB="يا") == (3, "['run'] يا\n")
    assert "WASL_STUB" not in os.environ


def test_a_child_that_raises_says_so_and_ends_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, text = _run(monkeypatch, tmp_path, "raise ValueError('no')")
    assert code == 70
    assert text.endswith("ValueError: no\n")


def test_leaving_with_a_sentence_is_exit_code_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert _run(monkeypatch, tmp_path, "raise SystemExit('no key')") == (1, "no key\n")


def test_an_end_is_described_in_words() -> None:
    assert children.describe(-9) == "killed by SIGKILL"
    assert children.describe(2) == "exit code 2"
