"""Errors as RFC 9457 problems, each with a stable code."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import grpc
from google.rpc import error_details_pb, status_pb
from protobuf import DescMessage

CONTENT_TYPE = "application/problem+json"
Header = tuple[str, str]

_DETAILS = "grpc-status-details-bin"
_TYPE = "https://wasl.example/problems/"

# What a gRPC code means over HTTP, and the code of a problem whose service gave no reason.
_BY_CODE: dict[grpc.StatusCode, int] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    # Nobody but the server itself cancels a call whose caller still waits: it is going down.
    grpc.StatusCode.CANCELLED: 503,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.UNIMPLEMENTED: 501,
}
_BY_REASON: dict[str, int] = {
    "ETAG_REQUIRED": 428,
    "ETAG_MISMATCH": 412,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "PAYLOAD_TOO_LARGE": 413,
}
# What a caller may read when a service broke: never what the service wrote about itself.
_SAFE_DETAIL = {
    500: "Something went wrong on our side. It is logged under the request id.",
    501: "This is not available.",
    503: "The service is not available right now. Try again.",
    504: "The service did not answer in time.",
}
_TITLES = {422: "Unprocessable Content", 413: "Content Too Large"}


class Violation(NamedTuple):
    """One wrong field: its JSON path, a sentence and a stable code."""

    field: str
    message: str
    code: str


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        violations: Sequence[Violation] = (),
        metadata: Mapping[str, str] | None = None,
        headers: Sequence[Header] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.violations = tuple(violations)
        self.metadata = dict(metadata or {})
        self.headers = tuple(headers)


def invalid(violations: Sequence[Violation], *, code: str = "INVALID_FIELD") -> Problem:
    """A 400 that names what is wrong; its sentence is that of the first violation."""
    first = violations[0]
    detail = f"{first.field}: {first.message}" if first.field else first.message
    return Problem(400, code, detail, violations=violations)


def as_bad_request(problem: Problem) -> Problem:
    """The same as a 400, where a standard knows no other refusal; our own failures stay."""
    if problem.status in (401, 403, 404, 409, 412, 413, 415, 422, 428):
        problem.status, problem.headers = 400, ()
    return problem


def encode(problem: Problem, request_id: str) -> bytes:
    """The body of the answer."""
    body: dict[str, object] = {
        "type": _TYPE + problem.code.lower().replace("_", "-"),
        "title": _TITLES.get(problem.status) or _phrase(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "requestId": request_id,
    }
    if problem.violations:
        body["violations"] = [violation._asdict() for violation in problem.violations]
    if problem.metadata:
        body["metadata"] = problem.metadata
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def from_rpc_error(
    error: grpc.RpcError, *, request: DescMessage | None = None, body_field: str = ""
) -> Problem:
    """What a failed call means to the caller over HTTP.

    `request` is the RPC's request, whose descriptor turns field paths into JSON paths;
    `body_field` is its field that is the JSON body: paths are told relative to it.
    """
    code, text, trailing = _parts(error)
    info, bad_fields, retry_after = _details(trailing)
    reason = info.reason if info else ""
    status = _BY_REASON.get(reason) or _BY_CODE.get(code, 500)
    if status >= 500 and (not reason or status == 500):
        text = _SAFE_DETAIL.get(status, _SAFE_DETAIL[500])
        info = None
    if status == 500:
        reason = "INTERNAL"
    headers: list[Header] = []
    if status == 401:
        headers.append(("WWW-Authenticate", "Bearer"))
    if retry_after is None and status in (429, 503):
        retry_after = 1
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    violations = [
        Violation(
            json_path(field.field, request=request, body_field=body_field),
            field.description,
            field.reason or "INVALID",
        )
        for field in bad_fields
    ]
    if bad_fields and text.startswith(f"{bad_fields[0].field}:"):
        text = violations[0].field + text.removeprefix(bad_fields[0].field)
    return Problem(
        status,
        reason or code.name,
        text,
        violations=violations,
        metadata=info.metadata if info else None,
        headers=headers,
    )


def json_path(path: str, *, request: DescMessage | None = None, body_field: str = "") -> str:
    """`contact.given_name` → `givenName` when `contact` is the body; else `contact.givenName`.

    The names come from the descriptors, so that the keys of maps and of custom fields, which are
    the customer's, stay as they are.
    """
    parts: list[str] = []
    message = request
    rest = path.split(".")
    while rest and message is not None:
        match = _SEGMENT.fullmatch(rest[0])
        fields = {field.name: field for field in message.fields}
        field = fields.get(match[1]) if match else None
        if match is None or field is None:
            break
        rest.pop(0)
        parts.append(field.json_name + match[2])
        value = field.value
        inner = getattr(value, "message", None) or getattr(value, "element", None)
        message = inner if isinstance(inner, DescMessage) else None
        if message is not None and message.type_name.startswith("google.protobuf."):
            message = None
    whole = ".".join([*parts, *rest])
    if body_field in ("", "*") or not parts or path.split(".")[0] != body_field:
        return whole
    return whole.partition(".")[2]


_SEGMENT = re.compile(r"([A-Za-z0-9_]+)((?:\[[^\]]*\])*)")


def reason_of(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """The gRPC code of a failed call, and the stable reason where the service gave one."""
    code, _, trailing = _parts(error)
    info, _, _ = _details(trailing)
    return code, info.reason if info else ""


def _parts(
    error: grpc.RpcError,
) -> tuple[grpc.StatusCode, str, Iterable[tuple[str, str | bytes]]]:
    if not isinstance(error, grpc.Call):
        return grpc.StatusCode.UNKNOWN, "", ()
    return error.code(), error.details() or "", error.trailing_metadata() or ()


def _details(
    trailing: Iterable[tuple[str, str | bytes]],
) -> tuple[
    error_details_pb.ErrorInfo | None,
    list[error_details_pb.BadRequest.FieldViolation],
    int | None,
]:
    info: error_details_pb.ErrorInfo | None = None
    bad_fields: list[error_details_pb.BadRequest.FieldViolation] = []
    retry_after: int | None = None
    for key, value in trailing:
        if key != _DETAILS or not isinstance(value, bytes):
            continue
        for packed in status_pb.Status.from_binary(value).details:
            name = packed.type_url.rpartition("/")[2]
            if name == "google.rpc.ErrorInfo":
                info = error_details_pb.ErrorInfo.from_binary(packed.value)
            elif name == "google.rpc.BadRequest":
                bad = error_details_pb.BadRequest.from_binary(packed.value)
                bad_fields.extend(bad.field_violations)
            elif name == "google.rpc.RetryInfo":
                delay = error_details_pb.RetryInfo.from_binary(packed.value).retry_delay
                # Retry-After is in whole seconds, and never sooner than the service asked for.
                seconds = delay.seconds + (delay.nanos > 0) if delay else 1
                retry_after = max(1, seconds)
    return info, bad_fields, retry_after


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
