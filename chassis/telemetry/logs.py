"""Logs: one JSON object per line on standard error, with the ids of the trace they belong to.

What is personal stays out: that is the duty of whoever logs.
"""

import json
import logging
import sys
import time

from chassis.telemetry.tracing import current_span

# What every LogRecord has; whatever else a record carries came in through `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# `extra` cannot replace these: a reader must be able to trust them.
_OURS = frozenset({"time", "level", "service", "logger", "exception", "trace_id", "span_id"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; times are RFC 3339 in UTC, to the millisecond."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line break in it whatever the message holds."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        here = current_span()
        if here is not None:
            line["trace_id"] = here.trace_id
            line["span_id"] = here.span_id
        for key, value in record.__dict__.items():
            if key not in _STANDARD:
                line[f"extra_{key}" if key in _OURS else key] = value
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = self.formatException(record.exc_info)
        return _encode(line)


def configure_logging(service: str, level: str = "INFO") -> None:
    """Sends everything from `level` up to standard error. Replaces what was configured before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Nobody reads thread and process names of a line that has a trace id.
    logging.logThreads = False
    logging.logProcesses = False
    logging.logMultiprocessing = False
