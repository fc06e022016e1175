"""Deals: the moves they may make, and what they are worth."""

import datetime
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.testing.client import refusal
from services.sales.service import SERVICE
from tests.integration.sales.deals import Sales, line, money
from wasl.sales.v1.opportunity_pb import Opportunity

State = Opportunity.State
TODAY = datetime.datetime.now(datetime.UTC).date().isoformat()
NOBODY = "01900000-0000-7000-8000-00000000dead"


@pytest.fixture
def sales(start_service):
    return Sales(start_service(SERVICE))


@pytest.fixture(scope="module")
def shared_sales(start_module_service):
    return Sales(start_module_service(SERVICE))


def changed(change) -> dict:
    """The changed fields with their former values."""
    return {name: getattr(change.previous, name) for name in change.changed_fields.paths}


def test_a_new_deal_stands_in_the_first_stage_and_belongs_to_its_creator(sales):
    deal = sales.add()
    assert (deal.state, deal.stage_id) == (State.OPEN, sales.stage("Prospecting"))
    assert deal.pipeline_id == sales.pipeline.id
    assert deal.owner_id
    assert (deal.engage_date, deal.close_date) == ("", "")
    assert [name for name, _ in sales.announced()] == ["created"]


def test_leaving_the_first_stage_is_a_move_that_begins_the_work(sales):
    deal = sales.add()
    moved = sales.change(deal, stage_id=sales.stage("Engaging"))
    assert (moved.stage_id, moved.engage_date) == (sales.stage("Engaging"), TODAY)
    past_tense, change = sales.announced()[-1]
    assert past_tense == "moved"
    assert changed(change) == {"stage_id": deal.stage_id, "engage_date": ""}


def test_a_won_deal_is_closed_today_and_says_what_it_was_before(sales):
    deal = sales.add(amount=money("100"), close_date="2030-01-01")
    won = sales.win(deal)
    assert (won.state, won.stage_id) == (State.WON, sales.stage("Won"))
    assert (won.close_date, won.amount.amount) == (TODAY, "100.00")
    past_tense, change = sales.announced()[-1]
    assert past_tense == "won"
    assert change.opportunity == won
    assert changed(change) == {
        "stage_id": deal.stage_id,
        "state": State.OPEN,
        "close_date": "2030-01-01",
    }


def test_a_deal_may_be_won_on_a_day_and_for_a_sum_of_its_own(sales):
    won = sales.win(sales.add(), close_date="2017-03-01", amount=money("99.5", "KWD"))
    assert (won.close_date, won.amount.amount, won.amount.currency) == (
        "2017-03-01",
        "99.50",
        "KWD",
    )


def test_a_lost_deal_says_why(sales):
    deal = sales.add()
    lost = sales.lose(deal, "they went with a spreadsheet", close_date="2026-01-01")
    assert (lost.state, lost.lost_reason) == (State.LOST, "they went with a spreadsheet")
    past_tense, change = sales.announced()[-1]
    assert past_tense == "lost"
    assert changed(change)["lost_reason"] == ""
    assert refusal(lambda: sales.lose(sales.add(), "")).fields == ["reason"]


@pytest.mark.parametrize("close", ["win", "lose"])
def test_a_reopened_deal_is_open_again_and_forgets_why_it_was_closed(sales, close):
    closed = getattr(sales, close)(sales.add())
    again = sales.reopen(closed, stage_id=sales.stage("Negotiation"))
    assert (again.state, again.stage_id) == (State.OPEN, sales.stage("Negotiation"))
    assert (again.close_date, again.lost_reason) == ("", "")
    past_tense, change = sales.announced()[-1]
    assert past_tense == "reopened"
    assert changed(change)["state"] == closed.state
    assert changed(change)["close_date"] == TODAY
    assert sales.reopen(sales.win(again)).stage_id == sales.stage("Prospecting")


@pytest.mark.parametrize(
    ("before", "move"),
    [
        ("win", "win"),
        ("win", "lose"),
        ("lose", "win"),
        ("lose", "lose"),
        ("", "reopen"),
    ],
)
def test_an_illegal_move_is_refused_and_announces_nothing(sales, before, move):
    deal = sales.add()
    if before:
        deal = getattr(sales, before)(deal)
    events = len(sales.announced())
    refused = refusal(lambda: getattr(sales, move)(deal))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "ILLEGAL_MOVE")
    assert len(sales.announced()) == events


@pytest.mark.parametrize("stage", ["Won", "Lost"])
def test_a_deal_is_not_closed_by_an_update(sales, stage):
    deal = sales.add()
    refused = refusal(lambda: sales.change(deal, stage_id=sales.stage(stage)))
    assert [(v.field, v.reason) for v in refused.violations] == [
        ("opportunity.stageId", "ILLEGAL_MOVE")
    ]
    assert refusal(lambda: sales.add(stage_id=sales.stage(stage))).violations


def test_a_closed_deal_leaves_its_stage_only_by_reopening(sales):
    won = sales.win(sales.add())
    refused = refusal(lambda: sales.change(won, stage_id=sales.stage("Engaging")))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "ILLEGAL_MOVE")
    # Sent back as it was read, with something else changed.
    again = sales.change(won, stage_id=won.stage_id, notes="framed it")
    assert (again.notes, again.state) == ("framed it", State.WON)


def test_the_state_follows_from_the_stage_whatever_the_caller_sends(sales):
    deal = sales.add(state=State.WON, lost_reason="none")
    assert (deal.state, deal.lost_reason) == (State.OPEN, "")
    assert sales.change(deal, state=State.LOST).state == State.OPEN


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"stage_id": NOBODY}, "opportunity.stageId"),
        ({"pipeline_id": NOBODY}, "opportunity.pipeline_id"),
        ({"stage_id": "first"}, "opportunity.stage_id"),
        ({"close_date": "2017-02-30"}, "opportunity.close_date"),
        ({"amount": money("12", "")}, "opportunity.amount.currency"),
        ({"amount": money("", "USD")}, "opportunity.amount.amount"),
        ({"amount": money("1e3")}, "opportunity.amount.amount"),
    ],
)
def test_a_deal_that_cannot_be_is_refused_by_name(sales, fields, field):
    refused = refusal(lambda: sales.add(**fields))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", [field])


def test_a_move_with_a_day_that_is_none_is_refused(sales):
    for move in (sales.win, sales.lose):
        refused = refusal(lambda move=move: move(sales.add(), close_date="2017-02-30"))
        assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", ["closeDate"])


def test_a_deal_cannot_close_before_the_work_began(sales):
    deal = sales.add(engage_date="2026-02-01")
    refused = refusal(lambda: sales.win(deal, close_date="2026-01-31"))
    assert refused.fields == ["closeDate"]
    assert sales.win(deal, close_date="2026-02-01").state == State.WON


def test_a_move_with_an_old_etag_is_refused(sales):
    deal = sales.add()
    sales.change(deal, notes="new")
    refused = refusal(lambda: sales.win(deal, etag=deal.etag))
    assert (refused.code, refused.reason) == ("ABORTED", "ETAG_MISMATCH")


def test_an_external_id_is_unique_while_its_deal_is_there(sales):
    sales.add(external_id="A1")
    assert refusal(lambda: sales.add(external_id="A1")).reason == "ALREADY_EXISTS"
    sales.add()
    sales.add()


QUANTITIES = st.decimals("0", "99999", places=4)
PRICES = st.decimals("-99999", "99999", places=4)
PLACES = {"USD": 2, "JPY": 0, "KWD": 3}


@given(
    currency=st.sampled_from(sorted(PLACES)),
    lines=st.lists(st.tuples(QUANTITIES, PRICES), min_size=1, max_size=8),
)
@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_lines_add_up_half_even_to_the_minor_unit(shared_sales, currency, lines):
    product = shared_sales.product(f"P{next(COUNT)}")
    deal = shared_sales.add(
        product_lines=[
            line(product, f"{quantity:f}", money(f"{price:f}", currency))
            for quantity, price in lines
        ]
    )
    cent = Decimal(1).scaleb(-PLACES[currency])
    expected = [
        # A quantity of nothing means one.
        ((quantity or Decimal(1)) * price if str(quantity) == "" else quantity * price).quantize(
            cent, ROUND_HALF_EVEN
        )
        for quantity, price in lines
    ]
    totals = [Decimal(item.total.amount) for item in deal.product_lines]
    assert totals == expected
    assert Decimal(deal.amount.amount) == sum(expected)
    assert deal.amount.currency == currency
    assert {item.total.currency for item in deal.product_lines} == {currency}


COUNT = iter(range(10**6))


@pytest.mark.parametrize(
    ("quantity", "price", "total"),
    [
        ("1", money("0.125"), "0.12"),
        ("1", money("0.135"), "0.14"),
        ("3", money("0.005"), "0.02"),
        ("0.5", money("1", "JPY"), "0.00"),
        ("1.5", money("1", "JPY"), "2.00"),
        ("2.5", money("1", "JPY"), "2.00"),
        ("1", money("0.0005", "KWD"), "0.00"),
        ("1", money("0.0015", "KWD"), "0.002"),
        ("0", money("5"), "0.00"),
    ],
)
def test_halves_are_rounded_to_the_even_neighbour(sales, quantity, price, total):
    product = sales.product("P")
    deal = sales.add(product_lines=[line(product, quantity, price)])
    assert deal.product_lines[0].total.amount == total
    assert deal.amount.amount == total


def test_a_line_without_a_price_costs_what_the_product_costs(sales):
    one, two = sales.product("One", money("10")), sales.product("Two", money("2.50"))
    deal = sales.add(product_lines=[line(one), line(two, "3")])
    assert [item.unit_price.amount for item in deal.product_lines] == ["10.00", "2.50"]
    assert (deal.amount.amount, deal.amount.currency) == ("17.50", "USD")


def test_the_amount_of_a_deal_with_lines_is_their_sum_whatever_is_sent(sales):
    product = sales.product("P", money("10"))
    other = sales.product("Q", money("5"))
    deal = sales.add(amount=money("999"), product_lines=[line(product), line(other)])
    assert deal.amount.amount == "15.00"
    assert sales.change(deal, amount=money("1")).amount.amount == "15.00"
    refused = refusal(lambda: sales.win(deal, amount=money("1")))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "AMOUNT_IS_SUM")


@pytest.mark.parametrize("price", [money("1", "EUR"), None])
def test_lines_in_two_currencies_do_not_add_up(sales, price):
    dollars, euros = sales.product("D", money("1")), sales.product("E", money("1", "EUR"))
    refused = refusal(
        lambda: sales.add(product_lines=[line(dollars, price=money("1")), line(euros, price=price)])
    )
    assert refused.code == "INVALID_ARGUMENT"
    assert refused.fields[0].startswith("opportunity.productLines[1].unitPrice")


def test_a_line_of_a_product_that_is_not_there_is_refused_by_name(sales):
    product = sales.product("P", money("1"))
    product.id = NOBODY
    refused = refusal(lambda: sales.add(product_lines=[line(product)]))
    assert refused.fields == ["opportunity.productLines[0].productId"]


def test_a_sum_that_cannot_be_kept_is_refused(sales):
    product = sales.product("P")
    huge = line(product, "999999999999", money("999999999999999"))
    refused = refusal(lambda: sales.add(product_lines=[huge]))
    assert refused.code == "INVALID_ARGUMENT"


def test_ids_are_the_same_in_capital_letters(sales):
    product = sales.product("P", money("1"))
    product.id = product.id.upper()
    deal = sales.add(product_lines=[line(product)], stage_id=sales.stage("Engaging").upper())
    assert deal.stage_id == sales.stage("Engaging")
    assert deal.amount.amount == "1.00"
