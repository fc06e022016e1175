"""Figures of groups, from their parts."""

from decimal import Decimal

import pytest

from services.reporting.queries.figures import Figures, add_up, report_row
from services.reporting.queries.pipeline import Partial


def part(state: str = "WON", currency: str = "EUR", deals: int = 1, value: str = "1.00",
         *keys: str, in_total: bool = True, in_group: bool = True) -> Partial:  # fmt: skip
    return Partial(
        in_total=in_total, in_group=in_group, keys=keys, state=state, currency=currency,
        deals=deals, value=Decimal(value), days=0, deals_with_days=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "won", "currency", "average"),
    [
        ("10.00", 3, "EUR", "3.33"),
        ("0.25", 2, "EUR", "0.12"),
        ("0.15", 2, "EUR", "0.08"),
        ("5", 2, "JPY", "2.00"),
        ("0.005", 2, "KWD", "0.002"),
    ],
)
def test_an_average_is_rounded_half_even_to_the_minor_unit(
    value: str, won: int, currency: str, average: str
):
    figures = Figures(deals=won, won=won, won_value=Decimal(value))
    row = report_row(figures, currency=currency)
    assert row.average_won_value is not None
    assert row.average_won_value.amount == average


def test_the_most_used_currency_is_that_of_most_deals_and_not_of_most_money():
    report = add_up([part("OPEN", "USD", 2), part("WON", "EUR", 1, "9999.00")], currency="")
    assert (report.currency, report.total.deals, report.other_currency_deals) == ("USD", 2, 1)


def test_of_two_that_are_used_as_much_the_first_by_name_counts():
    parts = [part("OPEN", "USD", 2), part("OPEN", "EUR", 2)]
    assert add_up(parts, currency="").currency == "EUR"
    assert add_up(reversed(parts), currency="").currency == "EUR"


def test_deals_without_a_currency_count_in_each():
    parts = [part("OPEN", "", 4, "0"), part("WON", "EUR", 1)]
    assert add_up(parts, currency="").total.deals == 5
    assert add_up(parts, currency="USD").total.deals == 4
    assert add_up([], currency="").currency == ""


def test_a_part_counts_where_it_says():
    report = add_up(
        [
            part("WON", "EUR", 2, "5.00", "lamp", in_total=False),
            part("WON", "EUR", 2, "6.00", "desk", in_total=False),
            part("WON", "EUR", 2, "11.00", "", in_group=False),
        ],
        currency="",
    )
    assert {keys: figures.won for keys, figures in report.groups.items()} == {
        ("lamp",): 2,
        ("desk",): 2,
    }
    assert (report.total.won, report.total.won_value) == (2, Decimal("11.00"))


def test_a_group_of_other_currencies_only_is_no_group():
    report = add_up([part("WON", "EUR", 1, "1.00", "lamp")], currency="USD")
    assert (report.groups, report.other_currency_deals) == ({}, 1)
