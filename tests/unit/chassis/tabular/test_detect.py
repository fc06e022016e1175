"""Judging a file by its bytes: kind, encoding and delimiter."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.tabular.detect import SAMPLE_BYTES, Format, detect_encoding, detect_format
from chassis.tabular.errors import TableError

PERSIAN = "نام,شهر,تاریخ\r\nعلی رضایی,تهران,1403\r\nفاطمه کریمی,اصفهان,1402\r\n"
ARABIC = "الاسم,المدينة\r\nمحمد علي,القاهرة\r\nفاطمة الزهراء,بغداد\r\n"
FRENCH = "nom;ville\nÉléonore;Orléans\nFrançois à côté;Nîmes\n"
GERMAN = "Name\tStraße\nJörg Müller\tKönigsallee\nÄnne Größe\tÜberlingen\n"


@pytest.mark.parametrize("text", [PERSIAN, ARABIC, FRENCH, GERMAN])
@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_unicode_encodings_are_told_apart(text: str, written: str, found: str) -> None:
    assert detect_encoding(text.encode(written)) == found


@pytest.mark.parametrize(
    ("text", "encoding"), [(ARABIC, "cp1256"), (FRENCH, "cp1252"), (GERMAN, "cp1252")]
)
def test_one_byte_encodings_are_told_apart_by_the_words(text: str, encoding: str) -> None:
    assert detect_encoding(text.encode(encoding)) == encoding


def test_persian_letters_decide_for_windows_1256() -> None:
    text = "name,city\r\nپرويز,گرگان\r\n"
    assert detect_encoding(text.encode("cp1256")) == "cp1256"


@given(st.integers(min_value=1, max_value=3))
def test_a_character_cut_at_the_end_of_the_sample_does_not_confuse(cut: int) -> None:
    assert detect_encoding("نام,شهر\nعلی,تهران€".encode()[:-cut]) == "utf-8"


def test_an_odd_byte_at_the_end_does_not_confuse_utf_16() -> None:
    assert detect_encoding(PERSIAN.encode("utf-16-le")[:-1]) == "utf-16-le"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_makes_even_rows(delimiter: str) -> None:
    rows = [["name", "note", "n"], ["Ali", "a, b; c", "1,5"], ["Sara", "x\ty", "2,5"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert detect_format(text.encode()).delimiter == delimiter


def test_decimal_commas_do_not_win_over_semicolons() -> None:
    found = detect_format(b"name;amount;tax\nAli;1,5;0,3\nSara;2,5;0,4\n")
    assert found == Format(kind="csv", encoding="utf-8", delimiter=";")


def test_a_first_line_from_excel_decides() -> None:
    assert detect_format(b"sep=;\r\na,b;c,d\r\n1,2;3,4\r\n").delimiter == ";"


def test_one_column_counts_as_comma_separated() -> None:
    assert detect_format(b"name\nAli\nSara\n").delimiter == ","


def test_what_is_given_is_not_guessed() -> None:
    found = detect_format(ARABIC.encode("cp1256"), encoding="windows-1256", delimiter=";")
    assert found == Format(kind="csv", encoding="cp1256", delimiter=";")
    assert detect_format("\ufeffa,b".encode(), encoding="UTF8").encoding == "utf-8-sig"


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (b"", "EMPTY_FILE"),
        (b"\xef\xbb\xbf\r\n \r\n", "EMPTY_FILE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel", "NOT_A_TABLE"),
        (b"%PDF-1.7 ...", "NOT_A_TABLE"),
        (bytes(range(256)) * 4, "NOT_A_TABLE"),
    ],
)
def test_what_is_no_table_is_refused(sample: bytes, reason: str) -> None:
    with pytest.raises(TableError) as refused:
        detect_format(sample)
    assert refused.value.reason == reason


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "idna", "utf-7", "a\0b"])
def test_an_encoding_nobody_writes_files_in_is_refused(encoding: str) -> None:
    with pytest.raises(TableError) as refused:
        detect_format(b"a,b\n", encoding=encoding)
    assert refused.value.reason == "UNKNOWN_ENCODING"


def test_the_wrong_encoding_is_refused() -> None:
    with pytest.raises(TableError) as refused:
        detect_format(ARABIC.encode("cp1256"), encoding="utf-8")
    assert refused.value.reason == "UNKNOWN_ENCODING"


@given(st.binary(max_size=400))
def test_any_bytes_have_a_format_or_are_refused(sample: bytes) -> None:
    try:
        found = detect_format(sample)
    except TableError:
        return
    assert found.kind == "xlsx" or (found.encoding and found.delimiter)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1256"])
@pytest.mark.parametrize("language", ["fa", "ar"])
def test_country_names_are_recognised_in_every_encoding_they_fit(
    language: str, encoding: str, shared_data: Callable[[str], Path]
) -> None:
    """Each sample mixes the names with Latin codes, as an export of a CRM does."""
    text = shared_data(f"persian_arabic_text/countries_{language}.json").read_text("utf-8")
    names = [
        name if isinstance(name, str) else name[0]
        for name in json.loads(text)["countries"].values()
    ]
    legacy = str.maketrans({"ی": "ي", "ۀ": "ه", "ٔ": "", "ٰ": ""})
    if encoding == "cp1256":
        names = [name.translate(legacy) for name in names]
    dice = random.Random(7)
    for _ in range(100):
        rows = [f"{dice.choice(names)},code {dice.randrange(999)}" for _ in range(8)]
        sample = "\r\n".join(rows).encode(encoding, errors="ignore")
        assert detect_encoding(sample[:SAMPLE_BYTES]) == encoding
