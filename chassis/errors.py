"""The errors a caller may see. Anything else leaves a service as INTERNAL, without its text.

WaslError                gRPC code             what the caller did or met
├── InvalidArgument      INVALID_ARGUMENT      sent something that is wrong by itself
├── Unauthenticated      UNAUTHENTICATED       has no valid credential
├── PermissionDenied     PERMISSION_DENIED     may not do this
├── NotFound             NOT_FOUND             asked for what is not there (or not theirs)
├── AlreadyExists        ALREADY_EXISTS        would make a second one
├── FailedPrecondition   FAILED_PRECONDITION   asked for a move that is illegal now
├── Aborted              ABORTED               worked on an old version
├── ResourceExhausted    RESOURCE_EXHAUSTED    sends too much or too fast
└── Unavailable          UNAVAILABLE           came while a part is down; may try again
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import grpc


@dataclass(frozen=True)
class Violation:
    """One field that is wrong: its path as in the proto, a sentence, and a stable reason."""

    field: str
    message: str
    reason: str = "INVALID"


class WaslError(Exception):
    """An error with a gRPC code, a stable UPPER_SNAKE reason, a sentence and metadata."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        violations: Sequence[Violation] = (),
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.violations = tuple(violations)
        self.metadata = dict(metadata or {})
        # Seconds after which a second try makes sense.
        self.retry_after = retry_after


class InvalidArgument(WaslError):
    """The request is wrong whatever the state of the system."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class Unauthenticated(WaslError):
    """No credential, or one that is worth nothing."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(WaslError):
    """The caller is known and may not."""

    code = grpc.StatusCode.PERMISSION_DENIED


class NotFound(WaslError):
    """There is no such thing for this caller."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(WaslError):
    """Something with this key is there already."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(WaslError):
    """The state of the system does not allow it; the same request may work later."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(WaslError):
    """Somebody else was faster."""

    code = grpc.StatusCode.ABORTED


class ResourceExhausted(WaslError):
    """Too much, too fast or too large."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class Unavailable(WaslError):
    """A part that is needed is down for now."""

    code = grpc.StatusCode.UNAVAILABLE


def invalid_field(field: str, message: str, *, reason: str = "INVALID") -> InvalidArgument:
    """The error of a single wrong field, with the field named in sentence and violation."""
    return InvalidArgument(
        "INVALID_FIELD",
        f"{field}: {message}",
        violations=[Violation(field, message, reason)],
    )
