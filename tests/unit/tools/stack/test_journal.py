"""The one log is readable: JSON becomes words, names stand in front, files do not grow for ever."""

from pathlib import Path

import pytest

from tools.stack import journal
from tools.stack.journal import Journal, readable


def test_a_json_line_becomes_time_level_text_and_pairs() -> None:
    line = (
        '{"time": "2026-03-01T10:11:12.123456Z", "level": "warning", "message": "slow", '
        '"seconds": 1.5, "name": "سارة", "nothing": null}'
    )
    assert readable(line) == "10:11:12.123 WARNI slow seconds=1.5 name=سارة"


def test_a_traceback_in_a_json_line_keeps_its_lines() -> None:
    assert readable('{"message": "broken", "exception": "one\\ntwo"}').endswith("broken\none\ntwo")


@pytest.mark.parametrize("line", ["plain words", "{not json", "", "[1, 2]", "{"])
def test_any_other_line_stays_as_it_is(line: str) -> None:
    assert readable(line) == line


def test_lines_are_put_together_from_pieces_and_prefixed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Journal(tmp_path, width=8)
    log.feed("sales", b"first\nsec")
    log.feed("contacts", b"between\n")
    log.feed("sales", b"ond\nlast")
    log.close()
    assert capsys.readouterr().out.splitlines() == [
        "sales    | first",
        "contacts | between",
        "sales    | second",
        "sales    | last",
    ]
    assert (tmp_path / "sales.log").read_text() == "first\nsecond\nlast\n"


def test_a_large_file_makes_room_and_one_older_file_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_LARGEST", 10)
    log = Journal(tmp_path, width=0, quiet=True)
    for text in ("0123456789", "second", "third"):
        log.line("sales", text)
    log.close()
    assert (tmp_path / "sales.log.1").read_text() == "0123456789\n"
    assert (tmp_path / "sales.log").read_text() == "second\nthird\n"
