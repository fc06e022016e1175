"""New rows, before they are in the table.

A draft has the attributes of the ORM row, so that the same rules serve both, and none of its
machinery, which would cost as much as all the rest of a row's way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import JSONB


class Draft:
    """A row that is to be copied into a table."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)


@dataclass(frozen=True)
class CopiedColumn:
    """A column of COPY, and how a value is written."""

    name: str
    write: Callable[[Any], Any]


def new_draft(table: Table, values: Mapping[str, Any]) -> Any:
    """A draft with the values, and the table's defaults where there is none."""
    known = {
        name: default() if callable(default) else default
        for name, default in _defaults(table).items()
        if values.get(name) is None
    }
    return Draft({**dict.fromkeys(table.columns.keys()), **values, **known})


@cache
def copied_columns(table: Table) -> list[CopiedColumn]:
    """The columns of a table, in the order in which they are copied."""
    return [
        CopiedColumn(column.name, _as_json if isinstance(column.type, JSONB) else _as_it_is)
        for column in table.columns
        if column.computed is None
    ]


@cache
def _defaults(table: Table) -> dict[str, Any]:
    known = {column.name: _default(column) for column in table.columns}
    # An empty text is a default as well.
    return {name: default for name, default in known.items() if default is not None}


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    if default is None:
        return None
    if default.is_callable:
        # SQLAlchemy hands it a context, which ours have no use for.
        return lambda: default.arg(None)
    return default.arg


def _as_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _as_it_is(value: Any) -> Any:
    return value
