"""What watching costs: the same gateway and service with all telemetry and with none, in turns.

Both pairs of processes work on the suite's databases and ask its identity. `with` counts, makes
trace ids, sends 5 % of all traces to a collector and is scraped; in `without` every function of
the telemetry does nothing.

    python -m bench.telemetry with|without SERVICE serve
    python -m bench.telemetry sink PORT
"""

import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

from bench.load import Result, request, run
from bench.requests import contact, some_contacts
from bench.suite import ROOT, Suite, free_port, wait_for
from bench.table import Line

SECONDS = 2.0
ROUNDS = 6
# More often than anybody does, so that a run of two seconds has one.
_SCRAPE_SECONDS = 1.0
COST = 0.10


def telemetry(suite: Suite) -> Iterator[Line]:
    """Throughput and p50 of a read, a list and a write, with telemetry by without."""
    with suite.api as api:
        id_ = some_contacts(api)
    body = json.dumps(contact(1)).encode()
    asked = {
        "get one by id": request("GET", f"/v1/contacts/{id_}", key=suite.key),
        "list 50": request("GET", "/v1/contacts", key=suite.key),
        "create a contact": request("POST", "/v1/contacts", key=suite.key, body=body),
    }
    sink = free_port()
    with (
        _program("sink", str(sink), environment=dict(os.environ)),
        _pair(suite, "with", endpoint=f"http://127.0.0.1:{sink}") as watched,
        _pair(suite, "without", endpoint="") as bare,
    ):
        for what, message in asked.items():
            yield from _compare(what, message, watched=watched, bare=bare)


def _compare(what: str, message: bytes, *, watched: int, bare: int) -> Iterator[Line]:
    runs: dict[int, list[Result]] = {watched: [], bare: []}
    for _ in range(ROUNDS):
        # In turns, so that whatever else the machine does falls on both.
        for port in runs:
            runs[port].append(run(port, itertools.repeat(message), seconds=SECONDS))
    failures = sum(result.failures for results in runs.values() for result in results)

    def rate(port: int) -> float:
        return max(result.rate for result in runs[port])

    def median(port: int) -> float:
        return min(result.quantile(0.5) for result in runs[port])

    note = f"with telemetry by without, failures {failures}"
    least = 1 - COST
    yield Line(what, rate(watched), "/s", rate(bare), "bare", least, note=note)
    most = 1 + COST
    p50 = f"{what}, p50"
    yield Line(
        p50, median(watched), "ms", median(bare), "bare", most, small_is_good=True, note=note
    )


@contextmanager
def _pair(suite: Suite, kind: str, *, endpoint: str) -> Iterator[int]:
    """A gateway and a contacts of their own; yields the gateway's port."""
    folder = suite.folder / kind
    folder.mkdir()
    (folder / "identity.sock").symlink_to(suite.folder / "identity.sock")
    ports = {name: free_port() for name in ("gateway", "metrics", "service metrics")}
    ours = {
        "WASL_SERVICE_ADDRESS": f"unix:{folder}/{{service}}.sock",
        "WASL_OTLP_ENDPOINT": endpoint,
        "WASL_TRACE_RATIO": "0.05",
        "WASL_RATE_LIMIT": "0",
    }
    gateway = ours | {
        "WASL_PORT": str(ports["gateway"]),
        "WASL_METRICS_LISTEN": f"127.0.0.1:{ports['metrics']}",
    }
    contacts = ours | {
        "WASL_LISTEN": f"unix:{folder}/contacts.sock",
        "WASL_METRICS_LISTEN": f"127.0.0.1:{ports['service metrics']}",
    }
    stopped = threading.Event()

    def scrape() -> None:
        while not stopped.wait(_SCRAPE_SECONDS):
            for name in ("metrics", "service metrics"):
                with urlopen(f"http://127.0.0.1:{ports[name]}/metrics", timeout=10) as answer:
                    answer.read()

    with (
        _program(kind, "contacts", "serve", environment=_told(suite, "contacts") | contacts),
        _program(kind, "gateway", "serve", environment=_told(suite, "gateway") | gateway),
    ):
        for port in ports.values():
            wait_for(port)
        scraper = threading.Thread(target=scrape)
        if endpoint:
            scraper.start()
        try:
            yield ports["gateway"]
        finally:
            stopped.set()
            if endpoint:
                scraper.join()


def _told(suite: Suite, service: str) -> dict[str, str]:
    told = {name: value.strip("'\"") for name, value in suite.environment(service).items()}
    return dict(os.environ) | told


@contextmanager
def _program(*arguments: str, environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.telemetry", *arguments],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": ".:gen", "GRPC_ENABLE_FORK_SUPPORT": "0"},
        stderr=subprocess.DEVNULL,
    ) as started:
        try:
            yield
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(40)


def _nothing(*_: object, **__: object) -> None:
    """Counts nothing, begins nothing, knows of no trace."""


def _switch_off() -> None:
    """Puts nothing in the place of the telemetry, before anybody takes a function from it."""
    from chassis.telemetry import metrics, tracing

    ids = tracing.SpanIds("0" * 32, "0" * 16, sampled=False)

    class Nowhere:
        """A span that is none."""

        def __init__(self, *_: object, **__: object) -> None:
            """Takes whatever a span takes."""

        def __enter__(self) -> tracing.SpanIds:
            return ids

        def __exit__(self, *_: object) -> None:
            """Nothing to end."""

    for name, value in vars(metrics).items():
        ours = callable(value) and getattr(value, "__module__", "") == metrics.__name__
        if ours and not name.startswith("_") and name != "make_anew":
            setattr(metrics, name, _nothing)
    for name, other in (
        *(("server_span", Nowhere), ("child_span", Nowhere)),
        *((name, _nothing) for name in ("begin_span", "current_traceparent", "current_span")),
    ):
        setattr(tracing, name, other)
    from chassis.database import traces

    traces.trace_statements = _nothing


def _sink(port: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Takes and forgets."""
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def _serve(kind: str, service: str, verb: str) -> int:
    if kind == "without":
        _switch_off()
    module = importlib.import_module(f"services.{service}.__main__")
    if service == "gateway":
        gateway: Callable[[list[str]], int] = module.main
        return gateway([verb])
    from chassis.cli import main

    return main(importlib.import_module(f"services.{service}.service").SERVICE, [verb])


if __name__ == "__main__":
    if sys.argv[1] == "sink":
        _sink(int(sys.argv[2]))
    else:
        sys.exit(_serve(*sys.argv[1:]))
