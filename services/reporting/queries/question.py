"""What is asked: a request, read and checked."""
# name: escaped, because it is a step of the pipeline report

import datetime
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from chassis.errors import InvalidArgument, Violation, invalid_field
from chassis.resources.filter import FilterError, parse_filter
from chassis.resources.filter_tree import Filter
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension
from wasl.reporting.v1.report_service_pb import RunPipelineReportRequest


@dataclass(frozen=True)
class Question:
    """A pipeline report that somebody wants."""

    group_by: tuple[PipelineDimension, ...]
    filter: Filter | None
    # The close dates that count.
    start: datetime.date | None
    end: datetime.date | None
    # At the end of which day; None is now.
    as_of: datetime.date | None
    # Empty: the one that most deals have.
    currency: str
    # Where the request lies in what was sent, for errors: empty or `report.`.
    path: str = ""
    # The condition of the deals that the caller may see; None: all of them.
    seen: ColumnElement[bool] | None = None
    # Whether the caller's roles hide what deals are worth.
    hides_amounts: bool = False


def read_question(request: RunPipelineReportRequest, *, path: str = "") -> Question:
    """The question of a request whose fields have been validated; `path` stands before field names.

    Raises InvalidArgument that names the field for a date that the calendar lacks, a period that
    ends before it starts, or a filter that cannot be read.
    """
    start = _day(request.start_date, f"{path}start_date")
    end = _day(request.end_date, f"{path}end_date")
    if start and end and end < start:
        raise invalid_field(f"{path}end_date", "lies before start_date", reason="BEFORE_START")
    try:
        tree = parse_filter(request.filter)
    except FilterError as error:
        raise wrong_filter(error, path=path) from error
    return Question(
        group_by=tuple(PipelineDimension(item) for item in request.group_by),
        filter=tree,
        start=start,
        end=end,
        as_of=_day(request.as_of_date, f"{path}as_of_date"),
        currency=request.currency,
        path=path,
    )


def wrong_filter(error: FilterError, *, path: str = "") -> InvalidArgument:
    """The error of a filter that cannot be followed, as every List has it."""
    return InvalidArgument(
        "INVALID_FILTER",
        f"{path}filter: {error}",
        violations=[Violation(f"{path}filter", str(error), "INVALID_FILTER")],
        metadata={"position": str(error.position)},
    )


def _day(text: str, field: str) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise invalid_field(
            field, f"{text!r} is not a day of the calendar", reason="INVALID_DATE"
        ) from None
