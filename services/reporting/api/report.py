"""The pipeline report, as an answer and as a file."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from google.api.httpbody_pb import HttpBody
from protobuf.wkt import Timestamp

from chassis.database.scope import visible
from chassis.errors import InvalidArgument
from chassis.grpc.call import Call
from chassis.resources.exports import table_parts
from chassis.resources.mapping import plain_decimal
from chassis.tabular.write import Value
from services.reporting.queries.answers import answers_of
from services.reporting.queries.figures import Figures, Keys, Report, add_up, report_row
from services.reporting.queries.labels import Labels, Order
from services.reporting.queries.pipeline import Known, current_stamp, read_partials
from services.reporting.queries.question import Question, read_question
from services.reporting.tables.opportunity import OpportunityFact
from wasl.reporting.v1.pipeline_report_pb import GroupValue
from wasl.reporting.v1.report_service_pb import (
    ExportPipelineReportRequest,
    RunPipelineReportRequest,
    RunPipelineReportResponse,
)

# An answer is one message; more rows than anybody reads belong in a file.
MAX_ROWS = 10_000
_FIGURES = (
    "deals", "open", "won", "lost", "winRate", "wonValue", "openValue", "averageWonValue",
    "meanDaysToClose", "currency",
)  # fmt: skip
# The group of fields that tells what deals are worth, and the columns in it.
AMOUNTS = "sales.amounts"
_AMOUNTS = {"wonValue", "openValue", "averageWonValue", "currency"}


def run_pipeline_report(request: RunPipelineReportRequest, call: Call) -> RunPipelineReportResponse:
    """Counts and sums deals by up to three dimensions.

    Raises InvalidArgument for a wrong filter or date, InvalidArgument beyond 10,000 groups.
    """
    question = _question(request, call)

    def make() -> tuple[str, RunPipelineReportResponse]:
        known, report = _report(question, call)
        if len(report.groups) > MAX_ROWS:
            raise InvalidArgument(
                "REPORT_TOO_LARGE",
                f"The report would have {len(report.groups)} rows; filter, group by less, or"
                " export it.",
            )
        return known.stamp, RunPipelineReportResponse(
            rows=[
                report_row(figures, currency=report.currency, groups=groups)
                for groups, figures in _ordered(report, question, call)
            ],
            total=report_row(report.total, currency=report.currency),
            other_currency_deals=report.other_currency_deals,
            data_time=Timestamp.from_datetime(known.data_time) if known.data_time else None,
        )

    if question.seen is not None:
        # What somebody sees depends on grants and shares, which no stamp knows of.
        return make()[1]
    return answers_of(call.runtime.engine).answer(
        bytes(request.to_binary()), stamp=lambda: current_stamp(call.session), make=make
    )


def export_pipeline_report(request: ExportPipelineReportRequest, call: Call) -> Iterator[HttpBody]:
    """The same as CSV or XLSX, with a manifest: the count of rows and the sum of their won value.

    Raises InvalidArgument for a wrong filter or date.
    """
    asked = request.report or RunPipelineReportRequest()
    question = _question(asked, call, path="report.")
    _, report = _report(question, call)
    rows = _ordered(report, question, call)
    total = sum((figures.won_value for _, figures in rows), Decimal(0))
    shown = [name for name in _FIGURES if not (question.hides_amounts and name in _AMOUNTS)]
    yield from table_parts(
        (_cells(groups, figures, report.currency, shown) for groups, figures in rows),
        header=[*(item.name.lower() for item in question.group_by), *shown],
        sheet="pipeline",
        format_=request.format,
        manifest=f"rows={len(rows)}"
        + ("" if question.hides_amounts else f";total={plain_decimal(total)}"),
    )


def _question(request: RunPipelineReportRequest, call: Call, *, path: str = "") -> Question:
    """What is asked, of the deals that the caller may see in sales."""
    return replace(
        read_question(request, path=path),
        seen=visible(call.session, OpportunityFact),
        hides_amounts=AMOUNTS in call.caller.hidden,
    )


def _report(question: Question, call: Call) -> tuple[Known, Report]:
    known, partials = read_partials(call.session, question)
    return known, add_up(partials, currency=question.currency)


def _ordered(
    report: Report, question: Question, call: Call
) -> list[tuple[list[GroupValue], Figures]]:
    """The groups with what people read instead of ids, in the order of that."""
    labels = [
        Labels(
            call.session,
            dimension,
            {keys[index] for keys in report.groups},
            as_of=question.as_of,
        )
        for index, dimension in enumerate(question.group_by)
    ]

    def order(keys: Keys) -> list[Order]:
        return [label.order(key) for label, key in zip(labels, keys, strict=True)]

    return [
        ([label.value(key) for label, key in zip(labels, keys, strict=True)], report.groups[keys])
        for keys in sorted(report.groups, key=order)
    ]


def _cells(
    groups: list[GroupValue], figures: Figures, currency: str, shown: list[str]
) -> list[Value]:
    average = figures.average_won_value(currency)
    values: dict[str, Value] = {
        "deals": figures.deals,
        "open": figures.open,
        "won": figures.won,
        "lost": figures.lost,
        "winRate": _rounded(figures.win_rate, places=4),
        "wonValue": Decimal(plain_decimal(figures.won_value)),
        "openValue": Decimal(plain_decimal(figures.open_value)),
        "averageWonValue": None if average is None else Decimal(plain_decimal(average)),
        "meanDaysToClose": _rounded(figures.mean_days_to_close, places=2),
        "currency": currency,
    }
    return [*(group.label for group in groups), *(values[name] for name in shown)]


def _rounded(number: float | None, *, places: int) -> Decimal | None:
    return None if number is None else round(Decimal(number), places)
