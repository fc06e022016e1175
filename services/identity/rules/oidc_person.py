"""Who somebody at a provider is here, and what their groups mean."""
# name: escaped, because it is about people of providers, between two resources

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.errors import FailedPrecondition, PermissionDenied
from chassis.grpc.call import Call
from chassis.resources.changes import announce
from chassis.resources.resource import Resource
from chassis.resources.standard import fill_search, now, save
from services.identity.rules.oidc_sign_in import Proved
from services.identity.rules.ready_made_roles import ADMINISTRATOR_ID, EMPLOYEE_ID
from services.identity.rules.user import keep_an_administrator, person_with
from services.identity.tables.oidc_provider import OidcIdentityRow, OidcProviderRow
from services.identity.tables.user import UserRow


def sign_in_person(
    call: Call, users: Resource, provider: OidcProviderRow, proved: Proved
) -> UserRow:
    """The person who has signed in: known by issuer and subject, else by a verified address, else
    made. Raises PermissionDenied NO_ACCOUNT.
    """
    user = find_person(call.session, provider.issuer, proved.subject, proved.email)
    if user is None and provider.creates_users and _is_free(call.session, proved.email):
        user = _make(call, users, provider, proved)
    elif user is not None and user.state != "DISABLED":
        _follow(call, users, provider, proved, user)
    if user is None or user.state == "DISABLED" or user.delete_time is not None:
        raise PermissionDenied(
            "NO_ACCOUNT", "There is no account for you here; ask your administrator."
        )
    _link(call.session, provider.issuer, proved.subject, user.id)
    return user


def find_person(session: Session, issuer: str, subject: str, email: str) -> UserRow | None:
    """Who is linked to a subject of an issuer, else who has the (verified) address.

    Not a person who is somebody else at the issuer: companies give addresses away again.
    """
    linked = session.scalar(
        select(UserRow)
        .join(OidcIdentityRow, OidcIdentityRow.user_id == UserRow.id)
        .where(OidcIdentityRow.issuer == issuer, OidcIdentityRow.subject == subject)
    )
    if linked is not None:
        return linked
    user = person_with(session, email) if email else None
    if user is None:
        return None
    other = select(OidcIdentityRow.user_id).where(
        OidcIdentityRow.issuer == issuer, OidcIdentityRow.user_id == user.id
    )
    return None if session.scalar(select(other.exists())) else user


def _is_free(session: Session, email: str) -> bool:
    """Whether somebody new can have an address: nobody has it, nor had it and is deleted."""
    taken = select(UserRow.id).where(UserRow.email == email)
    return bool(email) and not session.scalar(select(taken.exists()))


def _make(call: Call, users: Resource, provider: OidcProviderRow, proved: Proved) -> UserRow:
    user = UserRow(
        email=proved.email,
        display_name=(proved.display_name or proved.email)[:200],
        locale=proved.locale if proved.locale in ("en", "ar", "fa") else "en",
        state="ACTIVE",
        role_ids=[EMPLOYEE_ID],
        more_team_ids=[],
        create_time=now(),
        update_time=now(),
    )
    _apply_groups(call, provider, proved, user)
    fill_search(users, user)
    call.session.add(user)
    call.session.flush()
    after = users.mapping.from_row(user)
    announce(call.session, users, "Created", service=call.service, after=after)
    return user


def _follow(
    call: Call, users: Resource, provider: OidcProviderRow, proved: Proved, user: UserRow
) -> None:
    before = users.mapping.from_row(user)
    if user.state == "INVITED":
        user.state = "ACTIVE"
    _apply_groups(call, provider, proved, user)
    if users.mapping.from_row(user) != before:
        save(users, call, user, before=before, past_tense="Updated")


def _apply_groups(call: Call, provider: OidcProviderRow, proved: Proved, user: UserRow) -> None:
    """Roles and teams follow the provider, as far as its mappings speak of roles and of teams."""
    mappings = provider.group_mappings
    mine = [mapping for mapping in mappings if mapping["group"] in proved.groups]
    if any(mapping.get("roleId") for mapping in mappings):
        roles = dict.fromkeys(mapping["roleId"] for mapping in mine if mapping.get("roleId"))
        _set_roles(call, user, list(roles) or [EMPLOYEE_ID])
    if any(mapping.get("teamId") for mapping in mappings):
        teams = list(dict.fromkeys(mapping["teamId"] for mapping in mine if mapping.get("teamId")))
        if user.team_id not in teams:
            user.team_id = teams[0] if teams else None
        user.more_team_ids = [id_ for id_ in teams if id_ != user.team_id]


def _set_roles(call: Call, user: UserRow, roles: list[str]) -> None:
    if ADMINISTRATOR_ID in (user.role_ids or []) and ADMINISTRATOR_ID not in roles:
        try:
            keep_an_administrator(call, without=user)
        except FailedPrecondition:
            # A mapping that forgets the administrators must not lock everybody out.
            roles = [*roles, ADMINISTRATOR_ID]
    user.role_ids = roles


def _link(session: Session, issuer: str, subject: str, user_id: str) -> None:
    session.execute(
        insert(OidcIdentityRow)
        .values(issuer=issuer, subject=subject, user_id=user_id)
        .on_conflict_do_nothing()
    )
