"""Keyset pages: the token of a page holds where the one before ended, signed."""

import base64
import datetime
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    and_,
    bindparam,
    false,
    or_,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from chassis.errors import InvalidArgument
from chassis.rotation import each, first

_SIGNATURE = 16


@dataclass(frozen=True)
class SortKey:
    """A column to sort by."""

    column: InstrumentedAttribute[Any]
    descending: bool

    def order(self) -> ColumnElement[Any]:
        """The ORDER BY expression."""
        return self.column.desc() if self.descending else self.column.asc()


def after(keys: Sequence[SortKey], nulls: Sequence[bool]) -> ColumnElement[bool]:
    """The condition of the rows after one whose values are bound as `after_0`, `after_1` ...

    `nulls` tells which of the values are NULL. Where all keys go one way and none can be NULL it is
    a row comparison, which PostgreSQL answers from the index however deep the page is.
    """
    values = [bindparam(f"after_{place}", type_=key.column.type) for place, key in enumerate(keys)]
    if len({key.descending for key in keys}) == 1 and not any(key.column.nullable for key in keys):
        left, right = tuple_(*(key.column for key in keys)), tuple_(*values)
        return left < right if keys[0].descending else left > right
    branches = []
    for place, key in enumerate(keys):
        same = [
            earlier.column.is_not_distinct_from(value)
            for earlier, value in zip(keys[:place], values, strict=False)
        ]
        branches.append(and_(*same, _beyond(key, values[place], is_null=nulls[place])))
    return or_(*branches)


def _beyond(key: SortKey, value: BindParameter[Any], *, is_null: bool) -> ColumnElement[bool]:
    # PostgreSQL puts NULL last when ascending and first when descending.
    if key.descending:
        return key.column.is_not(None) if is_null else key.column < value
    if is_null:
        return false()
    if key.column.nullable:
        return or_(key.column > value, key.column.is_(None))
    return key.column > value


def make_token(key: str, *, query: str, values: Sequence[Any]) -> str:
    """The token of the page after a row. `query` is what the page was asked with.

    `key` may hold several (chassis.rotation), here and in `read_token`.
    """
    payload = json.dumps([_digest(query), [_plain(value) for value in values]]).encode()
    return base64.urlsafe_b64encode(_sign(first(key), payload) + payload).decode().rstrip("=")


def read_token(key: str, token: str, *, query: str, keys: Sequence[SortKey] | None) -> list[Any]:
    """The values in a token. Raises InvalidArgument when it is not ours or not of this query."""
    try:
        data = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        signature, payload = data[:_SIGNATURE], data[_SIGNATURE:]
        if not any(hmac.compare_digest(signature, _sign(one, payload)) for one in each(key)):
            raise ValueError("signature")
        digest, values = json.loads(payload)
    except ValueError as error:
        raise InvalidArgument("INVALID_PAGE_TOKEN", "The page token is not one of ours.") from error
    if digest != _digest(query):
        raise InvalidArgument(
            "INVALID_PAGE_TOKEN", "The page token belongs to another filter or order."
        )
    if keys is None:
        return list(values)
    return [_typed(item.column, value) for item, value in zip(keys, values, strict=True)]


def _sign(key: str, payload: bytes) -> bytes:
    return hmac.digest(b"page:" + key.encode(), payload, "sha256")[:_SIGNATURE]


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _typed(column: InstrumentedAttribute[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case DateTime():
            return datetime.datetime.fromisoformat(value)
        case Date():
            return datetime.date.fromisoformat(value)
        case Numeric():
            return Decimal(value)
    return value
