"""`/metrics` and `/healthz` of a process, and what it tells of itself beside its work."""

import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# First, because it tells prometheus_client what not to make.
from chassis.telemetry import metrics  # isort: skip
from prometheus_client import (
    GC_COLLECTOR,
    CollectorRegistry,
    Metric,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from chassis.version import VERSION

_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


class Pool(Protocol):
    """A pool of connections, as far as it is watched."""

    def checkedout(self) -> int:
        """Connections in somebody's hands."""

    def checkedin(self) -> int:
        """Connections that are open and idle."""

    def size(self) -> int:
        """How many there may be."""


_pools: dict[str, Callable[[], Pool]] = {}
_service: list[str] = []


def describe_process(service: str, *, pools: dict[str, Callable[[], Pool]] | None = None) -> None:
    """Says what runs in this process, and which pools of connections it has, by name."""
    _service[:] = [service]
    _pools.update(pools or {})
    if _ours not in REGISTRY._collector_to_names:
        REGISTRY.register(_ours)
        # How Python collects its garbage helps nobody who runs Wasl.
        REGISTRY.unregister(GC_COLLECTOR)


def share_between_processes(folder: str) -> None:
    """Lets the processes that are forked from this one add up their metrics in files of `folder`.

    To be called before the fork and before the first observation. The files of a process that
    ended stay, so counters never fall.
    """
    os.environ[_MULTIPROCESS] = folder
    # prometheus_client reads the variable at its own import, which may have been long ago.
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    metrics.make_anew()


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
    exposed: WSGIApplication = make_wsgi_app(_registry())

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != "/healthz":
            return exposed(environ, start)
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
        shared.register(_ours)
        shared.register(_family)
        return shared
    return REGISTRY


class _Ours(Collector):
    """What is asked when somebody wants to know, instead of being counted all the time."""

    def collect(self) -> Iterator[Metric]:
        """Which version of what runs, and the pools."""
        build = GaugeMetricFamily(
            "wasl_build_info", "1, with what runs in its labels.", labels=("service", "version")
        )
        for service in _service:
            build.add_metric((service, VERSION), 1)
        yield build
        if not _pools:
            return
        used = GaugeMetricFamily(
            "wasl_database_connections",
            "Connections to the database, by whether somebody has them in hand.",
            labels=("pool", "state"),
        )
        limit = GaugeMetricFamily(
            "wasl_database_connections_limit",
            "How many connections to the database a pool may have.",
            labels=("pool",),
        )
        for name, current in _pools.items():
            pool = current()
            used.add_metric((name, "in_use"), pool.checkedout())
            used.add_metric((name, "idle"), pool.checkedin())
            limit.add_metric((name,), pool.size())
        yield used
        yield limit


class _Family(Collector):
    """The process metrics of gunicorn's arbiter and its workers, added up."""

    def collect(self) -> Iterator[Metric]:
        """The usual names, so that one dashboard shows every process."""
        arbiter = os.getppid()
        added: dict[str, Metric] = {}
        for pid in (arbiter, *_children(arbiter)):
            one = ProcessCollector(pid=partial(int, pid), registry=None)
            for metric in one.collect():
                known = added.setdefault(metric.name, metric)
                if known is not metric and metric.name != "process_start_time_seconds":
                    total = known.samples[0].value + metric.samples[0].value
                    known.samples[0] = known.samples[0]._replace(value=total)
        yield from added.values()


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return [os.getpid()]


_ours, _family = _Ours(), _Family()
