"""Deals: what an announced version says, when it held, and how products share its amount."""
# name: escaped, because it is named after the resource of sales that it is about

import datetime
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from services.reporting.rules.history import (
    History,
    Row,
    Span,
    given,
    insert_rows,
    write_versions,
)
from services.reporting.rules.told import version_columns
from services.reporting.tables.opportunity import OpportunityFact, OpportunityProductFact
from wasl.sales.v1.opportunity_pb import Opportunity

# The parts of the first known version: before it was deleted, and before it was closed.
CLOSED_BEFORE, OPEN_BEFORE = 1, 2


def spans(row: Row, previous: Row | None) -> Sequence[Span]:
    """When a version of a deal held, from its business dates where it has them.

    A deal that is first heard of was open since its engage date or else its creation, and if it is
    closed, closed since its close date. Later a close date counts for the version that closes.
    No date moves anything to after the time at which it was told.
    """
    closed = row["state"] != "OPEN"
    told: datetime.datetime = row["update_time"]
    if previous is not None:
        closes = closed and not row["deleted"] and previous["state"] != row["state"]
        return [Span(_earlier(row["close_date"], told) if closes else told)]
    line: list[Span] = []
    begin = _earlier(row["engage_date"], row["create_time"])
    if closed:
        closing = _earlier(row["close_date"], told)
        if begin < closing:
            was = {"state": "OPEN", "stage_id": None, "deleted": False}
            line.append(Span(begin, OPEN_BEFORE, was))
        begin = closing
    if row["deleted"]:
        line.append(Span(begin, CLOSED_BEFORE, {"deleted": False}))
        begin = told
    return [*line, Span(begin)]


OPPORTUNITIES = History(
    table=OpportunityFact,
    spans=spans,
    reads=("update_time", "create_time", "state", "deleted", "engage_date", "close_date"),
)


def _earlier(day: datetime.date | None, time: datetime.datetime) -> datetime.datetime:
    if day is None:
        return time
    return min(datetime.datetime.combine(day, datetime.time(), datetime.UTC), time)


def opportunity_rows(deal: Opportunity) -> list[Row]:
    """What a version of a deal says, as columns; `products` are for the table beside it.

    Raises ValueError or ArithmeticError for what is no version, day or amount.
    """
    products = product_shares(deal)
    money = deal.amount
    told = version_columns(deal)
    created = deal.create_time
    row = {
        **told,
        "create_time": created.to_datetime() if created is not None else told["update_time"],
        "state": deal.state.name if deal.state else "OPEN",
        "deleted": deal.delete_time is not None,
        "pipeline_id": deal.pipeline_id or None,
        "stage_id": deal.stage_id or None,
        "owner_id": deal.owner_id or None,
        "team_id": deal.team_id or None,
        "company_id": deal.company_id or None,
        "product_id": products[0][0] if len(products) == 1 else None,
        "several_products": len(products) > 1,
        "amount": _amount(deal),
        "currency": (money.currency or None) if money is not None else None,
        "engage_date": _day(deal.engage_date),
        "close_date": _day(deal.close_date),
        "source": deal.source,
        "products": products,
    }
    return [row]


def product_shares(deal: Opportunity) -> list[tuple[str, Decimal | None]]:
    """How the products of a deal share its amount, to the cent.

    Each has the totals of its lines; what they leave of the amount, or exceed it by, belongs to
    the product of the first line. A deal without an amount has none to share.
    """
    amount = _amount(deal)
    shares: dict[str, Decimal] = {}
    for line in deal.product_lines:
        total = Decimal(line.total.amount or 0) if line.total is not None else Decimal(0)
        shares[line.product_id] = shares.get(line.product_id, Decimal(0)) + total
    if not shares or amount is None:
        return [(product, None) for product in shares]
    first = next(iter(shares))
    shares[first] += amount - sum(shares.values(), Decimal(0))
    return list(shares.items())


def write_opportunities(session: Session, rows: Sequence[Row], *, heals: bool) -> None:
    """Adds versions of deals, with what each of several products brings; see `write_versions`."""
    new = write_versions(session, OPPORTUNITIES, rows, heals=heals)
    if heals and new:
        healed = given(OpportunityProductFact, {"id", "version"}, new)
        ours = tuple_(OpportunityProductFact.id, OpportunityProductFact.version)
        # scope: escaped, because a read model belongs to nobody
        session.execute(
            delete(OpportunityProductFact).where(ours.in_(select(healed.c.id, healed.c.version))),
            execution_options={"synchronize_session": False},
        )
    _write_products(session, new)


def _write_products(session: Session, deals: Sequence[Row]) -> None:
    rows = [
        {"id": deal["id"], "version": deal["version"], "product_id": product, "amount": amount}
        for deal in deals
        if deal["several_products"]
        for product, amount in deal["products"]
    ]
    insert_rows(session, OpportunityProductFact, rows)


def _amount(deal: Opportunity) -> Decimal | None:
    money = deal.amount
    return Decimal(money.amount) if money is not None and money.amount else None


def _day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None
