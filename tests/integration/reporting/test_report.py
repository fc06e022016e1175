"""The report RPCs: over gRPC, as files, and remembered."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import openpyxl
import pytest
from google.api.httpbody_pb import HttpBody
from sqlalchemy import event as hooks

from chassis.database.session import unit_of_work
from chassis.grpc.status import reason_of
from chassis.testing.client import Client
from chassis.testing.running import RunningService
from services.reporting.events import LISTENERS
from tests.integration.reporting.telling import ask, by_label, deal, event, named, pipeline, tell
from wasl.identity.v1.user_pb import User
from wasl.platform.v1.imports_pb import TableFormat
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension as By
from wasl.reporting.v1.report_service_pb import (
    ExportPipelineReportRequest,
    RunPipelineReportRequest,
)


@contextmanager
def statements(reporting: RunningService) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    hooks.listen(reporting.runtime.engine, "before_cursor_execute", note)
    yield seen
    hooks.remove(reporting.runtime.engine, "before_cursor_execute", note)


@pytest.fixture
def served(reporting: RunningService) -> RunningService:
    """Reporting with three deals."""
    tell(
        reporting,
        pipeline(),
        named(User, "Ann"),
        deal("a", state="WON", amount="10.00", owner="Ann", engage_date="2026-01-01",
             close_date="2026-01-04"),
        deal("b", state="LOST", amount="1.00", owner="Ann"),
        deal("c", state="WON", amount="0.01"),
    )  # fmt: skip
    return reporting


def text_of(parts: Iterator[HttpBody]) -> str:
    """A streamed file as text."""
    return b"".join(part.data for part in parts).decode("utf-8-sig")


def test_a_report_can_be_asked_over_grpc(served: RunningService):
    request = RunPipelineReportRequest(group_by=[By.OWNER])
    report = Client(served).run_pipeline_report(request)
    assert [row.deals for row in report.rows] == [2, 1]
    assert by_label(report)["Ann",].win_rate == 0.5


def test_who_may_not_run_reports_is_refused(served: RunningService):
    with pytest.raises(grpc.RpcError) as caught:
        Client(served, "reporting.reports.export").run_pipeline_report(RunPipelineReportRequest())
    assert reason_of(caught.value) == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    "fields",
    [
        {"group_by": [By.OWNER, By.OWNER]},
        {"group_by": [By.OWNER, By.STATE, By.STAGE, By.TEAM]},
        {"currency": "usd"},
        {"start_date": "yesterday"},
        {"filter": "colour = red"},
    ],
)
def test_a_wrong_request_is_an_invalid_argument(served: RunningService, fields: dict[str, object]):
    with pytest.raises(grpc.RpcError) as caught:
        Client(served).run_pipeline_report(RunPipelineReportRequest(**fields))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_an_export_ends_with_its_count_and_control_total(served: RunningService):
    request = ExportPipelineReportRequest(report=RunPipelineReportRequest(group_by=[By.OWNER]))
    lines = text_of(Client(served).export_pipeline_report(request)).splitlines()
    figures = "deals,open,won,lost,winRate,wonValue,openValue,averageWonValue,meanDaysToClose"
    assert lines == [
        f"owner,{figures},currency",
        "Ann,2,0,1,1,0.5000,10.00,0.00,10.00,3.00,USD",
        ",1,0,1,0,1.0000,0.01,0.00,0.01,,USD",
        "# rows=2;total=10.01",
    ]


def test_an_export_may_be_a_workbook(served: RunningService):
    request = ExportPipelineReportRequest(
        report=RunPipelineReportRequest(group_by=[By.STAGE, By.OWNER]), format=TableFormat.XLSX
    )
    data = b"".join(part.data for part in Client(served).export_pipeline_report(request))
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0][:3] == ("stage", "owner", "deals")
    assert [row[:3] for row in rows[1:]] == [
        ("Won", "Ann", 1),
        ("Won", None, 1),
        ("Lost", "Ann", 1),
    ]
    assert [cell.value for row in book.worksheets[1].iter_rows() for cell in row] == [
        "rows=3;total=10.01"
    ]


def test_a_wrong_export_names_the_field_inside_the_report(served: RunningService):
    request = ExportPipelineReportRequest(report=RunPipelineReportRequest(end_date="2026-02-30"))
    with pytest.raises(grpc.RpcError, match=r"report\.end_date"):
        list(Client(served).export_pipeline_report(request))


def test_an_answer_is_made_by_few_statements_and_remembered_for_one(served: RunningService):
    dimensions = (By.STAGE, By.OWNER, By.COMPANY)
    with statements(served) as made:
        first = ask(served, *dimensions)
    # The stamp, once more under the lock, the figures, and the names of stages and owners.
    assert len(made) == 5
    with statements(served) as remembered:
        assert ask(served, *dimensions) == first
    assert len(remembered) == 1
    with statements(served) as other:
        ask(served, *dimensions, filter="state = WON")
    assert len(other) == 5


def test_a_remembered_answer_is_never_older_than_what_is_committed(served: RunningService):
    assert ask(served).total.deals == 3
    listener = next(one for one in LISTENERS if one.queue == "reporting.on_opportunity")
    with unit_of_work(served.runtime.direct_engine) as session:
        listener.handle(session, [event("created", [deal("d")])])
        assert ask(served).total.deals == 3
    assert ask(served).total.deals == 4
    # A name is part of the answer as well.
    assert list(by_label(ask(served, By.OWNER))) == [("Ann",), ("",)]
    tell(served, named(User, "Ann", version=2, display_name="Ann Lee"))
    assert list(by_label(ask(served, By.OWNER))) == [("Ann Lee",), ("",)]


def test_many_who_ask_at_once_are_answered_by_one_reading(served: RunningService):
    answers = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        answers.append(ask(served, By.STATE))

    threads = [threading.Thread(target=run) for _ in range(8)]
    with statements(served) as seen:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({answer.to_binary() for answer in answers}) == 1
    assert sum("opportunity_fact" in statement for statement in seen) == 1
