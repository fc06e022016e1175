"""The pipeline report: deals counted and summed by what they have in common."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    not_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension

from chassis.resources.filter import FilterError
from chassis.resources.filter_sql import to_clause
from services.reporting.queries.question import Question, wrong_filter
from services.reporting.queries.source import DEAL, Source, is_by_line, joins, named_fields
from services.reporting.tables.applied import Applied
from services.reporting.tables.history import holds


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
    func.string_agg(cast(Applied.stamp, Text()), literal(",", Text())), literal("", Text())
)


def current_stamp(session: Session) -> str:
    """What names the present state of the read model."""
    # scope: escaped, because a read model belongs to nobody
    return session.execute(select(_STAMP)).scalar_one()


def read_partials(session: Session, question: Question) -> tuple[Known, list[Partial]]:
    """Everything that a report is made of, as of one moment.

    Raises InvalidArgument for a filter with an unknown field or a value that does not fit.
    """
    known = select(_STAMP.label("stamp"), func.max(Applied.data_time).label("data_time")).subquery()
    parts = union_all(*_selects(question)).subquery()
    # scope: escaped, because reports are scoped by their own conditions
    rows = session.execute(select(known, parts).select_from(known.outerjoin(parts, true()))).all()
    first = rows[0]
    width = len(question.group_by)
    return Known(first[0], first[1]), [_partial(row, width) for row in rows if row[2] is not None]
