"""Grants: a permission, or a pattern of permissions, and whose records it reaches.

In tokens a grant is text, `contacts.*:SUBTREE`; without a scope it reaches all. A pattern ends with
`*`: `contacts.contacts.*`, `contacts.*`, `*`.
"""

from collections.abc import Iterable, Mapping

from chassis.errors import PermissionDenied
from chassis.grpc.call import Call
from chassis.grpc.grants import Scope, covers, read_grant
from chassis.grpc.grants import narrowed as both

ALL = Scope.ALL.name

# Pattern → scope. The widest scope of all patterns that cover a permission is what counts.
Grants = Mapping[str, str]


def united(parts: Iterable[Iterable[tuple[str, str]]]) -> dict[str, str]:
    """All that any of the parts grants, without what a wider grant says already."""
    widest: dict[str, str] = {}
    for part in parts:
        for pattern, scope in part:
            widest[pattern] = _wider(scope, widest.get(pattern, scope))
    return {
        pattern: scope
        for pattern, scope in sorted(widest.items())
        if not any(
            other != pattern and covers(other, pattern) and reaches(widest[other], scope)
            for other in widest
        )
    }


def narrowed(grants: Grants, by: Grants) -> dict[str, str]:
    """What both grant, each with the lesser scope."""
    return from_texts(both(to_texts(grants), to_texts(by)))


def reaches(scope: str, other: str) -> bool:
    """Whether a scope includes another."""
    return Scope[scope] >= Scope[other]


def holds(grants: Grants, pattern: str, scope: str) -> bool:
    """Whether one of the grants includes a pattern with at least a scope."""
    return any(
        covers(mine, pattern) and reaches(my_scope, scope) for mine, my_scope in grants.items()
    )


def to_texts(grants: Grants) -> list[str]:
    """Grants as a token says them."""
    return [pattern if scope == ALL else f"{pattern}:{scope}" for pattern, scope in grants.items()]


def from_texts(texts: Iterable[str]) -> dict[str, str]:
    """Grants as a token says them, read."""
    return united([[(pattern, scope.name) for pattern, scope in map(read_grant, texts)]])


def of_role(grants: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """The grants of a role as they are kept."""
    return [(grant["permission"], grant["scope"]) for grant in grants]


def refuse_to_exceed(call: Call, grants: Grants, *, hidden: Iterable[str], what: str) -> None:
    """Raises PermissionDenied GRANT_EXCEEDS_OWN when the caller holds less than is to be given.

    `hidden` are the groups of fields that it does not show: the caller must see all others.
    """
    own = from_texts(call.caller.grants)
    for pattern, scope in grants.items():
        if not holds(own, pattern, scope):
            raise PermissionDenied(
                "GRANT_EXCEEDS_OWN",
                f"{what} grants {pattern} ({scope}), which you do not hold yourself.",
                metadata={"permission": pattern, "scope": scope},
            )
    shown = sorted(set(call.caller.hidden) - set(hidden))
    if shown:
        raise PermissionDenied(
            "GRANT_EXCEEDS_OWN",
            f"{what} shows {shown[0]}, which you do not see yourself.",
            metadata={"fieldGroup": shown[0]},
        )


def _wider(one: str, other: str) -> str:
    return one if reaches(one, other) else other
