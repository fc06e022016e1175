"""What identity is made of."""

from pathlib import Path

from chassis.service import Service
from services.identity.api.api_key import API_KEYS, create_api_key
from services.identity.api.credential import get_me, resolve_credential
from services.identity.api.team import TEAMS
from services.identity.api.user import USERS, disable_user, enable_user
from services.identity.rules.bootstrap import make_first_administrator
from services.identity.settings import IdentitySettings
from services.identity.tables import Base
from wasl.identity.v1 import (
    api_key_service_pb,
    credential_service_pb,
    team_service_pb,
    user_service_pb,
)

SERVICE = Service(
    name="identity",
    folder=Path(__file__).parent,
    base=Base,
    protos=(user_service_pb, team_service_pb, api_key_service_pb, credential_service_pb),
    resources=(USERS, TEAMS, API_KEYS),
    rpcs=(create_api_key, disable_user, enable_user, resolve_credential, get_me),
    prepare=make_first_administrator,
    settings=IdentitySettings,
)
