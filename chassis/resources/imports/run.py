"""The run of an import job, batch by batch; what is committed is never done again."""

import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import select

from chassis.audit.trail import continue_trail
from chassis.database.scope import Access, beyond_scope
from chassis.database.session import reading, unit_of_work
from chassis.database.tables import JobFailureRow, JobFileRow, JobRow
from chassis.errors import InvalidArgument, PermissionDenied, Unauthenticated
from chassis.grpc.call import Call
from chassis.grpc.identity import Caller
from chassis.jobs.callers import TRAIL, OnBehalf, caller_from_json
from chassis.resources.imports.batch import Failure, Outcome, import_batch
from chassis.resources.imports.plan import make_plan
from chassis.resources.resource import Resource
from chassis.service import Runtime
from chassis.tabular.errors import TableError
from chassis.tabular.read import read_table
from chassis.telemetry.metrics import count_job_rows
from wasl.platform.v1.imports_pb import ImportOptions

# As many rows to a transaction as changes to an event.
BATCH = 500


class JobFailed(Exception):
    """The job cannot go on: a stable reason and a sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


def run_import(
    resource: Resource, job_id: str, runtime: Runtime, *, stopping: threading.Event
) -> str:
    """Runs a job from where it was to its end. Returns the state it has come to.

    That is RUNNING when the process is stopping: another worker will go on.

    Raises JobFailed when the file as a whole is no good.
    """
    with unit_of_work(runtime.direct_engine) as session:
        job = session.get_one(JobRow, job_id)
        options = ImportOptions.from_binary(job.options)
        caller = caller_from_json(job.caller)
        trail = str(job.caller.get(TRAIL, ""))
        done = int(job.progress.get("read", 0))
    try:
        for state in _run(
            resource, job_id, runtime, options=options, caller=caller, trail=trail, done=done
        ):
            if state == "RUNNING" and stopping.is_set():
                break
        return state
    except TableError as error:
        raise JobFailed(error.reason, error.sentence) from error
    except (InvalidArgument, PermissionDenied, Unauthenticated) as error:
        raise JobFailed(error.reason, error.message) from error


def _run(
    resource: Resource,
    job_id: str,
    runtime: Runtime,
    *,
    options: ImportOptions,
    caller: Caller,
    trail: str,
    done: int,
) -> Iterator[str]:
    table = read_table(
        _file(runtime, job_id),
        encoding=options.encoding or None,
        delimiter=options.delimiter or None,
    )
    behalf = OnBehalf(runtime, caller)
    with reading(runtime.direct_engine) as session:
        plan = make_plan(resource, Call(session, runtime, caller), options, table.header)
    _keep_header(runtime, job_id, table.header)
    rows = islice(table.rows, done, None)
    found: dict[tuple[str, str, str], str] = {}
    while batch := list(islice(rows, BATCH)):
        started = time.monotonic()
        caller = behalf.caller()
        access = Access(caller, runtime.name, f"{resource.name}.import")
        with unit_of_work(
            runtime.direct_engine, access=access, dry_run=options.validate_only
        ) as session:
            continue_trail(session, trail)
            call = Call(session, runtime, caller, dry_run=options.validate_only)
            outcome = import_batch(plan, call, batch, found)
            if not options.validate_only:
                cancelled = _note(session, job_id, batch, outcome, time.monotonic() - started)
        if options.validate_only:
            with unit_of_work(runtime.direct_engine) as session:
                cancelled = _note(session, job_id, batch, outcome, time.monotonic() - started)
        _count(resource, outcome)
        if cancelled:
            yield "CANCELLED"
            return
        yield "RUNNING"
    yield "SUCCEEDED"


def _file(runtime: Runtime, job_id: str) -> Iterator[bytes]:
    position = 0
    while True:
        with runtime.direct_engine.connect() as connection:
            data = connection.scalar(
                select(JobFileRow.data).where(
                    JobFileRow.job_id == job_id, JobFileRow.position == position
                )
            )
        if data is None:
            return
        yield data
        position += 1


def _keep_header(runtime: Runtime, job_id: str, header: list[str]) -> None:
    # As row 1, where it stood: the file of refused rows begins with it.
    with unit_of_work(runtime.direct_engine) as session:
        if session.get(JobFailureRow, (job_id, 1)) is None:
            session.add(_failure_row(job_id, Failure(1, header, "HEADER", "", "")))


def _note(session: Any, job_id: str, batch: list[Any], outcome: Outcome, seconds: float) -> bool:
    """Writes down how far the job is. Returns whether its end has been asked for."""
    session.add_all(_failure_row(job_id, failure) for failure in outcome.failures)
    # scope: escaped, because whoever may import need not be allowed to see jobs
    with beyond_scope(session):
        job = session.get_one(JobRow, job_id, with_for_update=True)
    before = job.progress
    job.progress = before | {
        "read": before.get("read", 0) + len(batch),
        "created": before.get("created", 0) + len(outcome.created),
        "updated": before.get("updated", 0) + _updates(batch, outcome),
        "skipped": before.get("skipped", 0) + outcome.skipped,
        "failed": before.get("failed", 0) + len(outcome.failures),
        "seconds": round(before.get("seconds", 0) + seconds, 4),
    }
    return bool(job.cancelling)


def _updates(batch: list[Any], outcome: Outcome) -> int:
    # Rows that said what was known already count as updated too: every row has one outcome.
    return len(batch) - len(outcome.created) - outcome.skipped - len(outcome.failures)


def _failure_row(job_id: str, failure: Failure) -> JobFailureRow:
    return JobFailureRow(
        job_id=job_id,
        row_number=failure.number,
        reason=failure.reason,
        field=failure.field,
        message=failure.message,
        cells=[cell.replace("\x00", "") for cell in failure.cells],
    )


def _count(resource: Resource, outcome: Outcome) -> None:
    kind = f"{resource.name}.import"
    count_job_rows(len(outcome.created), kind=kind, outcome="created")
    count_job_rows(len(outcome.updated), kind=kind, outcome="updated")
    count_job_rows(outcome.skipped, kind=kind, outcome="skipped")
    count_job_rows(len(outcome.failures), kind=kind, outcome="failed")
