"""What identity is made of."""

from pathlib import Path

from chassis.mail.sender import MailSender
from chassis.service import Service
from services.identity.api import audit_entry, credential, oidc_provider, password, session, user
from services.identity.api.api_key import API_KEYS, create_api_key
from services.identity.api.role import ROLES
from services.identity.api.team import TEAMS
from services.identity.api.user import USERS
from services.identity.events import LISTENERS
from services.identity.queries.team import look_up_primary_teams
from services.identity.rules.bootstrap import prepare_identity
from services.identity.rules.session import clean_signing_in
from services.identity.settings import IdentitySettings
from services.identity.tables import Base
from services.identity.verbs import VERBS
from wasl.identity.v1 import (
    api_key_service_pb,
    audit_entry_service_pb,
    credential_service_pb,
    password_service_pb,
    role_service_pb,
    session_service_pb,
    team_service_pb,
    user_service_pb,
)

_PARTS = (user, credential, session, password, oidc_provider)

SERVICE = Service(
    name="identity",
    folder=Path(__file__).parent,
    base=Base,
    protos=(
        user_service_pb,
        team_service_pb,
        role_service_pb,
        api_key_service_pb,
        credential_service_pb,
        session_service_pb,
        password_service_pb,
        audit_entry_service_pb,
    ),
    resources=(USERS, TEAMS, ROLES, API_KEYS),
    rpcs=(
        create_api_key,
        *user.RPCS,
        *credential.RPCS,
        *session.RPCS,
        *password.RPCS,
        *oidc_provider.RPCS,
        *audit_entry.RPCS,
    ),
    lookups={"identity.primaryTeams": look_up_primary_teams},
    listeners=LISTENERS,
    verbs=VERBS,
    prepare=prepare_identity,
    workers=(MailSender,),
    clean=clean_signing_in,
    settings=IdentitySettings,
)
