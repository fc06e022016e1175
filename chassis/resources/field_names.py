"""Field names as clients write them, camelCase or snake_case, matched with an allow-list."""

import re
from collections.abc import Collection

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_UNDERSCORE = re.compile(r"_([a-z0-9])")


def camel_case(name: str) -> str:
    """Return `create_time` as `createTime`; a camelCase name stays as it is."""
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def snake_case(name: str) -> str:
    """Return `createTime` as `create_time`; a snake_case name stays as it is."""
    return _HUMP.sub(r"_\1", name).lower()


def find_field(name: str, allowed: Collection[str]) -> str | None:
    """Return the allowed name that `name` means, or None.

    The whole path may be in either case. What follows the first dot may also be a key that people
    chose (`customFields.lead_source`), so it is tried as it is written before it is converted.
    """
    if name in allowed:
        return name
    first, dot, rest = name.partition(".")
    for convert in (camel_case, snake_case):
        for candidate in (convert(first) + dot + rest, convert(name)):
            if candidate in allowed:
                return candidate
    return None


def named(allowed: Collection[str]) -> str:
    """Return the allowed names for an error message, sorted."""
    return ", ".join(sorted(allowed)) or "none"
