"""The upload of an import: the file goes into the database, a job goes into the queue."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert

from chassis.audit.trail import kept_trail, note_subject
from chassis.database.tables import JobFileRow, JobRow
from chassis.errors import InvalidArgument, ResourceExhausted
from chassis.grpc.call import Call, Rpc
from chassis.jobs.callers import TRAIL, caller_as_json
from chassis.jobs.messages import job_message
from chassis.resources.imports.plan import check_targets
from chassis.resources.resource import Resource
from wasl.platform.v1.imports_pb import ImportChunk, ImportOptions
from wasl.platform.v1.job_pb import Job

MAX_BYTES = 64 * 1024 * 1024


def import_rpc(resource: Resource) -> Rpc:
    """The function of a resource's Import method."""

    def import_(chunks: Iterable[ImportChunk], call: Call) -> Job:
        stream = iter(chunks)
        options = read_options(next(stream, None))
        check_targets(resource, call, options)
        job = JobRow(
            kind=f"{resource.name}.import",
            validate_only=options.validate_only,
            options=options.to_binary(),
            owner_id=call.caller.user_id or None,
            team_id=call.caller.team_id or None,
            caller=caller_as_json(call.caller) | {TRAIL: kept_trail(call.session)},
        )
        call.session.add(job)
        call.session.flush()
        note_subject(call.session, f'{{"jobId":"{job.id}"}}')
        lines = _store(call, job.id, stream)
        # The header is no row; what is in quotes may hold line ends: an estimate, for progress.
        job.progress = {"estimate": max(lines - 1, 0)}
        call.session.flush()
        call.session.refresh(job)
        return job_message(job)

    return import_


def read_options(chunk: ImportChunk | None) -> ImportOptions:
    """The options that an upload begins with. Raises InvalidArgument without them."""
    part = chunk.part if chunk is not None else None
    if part is None or part.field != "options":
        raise InvalidArgument("OPTIONS_MISSING", "The first message of an import is its options.")
    options: ImportOptions = part.value
    return options


def _store(call: Call, job_id: str, chunks: Iterable[ImportChunk]) -> int:
    size = lines = 0
    for position, chunk in enumerate(chunks):
        part: Any = chunk.part
        if part is None or part.field != "data":
            raise InvalidArgument("DATA_MISSING", "After the options an import sends only data.")
        size += len(part.value)
        if size > MAX_BYTES:
            raise ResourceExhausted(
                "PAYLOAD_TOO_LARGE", f"A file may have {MAX_BYTES // 1024 // 1024} MiB."
            )
        lines += part.value.count(b"\n")
        call.session.execute(
            insert(JobFileRow).values(job_id=job_id, position=position, data=part.value)
        )
    if size == 0:
        raise InvalidArgument("EMPTY_FILE", "The file is empty.")
    return lines
