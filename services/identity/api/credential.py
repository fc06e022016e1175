"""Credentials: what one is worth, and who the caller is."""

from protobuf.wkt import Timestamp

from chassis.grpc.call import Call
from chassis.resources.standard import load
from services.identity.api.user import USERS
from services.identity.rules.credential import sign_token, user_of_api_key
from services.identity.settings import IdentitySettings
from wasl.identity.v1.credential_service_pb import (
    GetMeRequest,
    GetMeResponse,
    ResolveCredentialRequest,
    ResolveCredentialResponse,
)
from wasl.identity.v1.role_pb import Grant


def resolve_credential(request: ResolveCredentialRequest, call: Call) -> ResolveCredentialResponse:
    """The internal token for an API key. Raises Unauthenticated when it is worth nothing."""
    settings = call.runtime.settings
    assert isinstance(settings, IdentitySettings)
    user = user_of_api_key(
        call.session, str(request.credential.value) if request.credential else ""
    )
    token, expires = sign_token(user, signing_key=settings.token_signing_key)
    return ResolveCredentialResponse(token=token, expire_time=Timestamp.from_datetime(expires))


def get_me(_request: GetMeRequest, call: Call) -> GetMeResponse:
    """The caller and the grants of the token."""
    row = load(USERS, call, call.caller.user_id)
    grants = [Grant(permission=grant) for grant in call.caller.grants]
    return GetMeResponse(user=USERS.mapping.from_row(row), grants=grants)
