"""The orderBy parameter of List (AIP-132): `name desc, createTime`."""

import re
from collections.abc import Collection

from chassis.resources.field_names import find_field, named

MAX_KEYS = 5
MAX_LENGTH = 1024
_KEY = re.compile(r"\s*(?P<field>[^\s,]+)(?:\s+(?P<direction>[^\s,]+))?\s*")


class OrderError(ValueError):
    """An orderBy that cannot be followed; `field` is the part it is about, empty for the whole."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def parse_order(text: str, *, allowed: Collection[str]) -> list[tuple[str, bool]]:
    """Return `(field, descending)` for each key; an empty text gives none.

    Fields may be written in camelCase or snake_case and come back as `allowed` spells them. The
    direction is `asc` (when absent) or `desc`, in any case. Raises OrderError.
    """
    if len(text) > MAX_LENGTH:
        raise OrderError(f"orderBy is longer than {MAX_LENGTH} characters.")
    if not text.strip():
        return []
    parts = text.split(",")
    if len(parts) > MAX_KEYS:
        raise OrderError(f"orderBy has {len(parts)} keys; {MAX_KEYS} is the most.")
    keys: list[tuple[str, bool]] = []
    for part in parts:
        field, descending = _key(part, allowed=allowed)
        if any(field == earlier for earlier, _ in keys):
            raise OrderError(f"orderBy names {field} twice.", field=field)
        keys.append((field, descending))
    return keys


def _key(part: str, *, allowed: Collection[str]) -> tuple[str, bool]:
    match = _KEY.fullmatch(part)
    if match is None:
        raise OrderError(
            f"{part.strip()[:100]!r} is no key; write a field, then asc or desc.",
            field=part.strip()[:100],
        )
    written, direction = match["field"], (match["direction"] or "asc").lower()
    field = find_field(written, allowed)
    if field is None:
        raise OrderError(
            f"There is no sorting by {written[:100]!r}; sortable fields: {named(allowed)}.",
            field=written[:100],
        )
    if direction not in ("asc", "desc"):
        raise OrderError(f"{field} is sorted asc or desc, not {direction[:100]!r}.", field=field)
    return field, direction == "desc"
