"""The audit log over the API: it is read, and never written."""

import datetime
import json
from collections.abc import Iterator

from google.api.httpbody_pb import HttpBody
from protobuf.wkt import Timestamp
from sqlalchemy import select

from chassis.errors import NotFound
from chassis.grpc.call import Call
from chassis.resources.exports import table_parts
from chassis.resources.paging import make_token, read_token
from services.identity.queries.audit_entry import Place, entries
from services.identity.tables.audit_entry import AuditEntryRow
from wasl.identity.v1.audit_entry_pb import AuditEntry
from wasl.identity.v1.audit_entry_service_pb import (
    ExportAuditEntriesRequest,
    GetAuditEntryRequest,
    ListAuditEntriesRequest,
    ListAuditEntriesResponse,
)

_PAGE_SIZE = 50
_HEADER = [
    *("time", "userId", "credential", "method", "service", "outcome", "address", "userAgent"),
    *("requestId", "subject", "changes", "day", "number", "hash"),
]


def get_audit_entry(request: GetAuditEntryRequest, call: Call) -> AuditEntry:
    """One entry. Raises NotFound."""
    row = call.session.scalar(select(AuditEntryRow).where(AuditEntryRow.id == request.id))
    if row is None:
        raise NotFound("NOT_FOUND", f"There is no audit entry {request.id}.")
    return _message(row)


def list_audit_entries(request: ListAuditEntriesRequest, call: Call) -> ListAuditEntriesResponse:
    """A page, the newest first. Raises InvalidArgument for a bad filter or page token."""
    secret = call.runtime.settings.internal_key
    asked = f"identity.auditEntries {request.filter}"
    before: Place | None = None
    if request.page_token:
        day, number = read_token(secret, request.page_token, query=asked, keys=None)
        before = (datetime.date.fromisoformat(day), number)
    size = request.page_size or _PAGE_SIZE
    statement = entries(filter_=request.filter, before=before).limit(size + 1)
    rows = call.session.scalars(statement).all()
    token = ""
    if len(rows) > size:
        last = rows[size - 1]
        token = make_token(secret, query=asked, values=[last.day, last.number])
    return ListAuditEntriesResponse(
        audit_entries=[_message(row) for row in rows[:size]], next_page_token=token
    )


def export_audit_entries(request: ExportAuditEntriesRequest, call: Call) -> Iterator[HttpBody]:
    """All that match, as CSV or XLSX. Raises InvalidArgument for a bad filter."""
    rows = call.session.scalars(
        entries(filter_=request.filter), execution_options={"yield_per": 1000}
    )
    yield from table_parts(
        (_cells(row) for row in rows),
        header=_HEADER,
        sheet="auditEntries",
        format_=request.format,
    )


def _message(row: AuditEntryRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        time=Timestamp.from_datetime(row.time),
        user_id=row.user_id,
        credential=row.credential,
        method=row.method,
        service=row.service,
        outcome=row.outcome,
        address=row.address,
        user_agent=row.user_agent,
        request_id=row.request_id,
        subject=row.subject,
        changes=[
            AuditEntry.Change(
                resource=change["resource"],
                record_id=change["recordId"],
                verb=change["verb"],
                before=change.get("before", ""),
                after=change.get("after", ""),
            )
            for change in row.changes
        ],
        day=row.day.isoformat(),
        number=row.number,
        hash=row.hash,
    )


def _cells(row: AuditEntryRow) -> list[str | int]:
    return [
        row.time.isoformat(),
        row.user_id,
        row.credential,
        row.method,
        row.service,
        row.outcome,
        row.address,
        row.user_agent,
        row.request_id,
        row.subject,
        json.dumps(row.changes, ensure_ascii=False, separators=(",", ":")),
        row.day.isoformat(),
        row.number,
        row.hash,
    ]


RPCS = (get_audit_entry, list_audit_entries, export_audit_entries)
