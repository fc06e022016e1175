"""What is sealed with the secrets key is sealed anew when that key has changed."""
# name: escaped, because it is about every column that is sealed

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from chassis.encryption import reseal
from services.identity.rules import oidc_provider, second_factor
from services.identity.tables.oidc_provider import OidcProviderRow
from services.identity.tables.password import SecondFactorRow
from services.identity.tables.session import SessionRow

# What is sealed, by what its row is known, and for what it is sealed.
_SEALED: tuple[
    tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any], Callable[[str], str]], ...
] = (
    (SecondFactorRow.secret, SecondFactorRow.user_id, second_factor.purpose_of),
    (OidcProviderRow.sealed_secret, OidcProviderRow.id, oidc_provider.purpose_of),
    (SessionRow.id_token, SessionRow.id, lambda _id: "idToken"),
)


def seal_anew(session: Session, *, secrets: str) -> tuple[int, int]:
    """How many were sealed anew with the first of the secrets, and how many none of them opens."""
    done = unread = 0
    for column, key, purpose in _SEALED:
        for id_, sealed in session.execute(select(key, column).where(column.is_not(None))).all():
            try:
                again = reseal(sealed, secrets=secrets, purpose=purpose(id_))
            except ValueError:
                unread += 1
                continue
            if again is not None:
                # Unless somebody has changed it since.
                session.execute(
                    update(column.class_)
                    .where(key == id_, column == sealed)
                    .values({column.key: again})
                    .execution_options(synchronize_session=False)
                )
                done += 1
    return done, unread
