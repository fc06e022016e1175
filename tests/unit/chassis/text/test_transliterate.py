"""The Latin key: spellings of one name in two alphabets must meet in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text.normalise import search_text
from chassis.text.transliterate import latin_key


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        ("mhmd", ["Mohamed", "Muhammad", "Mohammad", "محمد", "مُحَمَّد"]),
        ("hsn", ["Hossein", "Hussein", "Husain", "حسین", "حسين"]),
        ("ahmd", ["Ahmad", "Ahmed", "أحمد", "احمد"]),
        ("xdj", ["Khadija", "Khadijeh", "خديجة", "خدیجه"]),
        ("zhr", ["Zahra", "زهرا", "زهراء"]),
        ("ysf", ["Yusuf", "Youssef", "Yousef", "یوسف", "يوسف"]),
        ("al", ["Ali", "Aly", "علي", "علی"]),
        ("ftm", ["Fatemeh", "Fatima", "Fatma", "فاطمه", "فاطمة"]),
        ("rz", ["Reza", "Rida", "Ridha", "رضا"]),
        ("jfr", ["Jafar", "Ja'far", "Djaafar", "جعفر"]),
        ("msd", ["Masoud", "Mas‘oud", "مسعود"]),
        ("ksm", ["Ghasem", "Qasim", "Kassem", "قاسم"]),
        ("rcd", ["Rashid", "Rachid", "رشید"]),
        ("asmn", ["Osman", "Othman", "عثمان"]),
        ("jml", ["Jamal", "Gamal", "Djamel", "جمال"]),
        ("abdl", ["Abdullah", "Abdollah", "Abd Allah", "عبدالله", "عبد الله"]),
        ("alsd", ["El-Sayed", "Al Sayed", "Alsayed", "السيد"]),
        ("mhmdhsn", ["Mohammadhossein", "محمدحسین"]),
        ("whd", ["Vahid", "Wahid", "وحید"]),
    ],
)
def test_spellings_of_a_name_share_a_key(key: str, spellings: list[str]) -> None:
    assert {spelling: latin_key(spelling) for spelling in spellings} == dict.fromkeys(
        spellings, key
    )


@pytest.mark.parametrize(
    "spelling",
    ["Abdulrahman", "Abdurrahman", "Abd al-Rahman", "Abdul Rahman", "Abdel-Rahman",
     "عبدالرحمن", "عبد الرحمن"],
)  # fmt: skip
def test_abd_and_its_article_are_one_word_however_they_are_written(spelling: str) -> None:
    assert latin_key(spelling) == "abdlrhmn"


def test_words_keep_their_order_and_digits_stay() -> None:
    assert latin_key("Ali Reza 2024") == latin_key("علی رضا ۲۰۲۴") == "al rz 2024"


def test_different_names_stay_apart() -> None:
    names = ["محمد", "علی", "فاطمه", "زهرا", "رضا", "مریم", "احمد", "سارا", "کریم", "شهرام"]
    assert len({latin_key(name) for name in names}) == len(names)


@given(st.text())
def test_any_text_has_a_key_that_depends_on_its_search_form_only(text: str) -> None:
    assert latin_key(text) == latin_key(search_text(text))


@pytest.mark.parametrize("gender", ["male", "female"])
def test_given_names_in_latin_letters_find_their_persian_spelling(
    gender: str, shared_data: Callable[[str], Path]
) -> None:
    """The two lists hold mostly the same names in another order; a few stand in one list only."""
    folder = "persian_arabic_text"
    english = shared_data(f"{folder}/persian_names_{gender}_en.txt").read_text("utf-8").split()
    persian = shared_data(f"{folder}/persian_names_{gender}_fa.txt").read_text("utf-8").split("\n")
    keys = {latin_key(name) for name in persian}
    missed = [name for name in english if latin_key(name) not in keys]
    assert len(missed) / len(english) < 0.02, missed
