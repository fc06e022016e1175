"""A report counts the deals that its reader may see in sales, and no others."""
# The same people and teams as in the chassis' tests of scope.

import csv
import io
from decimal import Decimal

import pytest

from chassis.database.tables import ShareRow
from chassis.testing.client import Client, refusal
from tests.integration.reporting.telling import deal, id_of, pipeline, tell
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension as By
from wasl.reporting.v1.report_service_pb import (
    ExportPipelineReportRequest,
    RunPipelineReportRequest,
)

RUN = "reporting.reports.*:ALL"
# Owner, team and amount by name.
DEALS = {
    "own": ("Ada", "East", "1.00"),
    "team": ("Bob", "East", "20.00"),
    "below": ("Bob", "North", "300.00"),
    "foreign": ("Eve", "West", "4000.00"),
}
SUMS = {"OWN": "1.00", "TEAM": "21.00", "SUBTREE": "321.00", "ALL": "4321.00"}


@pytest.fixture
def told(reporting):
    deals = [
        deal(name, state="WON", amount=amount, owner=owner, team_id=id_of(team),
             company_id=id_of(f"{name} Ltd"))
        for name, (owner, team, amount) in DEALS.items()
    ]  # fmt: skip
    tell(reporting, pipeline(), *deals)
    return reporting


def ada(told, *grants: str, **claims) -> Client:
    known = {"teams": [id_of("East")], "below": [id_of("East"), id_of("North")]} | claims
    return Client(told, RUN, *grants, user_id=id_of("Ada"), **known)


def won(client, **more) -> str:
    report = client.run_pipeline_report(RunPipelineReportRequest(**more))
    return report.total.won_value.amount


@pytest.mark.parametrize("scope", SUMS)
def test_a_report_adds_up_what_is_in_scope(told, scope):
    reader = ada(told, f"sales.opportunities.get:{scope}")
    assert won(reader) == SUMS[scope]
    assert won(reader, group_by=[By.OWNER, By.TEAM]) == SUMS[scope]
    assert won(reader, as_of_date="2026-03-05") == SUMS[scope]
    # Once more: nobody gets an answer that was remembered for somebody else.
    assert won(Client(told)) == SUMS["ALL"]
    assert won(reader) == SUMS[scope]
    table = reader.download("export_pipeline_report", ExportPipelineReportRequest())
    (row,) = csv.DictReader(io.StringIO(table.decode("utf-8-sig").split("\n#")[0]))
    assert Decimal(row["wonValue"]) == Decimal(SUMS[scope])


def test_who_may_see_no_deal_counts_none(told):
    report = ada(told).run_pipeline_report(RunPipelineReportRequest())
    assert report.total.deals == 0


@pytest.mark.parametrize(
    ("resource", "record"),
    [("sales.opportunities", "foreign"), ("contacts.companies", "foreign Ltd")],
)
def test_a_shared_deal_counts_and_so_do_those_of_a_shared_company(told, resource, record):
    reader = ada(told, "sales.opportunities.get:OWN")
    with told.session() as session:
        session.add(
            ShareRow(resource=resource, record_id=id_of(record), user_id=id_of("Ada"), level="READ")
        )
    assert won(reader) == "4001.00"


def test_hidden_amounts_are_nowhere_in_a_report(told):
    blind = ada(told, "sales.opportunities.get:ALL", hidden=["sales.amounts"])
    report = blind.run_pipeline_report(RunPipelineReportRequest(group_by=[By.OWNER]))
    for row in (report.total, *report.rows):
        assert row.won > 0
        assert not any((row.won_value, row.open_value, row.average_won_value))
    for filter_ in ("amount > 5", "amount < 100 OR state = WON"):
        refused = refusal(
            lambda filter_=filter_: blind.run_pipeline_report(
                RunPipelineReportRequest(filter=filter_)
            )
        )
        assert refused.reason == "INVALID_FILTER"
    table = blind.download("export_pipeline_report", ExportPipelineReportRequest()).decode()
    assert "alue" not in table
    assert "4321" not in table
    # The others' answers were not cut with it.
    assert won(Client(told)) == SUMS["ALL"]
