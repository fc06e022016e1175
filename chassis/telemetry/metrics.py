"""The metrics of design §13, under exactly those names (`deploy/observability/metrics.yaml`).

A metric comes into being at its first use, so a process exposes only what it really does, and
nothing is created before a fork. The children of a label set are kept in dictionaries, because
`labels()` costs several times what the observation itself costs.

A process has less than 2,000 series. So durations have no label for the outcome, and at the gateway
none for the route: outcomes and routes are counted beside them, at one series instead of thirteen.
"""

import os
from collections.abc import Callable
from functools import cache

# Read at the library's import: when a counter was made is a series more for each, and nobody asks.
os.environ.setdefault("PROMETHEUS_DISABLE_CREATED_SERIES", "true")

from prometheus_client import Counter, Gauge, Histogram

# Seconds. Fine where our budgets are (3 to 100 ms), coarse up to the deadline of a call.
LATENCY_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
# Seconds from an event's birth to its effect. The budget is 0.5; the retry ladder ends at 600.
AGE_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)
# Seconds for a connection of the pool. Who waits for 2 seconds gets none.
WAIT_BUCKETS = (0.0001, 0.001, 0.01, 0.1, 0.5, 1.0)

_rpc_children: dict[tuple[str, str], Callable[[float], None]] = {}
_code_children: dict[tuple[str, str, str], Callable[[float], None]] = {}
_http_children: dict[tuple[str, str], Callable[[float], None]] = {}
_status_children: dict[tuple[str, str, int], Callable[[float], None]] = {}
_message_children: dict[tuple[str, str], Callable[[float], None]] = {}
_age_children: dict[str, Callable[[float], None]] = {}
_row_children: dict[tuple[str, str], Callable[[float], None]] = {}
_wait_children: dict[str, Callable[[float], None]] = {}


def observe_rpc(seconds: float, *, service: str, method: str, code: str) -> None:
    """One RPC that was answered: how long it took and its gRPC code, such as `OK`."""
    observe = _rpc_children.get((service, method))
    if observe is None:
        observe = _rpc_children[service, method] = _rpc().labels(service, method).observe
    observe(seconds)
    key = (service, method, code)
    increment = _code_children.get(key)
    if increment is None:
        increment = _code_children[key] = _rpc_codes().labels(*key).inc
    increment(1)


def observe_http(seconds: float, *, method: str, route: str, service: str, status: int) -> None:
    """One HTTP request that was answered. `route` is the template, never the path itself.

    `service` is who answered: a service, or `gateway` itself.
    """
    observe = _http_children.get((method, service))
    if observe is None:
        observe = _http_children[method, service] = _http().labels(method, service).observe
    observe(seconds)
    key = (method, route, status)
    increment = _status_children.get(key)
    if increment is None:
        labels = (method, route, service, str(status))
        increment = _status_children[key] = _http_statuses().labels(*labels).inc
    increment(1)


def set_outbox(*, pending: int, oldest_age: float) -> None:
    """How many events wait for the broker, and for how many seconds the oldest has waited."""
    _outbox_pending().set(pending)
    _outbox_age().set(oldest_age)


def set_relay(*, active: bool) -> None:
    """Whether this process is the one that relays. What it knew of the outbox ends with it."""
    _relay_active().set(active)
    if not active:
        set_outbox(pending=0, oldest_age=0)


def set_database_connected(connected: bool) -> None:
    """Whether the database answered when the relay asked last."""
    _database_connected().set(connected)


def set_broker_connected(connected: bool, *, connection: str) -> None:
    """Whether a connection to the broker is open, with all that it needs declared."""
    _broker_connected().labels(connection).set(connected)


def count_event(event: str, *, changes: int) -> None:
    """One message that the broker has confirmed, and how many records' changes are in it."""
    _events().labels(event).inc()
    _changes().labels(event).inc(changes)


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


def set_waiting(count: int, *, queue: str) -> None:
    """How many messages wait in a queue that no consumer has been handed."""
    _waiting().labels(queue).set(count)


def set_dead_letters(count: int, *, queue: str) -> None:
    """How many messages lie in the dead-letter queue of `queue`."""
    _dead_letters().labels(queue).set(count)


def count_job(*, kind: str, state: str) -> None:
    """One job that has ended: `SUCCEEDED`, `FAILED` or `CANCELLED`."""
    _jobs().labels(kind, state).inc()


def count_job_rows(count: int, *, kind: str, outcome: str) -> None:
    """Rows that a job is done with: `created`, `updated`, `skipped` or `failed`."""
    key = (kind, outcome)
    increment = _row_children.get(key)
    if increment is None:
        increment = _row_children[key] = _job_rows().labels(*key).inc
    increment(count)


def observe_connection_wait(seconds: float, *, pool: str) -> None:
    """How long it took to get a connection to the database, opening one included."""
    observe = _wait_children.get(pool)
    if observe is None:
        observe = _wait_children[pool] = _connection_wait().labels(pool).observe
    observe(seconds)


def count_sign_in(*, method: str, outcome: str) -> None:
    """One try to sign in: `password`, `second_factor` or `oidc`; `succeeded`, `failed`,
    `throttled`, or `challenged` for a password that was right and asks for the second factor.
    """
    _sign_ins().labels(method, outcome).inc()


def count_untold_refusal(*, service: str) -> None:
    """One refused call that the audit log was not told of, because there were too many."""
    _untold_refusals().labels(service).inc()


def make_anew() -> None:
    """Forgets the metrics of the gateway, which are to be kept in another way from now on."""
    for metric in (_http, _http_statuses):
        metric.cache_clear()
    _http_children.clear()
    _status_children.clear()


@cache
def _rpc() -> Histogram:
    return Histogram(
        "rpc_server_call_duration_seconds",
        "Time to answer an RPC.",
        ("service", "method"),
        buckets=LATENCY_BUCKETS,
    )


@cache
def _rpc_codes() -> Counter:
    return Counter(
        "rpc_server_calls",
        "RPCs that were answered, by gRPC code.",
        ("service", "method", "code"),
    )


@cache
def _http() -> Histogram:
    return Histogram(
        "http_server_request_duration_seconds",
        "Time until the answer to an HTTP request begins.",
        ("method", "service"),
        buckets=LATENCY_BUCKETS,
    )


@cache
def _http_statuses() -> Counter:
    return Counter(
        "http_server_requests",
        "HTTP requests that were answered, by status.",
        ("method", "route", "service", "status"),
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
def _relay_active() -> Gauge:
    return Gauge("wasl_relay_active", "1 in the process that relays, 0 in those that stand by.")


@cache
def _database_connected() -> Gauge:
    return Gauge(
        "wasl_database_connected", "1 when the database answered the relay, 0 when it is away."
    )


@cache
def _broker_connected() -> Gauge:
    return Gauge(
        "wasl_broker_connected",
        "1 while a connection to the broker is open, 0 while it is not.",
        ("connection",),
    )


@cache
def _events() -> Counter:
    return Counter(
        "wasl_events_published", "Messages that the broker has confirmed, by event.", ("event",)
    )


@cache
def _changes() -> Counter:
    return Counter(
        "wasl_changes_published",
        "Changes of records that were announced, by event.",
        ("event",),
    )


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
def _waiting() -> Gauge:
    return Gauge(
        "wasl_consumer_waiting_messages",
        "Messages in a queue that no consumer has been handed.",
        ("queue",),
    )


@cache
def _dead_letters() -> Gauge:
    return Gauge("wasl_dead_letters", "Messages in a dead-letter queue.", ("queue",))


@cache
def _jobs() -> Counter:
    return Counter("wasl_jobs", "Jobs that have ended, by how.", ("kind", "state"))


@cache
def _job_rows() -> Counter:
    return Counter(
        "wasl_job_rows",
        "Rows that a job is done with, by what became of them.",
        ("kind", "outcome"),
    )


@cache
def _connection_wait() -> Histogram:
    return Histogram(
        "wasl_database_connection_wait_seconds",
        "Time to get a connection to the database, opening one included.",
        ("pool",),
        buckets=WAIT_BUCKETS,
    )


@cache
def _sign_ins() -> Counter:
    return Counter("wasl_sign_ins", "Tries to sign in, by how they ended.", ("method", "outcome"))


@cache
def _untold_refusals() -> Counter:
    return Counter(
        "wasl_audit_untold_refusals",
        "Refused calls that were too many to be told to the audit log.",
        ("service",),
    )
