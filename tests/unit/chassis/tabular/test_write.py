"""Writing tables: what is written is what comes back, and no spreadsheet runs any of it."""

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from chassis.tabular.read import read_table
from chassis.tabular.write import Value, guard, unguard, write_csv
from chassis.tabular.write_xlsx import write_xlsx

HEADER = ["name", "amount", "since"]
ROW: list[Value] = ["علی", Decimal("1166.50"), date(2026, 3, 21)]


def test_csv_opens_in_excel_as_it_is_meant() -> None:
    data = b"".join(write_csv([ROW, [None, True, 1e-7]], header=HEADER))
    assert data.decode("utf-8") == (
        "\ufeffname,amount,since\r\nعلی,1166.50,2026-03-21\r\n,true,0.0000001\r\n"
    )
    assert not b"".join(write_csv([], header=["a"], byte_order_mark=False)).startswith(b"\xef")


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "-"])
def test_a_formula_is_disarmed_and_can_be_restored(text: str) -> None:
    assert guard(text) == "'" + text
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", ["-12.5", "+989121234567", "Ali", "", "'quoted'", "a=b", "علی"])
def test_numbers_and_plain_text_are_left_alone(text: str) -> None:
    assert guard(text) == text


@given(st.text())
def test_a_guarded_text_is_a_number_or_begins_harmlessly_and_comes_back(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert guarded[:1] not in ("=", "@", "\t", "\r")


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)


@given(st.lists(st.tuples(_CELL, _CELL), max_size=6))
def test_csv_is_read_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    data = write_csv(rows, header=["first", "second"], manifest=lambda: f"rows={len(rows)}")
    table = read_table(data)
    assert [[unguard(cell) for cell in row[1]] for row in table.rows if isinstance(row, tuple)] == [
        list(row) for row in rows if any(row)
    ]


def test_the_manifest_is_the_last_line_and_may_be_known_only_then() -> None:
    counted: list[int] = []

    def rows() -> list[list[Value]]:
        counted.append(2)
        return [["a", 1], ["b", 2]]

    data = b"".join(
        write_csv(rows(), header=["x", "y"], manifest=lambda: f"rows={counted[0]};total=3")
    )
    assert data.endswith(b"# rows=2;total=3\r\n")
    assert len(list(read_table([data]).rows)) == 2


def test_csv_is_given_in_pieces_while_rows_come() -> None:
    taken = 0

    def rows() -> list[list[Value]]:
        return [["x" * 50, number] for number in range(5_000)]

    for chunk in write_csv(rows(), header=["a", "b"]):
        taken += 1
        assert len(chunk) < 100_000
    assert taken > 5


def test_a_lone_surrogate_does_not_end_an_export() -> None:
    assert b"a?b" in b"".join(write_csv([["a\ud800b"]], header=["x"]))
    table = read_table(write_xlsx([["a\ud800b"]], header=["x"], sheet="s"))
    assert list(table.rows) == [(2, ["a?b"])]


def test_csv_quotes_what_needs_quotes() -> None:
    data = b"".join(write_csv([['a"b', "c,d", "e\nf"]], header=HEADER, byte_order_mark=False))
    assert list(csv.reader(io.StringIO(data.decode(), newline="")))[1] == ['a"b', "c,d", "e\nf"]


def test_a_workbook_is_typed_and_right_to_left() -> None:
    moment = datetime(2026, 3, 21, 12, 0, tzinfo=timezone(timedelta(hours=3, minutes=30)))
    data = b"".join(
        write_xlsx(
            [[*ROW, moment, True, "=1+1", "https://x.example", "007", None]],
            header=[*HEADER, "moment", "yes", "formula", "link", "code", "none"],
            sheet="فروش",
            right_to_left=True,
            manifest="rows=1;total=1166.50",
        )
    )
    book = load_workbook(io.BytesIO(data))
    sheet = book["فروش"]
    cells = [cell.value for cell in sheet[2]]
    day, minute = map(datetime.fromisoformat, ("2026-03-21", "2026-03-21T08:30"))
    assert cells[:5] == ["علی", 1166.5, day, minute, True]
    assert cells[5:8] == ["=1+1", "https://x.example", "007"]
    assert sheet["F2"].data_type == "s", "a text, not a formula"
    assert sheet["G2"].hyperlink is None
    assert sheet.sheet_view.rightToLeft
    assert book["manifest"]["A1"].value == "rows=1;total=1166.50"


def test_what_a_sheet_cannot_hold_as_a_number_or_date_stays_exact_as_text() -> None:
    values: list[Value] = [
        Decimal("12345678901234.5678"), 2**60, date(1850, 1, 1), float("inf"), "ت" * 40_000,
        datetime(1850, 1, 1, tzinfo=UTC),
    ]  # fmt: skip
    table = read_table(write_xlsx([values], header=list("abcdef"), sheet="s"))
    ((_, cells),) = [row for row in table.rows if isinstance(row, tuple)]
    assert cells[:4] == ["12345678901234.5678", str(2**60), "1850-01-01", "Infinity"]
    assert cells[4] == "ت" * 32_766 + "…"
    assert cells[5].startswith("1850-01-01T00:00:00")


@pytest.mark.parametrize("title", ["", "a/b:c*?[d]\\", "'x'", "x" * 60, "manifest", "History"])
def test_any_title_makes_a_sheet(title: str) -> None:
    data = write_xlsx([["1"]], header=["a"], sheet=title, manifest="rows=1")
    assert read_table(data).header == ["a"]
