"""The figures of a real sales team, told as events, are exactly those of its files."""

import csv
import os
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

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
from wasl.sales.v1.opportunity_pb import Opportunity
from wasl.sales.v1.product_pb import Product

STAGES = {"Prospecting": "OPEN", "Engaging": "OPEN", "Won": "WON", "Lost": "LOST"}
Rows = list[dict[str, str]]


def read(name: str) -> Rows:
    """A file of the set, or skip where the data is absent."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    root = Path(os.environ.get("WASL_DATA_DIR", beside))
    path = root / "crm_sales_opportunities" / name
    if not path.exists():
        pytest.skip(f"no crm_sales_opportunities/{name} under WASL_DATA_DIR or ../shared/data")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def deals(rows: Rows) -> Iterator[Opportunity]:
    """What sales would announce after an import."""
    for row in rows:
        product = row["product"].replace("GTXPro", "GTX Pro")
        yield deal(
            row["opportunity_id"],
            state=STAGES[row["deal_stage"]],
            stage=row["deal_stage"],
            amount=row["close_value"] or None,
            owner=row["sales_agent"],
            company_id=id_of(row["account"]) if row["account"] else "",
            lines=[(product, None)],
            engage_date=row["engage_date"],
            close_date=row["close_date"],
            told=at("2026-03-01"),
        )


@pytest.fixture(scope="module")
def rows() -> Rows:
    return read("sales_pipeline.csv")


@pytest.fixture(scope="module")
def company(shared_reporting: RunningService, rows: Rows) -> RunningService:
    """Reporting, told of everything, deals first and in no order."""
    reporting = shared_reporting
    told = list(deals(rows))
    random.Random(1).shuffle(told)
    tell(reporting, *told, verb="created")
    agents = read("sales_teams.csv")
    tell(
        reporting,
        pipeline(stages=tuple(STAGES)),
        *(named(Product, row["product"], series=row["series"]) for row in read("products.csv")),
        *(named(Company, row["account"]) for row in read("accounts.csv")),
        *(named(Team, row["manager"], region=row["regional_office"])
          for row in {row["manager"]: row for row in agents}.values()),
        *(named(User, row["sales_agent"], team_id=id_of(row["manager"])) for row in agents),
    )  # fmt: skip
    return reporting


def test_the_whole_and_its_stages(company: RunningService):
    report = ask(company, By.STAGE)
    assert {label: row.deals for (label,), row in by_label(report).items()} == {
        "Prospecting": 500,
        "Engaging": 1589,
        "Won": 4238,
        "Lost": 2473,
    }
    total = report.total
    assert (total.deals, total.won, total.lost, total.open) == (8800, 4238, 2473, 2089)
    assert round(total.win_rate * 100, 2) == 63.15
    assert total.won_value.amount == "10005534.00"
    assert total.average_won_value.amount == "2360.91"
    assert round(total.mean_days_to_close, 2) == 51.78


def test_regions_and_quarters(company: RunningService):
    regions = by_label(ask(company, By.REGION))
    assert {label: row.won_value.amount for (label,), row in regions.items()} == {
        "West": "3568647.00",
        "Central": "3346293.00",
        "East": "3090594.00",
    }
    quarters = by_label(ask(company, By.QUARTER, filter="state = WON"))
    assert {label: row.won_value.amount for (label,), row in quarters.items()} == {
        "2017-Q1": "1134672.00",
        "2017-Q2": "3086111.00",
        "2017-Q3": "2982255.00",
        "2017-Q4": "2802496.00",
    }


def test_products_owners_and_companies_add_up(company: RunningService, rows: Rows):
    values: dict[str, Counter[str]] = {name: Counter() for name in ("product", "owner", "company")}
    for row in rows:
        if row["deal_stage"] == "Won":
            value = int(row["close_value"])
            values["product"][row["product"].replace("GTXPro", "GTX Pro")] += value
            values["owner"][row["sales_agent"]] += value
            values["company"][row["account"]] += value
    for dimension in (By.PRODUCT, By.OWNER, By.COMPANY):
        expected = values[dimension.name.lower()]
        report = ask(company, dimension, filter="state = WON")
        found = {label: Decimal(row.won_value.amount) for (label,), row in by_label(report).items()}
        assert found == expected


@pytest.mark.parametrize("day", ["2016-12-31", "2017-03-15", "2017-06-30", "2017-12-31"])
def test_a_day_in_the_past(company: RunningService, rows: Rows, day: str):
    expected: Counter[str] = Counter()
    for row in rows:
        if row["engage_date"] and row["engage_date"] <= day:
            closed = row["close_date"] and row["close_date"] <= day
            expected[row["deal_stage"].upper() if closed else "OPEN"] += 1
    report = ask(company, By.STATE, as_of_date=day)
    assert {label: row.deals for (label,), row in by_label(report).items()} == expected
