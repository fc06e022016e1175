"""The way of a request through a service, in one fixed order.

tracing → metrics and log → errors → identity → authorisation → validation → idempotency →
transaction → the function. One function for all, not a chain of gRPC interceptors: those cost more
than the work they wrap, and the order would be spread over as many files.
"""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from protobuf import Message

from chassis.database.scope import Access
from chassis.database.session import reading, unit_of_work
from chassis.errors import InvalidArgument, PermissionDenied, Unauthenticated, WaslError
from chassis.grpc import idempotency
from chassis.grpc.call import NOBODY, Call, Rpc
from chassis.grpc.faults import as_wasl_error
from chassis.grpc.field_groups import seen_by
from chassis.grpc.identity import INTERNAL_HEADER, Caller
from chassis.grpc.method import Method
from chassis.grpc.status import trailing_metadata
from chassis.grpc.validation import validate
from chassis.grpc.visitor import client_of
from chassis.service import Runtime
from chassis.telemetry.metrics import observe_rpc
from chassis.telemetry.tracing import server_span

LOG = logging.getLogger(__name__)
Metadata = dict[str, str]


def unary(method: Method, function: Rpc, *, runtime: Runtime) -> Callable[..., bytes]:
    """The gRPC handler of a method with one request and one response."""
    parse = method.desc.input.type.from_binary

    def work(data: bytes, metadata: Metadata, context: grpc.ServicerContext) -> bytes:
        caller = authenticate(method, metadata, runtime=runtime)
        access = access_for(method, caller, runtime=runtime)
        request = _parse(parse, data)
        validate(request)
        key = metadata.get("idempotency-key", "") if method.writes else ""
        dry_run = bool(getattr(request, "validate_only", False))
        client = client_of(metadata, context, verifier=runtime.verifier)
        try:
            if not method.writes:
                with reading(runtime.engine, access=access) as session:
                    answer = function(request, Call(session, runtime, caller, client=client))
                return bytes(seen_by(caller, answer).to_binary())
            with unit_of_work(runtime.engine, access=access, dry_run=dry_run) as session:
                call = Call(session, runtime, caller, dry_run=dry_run, client=client)
                if not key or dry_run:
                    return _answer(function, request, call)
                return idempotency.answer_once(
                    session,
                    idempotency.Request(caller.user_id, method.path, key, idempotency.digest(data)),
                    lambda: _answer(function, request, call),
                )
        except Exception as error:
            raise _translated(error, request) from error

    def handle(data: bytes, context: grpc.ServicerContext) -> bytes:
        metadata: Metadata = dict(context.invocation_metadata())
        with _Observed(method, metadata, context, runtime=runtime):
            return work(data, metadata, context)
        raise AssertionError  # _Observed has aborted the call

    return handle


def server_stream(method: Method, function: Rpc, *, runtime: Runtime) -> Callable[..., Any]:
    """The handler of a method that answers with a stream, such as a file."""
    parse = method.desc.input.type.from_binary

    def handle(data: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        metadata: Metadata = dict(context.invocation_metadata())
        with _Observed(method, metadata, context, runtime=runtime):
            caller = authenticate(method, metadata, runtime=runtime)
            request = _parse(parse, data)
            validate(request)
            client = client_of(metadata, context, verifier=runtime.verifier)
            access = access_for(method, caller, runtime=runtime)
            try:
                with unit_of_work(runtime.engine, access=access) as session:
                    for part in function(request, Call(session, runtime, caller, client=client)):
                        yield part.to_binary()
            except Exception as error:
                raise _translated(error, request) from error

    return handle


def client_stream(method: Method, function: Rpc, *, runtime: Runtime) -> Callable[..., bytes]:
    """The handler of a method that takes a stream, such as an upload."""
    parse = method.desc.input.type.from_binary

    def handle(parts: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        metadata: Metadata = dict(context.invocation_metadata())
        with _Observed(method, metadata, context, runtime=runtime):
            caller = authenticate(method, metadata, runtime=runtime)
            hashed = idempotency.Hashing(parts)
            messages = (_validated(_parse(parse, part)) for part in hashed)
            client = client_of(metadata, context, verifier=runtime.verifier)
            access = access_for(method, caller, runtime=runtime)
            try:
                with unit_of_work(runtime.engine, access=access) as session:
                    answer = function(
                        messages, Call(session, runtime, caller, client=client)
                    ).to_binary()
                    if key := metadata.get("idempotency-key", ""):
                        identity = idempotency.Request(
                            caller.user_id, method.path, key, hashed.digest()
                        )
                        return idempotency.answer_once(session, identity, lambda: answer)
                    return bytes(answer)
            except Exception as error:
                raise _translated(error, None) from error
        raise AssertionError

    return handle


def authenticate(method: Method, metadata: Metadata, *, runtime: Runtime) -> Caller:
    """Who calls, once it is clear that they may. Identity comes before anything is looked at."""
    access = method.access
    if access == "internal":
        runtime.verifier.check_internal(metadata.get(INTERNAL_HEADER, ""))
    scheme, _, token = metadata.get("authorization", "").partition(" ")
    if access == "internal" and not token:
        return NOBODY
    if access == "public" and not token:
        return NOBODY
    if scheme != "Bearer" or not token:
        raise Unauthenticated("CREDENTIAL_MISSING", "The call has no credential.")
    caller = runtime.verifier.caller(token)
    if access == "permission" and not caller.may(method.permission):
        raise PermissionDenied(
            "PERMISSION_DENIED",
            f"This needs the permission {method.permission}.",
            metadata={"permission": method.permission},
        )
    return caller


def access_for(method: Method, caller: Caller, *, runtime: Runtime) -> Access | None:
    """On whose behalf the session works. Another Wasl process that names nobody is Wasl itself."""
    if method.access == "internal" and caller is NOBODY:
        return None
    return Access(caller, runtime.name, method.permission)


class _Observed:
    """Traces, counts and logs a call, and turns an error into the gRPC status of it."""

    def __init__(
        self,
        method: Method,
        metadata: Metadata,
        context: grpc.ServicerContext,
        *,
        runtime: Runtime,
    ) -> None:
        self._method, self._context, self._service = method, context, runtime.name
        self._span = server_span(method.path, metadata.get("traceparent"), {})

    def __enter__(self) -> None:
        self._start = time.perf_counter()
        self._span.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        known = error if isinstance(error, WaslError) else None
        if error is None or isinstance(error, GeneratorExit):
            code = "OK"
        else:
            code = known.code.name if known else "INTERNAL"
            if known is None:
                LOG.error("rpc failed", exc_info=error, extra={"method": self._method.path})
        self._span.__exit__(kind, error, trace)
        observe_rpc(
            time.perf_counter() - self._start,
            service=self._service,
            method=self._method.path,
            code=code,
        )
        if known is not None:
            self._context.set_trailing_metadata(trailing_metadata(known))
            self._context.abort(known.code, known.message)
        if code == "INTERNAL":
            self._context.abort(grpc.StatusCode.INTERNAL, "Something went wrong in the service.")


def _translated(error: Exception, request: Message | None) -> BaseException:
    return as_wasl_error(error, request) or error


def _answer(function: Rpc, request: Message, call: Call) -> bytes:
    return bytes(seen_by(call.caller, function(request, call)).to_binary())


def _parse(parse: Callable[[bytes], Message], data: bytes) -> Message:
    try:
        return parse(data)
    except ValueError as error:
        raise InvalidArgument(
            "MALFORMED_REQUEST", f"The request cannot be read: {error}"
        ) from error


def _validated(request: Message) -> Message:
    validate(request)
    return request
