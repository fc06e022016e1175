"""A span for each statement and each commit, where the trace is recorded, and nothing elsewhere.

Spans hold the text of a statement, in which every value is a placeholder, and never the values.
"""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from chassis.telemetry.tracing import begin_span

_SPAN = "_wasl_span"
# What a statement is about, as far as its name needs to say: `INSERT outbox`.
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+\"?([a-z_]+)", re.IGNORECASE)
# Characters. A batch get of 1,000 ids is no help to read.
_LONGEST = 2000


def trace_statements(engine: Engine) -> None:
    """Records what the engine's connections are asked."""
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)
    event.listen(engine, "handle_error", _fail)


@lru_cache(maxsize=1000)
def name_of(statement: str) -> str:
    """The name of a statement's span: the operation and the first table."""
    operation = statement.split(None, 1)[0].upper() if statement.strip() else "EMPTY"
    table = _TABLE.search(statement)
    return f"{operation} {table[1]}" if table else operation


def _begin(
    _connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool
) -> None:
    span = begin_span(
        lambda: name_of(statement),
        kind="CLIENT",
        attributes=lambda: {
            "db.system.name": "postgresql",
            "db.query.text": statement[:_LONGEST],
        },
    )
    if span is not None:
        setattr(context, _SPAN, span)


def _end(
    _connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool
) -> None:
    span = getattr(context, _SPAN, None)
    if span is not None:
        setattr(context, _SPAN, None)
        span.end()


def _fail(found: ExceptionContext) -> None:
    span = getattr(found.execution_context, _SPAN, None)
    if span is not None:
        setattr(found.execution_context, _SPAN, None)
        # Not the message: PostgreSQL quotes the values that it does not like.
        span.end(error=type(found.original_exception).__name__)
