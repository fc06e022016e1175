"""Reports as of a day, from versions that come in any order."""

import datetime
import itertools
import threading

from sqlalchemy import func, select

from chassis.testing.running import RunningService
from services.reporting.tables.opportunity import OpportunityFact, OpportunityProductFact
from tests.integration.reporting.telling import (
    apply,
    ask,
    at,
    by_label,
    deal,
    event,
    id_of,
    named,
    tell,
)
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.user_pb import User
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension as By


def states(reporting: RunningService, day: str) -> dict[str, int]:
    """Deals by state at the end of a day."""
    report = ask(reporting, By.STATE, as_of_date=day)
    return {label: row.deals for (label,), row in by_label(report).items()}


def test_a_deal_that_arrives_won_was_open_from_engage_to_close(reporting: RunningService):
    tell(
        reporting,
        deal("a", state="WON", engage_date="2017-01-05", close_date="2017-03-01"),
    )
    assert states(reporting, "2017-01-04") == {}
    assert states(reporting, "2017-01-05") == {"OPEN": 1}
    assert states(reporting, "2017-02-28") == {"OPEN": 1}
    assert states(reporting, "2017-03-01") == {"WON": 1}
    assert states(reporting, "9999-12-31") == {"WON": 1}
    assert ask(reporting, By.STAGE, as_of_date="2017-02-01").rows[0].groups[0].id == ""


def test_a_deal_without_dates_is_there_since_its_creation(reporting: RunningService):
    tell(reporting, deal("a", told=at("2026-03-01")))
    assert states(reporting, "2026-02-28") == {}
    assert states(reporting, "2026-03-01") == {"OPEN": 1}


def test_what_happens_here_happens_when_it_is_told(reporting: RunningService):
    created = at("2026-01-10")
    tell(
        reporting,
        deal("a", owner="Ann", amount="1.00", told=created),
        deal("a", version=2, owner="Bob", amount="2.00", told=at("2026-01-20"), created=created),
        deal("a", version=3, owner="Bob", amount="2.00", state="WON", close_date="2026-02-01",
             told=at("2026-02-05"), created=created),
        deal("a", version=4, owner="Cem", amount="3.00", state="WON", close_date="2026-02-01",
             told=at("2026-03-01"), created=created),
        deal("a", version=5, owner="Cem", amount="3.00", told=at("2026-04-01"), created=created),
        named(User, "Ann"), named(User, "Bob"), named(User, "Cem"),
    )  # fmt: skip
    told = {
        "2026-01-09": [],
        "2026-01-10": [("Ann", "OPEN", "1.00", "0.00")],
        "2026-01-31": [("Bob", "OPEN", "2.00", "0.00")],
        "2026-02-01": [("Bob", "WON", "0.00", "2.00")],  # closed then, told on the 5th
        "2026-02-28": [("Bob", "WON", "0.00", "2.00")],
        "2026-03-01": [("Cem", "WON", "0.00", "3.00")],
        "2026-04-01": [("Cem", "OPEN", "3.00", "0.00")],
    }
    for day, expected in told.items():
        report = ask(reporting, By.OWNER, By.STATE, as_of_date=day)
        found = [
            (*labels, row.open_value.amount, row.won_value.amount)
            for labels, row in by_label(report).items()
        ]
        assert found == expected, day


def test_a_deleted_deal_counts_until_its_deletion_and_again_when_undeleted(
    reporting: RunningService,
):
    first = deal("a", told=at("2026-01-01"))
    tell(reporting, first)
    tell(reporting, deal("a", version=2, deleted=True, told=at("2026-02-01")), verb="deleted")
    assert ask(reporting).total.deals == 0
    tell(reporting, deal("a", version=3, told=at("2026-03-01")), verb="undeleted")
    assert [states(reporting, day) for day in ("2026-01-31", "2026-02-01", "2026-03-01")] == [
        {"OPEN": 1},
        {},
        {"OPEN": 1},
    ]


def test_a_deal_that_is_first_heard_of_when_deleted_has_its_past(reporting: RunningService):
    gone = deal(
        "a", version=7, state="WON", deleted=True, told=at("2026-02-01"), created=at("2026-01-01"),
        engage_date="2017-01-05", close_date="2017-03-01",
    )  # fmt: skip
    tell(reporting, gone, verb="snapshotted")
    assert [states(reporting, day) for day in ("2017-02-01", "2026-01-31", "2026-02-01")] == [
        {"OPEN": 1},
        {"WON": 1},
        {},
    ]


def test_a_purged_deal_disappears_and_does_not_come_back(reporting: RunningService):
    lines = [("Lamp", "1.00"), ("Table", "2.00")]
    tell(reporting, deal("a", lines=lines), deal("b"))
    tell(reporting, deal("a", version=3, deleted=True), verb="purged")
    tell(reporting, deal("a", version=2), deal("a", version=9))
    assert ask(reporting).total.deals == 1
    assert ask(reporting, as_of_date="2026-03-02").total.deals == 1
    with reporting.session() as session:
        assert session.scalar(select(func.count()).select_from(OpportunityProductFact)) == 0


def test_an_equal_version_is_ignored_unless_a_snapshot_heals_it(reporting: RunningService):
    tell(reporting, deal("a", amount="1.00", lines=[("Lamp", "0.50"), ("Table", "0.50")]))
    tell(reporting, deal("a", amount="2.00"))
    assert ask(reporting).total.open_value.amount == "1.00"
    healed = deal("a", amount="3.00", lines=[("Lamp", "1.00"), ("Table", "2.00")])
    tell(reporting, healed, verb="snapshotted")
    report = ask(reporting, By.PRODUCT)
    assert report.total.open_value.amount == "3.00"
    assert sorted(row.open_value.amount for row in report.rows) == ["1.00", "2.00"]


def test_teams_and_names_are_those_of_the_day(reporting: RunningService):
    tell(
        reporting,
        named(Team, "East", region="Orient"),
        named(Team, "West", region="Occident"),
        named(User, "Ann", team_id=id_of("East"), told=at("2026-01-01")),
        named(User, "Ann", version=2, team_id=id_of("West"), told=at("2026-02-01"),
              display_name="Ann Lee"),
        deal("a", owner="Ann", told=at("2020-01-01")),
    )  # fmt: skip
    dimensions = (By.OWNER, By.TEAM, By.REGION)
    past = ask(reporting, *dimensions, as_of_date="2020-06-01")
    assert list(by_label(past)) == [("Ann", "East", "Orient")]
    before = ask(reporting, *dimensions, as_of_date="2026-01-31")
    assert list(by_label(before)) == [("Ann", "East", "Orient")]
    assert list(by_label(ask(reporting, *dimensions))) == [("Ann Lee", "West", "Occident")]
    by_team = ask(reporting, filter="region = Orient", as_of_date="2026-01-31")
    assert by_team.total.deals == 1


def test_two_processes_may_apply_the_same_deals_at_once(reporting: RunningService):
    def versions(numbers: range) -> None:
        for version in numbers:
            told = at("2026-01-01") + datetime.timedelta(days=version)
            some = [deal(f"d{n}", version=version, told=told) for n in range(40)]
            apply(reporting, event("updated", some))

    threads = [threading.Thread(target=versions, args=(range(n, 13, 3),)) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reporting.session() as session:
        rows = session.execute(
            select(OpportunityFact.id, OpportunityFact.valid_from, OpportunityFact.valid_to)
            .order_by(OpportunityFact.id, OpportunityFact.version)
        ).all()  # fmt: skip
    assert len(rows) == 40 * 12
    for this, following in itertools.pairwise(rows):
        assert this.valid_to == (following.valid_from if following.id == this.id else None)
