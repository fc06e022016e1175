"""What a version of a deal says, when it held, and how products share its amount."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protobuf.wkt import Timestamp

from services.reporting.rules.opportunity import opportunity_rows, product_shares, spans
from wasl.sales.v1.opportunity_pb import Opportunity, ProductLine
from wasl.type.v1.money_pb import Money

CENTS = st.decimals(min_value=0, max_value=10**9, places=2)


def money(amount: object) -> Money:
    return Money(amount=str(amount), currency="EUR")


def row(told: str, *, state: str = "OPEN", **fields: Any) -> Any:
    deal = Opportunity(
        id="a",
        etag="1",
        state=Opportunity.State[state],
        create_time=Timestamp.from_datetime(_time("2026-01-10T09:00")),
        update_time=Timestamp.from_datetime(_time(told)),
        **fields,
    )
    return opportunity_rows(deal)[0]


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text + ":00+00:00")


def lines(found: Any) -> list[tuple[str, dict[str, object]]]:
    return [(span.valid_from.strftime("%Y-%m-%dT%H:%M"), dict(span.different)) for span in found]


def test_a_first_open_version_holds_since_its_engage_date():
    assert lines(spans(row("2026-02-01T08:00", engage_date="2025-12-24"), None)) == [
        ("2025-12-24T00:00", {})
    ]


def test_a_first_version_without_dates_holds_since_its_creation():
    assert lines(spans(row("2026-02-01T08:00"), None)) == [("2026-01-10T09:00", {})]


def test_no_date_moves_a_beginning_into_the_future():
    first = row("2026-02-01T08:00", state="WON", engage_date="2027-01-01", close_date="2027-02-01")
    assert [since for since, _ in lines(spans(first, None))] == [
        "2026-01-10T09:00",
        "2026-02-01T08:00",
    ]


def test_a_deal_that_was_closed_before_it_was_created_was_never_open():
    first = row("2026-02-01T08:00", state="LOST", close_date="2025-12-01")
    assert lines(spans(first, None)) == [("2025-12-01T00:00", {})]


def test_only_the_version_that_closes_reaches_back_to_the_close_date():
    before = row("2026-01-11T08:00")
    closes = row("2026-02-10T08:00", state="WON", close_date="2026-02-07")
    later = row("2026-03-01T08:00", state="WON", close_date="2026-02-07")
    assert lines(spans(closes, before)) == [("2026-02-07T00:00", {})]
    assert lines(spans(later, closes)) == [("2026-03-01T08:00", {})]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([("lamp", None)], [("lamp", "100.00")]),
        ([("lamp", "30.00"), ("desk", "70.00")], [("lamp", "30.00"), ("desk", "70.00")]),
        ([("lamp", None), ("desk", "70.00")], [("lamp", "30.00"), ("desk", "70.00")]),
        ([("lamp", "30.00"), ("desk", "80.00")], [("lamp", "20.00"), ("desk", "80.00")]),
        ([("lamp", "1.00"), ("desk", "5.00"), ("lamp", "2.00")],
         [("lamp", "95.00"), ("desk", "5.00")]),
    ],
)  # fmt: skip
def test_products_share_the_amount_and_the_first_takes_the_rest(parts: Any, expected: Any):
    deal = Opportunity(
        amount=money("100.00"),
        product_lines=[
            ProductLine(product_id=name, total=None if total is None else money(total))
            for name, total in parts
        ],
    )
    assert [(name, str(share)) for name, share in product_shares(deal)] == expected


@given(CENTS, st.lists(st.tuples(st.sampled_from("abc"), st.none() | CENTS), min_size=1))
def test_shares_always_add_up_to_the_amount(amount: Decimal, parts: Any):
    deal = Opportunity(
        amount=money(amount),
        product_lines=[
            ProductLine(product_id=name, total=None if total is None else money(total))
            for name, total in parts
        ],
    )
    shares = product_shares(deal)
    assert sum(share for _, share in shares if share is not None) == amount
    assert len({name for name, _ in shares}) == len(shares)


def test_a_deal_without_an_amount_has_products_without_shares():
    deal = Opportunity(product_lines=[ProductLine(product_id="lamp", total=money("3.00"))])
    assert product_shares(deal) == [("lamp", None)]
