"""Reading CSV: streamed, numbered as a spreadsheet shows it, with errors where they belong."""

import csv
import gzip
import io
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.tabular.errors import BadRow, TableError
from chassis.tabular.read import Row, read_table
from chassis.tabular.read_csv import MAX_RECORD_CHARACTERS


def in_chunks(data: bytes, size: int = 7) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def rows_of(data: bytes, **options: str) -> list[Row | BadRow]:
    return list(read_table(in_chunks(data), **options).rows)


def test_rows_come_with_the_numbers_a_spreadsheet_shows() -> None:
    table = read_table([b'name,note\r\nAli,"two\r\nlines"\r\n\r\nSara,x\r\n,\r\nReza,y'])
    assert table.header == ["name", "note"]
    assert list(table.rows) == [
        (2, ["Ali", "two\r\nlines"]),
        (4, ["Sara", "x"]),
        (6, ["Reza", "y"]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_line_end_and_encoding_reads_the_same(end: str, encoding: str) -> None:
    text = end.join(["نام;شهر", "علی\u2028رضا;تهران", '"a;""b""";c', ""])
    table = read_table(in_chunks(text.encode(encoding)))
    assert table.header == ["نام", "شهر"]
    assert list(table.rows) == [(2, ["علی\u2028رضا", "تهران"]), (3, ['a;"b"', "c"])]


def test_a_ragged_row_is_an_error_of_that_row_only() -> None:
    rows = rows_of(b"a,b\n1,2\n1,2,3\n1\n1,2,,\n3,4\n")
    assert [row[0] if isinstance(row, tuple) else row.reason for row in rows] == [
        2, "COLUMN_COUNT", "COLUMN_COUNT", 5, 6,
    ]  # fmt: skip
    assert rows[1] == BadRow(
        number=3,
        reason="COLUMN_COUNT",
        sentence="The row has 3 cells and the header 2.",
        cells=("1", "2", "3"),
    )
    assert rows[3] == (5, ["1", "2"])


def test_wrong_quoting_is_an_error_of_that_row_only() -> None:
    rows = rows_of(b'a,b\n"x"y,2\n3,4\n5,"open\n')
    assert [(row.number, row.reason) for row in rows if isinstance(row, BadRow)] == [
        (2, "BAD_QUOTING"),
        (4, "BAD_QUOTING"),
    ]
    assert (3, ["3", "4"]) in rows


def test_a_cell_beyond_the_limit_is_an_error_of_that_row_only() -> None:
    rows = rows_of(b"a,b\n" + b"x" * 140_000 + b",2\n3,4\n")
    assert isinstance(rows[0], BadRow)
    assert rows[0].reason == "FIELD_TOO_LONG"
    assert rows[1] == (3, ["3", "4"])


def test_excel_separator_line_is_not_counted() -> None:
    table = read_table([b"sep=;\r\na;b\r\n1;2\r\n"])
    assert table.header == ["a", "b"]
    assert list(table.rows) == [(2, ["1", "2"])]


def test_columns_without_a_name_are_called_by_their_number() -> None:
    assert read_table(["\ufeff name \u200f,,b,".encode()]).header == ["name", "#2", "b", "#4"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "EMPTY_FILE"),
        (b",,\n,,\n", "EMPTY_FILE"),
        (b"name,Name\n", "DUPLICATE_HEADER"),
        (",".join(f"c{number}" for number in range(501)).encode(), "TOO_MANY_COLUMNS"),
        (b'"a"b,c\n1,2\n', "NOT_A_TABLE"),
    ],
)
def test_what_is_wrong_with_the_whole_file_is_said_at_once(data: bytes, reason: str) -> None:
    with pytest.raises(TableError) as refused:
        read_table(in_chunks(data))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (b"\0,x\n", "NUL_BYTE"),
        (b"\xff\xfe,x\n", "UNKNOWN_ENCODING"),
        (b"y" * (MAX_RECORD_CHARACTERS + 10), "RECORD_TOO_LONG"),
        (b'"\n",' * (MAX_RECORD_CHARACTERS // 4 + 10), "RECORD_TOO_LONG"),
    ],
)
def test_what_is_wrong_far_behind_the_sample_ends_the_stream(tail: bytes, reason: str) -> None:
    table = read_table(in_chunks(b"a,b\n" + b"1,2\n" * 30_000 + tail, size=65_536))
    assert next(table.rows) == (2, ["1", "2"])
    with pytest.raises(TableError) as refused:
        list(table.rows)
    assert refused.value.reason == reason


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(
    st.lists(st.tuples(_CELL, _CELL, _CELL), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.integers(min_value=1, max_value=50),
)
def test_what_is_written_by_the_rules_is_read_back(
    rows: list[tuple[str, str, str]], delimiter: str, encoding: str, size: int
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("first", "second", "third"), *rows])
    chunks = in_chunks(text.getvalue().encode(encoding), size)
    table = read_table(chunks, delimiter=delimiter, encoding=encoding)
    expected = [(number, list(row)) for number, row in enumerate(rows, start=2) if any(row)]
    assert list(table.rows) == expected


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    try:
        rows_of(data)
        rows_of(b"a,b\n1,2\n" + data)
    except TableError:
        return


def test_a_long_file_is_never_in_memory_as_a_whole() -> None:
    line = b"x" * 99 + b",y\n"
    chunks = (b"a,b\n" if number == 0 else line * 640 for number in range(800))
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_table(chunks).rows)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 799 * 640
    assert peak < 8_000_000, "52 MB were read"


@pytest.mark.parametrize(
    ("name", "delimiter", "columns", "rows"),
    [
        ("online_retail/online_retail_2010-12.csv.gz", ",", 8, 42_481),
        ("support_tickets_kaggle/customer_support_tickets.csv.gz", ",", 17, 8_469),
        ("hr_onet_skills/Technology Skills.txt.gz", "\t", 6, 32_435),
        ("leads_x_education/Leads.csv.gz", ",", 38, 9_240),
        ("hr_esco/skills.csv.gz", ",", 2, 13_939),
        ("hr_ibm_attrition/WA_Fn-UseC_-HR-Employee-Attrition.csv", ",", 35, 1_470),
        ("persian_arabic_text/FirstNames_MansourM.csv", ",", 4, 6_173),
        ("crm_sales_opportunities/sales_pipeline.csv", ",", 8, 8_800),
    ],
)
def test_real_files_are_read_to_their_last_row(
    name: str, delimiter: str, columns: int, rows: int, shared_data: Callable[[str], Path]
) -> None:
    data = shared_data(name).read_bytes()
    data = gzip.decompress(data) if name.endswith(".gz") else data
    table = read_table(in_chunks(data, 65_536))
    found = list(table.rows)
    assert (table.format.delimiter, len(table.header)) == (delimiter, columns)
    assert not [row for row in found if isinstance(row, BadRow)]
    assert len(found) == rows
