"""What identity cannot be without: the roles that come with Wasl and a first administrator."""
# name: escaped, because it is about the first start, not about one resource

from sqlalchemy import func, select

from chassis.database.session import unit_of_work
from chassis.resources.changes import announce
from chassis.resources.standard import fill_search, now
from chassis.service import Runtime
from services.identity.rules.api_key import hash_key, public_id
from services.identity.rules.password import hash_password
from services.identity.rules.ready_made_roles import ADMINISTRATOR_ID
from services.identity.rules.role import make_ready_made_roles
from services.identity.settings import identity_settings
from services.identity.tables.api_key import ApiKeyRow
from services.identity.tables.user import UserRow


def prepare_identity(runtime: Runtime) -> None:
    """Makes, after the migrations, what is not there yet."""
    make_ready_made_roles(runtime)
    make_first_administrator(runtime)


def make_first_administrator(runtime: Runtime) -> None:
    """Makes the administrator of the settings and the API key, unless somebody is there."""
    settings = identity_settings(runtime)
    if not settings.admin_email:
        return
    users = runtime.service.by_name["identity.users"]
    with unit_of_work(runtime.direct_engine) as session:
        # Two pods may migrate at the same time; the second finds somebody.
        session.execute(select(func.pg_advisory_xact_lock(1)))
        if session.scalar(select(UserRow.id).limit(1)) is not None:
            return
        user = UserRow(
            email=settings.admin_email.lower(),
            display_name="Administrator",
            role_ids=[ADMINISTRATOR_ID],
            state="ACTIVE",
            create_time=now(),
            update_time=now(),
        )
        if settings.admin_password:
            user.password_hash = hash_password(settings.admin_password)
        fill_search(users, user)
        session.add(user)
        session.flush()
        announce(
            session, users, "Created", service=runtime.name, after=users.mapping.from_row(user)
        )
        if key := settings.admin_api_key:
            session.add(
                ApiKeyRow(
                    display_name="The first key",
                    user_id=user.id,
                    public_id=public_id(key),
                    secret_hash=hash_key(key),
                )
            )
