"""What may be written of a person who works with Wasl."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import FailedPrecondition, invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.text.emails import normalise_email
from chassis.text.invalid import InvalidText
from services.identity.rules.one_time_token import end_tokens
from services.identity.rules.ready_made_roles import ADMINISTRATOR_ID, EMPLOYEE_ID
from services.identity.rules.role import refuse_more_powerful, refuse_roles_beyond, roles_of
from services.identity.rules.session import end_sessions
from services.identity.tables.user import UserRow


def prepare_user(call: Call, row: UserRow, write: Write) -> None:
    """Normalises the address, gives a role, and keeps an administrator in the house.

    Raises InvalidArgument for an address or a time zone that cannot be, PermissionDenied for roles
    with more than the caller holds, FailedPrecondition LAST_ADMINISTRATOR.
    """
    if "email" in write.fields:
        try:
            row.email = normalise_email(row.email).lower()
        except InvalidText as error:
            raise invalid_field("user.email", error.sentence, reason=error.reason) from None
    row.locale = row.locale or "en"
    row.time_zone = row.time_zone or "UTC"
    if "time_zone" in write.fields:
        _check_time_zone(row.time_zone)
    row.role_ids = [id_.lower() for id_ in row.role_ids]
    row.more_team_ids = [
        id_ for id_ in (id_.lower() for id_ in row.more_team_ids) if id_ != row.team_id
    ]
    if write.is_new:
        row.state = "INVITED"
    else:
        _check_power(call, row)
    if "role_ids" in write.fields and row.role_ids:
        refuse_roles_beyond(call, roles_of(call.session, row.role_ids))
    # The least there is; it takes no power to give it.
    row.role_ids = row.role_ids or [EMPLOYEE_ID]


def disable(call: Call, row: UserRow) -> None:
    """Ends a person's access. Raises FailedPrecondition LAST_ADMINISTRATOR."""
    refuse_more_powerful(call, row)
    keep_an_administrator(call, without=row)
    row.state = "DISABLED"
    end_sessions(call.session, row.id)
    end_tokens(call.session, row.id)


def enable(row: UserRow) -> None:
    """Gives a disabled person access again, as far as they had come."""
    row.state = "ACTIVE" if row.password_hash else "INVITED"


def prepare_delete(call: Call, row: UserRow) -> None:
    """Raises FailedPrecondition LAST_ADMINISTRATOR, PermissionDenied for the more powerful."""
    refuse_more_powerful(call, row)
    keep_an_administrator(call, without=row)
    end_sessions(call.session, row.id)
    end_tokens(call.session, row.id)


def person_with(session: Session, email: str) -> UserRow | None:
    """The person with an address, in lower case; None for nobody."""
    return session.scalar(
        select(UserRow).where(UserRow.email == email, UserRow.delete_time.is_(None))
    )


def keep_an_administrator(call: Call, without: UserRow) -> None:
    """Raises FailedPrecondition when nobody else could administer Wasl."""
    # Locked, so that two administrators cannot take each other's role at the same time.
    others = call.session.scalars(
        select(UserRow.id)
        .where(
            UserRow.role_ids.contains([ADMINISTRATOR_ID]),
            UserRow.state != "DISABLED",
            UserRow.delete_time.is_(None),
        )
        .order_by(UserRow.id)
        .with_for_update()
    ).all()
    if without.id in others and len(others) == 1:
        raise FailedPrecondition(
            "LAST_ADMINISTRATOR", "Nobody else could administer Wasl; name another one first."
        )


def _check_power(call: Call, row: UserRow) -> None:
    # Whoever sets the roles decides what the person may do; who sets the address can become them.
    before = call.session.execute(
        select(UserRow.email, UserRow.role_ids).where(UserRow.id == row.id)
    ).one()
    if row.email == before.email and row.role_ids == before.role_ids:
        return
    refuse_more_powerful(call, row, role_ids=before.role_ids)
    if ADMINISTRATOR_ID in before.role_ids and ADMINISTRATOR_ID not in row.role_ids:
        keep_an_administrator(call, without=row)


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise invalid_field(
            "user.timeZone", f"{name!r} is no time zone such as Asia/Tehran", reason="UNKNOWN_ZONE"
        ) from None
