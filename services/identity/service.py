"""What identity is made of."""

from pathlib import Path

from chassis.mail.sender import MailSender
from chassis.service import Service
from services.identity.api import (
    access,
    audit_entry,
    credential,
    oidc_provider,
    password,
    session,
    user,
    view,
)
from services.identity.api.api_key import API_KEYS, create_api_key
from services.identity.api.role import ROLES
from services.identity.api.team import TEAMS
from services.identity.events import LISTENERS
from services.identity.queries.team import look_up_primary_teams
from services.identity.rules.bootstrap import prepare_identity
from services.identity.rules.session import clean_signing_in
from services.identity.settings import IdentitySettings
from services.identity.tables import Base
from services.identity.verbs import VERBS
from wasl.identity.v1 import (
    access_service_pb,
    audit_entry_service_pb,
    credential_service_pb,
    password_service_pb,
    session_service_pb,
)

_RESOURCES = (user.USERS, TEAMS, ROLES, API_KEYS, view.VIEWS, oidc_provider.OIDC_PROVIDERS)
_PARTS = (access, audit_entry, credential, oidc_provider, password, session, user, view)

SERVICE = Service(
    name="identity",
    folder=Path(__file__).parent,
    base=Base,
    protos=(
        *(resource.service_pb for resource in _RESOURCES),
        access_service_pb,
        audit_entry_service_pb,
        credential_service_pb,
        password_service_pb,
        session_service_pb,
    ),
    resources=_RESOURCES,
    rpcs=(create_api_key, *(rpc for part in _PARTS for rpc in part.RPCS)),
    lookups={"identity.primaryTeams": look_up_primary_teams},
    listeners=LISTENERS,
    verbs=VERBS,
    prepare=prepare_identity,
    workers=(MailSender,),
    clean=clean_signing_in,
    settings=IdentitySettings,
)
