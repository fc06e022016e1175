"""Tells reporting things, as the other services would."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from protobuf import Message
from protobuf.wkt import Timestamp

from chassis.database.base import new_id
from chassis.database.session import reading, unit_of_work
from chassis.events.envelope import Event, event_classes
from chassis.grpc.call import Call
from chassis.testing.running import RunningService
from services.reporting.api.report import run_pipeline_report
from services.reporting.service import SERVICE
from wasl.contacts.v1 import events_pb as contacts_events
from wasl.contacts.v1.company_pb import Company
from wasl.identity.v1 import events_pb as identity_events
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.user_pb import User
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension, PipelineReportRow
from wasl.reporting.v1.report_service_pb import (
    RunPipelineReportRequest,
    RunPipelineReportResponse,
)
from wasl.sales.v1 import events_pb as sales_events
from wasl.sales.v1.opportunity_pb import Opportunity, ProductLine
from wasl.sales.v1.pipeline_pb import Pipeline, Stage
from wasl.sales.v1.product_pb import Product
from wasl.type.v1.money_pb import Money

CLASSES = event_classes((sales_events, contacts_events, identity_events))
NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
STATE = Opportunity.State
QUEUES = {
    Opportunity: ("opportunity", "sales.opportunity", "reporting.on_opportunity"),
    Product: ("product", "sales.product", "reporting.on_product"),
    Pipeline: ("pipeline", "sales.pipeline", "reporting.on_pipeline"),
    Company: ("company", "contacts.company", "reporting.on_company"),
    User: ("user", "identity.user", "reporting.on_user"),
    Team: ("team", "identity.team", "reporting.on_team"),
}


def id_of(name: str) -> str:
    """The id that a name stands for in a test."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def at(text: str) -> datetime.datetime:
    """A day at noon, in UTC."""
    return datetime.datetime.fromisoformat(text + "T12:00:00+00:00")


def stamp(time: datetime.datetime) -> Timestamp:
    """A time as protobuf has it."""
    return Timestamp.from_datetime(time)


def deal(
    name: str,
    *,
    version: int = 1,
    state: str = "OPEN",
    amount: str | None = "100.00",
    currency: str = "USD",
    told: datetime.datetime = NOW,
    created: datetime.datetime | None = None,
    lines: Sequence[tuple[str, str | None]] = (),
    deleted: bool = False,
    stage: str = "",
    owner: str = "",
    **fields: Any,
) -> Opportunity:
    """A version of a deal. Stages, owners and products are named; `lines` are (product, total)."""
    return Opportunity(
        id=id_of(name),
        etag=str(version),
        create_time=stamp(created or told),
        update_time=stamp(told),
        delete_time=stamp(told) if deleted else None,
        name=name,
        state=STATE[state],
        stage_id=id_of(stage or state.title()),
        owner_id=id_of(owner) if owner else "",
        amount=None if amount is None else Money(amount=amount, currency=currency),
        product_lines=[
            ProductLine(
                product_id=id_of(product),
                total=None if total is None else Money(amount=total, currency=currency),
            )
            for product, total in lines
        ],
        **fields,
    )


def named(
    kind: type[Any], name: str, *, version: int = 1, told: datetime.datetime = NOW, **fields: Any
) -> Any:
    """A version of a user, team, product or company that is known by its name."""
    title = "display_name" if kind is User else "name"
    fields = {title: name, **fields}
    return kind(
        id=id_of(name),
        etag=str(version),
        create_time=stamp(told),
        update_time=stamp(told),
        **fields,
    )


def pipeline(name: str = "Sales", *, stages: Sequence[str] = ("Open", "Won", "Lost")) -> Pipeline:
    """A pipeline; the last two of its stages are won and lost."""
    kinds = [Stage.Kind.OPEN] * (len(stages) - 2) + [Stage.Kind.WON, Stage.Kind.LOST]
    return Pipeline(
        id=id_of(name),
        etag="1",
        create_time=stamp(NOW),
        update_time=stamp(NOW),
        name=name,
        stages=[
            Stage(id=id_of(stage), name=stage, kind=kind)
            for stage, kind in zip(stages, kinds, strict=True)
        ],
    )


def event(verb: str, resources: Sequence[Message], *, id_: str = "") -> Event:
    """An event about some resources of one kind."""
    field, key, _ = QUEUES[type(resources[0])]
    kind: Any = CLASSES[f"{key}.{verb}"]
    change: Any = kind.desc().fields[0].value.element.type
    body = kind(changes=[change(**{field: resource}) for resource in resources])
    return Event(id=id_ or new_id(), key=f"{key}.{verb}", time=NOW, body=body)


def apply(reporting: RunningService, *events: Event) -> None:
    """Applies events about one kind of resource as one batch."""
    queue = next(queue for _, key, queue in QUEUES.values() if events[0].key.startswith(key + "."))
    listener = next(listener for listener in SERVICE.listeners if listener.queue == queue)
    with unit_of_work(reporting.runtime.direct_engine) as session:
        listener.handle(session, events)


def tell(reporting: RunningService, *resources: Message, verb: str = "updated") -> None:
    """Tells of some resources, each kind in an event of its own."""
    for kind in QUEUES:
        some = [resource for resource in resources if isinstance(resource, kind)]
        if some:
            apply(reporting, event(verb, some))


def ask(
    reporting: RunningService, *group_by: PipelineDimension, **fields: Any
) -> RunPipelineReportResponse:
    """Runs a report."""
    request = RunPipelineReportRequest(group_by=list(group_by), **fields)
    with reading(reporting.runtime.engine) as session:
        return run_pipeline_report(request, Call(session, reporting.runtime))


def by_label(report: RunPipelineReportResponse) -> dict[tuple[str, ...], PipelineReportRow]:
    """The rows of a report by the labels of their groups."""
    return {tuple(group.label for group in row.groups): row for row in report.rows}
