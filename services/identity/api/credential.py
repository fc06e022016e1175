"""Credentials: what one is worth, who the caller is, and what they may change of themselves."""

from protobuf.wkt import Timestamp

from chassis.errors import invalid_field
from chassis.grpc.call import Call
from chassis.resources.field_names import camel_case
from chassis.resources.resource import Write
from chassis.resources.standard import finish, load, masked_fields, save
from services.identity.api.user import USERS
from services.identity.rules.access import Worth
from services.identity.rules.credential import (
    reused_token,
    sign_token,
    worth_of_api_key,
    worth_of_api_key_id,
    worth_of_user,
    worthless,
)
from services.identity.rules.grant import from_texts
from services.identity.rules.oidc_bearer import worth_of_oidc_token
from services.identity.rules.session import worth_of_session
from services.identity.settings import identity_settings
from wasl.identity.v1.credential_service_pb import (
    GetMeRequest,
    GetMeResponse,
    ResolveCredentialRequest,
    ResolveCredentialResponse,
    UpdateMeRequest,
    UpdateMeResponse,
)
from wasl.identity.v1.role_pb import Grant, Scope

# What people may change of themselves.
OWN_FIELDS = frozenset(
    {
        "display_name",
        "locale",
        "calendar",
        "digits",
        "time_zone",
        "first_day_of_week",
        "weekend",
    }
)


def resolve_credential(request: ResolveCredentialRequest, call: Call) -> ResolveCredentialResponse:
    """The internal token for a credential. Raises Unauthenticated when it is worth nothing."""
    signing_key = identity_settings(call.runtime).token_signing_key
    worth = _worth(request, call)
    sign = reused_token if worth.credential.startswith("session:") else sign_token
    token, expires = sign(call.session, worth, signing_key=signing_key)
    return ResolveCredentialResponse(token=token, expire_time=Timestamp.from_datetime(expires))


def _worth(request: ResolveCredentialRequest, call: Call) -> Worth:
    assert request.credential is not None
    value = str(request.credential.value)
    match request.credential.field:
        case "api_key":
            return worth_of_api_key(call.session, value)
        case "api_key_id":
            return worth_of_api_key_id(call.session, value)
        case "session_token":
            return worth_of_session(call.session, value)
        case "oidc_token":
            return worth_of_oidc_token(
                call.session, value, settings=identity_settings(call.runtime)
            )
        case "user_id":
            return worth_of_user(call.session, value)
    raise worthless()


def get_me(_request: GetMeRequest, call: Call) -> GetMeResponse:
    """The caller, with what the token says of them."""
    caller = call.caller
    row = load(USERS, call, caller.user_id)
    return GetMeResponse(
        user=USERS.mapping.from_row(row),
        grants=[
            Grant(permission=pattern, scope=Scope[scope])
            for pattern, scope in from_texts(caller.grants).items()
        ],
        hidden_fields=sorted(caller.hidden),
        team_ids=list(caller.team_ids),
        credential=caller.credential,
    )


def update_me(request: UpdateMeRequest, call: Call) -> UpdateMeResponse:
    """Changes the caller. Raises InvalidArgument for a field that is not theirs to change."""
    assert request.user is not None
    names = masked_fields(USERS, request.user, request.update_mask)
    for name in names:
        if name not in OWN_FIELDS:
            raise invalid_field(
                f"user.{camel_case(name)}", "only others can change it", reason="NOT_YOURS"
            )
    row = load(USERS, call, call.caller.user_id)
    before = USERS.mapping.from_row(row)
    for name, value in USERS.mapping.values(request.user, names).items():
        setattr(row, name, value)
    finish(USERS, call, row, Write(fields=frozenset(names), is_new=False))
    after = USERS.mapping.from_row(row)
    if after != before:
        after = save(USERS, call, row, before=before, past_tense="Updated")
    return UpdateMeResponse(user=after)


RPCS = (resolve_credential, get_me, update_me)
