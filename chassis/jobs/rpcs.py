"""The job methods that every service answers."""

import uuid
from collections.abc import Iterator
from typing import Any

from google.api.httpbody_pb import HttpBody
from sqlalchemy import delete, select

from chassis.database.tables import JobFailureRow, JobFileRow, JobRow
from chassis.errors import FailedPrecondition, NotFound
from chassis.grpc.call import Call
from chassis.jobs.messages import job_message
from chassis.resources.paging import make_token, read_token
from chassis.resources.standard import now
from chassis.tabular.write import write_csv
from wasl.platform.v1.job_pb import Job
from wasl.platform.v1.job_service_pb import (
    CancelJobRequest,
    DownloadJobFailuresRequest,
    GetJobRequest,
    ListJobsRequest,
    ListJobsResponse,
)

_OVER = ("SUCCEEDED", "FAILED", "CANCELLED")


def get_job(request: GetJobRequest, call: Call) -> Job:
    """How far a job is. Raises NotFound."""
    return job_message(_load(call, request.id))


def list_jobs(request: ListJobsRequest, call: Call) -> ListJobsResponse:
    """A page of jobs, newest first."""
    size = request.page_size or 50
    secret = call.runtime.settings.internal_key
    statement = select(JobRow).order_by(JobRow.id.desc()).limit(size + 1)
    if request.page_token:
        after = read_token(secret, request.page_token, query="jobs", keys=None)[0]
        statement = statement.where(JobRow.id < after)
    rows = call.session.scalars(statement).all()
    more = len(rows) > size
    return ListJobsResponse(
        jobs=[job_message(row) for row in rows[:size]],
        next_page_token=make_token(secret, query="jobs", values=[rows[size - 1].id])
        if more
        else "",
    )


def cancel_job(request: CancelJobRequest, call: Call) -> Job:
    """Asks a job to end; what it has written stays. Raises FailedPrecondition when it is over."""
    row = _load(call, request.id, lock=True)
    if row.state in _OVER:
        raise FailedPrecondition("JOB_IS_OVER", f"The job has ended: {row.state.lower()}.")
    row.cancelling = True
    if row.state == "QUEUED":
        # Nobody will come by to end it, and the file has no use any more.
        row.state, row.end_time = "CANCELLED", now()
        call.session.execute(delete(JobFileRow).where(JobFileRow.job_id == row.id))
    call.session.flush()
    return job_message(row)


def download_job_failures(request: DownloadJobFailuresRequest, call: Call) -> Iterator[HttpBody]:
    """The refused rows as CSV: row number, reason, field, message, then the cells of the row."""
    _load(call, request.id)
    rows = call.session.execute(
        select(
            JobFailureRow.row_number,
            JobFailureRow.reason,
            JobFailureRow.field,
            JobFailureRow.message,
            JobFailureRow.cells,
        )
        .where(JobFailureRow.job_id == request.id)
        .order_by(JobFailureRow.row_number),
        execution_options={"yield_per": 1000},
    )
    header = call.session.get(JobFailureRow, (request.id, 1))
    names = header.cells if header is not None else []
    table = (_cells(row) for row in rows if row.row_number != 1)
    for part in write_csv(table, header=["row", "reason", "field", "message", *names]):
        yield HttpBody(content_type="text/csv; charset=utf-8", data=part)


def _cells(row: Any) -> list[str]:
    return [str(row.row_number), row.reason, row.field, row.message, *row.cells]


def _load(call: Call, id_: str, *, lock: bool = False) -> JobRow:
    row = call.session.get(JobRow, str(uuid.UUID(id_)), with_for_update=lock)
    if row is None:
        raise NotFound("NOT_FOUND", f"There is no job {id_}.")
    return row


RPCS = (get_job, list_jobs, cancel_job, download_job_failures)
