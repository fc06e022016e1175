"""A client of every RPC of a service in a test, by the RPC's name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import grpc
from google.rpc import error_details_pb, status_pb
from protobuf import Message, Oneof

from chassis.errors import Violation
from chassis.grpc.method import Method
from chassis.grpc.server import methods_of
from chassis.grpc.status import DETAILS_KEY
from chassis.resources.field_names import snake_case
from chassis.testing.running import USER, RunningService
from wasl.platform.v1.imports_pb import ImportChunk, ImportOptions

Metadata = tuple[tuple[str, str], ...]


class Client:
    """Calls RPCs as a person with some grants: `Client(contacts).get_contact(request)`."""

    def __init__(
        self,
        running: RunningService,
        *grants: str,
        user_id: str = USER,
        metadata: Metadata | None = None,
        **claims: Any,
    ) -> None:
        self._running = running
        self._metadata = (
            running.metadata(*grants, user_id=user_id, **claims) if metadata is None else metadata
        )
        self._methods = {
            snake_case(method.name): method for method, _ in methods_of(running.service)
        }

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The RPC of this name, as a function of its request."""
        if name not in self._methods:
            raise AttributeError(name)
        return partial(self._call, self._methods[name])

    def upload(self, name: str, data: bytes, *, idempotency_key: str = "", **options: Any) -> Any:
        """Sends a file to an Import RPC. Returns its answer, such as the queued job."""

        def chunks() -> Iterator[Message]:
            first: Oneof[Literal["options"], ImportOptions]
            first = Oneof("options", ImportOptions(**options))
            yield ImportChunk(part=first)
            for start in range(0, len(data), 65536):
                piece: Oneof[Literal["data"], bytes] = Oneof("data", data[start : start + 65536])
                yield ImportChunk(part=piece)

        return self._call(self._methods[name], chunks(), idempotency_key=idempotency_key)

    def download(self, name: str, request: Message) -> bytes:
        """All parts of a streamed file together."""
        return b"".join(part.data for part in self._call(self._methods[name], request))

    def _call(
        self, method: Method, request: Any, *, idempotency_key: str = "", timeout: float = 20
    ) -> Any:
        channel = self._running.channel()
        make = {
            "unary": channel.unary_unary,
            "server_streaming": channel.unary_stream,
            "client_streaming": channel.stream_unary,
        }[method.desc.method_kind]
        call = make(
            method.path,
            request_serializer=lambda message: message.to_binary(),
            response_deserializer=method.desc.output.type.from_binary,
        )
        metadata = self._metadata
        if idempotency_key:
            metadata += (("idempotency-key", idempotency_key),)
        return call(request, metadata=metadata, timeout=timeout)


@dataclass(frozen=True)
class Refusal:
    """How a service has refused a call."""

    code: str
    reason: str
    message: str
    violations: tuple[Violation, ...]
    # Seconds; None when the service has not said when a second try makes sense.
    retry_after: float | None

    @property
    def fields(self) -> list[str]:
        """The paths of the wrong fields."""
        return [violation.field for violation in self.violations]


def refusal(work: Callable[[], object]) -> Refusal:
    """How a call is refused. AssertionError when it is not."""
    try:
        answer = work()
        # A streamed answer fails when it is read.
        if isinstance(answer, Iterator):
            list(answer)
    except grpc.RpcError as error:
        return read_refusal(error)
    raise AssertionError(f"not refused: {answer}")


def read_refusal(error: grpc.RpcError) -> Refusal:
    """What an error says."""
    reason = ""
    violations: list[Violation] = []
    retry_after = None
    for key, value in error.trailing_metadata() or ():
        if key != DETAILS_KEY:
            continue
        for detail in status_pb.Status.from_binary(value).details:
            if info := detail.unpack(error_details_pb.ErrorInfo):
                reason = info.reason
            if bad := detail.unpack(error_details_pb.BadRequest):
                violations += [
                    Violation(item.field, item.description, item.reason)
                    for item in bad.field_violations
                ]
            if (retry := detail.unpack(error_details_pb.RetryInfo)) and retry.retry_delay:
                retry_after = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
    return Refusal(error.code().name, reason, error.details(), tuple(violations), retry_after)
