"""What reporting does when others announce: it adds every version to the facts."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute, Session

from chassis.events.envelope import Event
from chassis.events.listener import Listener, PermanentError
from services.reporting.rules import dimension
from services.reporting.rules.applied import advance, forget, purged_among
from services.reporting.rules.history import History, Row, write_versions
from services.reporting.rules.opportunity import opportunity_rows, write_opportunities
from services.reporting.rules.told import Told, told_time
from services.reporting.tables.dimension import (
    CompanyFact,
    ProductFact,
    StageFact,
    TeamFact,
    UserFact,
)
from services.reporting.tables.opportunity import OpportunityFact, OpportunityProductFact
from wasl.contacts.v1 import events_pb as contacts_events
from wasl.identity.v1 import events_pb as identity_events
from wasl.sales.v1 import events_pb as sales_events

# So many versions are written at once; a batch of messages may bring 50,000.
_SLICE = 5000
# Writes versions; when they are snapshots, they replace what is held of the same version.
Write = Callable[[Session, Sequence[Row], bool], None]


def _listener(
    resource: str,
    *,
    purpose: str,
    keys: str,
    events: ModuleType,
    rows_of: Callable[[Any], list[Row]],
    write: Write,
    columns: Sequence[InstrumentedAttribute[str]],
) -> Listener:
    """A listener for what happens to one resource; the `columns` are those that have its id."""
    queue = f"reporting.{purpose}"

    def handle(session: Session, batch: Sequence[Event]) -> None:
        told: dict[str, list[Told]] = {"changed": [], "snapshotted": [], "purged": []}
        times: list[datetime.datetime] = []
        for event in batch:
            verb = event.key.rpartition(".")[2]
            resources = [getattr(change, resource) for change in event.body.changes]
            told[verb if verb in told else "changed"] += resources
            times += [event.time] if verb == "purged" else _read(resources, told_time)
        if not times:
            return
        advance(session, queue, data_time=max(times))
        purged = {after.id for after in told["purged"]}
        gone = purged | purged_among(
            session, {after.id for kind in told.values() for after in kind}
        )
        for kind in ("changed", "snapshotted"):
            staying = [after for after in told[kind] if after.id not in gone]
            for start in range(0, len(staying), _SLICE):
                rows = _read(staying[start : start + _SLICE], rows_of)
                write(session, [row for some in rows for row in some], kind == "snapshotted")
        if purged:
            forget(session, purged, columns)

    return Listener(queue=queue, keys=(keys,), events=(events,), handle=handle, catches_up=True)


def _read(resources: Iterable[Told], reader: Callable[[Any], Any]) -> list[Any]:
    try:
        return [reader(after) for after in resources]
    except (ValueError, ArithmeticError, AttributeError) as error:
        raise PermanentError(f"a change cannot be understood: {error!r}") from error


def _into(history: History) -> Write:
    def write(session: Session, rows: Sequence[Row], heals: bool) -> None:
        write_versions(session, history, rows, heals=heals)

    return write


def _deals(session: Session, rows: Sequence[Row], heals: bool) -> None:
    write_opportunities(session, rows, heals=heals)


LISTENERS = (
    _listener(
        "opportunity",
        purpose="on_opportunity",
        keys="sales.opportunity.*",
        events=sales_events,
        rows_of=opportunity_rows,
        write=_deals,
        columns=(OpportunityFact.id, OpportunityProductFact.id),
    ),
    _listener(
        "product",
        purpose="on_product",
        keys="sales.product.*",
        events=sales_events,
        rows_of=dimension.product_rows,
        write=_into(dimension.PRODUCTS),
        columns=(ProductFact.id,),
    ),
    _listener(
        "pipeline",
        purpose="on_pipeline",
        keys="sales.pipeline.*",
        events=sales_events,
        rows_of=dimension.stage_rows,
        write=_into(dimension.STAGES),
        columns=(StageFact.pipeline_id,),
    ),
    _listener(
        "company",
        purpose="on_company",
        keys="contacts.company.*",
        events=contacts_events,
        rows_of=dimension.company_rows,
        write=_into(dimension.COMPANIES),
        columns=(CompanyFact.id,),
    ),
    _listener(
        "user",
        purpose="on_user",
        keys="identity.user.*",
        events=identity_events,
        rows_of=dimension.user_rows,
        write=_into(dimension.USERS),
        columns=(UserFact.id,),
    ),
    _listener(
        "team",
        purpose="on_team",
        keys="identity.team.*",
        events=identity_events,
        rows_of=dimension.team_rows,
        write=_into(dimension.TEAMS),
        columns=(TeamFact.id,),
    ),
)
