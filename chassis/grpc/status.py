"""Errors on the wire: `google.rpc.Status` in the trailing metadata, as gRPC clients know it."""

import grpc
from google.rpc import error_details_pb, status_pb
from protobuf import Message
from protobuf.wkt import Any, Duration

from chassis.errors import WaslError

DETAILS_KEY = "grpc-status-details-bin"
DOMAIN = "wasl"


def trailing_metadata(error: WaslError) -> tuple[tuple[str, bytes], ...]:
    """The details of an error: ErrorInfo, and BadRequest or RetryInfo where there is such."""
    details: list[Message] = [
        error_details_pb.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    ]
    if error.violations:
        details.append(
            error_details_pb.BadRequest(
                field_violations=[
                    error_details_pb.BadRequest.FieldViolation(
                        field=violation.field,
                        description=violation.message,
                        reason=violation.reason,
                    )
                    for violation in error.violations
                ]
            )
        )
    if error.retry_after is not None:
        seconds = int(error.retry_after)
        nanos = int((error.retry_after - seconds) * 1e9)
        details.append(
            error_details_pb.RetryInfo(retry_delay=Duration(seconds=seconds, nanos=nanos))
        )
    status = status_pb.Status(
        code=error.code.value[0],
        message=error.message,
        details=[Any.pack(detail) for detail in details],
    )
    return ((DETAILS_KEY, status.to_binary()),)


def reason_of(error: grpc.RpcError) -> str:
    """The stable reason that another service gave, or an empty text."""
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS_KEY:
            for detail in status_pb.Status.from_binary(value).details:
                info = detail.unpack(error_details_pb.ErrorInfo)
                if info is not None:
                    return info.reason
    return ""
