"""The metrics of design §13, under exactly those names (`deploy/observability/metrics.yaml`).

A metric comes into being at its first use, so a process exposes only what it really does, and
nothing is created before a fork. The children of a label set are kept in dictionaries, because
`labels()` costs several times what the observation itself costs.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterable
from functools import cache
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.exposition import CONTENT_TYPE_LATEST, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

# Seconds. Fine where our budgets are (1 to 100 ms), coarse up to the deadline of a call.
LATENCY_BUCKETS = (
    *(0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
# Seconds from an event's birth to its effect. The budget is 0.5; the retry ladder ends at 600.
AGE_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)

_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"

_rpc_children: dict[tuple[str, str, str], Callable[[float], None]] = {}
_http_children: dict[tuple[str, str, int], Callable[[float], None]] = {}
_message_children: dict[tuple[str, str], Callable[[float], None]] = {}
_age_children: dict[str, Callable[[float], None]] = {}
_row_children: dict[tuple[str, str], Callable[[float], None]] = {}


def observe_rpc(seconds: float, *, service: str, method: str, code: str) -> None:
    """One RPC that was answered: how long it took and its gRPC code, such as `OK`."""
    key = (service, method, code)
    observe = _rpc_children.get(key)
    if observe is None:
        observe = _rpc_children[key] = _rpc().labels(*key).observe
    observe(seconds)


def observe_http(seconds: float, *, method: str, route: str, status: int) -> None:
    """One HTTP request that was answered. `route` is the template, never the path itself."""
    key = (method, route, status)
    observe = _http_children.get(key)
    if observe is None:
        observe = _http_children[key] = _http().labels(method, route, str(status)).observe
    observe(seconds)


def set_outbox(*, pending: int, oldest_age: float) -> None:
    """How many events wait for the broker, and for how many seconds the oldest has waited."""
    _outbox_pending().set(pending)
    _outbox_age().set(oldest_age)


def count_message(queue: str, *, outcome: str) -> None:
    """One message that a consumer is done with: `done`, `duplicate`, `retried`, `dead` ..."""
    key = (queue, outcome)
    increment = _message_children.get(key)
    if increment is None:
        increment = _message_children[key] = _messages().labels(*key).inc
    increment(1)


def observe_event_age(seconds: float, *, queue: str) -> None:
    """How old an event was when its effect was committed."""
    observe = _age_children.get(queue)
    if observe is None:
        observe = _age_children[queue] = _event_age().labels(queue).observe
    observe(seconds)


def set_dead_letters(count: int, *, queue: str) -> None:
    """How many messages lie in the dead-letter queue of `queue`."""
    _dead_letters().labels(queue).set(count)


def count_job_rows(count: int, *, kind: str, outcome: str) -> None:
    """Rows that a job is done with: `created`, `updated`, `skipped` or `failed`."""
    key = (kind, outcome)
    increment = _row_children.get(key)
    if increment is None:
        increment = _row_children[key] = _job_rows().labels(*key).inc
    increment(count)


def count_untold_refusal(*, service: str) -> None:
    """One refused call that the audit log was not told of, because there were too many."""
    _untold_refusals().labels(service).inc()


def share_between_processes(folder: str) -> None:
    """Lets the processes that are forked from this one add up their metrics in files of `folder`.

    To be called before the fork and before the first observation. The files of a process that
    ended stay, so counters never fall.
    """
    os.environ[_MULTIPROCESS] = folder
    # prometheus_client reads the variable at its own import, which may have been long ago.
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    for metric in (_rpc, _http, _messages, _event_age, _job_rows):
        metric.cache_clear()


def exposition() -> tuple[bytes, str]:
    """All metrics in the text format of Prometheus, and its content type."""
    return generate_latest(_registry()), CONTENT_TYPE_LATEST


def start_metrics_server(
    listen: str, *, reuse_port: bool = False, healthy: Callable[[], bool] = lambda: True
) -> int:
    """Serves `/metrics` on `host:port` in a daemon thread, and returns the port.

    `/healthz` there answers 200, or 503 when the process says that it is not `healthy`. Port 0
    takes a free one. With `reuse_port` several processes may listen on the same address; that only
    makes sense after `share_between_processes`. OSError when the address is taken.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def server_bind(self) -> None:
            if reuse_port:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            super().server_bind()

    server = make_server(host, int(port), _app(healthy), Server, _Silent)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server.server_port


def _app(healthy: Callable[[], bool]) -> WSGIApplication:
    metrics: WSGIApplication = make_wsgi_app(_registry())

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != "/healthz":
            return metrics(environ, start)
        good = healthy()
        start("200 OK" if good else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"ok\n" if good else b"a worker has ended\n"]

    return app


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """A scrape is no event."""


def _registry() -> CollectorRegistry:
    if os.environ.get(_MULTIPROCESS):
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return shared
    return REGISTRY


@cache
def _rpc() -> Histogram:
    return Histogram(
        "rpc_server_call_duration_seconds",
        "Time to answer an RPC.",
        ("service", "method", "code"),
        buckets=LATENCY_BUCKETS,
    )


@cache
def _http() -> Histogram:
    return Histogram(
        "http_server_request_duration_seconds",
        "Time until the answer to an HTTP request begins.",
        ("method", "route", "status"),
        buckets=LATENCY_BUCKETS,
    )


@cache
def _outbox_age() -> Gauge:
    return Gauge(
        "wasl_outbox_oldest_pending_age_seconds",
        "How long the oldest event in the outbox has waited for the broker.",
    )


@cache
def _outbox_pending() -> Gauge:
    return Gauge("wasl_outbox_pending_events", "Events in the outbox.")


@cache
def _messages() -> Counter:
    return Counter(
        "wasl_consumer_messages",
        "Messages that a consumer is done with, by what became of them.",
        ("queue", "outcome"),
    )


@cache
def _event_age() -> Histogram:
    return Histogram(
        "wasl_consumer_event_age_seconds",
        "Age of an event when its effect is committed.",
        ("queue",),
        buckets=AGE_BUCKETS,
    )


@cache
def _dead_letters() -> Gauge:
    return Gauge("wasl_dead_letters", "Messages in a dead-letter queue.", ("queue",))


@cache
def _job_rows() -> Counter:
    return Counter(
        "wasl_job_rows",
        "Rows that a job is done with, by what became of them.",
        ("kind", "outcome"),
    )


@cache
def _untold_refusals() -> Counter:
    return Counter(
        "wasl_audit_untold_refusals",
        "Refused calls that were too many to be told to the audit log.",
        ("service",),
    )
