"""Opportunities: the standard methods and the moves of a deal."""

import datetime
from decimal import Decimal

from chassis.errors import invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Resource
from chassis.resources.standard import check_etag, load, save
from services.sales.rules import opportunity as rules
from services.sales.rules.pipeline import stages_of
from services.sales.tables.opportunity import OpportunityRow
from wasl.sales.v1 import events_pb, opportunity_service_pb
from wasl.sales.v1.opportunity_pb import Opportunity
from wasl.sales.v1.opportunity_service_pb import (
    LoseOpportunityRequest,
    ReopenOpportunityRequest,
    WinOpportunityRequest,
)
from wasl.type.v1.money_pb import Money


def _searched(row: OpportunityRow) -> tuple[str | None, ...]:
    return (row.name, row.external_id)


def _update_event(before: Opportunity, after: Opportunity) -> str:
    return "Moved" if before.stage_id != after.stage_id else "Updated"


OPPORTUNITIES = Resource(
    message=Opportunity,
    table=OpportunityRow,
    service_pb=opportunity_service_pb,
    events_pb=events_pb,
    name="sales.opportunities",
    sortable=("create_time", "update_time", "name", "close_date", "amount"),
    searched=_searched,
    keys={"external_id": "external_id", "name": "name"},
    references={
        "owner_id": "identity.users",
        "team_id": "identity.teams",
        "company_id": "contacts.companies",
        "contact_id": "contacts.contacts",
        "pipeline_id": "sales.pipelines",
        "stage_id": "sales.stages",
        "product_lines.product_id": "sales.products",
    },
    read_only=("state", "lost_reason"),
    prepare=rules.prepare_opportunity,
    update_event=_update_event,
)


def win_opportunity(request: WinOpportunityRequest, call: Call) -> Opportunity:
    """Closes a deal as won. Raises FailedPrecondition ILLEGAL_MOVE when it is closed."""
    row, before = _load(call, request.id, request.etag)
    stage = stages_of(call, row.pipeline_id).first("WON")
    rules.win(row, stage, close_date=_day(request.close_date), amount=_amount(request.amount))
    return _save(call, row, before, "Won")


def lose_opportunity(request: LoseOpportunityRequest, call: Call) -> Opportunity:
    """Closes a deal as lost. Raises FailedPrecondition ILLEGAL_MOVE when it is closed."""
    row, before = _load(call, request.id, request.etag)
    stage = stages_of(call, row.pipeline_id).first("LOST")
    rules.lose(row, stage, reason=request.reason, close_date=_day(request.close_date))
    return _save(call, row, before, "Lost")


def reopen_opportunity(request: ReopenOpportunityRequest, call: Call) -> Opportunity:
    """Opens a closed deal again. Raises FailedPrecondition ILLEGAL_MOVE when it is open."""
    row, before = _load(call, request.id, request.etag)
    rules.reopen(row, rules.open_stage(call, row, request.stage_id))
    return _save(call, row, before, "Reopened")


def _load(call: Call, id_: str, etag: str) -> tuple[OpportunityRow, Opportunity]:
    row: OpportunityRow = load(OPPORTUNITIES, call, id_)
    check_etag(row, etag, needed=False)
    return row, OPPORTUNITIES.mapping.from_row(row)


def _save(call: Call, row: OpportunityRow, before: Opportunity, past_tense: str) -> Opportunity:
    after = save(OPPORTUNITIES, call, row, before=before, past_tense=past_tense)
    assert isinstance(after, Opportunity)
    return after


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid_field("closeDate", f"{text!r} is not a day of the calendar") from None


def _amount(money: Money | None) -> tuple[Decimal, str] | None:
    if money is None:
        return None
    if not money.amount or not money.currency:
        raise invalid_field("amount", "needs both amount and currency")
    return Decimal(money.amount), money.currency
