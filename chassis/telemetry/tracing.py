"""Traces: W3C trace context through HTTP, gRPC and events, and spans for the few that are sampled.

The decision falls before the SDK is touched: a request that is not sampled gets a trace id (for
logs, and so that those it calls decide alike) and nothing else, which costs about two
microseconds. Nothing here starts a thread before `configure_tracing` is called with an endpoint, so
the module may be imported before a fork.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

TRACEPARENT = "traceparent"
# https://www.w3.org/TR/trace-context/#traceparent-header: version ff and zero ids are invalid.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
Attributes = Mapping[str, str | int | float | bool]
# https://opentelemetry.io/docs/concepts/signals/traces/#span-kind
Kind = Literal["SERVER", "CLIENT", "PRODUCER", "CONSUMER", "INTERNAL"]


class SpanIds(NamedTuple):
    """Where we are: the ids in lower-case hex, and whether the trace is recorded."""

    trace_id: str
    span_id: str
    sampled: bool


class _Setup(NamedTuple):
    tracer: "Tracer"
    provider: "TracerProvider"
    # The part of the traces that begin here which is recorded, from 0 to 1.
    ratio: float


_here: ContextVar[SpanIds | None] = ContextVar("wasl_span", default=None)
_setup: _Setup | None = None
# Not the default generator: a program that seeds it for repeatable data would repeat trace ids.
_random = random.SystemRandom()
_ids = random.Random(_random.getrandbits(128))


def configure_tracing(
    service: str, *, sample_ratio: float = 0.05, otlp_endpoint: str | None = None
) -> None:
    """Sends spans of `service` to an OTLP/HTTP endpoint; without one, nothing is ever recorded.

    To be called once per process and after the fork. `sample_ratio` (0 to 1) decides for traces
    that begin here; for others the caller has decided. The endpoint is the collector's base
    address or the full address that ends in `/v1/traces`.
    """
    global _setup
    _ids.seed(_random.getrandbits(128))
    if not otlp_endpoint:
        _setup = None
        return
    # These imports cost 60 ms and some megabytes, for processes that do send spans only.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider, sampling
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    url = otlp_endpoint.rstrip("/")
    if not url.endswith("/v1/traces"):
        url += "/v1/traces"
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.namespace": "wasl"}),
        # The ratio is applied in server_span, before the SDK is asked for anything.
        sampler=sampling.ParentBased(sampling.ALWAYS_ON),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    use_provider(provider, sample_ratio=sample_ratio)


def use_provider(provider: "TracerProvider", *, sample_ratio: float = 1.0) -> None:
    """Records spans with a provider that is set up already (tests use one that keeps them)."""
    global _setup
    _setup = _Setup(provider.get_tracer("wasl"), provider, sample_ratio)


def shut_down_tracing() -> None:
    """Sends what is still in memory and stops recording. At most 30 seconds."""
    global _setup
    if _setup is not None:
        _setup.provider.shutdown()
        _setup = None


def current_span() -> SpanIds | None:
    """The ids of the span we are in, for logs; None outside of any."""
    return _here.get()


def current_traceparent() -> str | None:
    """The `traceparent` to hand to whom we call; None outside of any span."""
    here = _here.get()
    if here is None:
        return None
    return f"00-{here.trace_id}-{here.span_id}-{'01' if here.sampled else '00'}"


def annotate(attributes: Attributes) -> None:
    """Adds attributes to the span we are in. Nothing happens where it is not recorded."""
    here = _here.get()
    if here is None or not here.sampled or _setup is None:
        return
    from opentelemetry import trace

    trace.get_current_span().set_attributes(dict(attributes))


def inject(carrier: dict[str, str]) -> None:
    """Writes the trace context into headers or metadata."""
    traceparent = current_traceparent()
    if traceparent is not None:
        carrier[TRACEPARENT] = traceparent


def extract(carrier: Mapping[str, str]) -> str | None:
    """The caller's `traceparent` from headers or metadata, when there is one."""
    return carrier.get(TRACEPARENT)


class server_span:  # noqa: N801 - it is used like a function
    """`with server_span(name, traceparent, attributes):` is one unit of work for a caller.

    A context manager written as a class because a generator costs twice as much. A `traceparent`
    that is no such thing begins a new trace, as the standard asks. One that is not `trusted` keeps
    its ids, but whether it is recorded is decided here: else anybody could have us record all.
    """

    __slots__ = (
        *("_attributes", "_kind", "_name", "_recorded", "_span", "_token", "_traceparent"),
        "_trusted",
    )

    def __init__(
        self,
        name: str,
        traceparent: str | None = None,
        attributes: Attributes | None = None,
        *,
        trusted: bool = True,
        kind: Kind = "SERVER",
    ) -> None:
        self._name, self._trusted, self._kind = name, trusted, kind
        self._traceparent = traceparent
        self._attributes = attributes
        self._recorded: AbstractContextManager[Span] | None = None
        self._token: Token[SpanIds | None] | None = None

    def __enter__(self) -> SpanIds:
        setup = _setup
        parent = _TRACEPARENT.fullmatch(self._traceparent) if self._traceparent else None
        if parent is None or not self._trusted:
            sampled = setup is not None and _ids.random() < setup.ratio
        else:
            sampled = bool(int(parent[3], 16) & 1)
        if sampled and setup is not None:
            here = self._record(setup, parent)
        else:
            trace_id = parent[1] if parent else f"{_ids.getrandbits(128) or 1:032x}"
            here = SpanIds(trace_id, f"{_ids.getrandbits(64) or 1:016x}", sampled)
        self._token = _here.set(here)
        return here

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            _here.reset(self._token)
        if self._recorded is not None:
            if kind is not None:
                _mark_failed(self._span, kind.__name__)
            self._recorded.__exit__(kind, error, trace)

    def _record(self, setup: _Setup, parent: re.Match[str] | None) -> SpanIds:
        from opentelemetry import trace
        from opentelemetry.context import Context

        context = _remote(parent) if parent is not None else Context()
        self._span = span = setup.tracer.start_span(
            self._name, context, trace.SpanKind[self._kind], dict(self._attributes or {})
        )
        # An error's message may quote what somebody has typed, so the library must not keep it.
        self._recorded = trace.use_span(
            span, end_on_exit=True, record_exception=False, set_status_on_exception=False
        )
        self._recorded.__enter__()
        return _ids_of(span)


class OpenSpan:
    """A recorded span that is ended by hand."""

    __slots__ = ("_span",)

    def __init__(self, span: "Span") -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """What makes others' spans its children."""
        here = _ids_of(self._span)
        return f"00-{here.trace_id}-{here.span_id}-01"

    def end(self, *, error: str = "") -> None:
        """Ends it; `error` is the kind of error that it ended with, never a message."""
        if error:
            _mark_failed(self._span, error)
        self._span.end()


def begin_span(
    name: Callable[[], str],
    *,
    kind: Kind = "INTERNAL",
    traceparent: str | None = None,
    attributes: Callable[[], Attributes] | None = None,
) -> OpenSpan | None:
    """Begins a span below the one we are in, or below a `traceparent`; None where not recorded.

    Name and attributes are asked for only where it is.
    """
    setup = _setup
    if setup is None:
        return None
    context = None
    if traceparent is None:
        here = _here.get()
        if here is None or not here.sampled:
            return None
    else:
        parent = _TRACEPARENT.fullmatch(traceparent)
        if parent is None or not int(parent[3], 16) & 1:
            return None
        context = _remote(parent)
    from opentelemetry import trace

    told = dict(attributes()) if attributes is not None else None
    return OpenSpan(setup.tracer.start_span(name(), context, trace.SpanKind[kind], told))


@contextmanager
def child_span(name: str, *, kind: Kind = "INTERNAL") -> Iterator[None]:
    """A span below the one we are in, where that is recorded."""
    span = begin_span(lambda: name, kind=kind)
    try:
        yield
    except BaseException as error:
        if span is not None:
            span.end(error=type(error).__name__)
        raise
    if span is not None:
        span.end()


def _remote(parent: re.Match[str]) -> "Context":
    from opentelemetry import trace
    from opentelemetry.context import Context

    remote = trace.SpanContext(
        int(parent[1], 16),
        int(parent[2], 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(remote), Context())


def _ids_of(span: "Span") -> SpanIds:
    ids = span.get_span_context()
    return SpanIds(f"{ids.trace_id:032x}", f"{ids.span_id:016x}", sampled=True)


def _mark_failed(span: "Span", kind: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", kind)
