"""gunicorn, started in this process: threads, two workers, no preload."""

import gc
import logging
import os
import shutil
import socket
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.http import message
from prometheus_client import multiprocess

from chassis.telemetry.exposition import (
    describe_process,
    share_between_processes,
    start_metrics_server,
)
from chassis.telemetry.logs import configure_logging
from chassis.telemetry.tracing import configure_tracing
from services.gateway.app import Prepared, create_app, prepare
from services.gateway.problems import Problem, encode
from services.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

_log = logging.getLogger("wasl.gateway")

# Seconds. Headers must be there within ten, a request may take sixty (design §4); a load balancer
# keeps idle connections for sixty, so we must keep them longer or it sends into closed ones.
_RECEIVE_TIMEOUT = 10
_KEEP_ALIVE = 75
_GRACEFUL = 20
# Bytes. A batch get of 1,000 ids is 41 KB of address, and gunicorn stops at 8 KB whatever is set.
_MAX_LINE = 64 * 1024
# A heartbeat file must not wait for a disk.
_MEMORY = Path("/dev/shm")  # noqa: S108


def serve(settings: GatewaySettings) -> None:
    """Serves until SIGTERM, then finishes what it has begun, for at most 20 seconds.

    ContractError when the descriptors cannot be served.
    """
    prepared = prepare(settings)
    folder = tempfile.mkdtemp(prefix="wasl-gateway-metrics-")
    arbiter = os.getpid()
    share_between_processes(folder)
    describe_process("gateway")
    configure_logging("gateway", settings.log_level)
    util.write_error = _write_problem
    message.MAX_REQUEST_LINE = _MAX_LINE
    try:
        # What is there now stays shared with the workers: the collector does not touch it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        _Application(settings, prepared).run()
    finally:
        # A worker that ends comes by here as well, and the others still need the folder.
        if os.getpid() == arbiter:
            shutil.rmtree(folder, ignore_errors=True)


class _Application(BaseApplication):  # type: ignore[misc]
    """The way that gunicorn offers to be started from a program."""

    def __init__(self, settings: GatewaySettings, prepared: Prepared) -> None:
        self._settings = settings
        self._prepared = prepared
        super().__init__()

    def load_config(self) -> None:
        """Tells gunicorn our settings, and reads none from files or the command line."""
        settings = self._settings
        options: dict[str, object] = {
            "bind": f"{settings.host}:{settings.port}",
            "workers": settings.gateway_workers,
            "threads": settings.gateway_threads,
            "worker_class": "gthread",
            "preload_app": False,
            "keepalive": _KEEP_ALIVE,
            "graceful_timeout": _GRACEFUL,
            # A worker whose main loop hangs is replaced; requests have deadlines of their own.
            "timeout": 60,
            # Above our own limit, which answers with a problem.
            "limit_request_fields": 100,
            "limit_request_field_size": 8190,
            "limit_request_line": _MAX_LINE - 1,
            "control_socket_disable": True,
            "proc_name": "wasl-gateway",
            "logger_class": "services.gateway.server.Logger",
            "post_worker_init": _worker_started(settings),
            "worker_exit": _worker_ended,
        }
        if _MEMORY.is_dir():
            options["worker_tmp_dir"] = str(_MEMORY)
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> object:
        """The application; called in each worker after the fork."""
        configure_tracing(
            "gateway",
            sample_ratio=self._settings.trace_ratio,
            otlp_endpoint=self._settings.otlp_endpoint or None,
        )
        return create_app(self._settings, prepared=self._prepared)


def _worker_started(settings: GatewaySettings) -> "Callable[[Worker], None]":
    def started(worker: "Worker") -> None:
        for listener in worker.sockets:
            # Linux hands it on to accepted connections: a client that goes quiet in the middle of
            # a request loses its thread after this, not never.
            timeout = struct.pack("ll", _RECEIVE_TIMEOUT, 0)
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        if settings.metrics_listen:
            # All workers share the address, and any of them knows the numbers of all.
            start_metrics_server(settings.metrics_listen, reuse_port=True)

    return started


def _worker_ended(_: "Arbiter", worker: "Worker") -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


class Logger:
    """gunicorn's log through ours: its errors as JSON, and no line per request."""

    def __init__(self, _: object) -> None:
        self.error_log = logging.getLogger("gunicorn")
        self.access_log = self.error_log
        self.critical = self.error_log.critical
        self.error = self.error_log.error
        self.info = self.error_log.info
        self.debug = self.error_log.debug
        self.log = self.error_log.log

    def warning(self, text: str, *args: object) -> None:
        """A warning, except that of a malformed request: it quotes what may be a credential."""
        if text.startswith("Invalid request"):
            self.error_log.warning("a request could not be read")
        else:
            self.error_log.warning(text, *args)

    def exception(self, text: str, *args: object) -> None:
        """An error with its trace, except that of a client which went quiet or away."""
        if text.startswith("Socket error"):
            self.error_log.debug(text, *args)
        else:
            self.error_log.exception(text, *args)

    def access(self, *_: object) -> None:
        """Requests are counted in the metrics; the slow and the failed have a line from us."""

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """There is nothing to close."""


def _write_problem(client: socket.socket, status: int, reason: str, _: str) -> None:
    """What gunicorn answers when it cannot even read a request."""
    code = {414: "URI_TOO_LONG", 431: "TOO_MANY_HEADERS"}.get(status, "INVALID_REQUEST")
    if status >= 500:
        code = "INTERNAL"
    body = encode(Problem(status, code, reason), "")
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(client, head.encode("latin-1") + body)
