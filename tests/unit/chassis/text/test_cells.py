"""Cells of people's tables."""

import pytest

from chassis.text.cells import plain_number, words


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1166.50", "1166.50"),
        ("1,166.50", "1166.50"),
        ("۱٬۱۶۶٫۵۰", "1166.50"),
        ("١١٦٦٫٥", "1166.5"),
        ("1\u00a0166\u202f000", "1166000"),
        ("1,00,000", "100000"),
        ("-12,345", "-12345"),
        # A decimal comma is not guessed at: a hundred times too much is worse than a refused row.
        ("12,50", "12,50"),
        ("1.166,50", "1.166,50"),
        ("1,2,3", "1,2,3"),
        ("a lot", "a lot"),
        ("", ""),
    ],
)
def test_a_number_is_read_in_any_digits(cell, number):
    assert plain_number(cell) == number


def test_words_are_separated_as_people_do_and_come_once():
    assert words("vip; مهم، vip |a,b ؛ ") == ["vip", "مهم", "a", "b"]
