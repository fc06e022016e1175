"""The search form: what people type and what is stored must meet in it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text.normalise import like_escape, like_pattern, search_text


@pytest.mark.parametrize(
    ("written", "found_by"),
    [
        ("Müller", "muller"),
        ("Éléonore", "eleonore"),
        ("Łukasz Ærø", "lukasz aero"),
        ("STRASSE", "straße"),
        ("İstanbul", "istanbul"),
        ("Ёлкин", "елкин"),
        ("علي", "علی"),
        ("موسى", "موسی"),
        ("فاطمة", "فاطمه"),
        ("أحمد", "احمد"),
        ("إبراهيم", "ابراهیم"),
        ("آذر", "اذر"),
        ("مؤمن", "مومن"),
        ("رئيس", "رییس"),
        ("زهراء", "زهرا"),
        ("كاظم", "کاظم"),
        ("مـحـمـد", "محمد"),
        ("مُحَمَّدٌ", "محمد"),
        ("رحمٰن", "رحمن"),
        ("می\u200cخواهم", "میخواهم"),
        ("\u202bعلی\u202c\u200f", "علی"),
        ("متحدهٔ عربی", "متحده عربي"),
        ("\ufdf2", "الله"),
        ("\ufeb3\ufef4\ufe8e", "سيا"),
        ("۰۹۱۲٣٤٥", "0912345"),
        ("ＡＢＣ１２", "abc12"),
        ("  a \t\n b\u00a0c ", "a b c"),
        ("a\0b", "a b"),
        ("Sa\u02bfid", "said"),
    ],
)
def test_two_spellings_have_one_search_form(written: str, found_by: str) -> None:
    assert search_text(written) == search_text(found_by)


def test_digits_and_letters_come_out_plain() -> None:
    assert search_text("Ali  REZAEI", None, "", "۰۲۱-۸۸") == "ali rezaei 021-88"


def test_nothing_comes_out_of_nothing() -> None:
    assert search_text() == search_text(None) == search_text("", " \u200c") == ""


def test_letters_of_other_scripts_stay_whole() -> None:
    assert search_text("が") != search_text("か")
    assert search_text("कि") != search_text("क")
    assert search_text("한국") == "한국"


@given(st.text())
def test_the_search_form_of_a_search_form_is_itself(text: str) -> None:
    once = search_text(text)
    assert search_text(once) == once


@given(st.text())
def test_postgresql_can_store_every_search_form(text: str) -> None:
    form = search_text(text)
    form.encode("utf-8")
    assert "\0" not in form
    assert form == " ".join(form.split())


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_the_fast_way_for_ascii_agrees_with_the_long_way(text: str) -> None:
    assert search_text(text) == search_text(text + " \u200c")


@given(st.lists(st.text(), max_size=4))
def test_parts_are_joined_as_if_written_with_spaces(parts: list[str]) -> None:
    assert search_text(*parts) == search_text(" ".join(parts))


def test_a_pattern_is_escaped_and_the_longest_word_comes_first() -> None:
    assert like_pattern("a%  Müller_b a%") == ("%muller\\_b%", "%a\\%%")
    assert like_escape("\\%_") == "\\\\\\%\\_"
    assert like_pattern(" \u200f ") == ()


def test_names_in_arabic_letters_are_found_by_their_persian_spelling(
    shared_data: Callable[[str], Path],
) -> None:
    """The list is written with Arabic yeh and kaf and with vowel marks; people type neither."""
    with shared_data("persian_arabic_text/FirstNames_MansourM.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        names = [row["Naam"] for row in csv.DictReader(file)]
    marks = dict.fromkeys(range(0x064B, 0x0653))
    persian = str.maketrans({"ي": "ی", "ك": "ک", "ة": "ه"})
    assert len(names) > 6000
    for name in names:
        assert search_text(name) == search_text(name.translate(marks).translate(persian))


def test_country_names_lose_their_joiners_but_stay_apart(
    shared_data: Callable[[str], Path],
) -> None:
    text = shared_data("persian_arabic_text/countries_fa.json").read_text(encoding="utf-8")
    names: list[str] = list(json.loads(text)["countries"].values())
    forms = {search_text(name) for name in names}
    assert any("\u200c" in name for name in names)
    assert not any("\u200c" in form for form in forms)
    assert len(forms) == len(set(names))
