"""Values in a filter, read as what a field's kind asks for and held to what PostgreSQL can hold."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from chassis.resources.filter_tree import FilterError, Value

_INT8 = 2**63
_DECIMAL_LIMIT = Decimal(10) ** 15  # NUMERIC(19,4)
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ASCII_DIGITS = {zero + digit: str(digit) for zero in (ord("٠"), ord("۰")) for digit in range(10)}


def number(value: Value, *, name: str) -> int | Decimal:
    """Return a whole number in the range of int8, or a fraction of about that size."""
    found = _decimal(value, name=name)
    if not -_INT8 <= found < _INT8:
        raise FilterError(f"The number for {name} is out of range.", position=value.position)
    return int(found) if found == found.to_integral_value() else found


def decimal(value: Value, *, name: str) -> Decimal:
    """Return an amount in the range of NUMERIC(19,4); more fraction digits only compare finer."""
    found = _decimal(value, name=name)
    if abs(found) >= _DECIMAL_LIMIT:
        raise FilterError(f"The amount for {name} is out of range.", position=value.position)
    return found


def boolean(value: Value, *, name: str) -> bool:
    """Return true or false."""
    if value.text not in ("true", "false"):
        raise _wrong(value, name=name, expected="true or false")
    return value.text == "true"


def timestamp(value: Value, *, name: str) -> datetime:
    """Return an RFC 3339 time in UTC; without an offset it is UTC, a date alone is its midnight."""
    text = value.text.translate(_ASCII_DIGITS)
    if _TIMESTAMP.fullmatch(text):
        try:
            found = datetime.fromisoformat(text.upper())
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass  # the 30th of February, or the year 0 in UTC
    raise _wrong(value, name=name, expected="a time such as 2026-03-21T08:30:00Z")


def calendar_date(value: Value, *, name: str) -> date:
    """Return an ISO 8601 date of the Gregorian calendar."""
    text = value.text.translate(_ASCII_DIGITS)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise _wrong(value, name=name, expected="a date such as 2026-03-21")


def uuid(value: Value, *, name: str) -> UUID:
    """Return a UUID written in its usual form with hyphens."""
    if not _UUID.fullmatch(value.text):
        raise _wrong(
            value, name=name, expected="an id such as 0190b5a2-7c3e-7000-8000-0123456789ab"
        )
    return UUID(value.text)


def choice(value: Value, *, name: str, values: Mapping[str, str | int]) -> str | int:
    """Return what the column stores for the name of an enum's value."""
    if value.text not in values:
        raise _wrong(value, name=name, expected="one of " + ", ".join(values))
    return values[value.text]


def _decimal(value: Value, *, name: str) -> Decimal:
    text = value.text.translate(_ASCII_DIGITS)
    if not _NUMBER.fullmatch(text):
        raise _wrong(value, name=name, expected="a number")
    return Decimal(text)


def _wrong(value: Value, *, name: str, expected: str) -> FilterError:
    return FilterError(f"{name} is compared with {expected}.", position=value.position)
