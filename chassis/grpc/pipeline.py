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
from sqlalchemy.orm import Session

from chassis.audit.refusals import TOLD, tell_refusal
from chassis.audit.subject import subject_of
from chassis.audit.trail import Trail, begin_trail
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

    def work(data: bytes, metadata: Metadata, seen: "_Observed") -> bytes:
        caller = seen.caller_of(metadata)
        access = access_for(method, caller, runtime=runtime)
        request = seen.request = _parse(parse, data)
        validate(request)
        # Nobody has no keys of their own: one could read what another has been answered.
        key = metadata.get("idempotency-key", "") if method.writes and caller.user_id else ""
        dry_run = bool(getattr(request, "validate_only", False))
        client = seen.client
        try:
            if not method.writes and not method.policy.audited:
                with reading(runtime.engine, access=access) as session:
                    answer = function(request, Call(session, runtime, caller, client=client))
                return bytes(seen_by(caller, answer).to_binary())
            hashed = idempotency.digests(data, key=runtime.settings.internal_key) if key else ()
            with unit_of_work(runtime.engine, access=access, dry_run=dry_run) as session:
                seen.begin_trail(session)
                call = Call(session, runtime, caller, dry_run=dry_run, client=client)
                if not key or dry_run:
                    return bytes(_answer(function, request, call).to_binary())
                return idempotency.answer_once(
                    session,
                    idempotency.Request(caller.user_id, method.path, key, hashed),
                    lambda: _answer(function, request, call),
                )
        except Exception as error:
            raise _translated(error, request) from error

    def handle(data: bytes, context: grpc.ServicerContext) -> bytes:
        metadata: Metadata = dict(context.invocation_metadata())
        with _Observed(method, metadata, context, runtime=runtime) as seen:
            return work(data, metadata, seen)
        raise AssertionError  # _Observed has aborted the call

    return handle


def server_stream(method: Method, function: Rpc, *, runtime: Runtime) -> Callable[..., Any]:
    """The handler of a method that answers with a stream, such as a file."""
    parse = method.desc.input.type.from_binary

    def handle(data: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        metadata: Metadata = dict(context.invocation_metadata())
        with _Observed(method, metadata, context, runtime=runtime) as seen:
            caller = seen.caller_of(metadata)
            request = seen.request = _parse(parse, data)
            validate(request)
            client = seen.client
            access = access_for(method, caller, runtime=runtime)
            try:
                with unit_of_work(runtime.engine, access=access) as session:
                    seen.begin_trail(session)
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
        with _Observed(method, metadata, context, runtime=runtime) as seen:
            caller = seen.caller_of(metadata)
            hashed = idempotency.Hashing(parts, key=runtime.settings.internal_key)
            messages = (_validated(_parse(parse, part)) for part in hashed)
            client = seen.client
            access = access_for(method, caller, runtime=runtime)
            try:
                with unit_of_work(runtime.engine, access=access) as session:
                    seen.begin_trail(session)
                    answer = function(messages, Call(session, runtime, caller, client=client))
                    if key := metadata.get("idempotency-key", ""):
                        identity = idempotency.Request(
                            caller.user_id, method.path, key, hashed.digests()
                        )
                        return idempotency.answer_once(session, identity, lambda: answer)
                    return bytes(answer.to_binary())
            except Exception as error:
                raise _translated(error, None) from error
        raise AssertionError

    return handle


def identify(method: Method, metadata: Metadata, *, runtime: Runtime) -> Caller:
    """Who calls. Identity comes before anything is looked at."""
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
    return runtime.verifier.caller(token)


def authorise(method: Method, caller: Caller) -> None:
    """Raises PermissionDenied unless the caller may call this at all."""
    if method.access == "permission" and not caller.may(method.permission):
        raise PermissionDenied(
            "PERMISSION_DENIED",
            f"This needs the permission {method.permission}.",
            metadata={"permission": method.permission},
        )


def access_for(method: Method, caller: Caller, *, runtime: Runtime) -> Access | None:
    """On whose behalf the session works. Another Wasl process that names nobody is Wasl itself."""
    if method.access == "internal" and caller is NOBODY:
        return None
    return Access(caller, runtime.name, method.permission)


class _Observed:
    """Traces, counts and logs a call, turns an error into its gRPC status, and keeps its trail."""

    def __init__(
        self,
        method: Method,
        metadata: Metadata,
        context: grpc.ServicerContext,
        *,
        runtime: Runtime,
    ) -> None:
        self._method, self._context, self._runtime = method, context, runtime
        self._span = server_span(method.path, metadata.get("traceparent"), {})
        self._caller = NOBODY
        self.client = client_of(metadata, context, verifier=runtime.verifier)
        # What is asked, once it has been read.
        self.request: Message | None = None

    def caller_of(self, metadata: Metadata) -> Caller:
        """Who calls, once it is clear that they may."""
        self._caller = identify(self._method, metadata, runtime=self._runtime)
        authorise(self._method, self._caller)
        return self._caller

    def begin_trail(self, session: Session) -> None:
        """Lets what the session announces be told to the audit log, where the policy says so."""
        if self._method.policy.audited:
            begin_trail(session, self._trail("OK"))

    def __enter__(self) -> "_Observed":
        self._start = time.perf_counter()
        self._span.__enter__()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        known = error if isinstance(error, WaslError) else None
        if error is None or isinstance(error, GeneratorExit):
            code = "OK"
        else:
            code = known.code.name if known else "INTERNAL"
            if known is None:
                LOG.error("rpc failed", exc_info=error, extra={"method": self._method.path})
        if self._method.policy.audited and error is not None:
            self._tell(code if not isinstance(error, GeneratorExit) else "CANCELLED")
        self._span.__exit__(kind, error, trace)
        observe_rpc(
            time.perf_counter() - self._start,
            service=self._runtime.name,
            method=self._method.path,
            code=code,
        )
        if known is not None:
            self._context.set_trailing_metadata(trailing_metadata(known))
            self._context.abort(known.code, known.message)
        if code == "INTERNAL":
            self._context.abort(grpc.StatusCode.INTERNAL, "Something went wrong in the service.")

    def _tell(self, outcome: str) -> None:
        # What was streamed until it broke off has left the house, so that is told in any case.
        streamed = self._method.desc.method_kind == "server_streaming"
        if outcome in TOLD or (streamed and outcome != "INVALID_ARGUMENT"):
            tell_refusal(self._runtime, self._trail(outcome))

    def _trail(self, outcome: str) -> Trail:
        caller, client = self._caller, self.client
        return Trail(
            method=self._method.name,
            service=self._runtime.name,
            user_id=caller.user_id,
            credential=caller.credential,
            outcome=outcome,
            address=client.address,
            user_agent=client.user_agent,
            request_id=client.request_id,
            describe=self._subject,
        )

    def _subject(self) -> str:
        key = self._runtime.settings.internal_key
        return subject_of(self.request, key=key) if self.request is not None else ""


def _translated(error: Exception, request: Message | None) -> BaseException:
    return as_wasl_error(error, request) or error


def _answer(function: Rpc, request: Message, call: Call) -> Message:
    return seen_by(call.caller, function(request, call))


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
