"""What a pipeline report says of present deals."""

import pytest

from chassis.errors import InvalidArgument
from chassis.testing.running import RunningService
from tests.integration.reporting.telling import (
    ask,
    at,
    by_label,
    deal,
    id_of,
    named,
    pipeline,
    tell,
)
from wasl.contacts.v1.company_pb import Company
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.user_pb import User
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension as By
from wasl.sales.v1.product_pb import Product


def test_stages_come_in_the_order_of_the_pipeline_with_their_figures(reporting: RunningService):
    tell(
        reporting,
        pipeline(stages=("Prospecting", "Engaging", "Won", "Lost")),
        deal("a", stage="Prospecting", amount=None),
        deal("b", stage="Engaging", amount="70.25"),
        deal("c", state="WON", amount="10.00", engage_date="2026-01-01", close_date="2026-01-11"),
        deal("d", state="WON", amount="20.01", engage_date="2026-01-01", close_date="2026-01-16"),
        deal("e", state="WON", amount="5.00", close_date="2026-01-16"),
        deal("f", state="LOST", amount="9.00"),
    )
    report = ask(reporting, By.STAGE)
    assert list(by_label(report)) == [("Prospecting",), ("Engaging",), ("Won",), ("Lost",)]
    won = by_label(report)["Won",]
    assert (won.deals, won.open, won.won, won.lost) == (3, 0, 3, 0)
    assert won.won_value.amount == "35.01"
    assert won.average_won_value.amount == "11.67"
    assert won.mean_days_to_close == 12.5
    assert (won.win_rate, won.groups[0].id) == (1.0, id_of("Won"))
    total = report.total
    assert (total.deals, total.open, total.won, total.lost) == (6, 2, 3, 1)
    assert total.win_rate == 0.75
    assert total.open_value.amount == "70.25"
    assert total.groups == []
    unset = {"win_rate", "average_won_value", "mean_days_to_close"}
    assert unset.isdisjoint(field.name for field in report.rows[0])
    assert unset <= {field.name for field in won}


def test_a_region_is_that_of_the_nearest_team_that_has_one(reporting: RunningService):
    tell(
        reporting,
        named(Team, "World", region="World"),
        named(Team, "Europe", parent_id=id_of("World")),
        named(Team, "Berlin", parent_id=id_of("Europe")),
        named(Team, "Gulf", parent_id=id_of("World"), region="Gulf"),
        named(Team, "Nowhere"),
        *(named(User, f"of {team}", team_id=id_of(team)) for team in ("Berlin", "Gulf", "Nowhere")),
        *(deal(f"by {name}", owner=f"of {name}") for name in ("Berlin", "Gulf", "Nowhere")),
        deal("by nobody"),
    )
    regions = by_label(ask(reporting, By.REGION))
    assert {label: row.deals for (label,), row in regions.items()} == {"Gulf": 1, "World": 1, "": 2}
    teams = ask(reporting, By.TEAM, By.OWNER)
    assert list(by_label(teams)) == [
        ("Berlin", "of Berlin"),
        ("Gulf", "of Gulf"),
        ("Nowhere", "of Nowhere"),
        ("", ""),
    ]


def test_a_circle_of_teams_ends(reporting: RunningService):
    tell(
        reporting,
        named(Team, "A", parent_id=id_of("B")),
        named(Team, "B", parent_id=id_of("A")),
        named(User, "Ann", team_id=id_of("A")),
        deal("a", owner="Ann"),
    )
    assert list(by_label(ask(reporting, By.REGION))) == [("",)]


def test_names_may_come_after_the_deals(reporting: RunningService):
    tell(reporting, deal("a", owner="Ann", lines=[("Lamp", None)], company_id=id_of("Acme")))
    dimensions = (By.OWNER, By.PRODUCT, By.COMPANY)
    assert list(by_label(ask(reporting, *dimensions))) == [("", "", "")]
    assert ask(reporting, By.OWNER).rows[0].groups[0].id == id_of("Ann")
    tell(reporting, named(User, "Ann"), named(Product, "Lamp"), named(Company, "Acme"))
    assert list(by_label(ask(reporting, *dimensions))) == [("Ann", "Lamp", "Acme")]


def test_each_product_has_its_part_and_no_deal_counts_twice(reporting: RunningService):
    tell(
        reporting,
        named(Product, "Lamp"),
        named(Product, "Table"),
        deal("a", state="WON", amount="100.00", lines=[("Lamp", "30.00"), ("Table", "60.01")]),
        deal("b", state="WON", amount="7.00", lines=[("Table", None), ("Lamp", None)]),
        deal("c", state="WON", amount="5.00", lines=[("Lamp", "5.00")]),
        deal("d", state="OPEN", amount="1.00"),
    )
    report = ask(reporting, By.PRODUCT)
    rows = by_label(report)
    assert {label: (row.deals, row.won_value.amount) for (label,), row in rows.items()} == {
        "Lamp": (3, "44.99"),
        "Table": (2, "67.01"),
        "": (1, "0.00"),
    }
    assert (report.total.deals, report.total.won, report.total.won_value.amount) == (4, 3, "112.00")
    both = ask(reporting, By.STATE, By.PRODUCT)
    assert by_label(both)["WON", "Lamp"].deals == 3
    assert both.total.deals == 4


def test_a_filter_by_product_is_about_its_lines(reporting: RunningService):
    two = [("Lamp", "2.00"), ("Table", "7.00")]
    tell(
        reporting,
        named(Product, "Lamp"),
        named(Product, "Table"),
        named(User, "Ann"),
        deal("a", state="WON", amount="9.00", owner="Ann", lines=two),
        deal("b", state="WON", amount="1.00", owner="Ann", lines=[("Lamp", "1.00")]),
    )
    row = ask(reporting, By.OWNER, filter="product = Table").rows[0]
    assert (row.deals, row.won_value.amount) == (1, "7.00")
    row = ask(reporting, By.OWNER, filter="product = Table OR product = Lamp").rows[0]
    assert (row.deals, row.won_value.amount) == (2, "10.00")
    assert len(ask(reporting, By.PRODUCT, filter=f'productId = "{id_of("Lamp")}"').rows) == 1


def test_one_currency_at_a_time_and_the_most_used_by_default(reporting: RunningService):
    tell(
        reporting,
        deal("a", state="WON", amount="100", currency="JPY"),
        deal("b", state="WON", amount="101", currency="JPY"),
        deal("c", state="WON", amount="1.500", currency="KWD"),
        deal("d", amount=None),
    )
    report = ask(reporting)
    assert report.total.won_value.currency == "JPY"
    assert report.total.average_won_value.amount == "100.00"
    assert (report.total.deals, report.other_currency_deals) == (3, 1)
    report = ask(reporting, currency="KWD")
    assert (report.total.deals, report.other_currency_deals) == (2, 2)
    assert report.total.average_won_value.amount == "1.50"
    assert ask(reporting, filter="currency = KWD").total.won_value.currency == "KWD"
    assert ask(reporting, currency="EUR").total.deals == 1


def test_close_dates_bound_a_report_and_quarters_group_it(reporting: RunningService):
    days = ["2025-12-31", "2026-01-01", "2026-03-31", "2026-04-01"]
    tell(reporting, *(deal(day, state="WON", close_date=day) for day in days), deal("open"))
    quarters = by_label(ask(reporting, By.QUARTER))
    assert {label: row.won for (label,), row in quarters.items()} == {
        "2025-Q4": 1,
        "2026-Q1": 2,
        "2026-Q2": 1,
        "": 0,
    }
    assert ask(reporting, start_date="2026-01-01", end_date="2026-03-31").total.deals == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("state = WON", "won"),
        ("stage = Won", "won"),
        ("owner = Ann AND team = East AND region = Orient", "won"),
        ("company:acm", "won"),
        ("amount >= 50 AND amount < 60", "won"),
        ('closeDate > "2026-01-31"', "won"),
        ('engage_date <= "2026-01-31"', "won"),
        ("NOT state = WON", "lost"),
        ("region != Orient", "lost"),
        ("closeDate = null", "lost"),
    ],
)
def test_a_report_can_be_filtered(reporting: RunningService, text: str, found: str):
    tell(
        reporting,
        pipeline(),
        named(Team, "East", region="Orient"),
        named(User, "Ann", team_id=id_of("East")),
        named(Company, "Acme"),
        deal("won", state="WON", amount="55.00", owner="Ann", company_id=id_of("Acme"),
             engage_date="2026-01-31", close_date="2026-02-01"),
        deal("lost", state="LOST", amount="5.00"),
    )  # fmt: skip
    total = ask(reporting, filter=text).total
    assert (total.won, total.lost) == ((1, 0) if found == "won" else (0, 1))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"filter": "colour = red"}, "filter"),
        ({"filter": "amount = much"}, "filter"),
        ({"filter": "state ="}, "filter"),
        ({"filter": "word"}, "filter"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"end_date": "2026-13-01"}, "end_date"),
        ({"as_of_date": "0000-01-01"}, "as_of_date"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "end_date"),
    ],
)
def test_a_wrong_question_names_its_field(
    reporting: RunningService, fields: dict[str, str], wrong: str
):
    with pytest.raises(InvalidArgument) as caught:
        ask(reporting, **fields)
    assert [violation.field for violation in caught.value.violations] == [wrong]


def test_nothing_told_is_an_empty_report(reporting: RunningService):
    report = ask(reporting, By.STAGE)
    assert report.rows == []
    assert (report.total.deals, report.total.won_value.amount) == (0, "0.00")
    assert report.data_time is None


def test_the_data_time_is_that_of_the_newest_change(reporting: RunningService):
    tell(reporting, deal("a", told=at("2026-02-03")))
    tell(reporting, named(User, "Ann", told=at("2026-01-01")))
    assert ask(reporting).data_time.to_datetime() == at("2026-02-03")
