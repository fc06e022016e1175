"""Reading workbooks: cells as text, and nothing that a hostile workbook can do."""

import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from chassis.tabular.errors import TableError
from chassis.tabular.read import read_table
from chassis.tabular.write_xlsx import write_xlsx


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Return the workbook with one part replaced or added."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            if part != name:
                target.writestr(part, source.read(part))
        target.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("علی", "علی"),
        (1166, "1166"),
        (1166.0, "1166"),
        (55.1, "55.1"),
        (0.1 + 0.2, "0.3"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (989121234567.0, "989121234567"),
        (-0.5, "-0.5"),
        (True, "true"),
        (False, "false"),
        (date(2026, 3, 21), "2026-03-21"),
        (datetime.fromisoformat("2026-03-21T08:30"), "2026-03-21T08:30:00"),
        (time(8, 30), "08:30:00"),
        (timedelta(hours=36, minutes=5), "36:05:00"),
    ],
)
def test_a_cell_comes_as_text(value: object, text: str) -> None:
    table = read_table([workbook(["key", "value"], ["x", value])])
    assert list(table.rows) == [(2, ["x", text])]


def test_short_rows_are_filled_up_and_empty_rows_skipped() -> None:
    table = read_table([workbook(["a", "b", "c"], ["1"], [], ["", None], [None, "2", "3"])])
    assert table.format.kind == "xlsx"
    assert list(table.rows) == [(2, ["1", "", ""]), (5, ["", "2", "3"])]


def test_a_header_below_empty_rows_keeps_the_numbers_of_the_sheet() -> None:
    table = read_table([workbook([], [], ["a", "b"], ["1", "2"])])
    assert table.header == ["a", "b"]
    assert list(table.rows) == [(4, ["1", "2"])]


def test_a_sheet_can_be_named_and_hidden_ones_are_passed_over() -> None:
    book = Workbook()
    book.worksheets[0].append(["hidden"])
    book.worksheets[0].sheet_state = "hidden"
    for name in ("one", "two"):
        book.create_sheet(name).append([name])
    file = io.BytesIO()
    book.save(file)
    assert read_table([file.getvalue()]).header == ["one"]
    assert read_table([file.getvalue()], sheet="two").header == ["two"]
    with pytest.raises(TableError) as refused:
        read_table([file.getvalue()], sheet="three")
    assert refused.value.reason == "NO_SUCH_SHEET"


def test_too_many_columns_are_refused_even_far_to_the_right() -> None:
    data = workbook(["a"], ["b"])
    cells = b'<row r="1"><c r="ZZZ1" t="str"><v>x</v></c></row>'
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + cells + b"</sheetData></worksheet>"
    )
    with pytest.raises(TableError) as refused:
        read_table([with_part(data, "xl/worksheets/sheet1.xml", sheet)])
    assert refused.value.reason == "TOO_MANY_COLUMNS"


def test_a_row_number_beyond_the_sheet_does_not_run_for_ever() -> None:
    data = workbook(["a"])
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
        b'<row r="99999999999"><c r="A99999999999" t="str"><v>x</v></c></row>'
        b"</sheetData></worksheet>"
    )
    table = read_table([with_part(data, "xl/worksheets/sheet1.xml", sheet)])
    with pytest.raises(TableError) as refused:
        list(table.rows)
    assert refused.value.reason == "TOO_MANY_ROWS"


@pytest.mark.parametrize(
    "name", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/image1.png"]
)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(name: str) -> None:
    data = with_part(workbook(["a"]), name, b" " * 200_000_000)
    assert len(data) < 1_000_000
    with pytest.raises(TableError) as refused:
        read_table([data])
    assert refused.value.reason == "WORKBOOK_TOO_LARGE"


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    bomb = b"<x/>" + b" " * 50_000_000
    data = with_part(workbook(["a"]), "xl/styles.xml", bomb)
    lie = data.replace(len(bomb).to_bytes(4, "little"), (4).to_bytes(4, "little"))
    lie = lie.replace(
        zlib.crc32(bomb).to_bytes(4, "little"), zlib.crc32(b"<x/>").to_bytes(4, "little")
    )
    tracemalloc.start()
    try:
        with pytest.raises(TableError) as refused:
            read_table([lie])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.reason == "NOT_A_TABLE"
    assert peak < 10_000_000


def test_entities_that_multiply_are_refused() -> None:
    """Expat itself stops the billion laughs; this holds it to that."""
    levels = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 50}">' for n in range(10)
    )
    sheet = (
        f"<!DOCTYPE worksheet [{levels}]>"
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="str"><v>&l9;</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(TableError) as refused:
        read_table([with_part(workbook(["a"]), "xl/worksheets/sheet1.xml", sheet.encode())])
    assert refused.value.reason == "NOT_A_TABLE"


def test_a_damaged_workbook_is_refused() -> None:
    data = workbook(["a"], ["b"])
    for broken in (data[:-40], data[: len(data) // 2], b"PK\x03\x04 nothing"):
        with pytest.raises(TableError) as refused:
            read_table([broken])
        assert refused.value.reason == "NOT_A_TABLE"


@settings(max_examples=100)
@given(st.integers(0, 4000), st.integers(0, 255))
def test_one_wrong_byte_never_ends_in_another_error(position: int, byte: int) -> None:
    data = bytearray(b"".join(write_xlsx([["x", 1]], header=["a", "b"], sheet="s")))
    data[position % len(data)] = byte
    try:
        list(read_table([bytes(data)]).rows)
    except TableError:
        return


def test_a_workbook_from_the_field_is_read(shared_data: Callable[[str], Path]) -> None:
    data = shared_data("leads_x_education/Leads Data Dictionary.xlsx").read_bytes()
    table = read_table([data])
    rows = dict(row for row in table.rows if isinstance(row, tuple))
    assert table.header == ["#1", "Variables", "Description"]
    assert rows[4][1] == "Prospect ID"
