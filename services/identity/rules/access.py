"""What somebody may do and see, with what they have come with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from chassis.grpc.grants import Scope, covers
from services.identity.rules.grant import narrowed, of_role, united
from services.identity.rules.role import roles_of
from services.identity.rules.team import Teams, teams_of
from services.identity.tables.role import RoleRow
from services.identity.tables.user import UserRow


@dataclass(frozen=True)
class Worth:
    """What a credential proves: a person, with what, and the roles that narrow it."""

    user: UserRow
    # `session:<id>`, `apiKey:<id>`, `oidc:<provider id>`, or `user` for work without the person.
    credential: str
    # Roles of an API key; empty: all that the person may.
    narrowing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Access:
    """What somebody may do and see."""

    # Permission or pattern → scope.
    grants: Mapping[str, str]
    # Groups of fields that are not shown.
    hidden: tuple[str, ...]
    teams: Teams


@dataclass(frozen=True)
class Source:
    """The grant that decides about a permission, and the role it comes from."""

    pattern: str
    scope: Scope
    role: RoleRow


def access_of(session: Session, worth: Worth) -> Access:
    """What a credential allows: all that the person's roles grant, narrowed by those of a key."""
    roles = {role.id: role for role in roles_of(session, {*worth.user.role_ids, *worth.narrowing})}
    own = [roles[id_] for id_ in worth.user.role_ids if id_ in roles]
    grants = united(of_role(role.grants) for role in own)
    hidden = _hidden_by_all(own)
    if worth.narrowing:
        # A role that is gone grants nothing more; it must not stop narrowing.
        by = [roles[id_] for id_ in worth.narrowing if id_ in roles]
        grants = narrowed(grants, united(of_role(role.grants) for role in by))
        hidden |= _hidden_by_all(by)
    return Access(grants, tuple(sorted(hidden)), teams_of(session, worth.user))


def source_of(session: Session, user: UserRow, permission: str) -> Source | None:
    """The widest grant of a person for a permission; None without any."""
    found = [
        Source(pattern, Scope[scope], role)
        for role in roles_of(session, user.role_ids)
        for pattern, scope in of_role(role.grants)
        if covers(pattern, permission)
    ]
    return max(found, key=lambda source: source.scope, default=None)


def _hidden_by_all(roles: Sequence[RoleRow]) -> set[str]:
    """The groups of fields that every role hides; what one shows is seen."""
    if not roles:
        return set()
    return set.intersection(*(set(role.hidden_fields) for role in roles))
