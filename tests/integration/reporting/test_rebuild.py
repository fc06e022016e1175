"""Events over a real broker, and a read model that is emptied and filled again."""

import time
from collections.abc import Callable

from sqlalchemy import insert

from chassis.database.tables import OutboxRow
from chassis.events.envelope import Event
from chassis.events.rebuild import empty_read_model
from chassis.testing.running import RunningService
from services.reporting.service import SERVICE
from tests.integration.reporting.telling import (
    ask,
    at,
    by_label,
    deal,
    event,
    id_of,
    named,
    pipeline,
)
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.user_pb import User
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension as By

PATIENCE = 30


def publish(reporting: RunningService, *events: Event) -> None:
    """Sends events through an outbox; that of reporting will do."""
    rows = [
        {"event_id": event.id, "key": event.key, "body": event.body.to_binary()} for event in events
    ]
    with reporting.session() as session:
        session.execute(insert(OutboxRow), rows)


def wait_for(reporting: RunningService, expected: dict[tuple[str, ...], int]) -> None:
    """Returns once the regions have so many deals, or fails."""
    end = time.monotonic() + PATIENCE
    while True:
        report = ask(reporting, By.REGION, By.STAGE)
        found = {labels: row.deals for labels, row in by_label(report).items()}
        if found == expected or time.monotonic() > end:
            assert found == expected
            return
        time.sleep(0.05)


def test_a_rebuilt_read_model_says_the_same_and_knows_what_came_meanwhile(
    start_service: Callable[..., RunningService],
):
    reporting = start_service(SERVICE, serves=False, works=True)
    deals = [deal(f"d{n}", owner="Ann", told=at("2026-01-01")) for n in range(1200)]
    won = [deal(f"d{n}", version=2, owner="Ann", state="WON", told=at("2026-02-01"),
                created=at("2026-01-01")) for n in range(700)]  # fmt: skip
    others = (
        event("created", [pipeline()]),
        event("created", [named(Team, "East", region="Orient")]),
        event("created", [named(User, "Ann", team_id=id_of("East"))]),
    )
    publish(
        reporting,
        *(event("created", deals[start : start + 500]) for start in range(0, 1200, 500)),
        *others,
        event("won", won),
    )
    wait_for(reporting, {("Orient", "Won"): 700, ("Orient", "Open"): 500})
    before = ask(reporting, By.REGION, By.STAGE)

    empty_read_model(reporting.runtime)
    assert ask(reporting, By.REGION, By.STAGE).rows == []
    publish(
        reporting,
        event("deleted", [deal("d0", version=3, owner="Ann", state="WON", deleted=True)]),
        event("snapshotted", [*won, *deals[700:]]),
        *(event("snapshotted", [change.body.changes[0][next(iter(change.body.changes[0]))]])
          for change in others),
    )  # fmt: skip
    wait_for(reporting, {("Orient", "Won"): 699, ("Orient", "Open"): 500})
    publish(reporting, event("undeleted", [deal("d0", version=4, owner="Ann", state="WON")]))
    wait_for(reporting, {("Orient", "Won"): 700, ("Orient", "Open"): 500})
    after = ask(reporting, By.REGION, By.STAGE)
    assert (after.rows, after.total) == (before.rows, before.total)
