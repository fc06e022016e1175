"""What may be written of a person who works with Wasl."""

from sqlalchemy import select

from chassis.errors import FailedPrecondition, invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.text.emails import normalise_email
from chassis.text.invalid import InvalidText
from services.identity.tables.user import UserRow

ADMINISTRATOR = "ADMINISTRATOR"


def prepare_user(call: Call, row: UserRow, write: Write) -> None:
    """Normalises the address, gives a role, and keeps an administrator in the house.

    Raises InvalidArgument for an address that cannot be, FailedPrecondition LAST_ADMINISTRATOR.
    """
    if "email" in write.fields:
        try:
            row.email = normalise_email(row.email).lower()
        except InvalidText as error:
            raise invalid_field("user.email", error.sentence, reason=error.reason) from None
    row.role = row.role or "MEMBER"
    if write.is_new:
        row.disabled = False
    elif "role" in write.fields and row.role != ADMINISTRATOR:
        keep_an_administrator(call, without=row)


def disable(call: Call, row: UserRow) -> None:
    """Ends a person's access. Raises FailedPrecondition LAST_ADMINISTRATOR."""
    keep_an_administrator(call, without=row)
    row.disabled = True


def keep_an_administrator(call: Call, without: UserRow) -> None:
    """Raises FailedPrecondition when nobody else could administer Wasl."""
    # Locked, so that two administrators cannot take each other's role at the same time.
    others = call.session.scalars(
        select(UserRow.id)
        .where(
            UserRow.role == ADMINISTRATOR,
            UserRow.disabled.is_(False),
            UserRow.delete_time.is_(None),
        )
        .with_for_update()
    ).all()
    if without.id in others and len(others) == 1:
        raise FailedPrecondition(
            "LAST_ADMINISTRATOR", "Nobody else could administer Wasl; name another one first."
        )
