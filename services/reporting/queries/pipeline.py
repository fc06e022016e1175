"""The pipeline report: deals counted and summed by what they have in common."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from chassis.resources.filter import FilterError
from chassis.resources.filter_sql import to_clause
from services.reporting.queries.question import Question, wrong_filter
from services.reporting.queries.source import DEAL, Names, Source, is_by_line, joins, named_fields
from services.reporting.tables.applied import Applied
from services.reporting.tables.history import holds
from services.reporting.tables.opportunity import OpportunityFact
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension


class Partial(NamedTuple):
    """Deals of one state and one currency in one group."""

    # Whether it counts in the total, and whether in a group: a deal with two products is in the
    # groups of both and once in the total.
    in_total: bool
    in_group: bool
    keys: tuple[str, ...]
    state: str
    currency: str
    deals: int
    value: Decimal
    # Of deals with an engage date and a close date.
    days: int
    deals_with_days: int


class Known(NamedTuple):
    """How far the read model had come when it was asked."""

    stamp: str
    data_time: datetime.datetime | None


_STAMP = func.coalesce(
    func.string_agg(
        cast(Applied.stamp, Text()), aggregate_order_by(literal(",", Text()), Applied.queue)
    ),
    literal("", Text()),
)
# Built once: it is asked before every answer.
_CURRENT = select(_STAMP)


def current_stamp(session: Session) -> str:
    """What names the present state of the read model; see `Applied`."""
    # scope: escaped, because a read model belongs to nobody
    return str(session.connection().execute(_CURRENT).scalar_one())


def read_partials(session: Session, question: Question) -> tuple[Known, list[Partial]]:
    """Everything that a report is made of, as of one moment.

    Raises InvalidArgument for a filter with an unknown field or a value that does not fit.
    """
    known = select(_STAMP.label("stamp"), func.max(Applied.data_time).label("data_time")).subquery()
    parts = union_all(*_selects(question)).subquery()
    # scope: escaped, because a read model belongs to nobody
    rows = session.execute(select(known, parts).select_from(known.outerjoin(parts, true()))).all()
    stamp, data_time = rows[0][:2]
    # A read model without deals is still at some stamp.
    partials = [_partial(row[2:]) for row in rows if row.deals is not None]
    return Known(stamp, data_time), partials


def _partial(cells: Sequence[Any]) -> Partial:
    in_total, in_group, state, currency, deals, value, days, deals_with_days, *keys = cells
    return Partial(
        in_total=in_total,
        in_group=in_group,
        keys=tuple(key or "" for key in keys),
        state=state,
        currency=currency or "",
        deals=deals,
        value=Decimal(0) if value is None else value,
        days=days or 0,
        deals_with_days=deals_with_days,
    )


def _selects(question: Question) -> list[Select[Any]]:
    fields = named_fields(question.filter)
    needed = joins(fields, question.group_by)
    names = Names(question.as_of)
    deals = Source(lines=False, names=names)
    if not is_by_line(fields, question.group_by):
        return [_of_deals(deals, question, needed, [])]
    lines = Source(lines=True, names=names)
    selects = [_of_deals(deals, question, needed, [not_(DEAL.several_products)])]
    if PipelineDimension.PRODUCT not in question.group_by:
        return [*selects, _of_lines(lines, question, needed, in_total=True, in_group=True)]
    return [
        *selects,
        _of_lines(lines, question, needed, in_total=False, in_group=True),
        _of_lines(lines, question, needed, in_total=True, in_group=False),
    ]


def _of_deals(
    source: Source, question: Question, needed: set[str], more: list[ColumnElement[bool]]
) -> Select[Any]:
    """The figures of deals that are one row each."""
    keys = [source.key(dimension) for dimension in question.group_by]
    days = _days()
    return (
        select(
            true().label("in_total"),
            true().label("in_group"),
            DEAL.state,
            DEAL.currency,
            func.count().label("deals"),
            func.sum(source.amount).label("value"),
            func.sum(days).label("days"),
            func.count(days).label("deals_with_days"),
            *_shown(question, keys),
        )
        .select_from(source.rows(needed))
        .where(*_conditions(source, question), *more)
        .group_by(DEAL.state, DEAL.currency, *keys)
    )


def _of_lines(
    source: Source, question: Question, needed: set[str], *, in_total: bool, in_group: bool
) -> Select[Any]:
    """The figures of deals with several products, each deal once in each of its groups."""
    keys = [source.key(dimension) for dimension in question.group_by] if in_group else []
    named = [key.label(f"by_{index}") for index, key in enumerate(keys)]
    deal = (
        select(
            DEAL.id,
            DEAL.state,
            DEAL.currency,
            func.sum(source.amount).label("amount"),
            func.min(_days()).label("days"),
            *named,
        )
        .select_from(source.rows(needed))
        .where(*_conditions(source, question), DEAL.several_products)
        .group_by(DEAL.id, DEAL.state, DEAL.currency, *keys)
        .subquery()
    )
    kept = [deal.c[key.name] for key in named]
    return (
        select(
            literal(in_total).label("in_total"),
            literal(in_group).label("in_group"),
            deal.c.state,
            deal.c.currency,
            func.count().label("deals"),
            func.sum(deal.c.amount).label("value"),
            func.sum(deal.c.days).label("days"),
            func.count(deal.c.days).label("deals_with_days"),
            *_shown(question, kept),
        )
        .group_by(deal.c.state, deal.c.currency, *kept)
    )  # fmt: skip


def _shown(question: Question, keys: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """The keys as text; NULL for each in a total."""
    if not keys:
        nothing = cast(null(), Text())
        return [nothing.label(f"key_{index}") for index in range(len(question.group_by))]
    return [
        (
            func.to_char(key, 'YYYY-"Q"Q')
            if dimension == PipelineDimension.QUARTER
            else cast(key, Text())
        ).label(f"key_{index}")
        for index, (dimension, key) in enumerate(zip(question.group_by, keys, strict=True))
    ]


def _conditions(source: Source, question: Question) -> list[ColumnElement[bool]]:
    conditions = [holds(OpportunityFact, question.as_of), not_(DEAL.deleted)]
    if question.seen is not None:
        conditions.append(question.seen)
    if question.start is not None:
        conditions.append(DEAL.close_date >= question.start)
    if question.end is not None:
        conditions.append(DEAL.close_date <= question.end)
    if question.filter is not None:
        try:
            matches = to_clause(
                question.filter, source.filter_fields(hides_amounts=question.hides_amounts)
            )
        except FilterError as error:
            raise wrong_filter(error, path=question.path) from error
        if joins(named_fields(question.filter), ()):
            # A filter by a name would let PostgreSQL begin with the few who have the name and read
            # all deals for each of them. Through this it does not see that, and joins by hash.
            matches = func.coalesce(matches, false())
        conditions.append(matches)
    return conditions


def _days() -> ColumnElement[int]:
    """Days from engagement to close. A difference of dates is a number in PostgreSQL."""
    return type_coerce(DEAL.close_date - DEAL.engage_date, Integer())
