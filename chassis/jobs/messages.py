"""Jobs as callers see them."""

import datetime
from typing import Any

from protobuf.wkt import Duration, Timestamp

from chassis.database.tables import JobRow
from wasl.platform.v1.job_pb import Job


def job_message(row: JobRow) -> Job:
    """The message of a job's row."""
    message = Job(
        id=row.id,
        kind=row.kind,
        state=Job.State[row.state],
        validate_only=row.validate_only,
        progress=progress_message(row.progress or {}, state=row.state),
        owner_id=row.owner_id or "",
        create_time=_timestamp(row.create_time),
        start_time=_timestamp(row.start_time),
        end_time=_timestamp(row.end_time),
    )
    if row.error_reason:
        message.error = Job.Error(reason=row.error_reason, message=row.error_message)
    return message


def progress_message(progress: dict[str, Any], *, state: str) -> Job.Progress:
    """Counts, the rate in rows per second, the part done and the time that remains."""
    read = int(progress.get("read", 0))
    seconds = float(progress.get("seconds", 0))
    total = max(int(progress.get("estimate", 0)), read)
    fraction = 1.0 if state == "SUCCEEDED" else (read / total if total else 0.0)
    rate = read / seconds if seconds else 0.0
    message = Job.Progress(
        rows_read=read,
        rows_created=int(progress.get("created", 0)),
        rows_updated=int(progress.get("updated", 0)),
        rows_skipped=int(progress.get("skipped", 0)),
        rows_failed=int(progress.get("failed", 0)),
        fraction=fraction,
        rows_per_second=round(rate, 1),
    )
    if state == "RUNNING" and rate:
        message.remaining = Duration(seconds=int((total - read) / rate))
    return message


def _timestamp(time: datetime.datetime | None) -> Timestamp | None:
    return None if time is None else Timestamp.from_datetime(time)
