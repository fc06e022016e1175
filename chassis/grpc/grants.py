"""Grants: a permission and whose records it reaches, written `contacts.contacts.update:TEAM`."""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache


class Scope(IntEnum):
    """Whose records a grant reaches; each one includes those before it."""

    # The person's own.
    OWN = 1
    # Those of the teams that the person is a member of.
    TEAM = 2
    # Those of these teams and of all teams below.
    SUBTREE = 3
    ALL = 4


@lru_cache(maxsize=8192)
def widest_scope(grants: tuple[str, ...], permission: str) -> Scope | None:
    """The widest scope of all grants that cover a permission; None when none does."""
    scopes = [scope for pattern, scope in map(read_grant, grants) if covers(pattern, permission)]
    return max(scopes, default=None)


@lru_cache(maxsize=8192)
def read_grant(grant: str) -> tuple[str, Scope]:
    """The pattern and the scope of a grant. Without a scope it reaches all records.

    Raises ValueError for a scope that there is not.
    """
    pattern, colon, scope = grant.partition(":")
    try:
        return pattern, Scope[scope] if colon else Scope.ALL
    except KeyError:
        raise ValueError(f"{grant!r} has no scope that there is") from None


def covers(pattern: str, permission: str) -> bool:
    """Whether `contacts.contacts.get`, `contacts.contacts.*`, `contacts.*` or `*` covers it."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return permission.startswith(pattern[:-1])
    return pattern == permission


def narrowed(grants: Iterable[str], by: Iterable[str]) -> list[str]:
    """What both of two sets of grants allow: the narrower pattern with the narrower scope."""
    found: dict[str, Scope] = {}
    limits = [read_grant(grant) for grant in by]
    for pattern, scope in map(read_grant, grants):
        for limit, limit_scope in limits:
            if covers(pattern, limit) or pattern == limit:
                both = limit
            elif covers(limit, pattern):
                both = pattern
            else:
                continue
            found[both] = max(found.get(both, Scope.OWN), min(scope, limit_scope))
    return [f"{pattern}:{scope.name}" for pattern, scope in found.items()]
