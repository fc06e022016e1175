"""A collector of traces in memory: OTLP over HTTP, as every process of a suite sends it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from tests.e2e.suite import eventually


@dataclass(frozen=True)
class Span:
    """A recorded span; ids in hex, `parent` empty for one that begins a trace."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]
    failed: bool


@dataclass
class Collector:
    """What has been sent so far."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    # Everything that came, as it came.
    received: list[bytes] = field(default_factory=list)

    def trace(self, id_: str) -> list[Span]:
        """The spans of a trace."""
        return [span for span in self.spans if span.trace == id_]

    def wait_for(self, id_: str, complete: Callable[[Sequence[Span]], bool]) -> list[Span]:
        """The spans of a trace once it is complete; processes send every five seconds."""
        what = f"trace {id_} is complete"
        try:
            eventually(lambda: complete(self.trace(id_)), seconds=30, what=what)
        except AssertionError as error:
            error.add_note("\n".join(map(str, self.trace(id_))))
            raise
        return self.trace(id_)


@contextmanager
def running_collector() -> Iterator[Collector]:
    """A collector on a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Takes spans."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.received.append(body)
            collector.spans.extend(_read(body))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        collector.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield collector
        finally:
            server.shutdown()


def _read(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        told = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    service=told["service.name"],
                    name=span.name,
                    kind=ProtoSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    attributes={one.key: one.value.string_value for one in span.attributes},
                    failed=span.status.code == 2,
                )


def whole_way(spans: Sequence[Span], *, rpc: str, event: str, queue: str) -> bool:
    """Whether a trace goes from the gateway through a service, its database and the relay of an
    event to the effect in another service's database, each step below the one before.
    """
    by_id = {span.id: span for span in spans}

    def below(span: Span, service: str, kind: str, name: str) -> bool:
        parent = by_id.get(span.parent)
        return parent is not None and (parent.service, parent.kind) == (service, kind) and (
            name in parent.name
        )  # fmt: skip

    owner = event.partition(".")[0]
    consumer = queue.partition(".")[0]
    method = f"/{rpc}"

    def has(service: str, kind: str, name: str, *, above: tuple[str, str, str]) -> bool:
        return any(
            span.service == service
            and span.kind == kind
            and name in span.name
            and below(span, *above)
            for span in spans
        )

    served = (owner, "SERVER", method)
    published = (owner, "PRODUCER", f"publish {event}")
    processed = (consumer, "CONSUMER", f"process {queue}")
    return (
        has(*served, above=("gateway", "SERVER", ""))
        and has(owner, "CLIENT", "INSERT outbox", above=served)
        and has(owner, "CLIENT", "COMMIT", above=served)
        and has(*published, above=served)
        and has(*processed, above=published)
        and has(consumer, "CLIENT", "INSERT inbox", above=processed)
        and has(consumer, "CLIENT", "COMMIT", above=processed)
    )


def strangers(spans: Sequence[Span]) -> list[Span]:
    """The spans below one that nobody has recorded, or below none."""
    known = {span.id for span in spans}
    return [span for span in spans if span.parent not in known]
