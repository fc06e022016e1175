"""Logs are one JSON object per line."""

import json
import logging

import pytest

from chassis.telemetry.logs import JsonFormatter, configure_logging
from chassis.telemetry.tracing import server_span


def _line(message: str, **extra: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"name": "wasl.test", "levelname": "INFO", "msg": message, "created": 0.25, "msecs": 250.0}
    )
    record.__dict__.update(extra)
    line: dict[str, object] = json.loads(JsonFormatter("contacts").format(record))
    return line


def test_a_line_says_when_where_and_what() -> None:
    assert _line("hello") == {
        "time": "1970-01-01T00:00:00.250Z",
        "level": "INFO",
        "service": "contacts",
        "logger": "wasl.test",
        "message": "hello",
    }


def test_extra_fields_become_fields_of_the_line() -> None:
    assert _line("done", rows=5)["rows"] == 5


def test_extra_fields_cannot_pretend_to_be_the_service() -> None:
    line = _line("done", service="identity")
    assert line["service"] == "contacts"
    assert line["extra_service"] == "identity"


def test_a_line_inside_a_span_carries_its_ids() -> None:
    with server_span("GetContact") as here:
        line = _line("inside")
    assert (line["trace_id"], line["span_id"]) == (here.trace_id, here.span_id)
    assert "trace_id" not in _line("outside")


def test_an_exception_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        configure_logging("contacts", "INFO")
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            logging.getLogger("wasl.test").exception("it broke\nbadly")
    finally:
        logging.getLogger().handlers[:] = before
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError" in json.loads(line)["exception"]
