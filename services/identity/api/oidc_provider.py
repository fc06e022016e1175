"""Providers of single sign-on: the standard methods, and signing in and out with them."""

from chassis.audit.trail import note_actor
from chassis.database.session import reading, unit_of_work
from chassis.encryption import seal
from chassis.errors import InvalidArgument, NotFound, Unauthenticated
from chassis.grpc.call import Call
from chassis.resources import standard
from chassis.resources.resource import Resource
from services.identity.api.user import USERS
from services.identity.rules import oidc_sign_in
from services.identity.rules import session as sessions
from services.identity.rules.attempt import count_other, counted
from services.identity.rules.oidc_http import Refused
from services.identity.rules.oidc_logout import log_out, read_logout_token
from services.identity.rules.oidc_person import sign_in_person
from services.identity.rules.oidc_provider import (
    enabled_provider,
    keep_secret,
    prepare_oidc_provider,
)
from services.identity.settings import identity_settings
from services.identity.tables.oidc_provider import OidcProviderRow
from wasl.identity.v1 import events_pb, oidc_provider_service_pb
from wasl.identity.v1.oidc_provider_pb import OidcProvider
from wasl.identity.v1.oidc_provider_service_pb import (
    CreateOidcProviderRequest,
    UpdateOidcProviderRequest,
)
from wasl.identity.v1.session_pb import Session
from wasl.identity.v1.session_service_pb import (
    CompleteOidcSignInRequest,
    CompleteOidcSignInResponse,
    LogOutOidcSessionsRequest,
    LogOutOidcSessionsResponse,
    StartOidcSignInRequest,
    StartOidcSignInResponse,
)

# Within 15 minutes, of an address.
_STARTS, _LOGOUTS = 200, 1000


def _searched(row: OidcProviderRow) -> tuple[str, ...]:
    return (row.display_name,)


OIDC_PROVIDERS = Resource(
    message=OidcProvider,
    table=OidcProviderRow,
    service_pb=oidc_provider_service_pb,
    events_pb=events_pb,
    name="identity.oidcProviders",
    searched=_searched,
    prepare=prepare_oidc_provider,
)


def create_oidc_provider(request: CreateOidcProviderRequest, call: Call) -> OidcProvider:
    """Adds a provider. Its client secret is in no answer."""
    assert request.oidc_provider is not None
    made = standard.create(OIDC_PROVIDERS, request, call)
    assert isinstance(made, OidcProvider)
    keep_secret(call, made.id, request.oidc_provider.client_secret)
    return made


def update_oidc_provider(request: UpdateOidcProviderRequest, call: Call) -> OidcProvider:
    """Changes a provider, its client secret when the mask names it."""
    assert request.oidc_provider is not None
    changed = standard.update(OIDC_PROVIDERS, request, call)
    assert isinstance(changed, OidcProvider)
    paths = list(request.update_mask.paths) if request.update_mask else []
    secret = request.oidc_provider.client_secret
    if "client_secret" in paths or (secret and paths in ([], ["*"])):
        keep_secret(call, changed.id, secret)
    return changed


def start_oidc_sign_in(request: StartOidcSignInRequest, call: Call) -> StartOidcSignInResponse:
    """Begins single sign-on. Raises NotFound for a provider that is not offered."""
    count_other(call, "oidcStart", call.client.address, limit=_STARTS)
    row = _offered(call, request.provider_id)
    settings = identity_settings(call.runtime)
    try:
        begun = oidc_sign_in.begin(
            call.session, row, return_to=request.return_to or "/", settings=settings
        )
    except Refused as error:
        raise Unauthenticated("SIGN_IN_FAILED", f"The provider cannot be used: {error}.") from None
    return StartOidcSignInResponse(authorization_url=begun.url, browser_token=begun.browser_token)


@counted("oidc")
def complete_oidc_sign_in(
    request: CompleteOidcSignInRequest, call: Call
) -> CompleteOidcSignInResponse:
    """Ends single sign-on with what the provider has sent the browser back with.

    Raises Unauthenticated SIGN_IN_FAILED for anything that does not fit, PermissionDenied
    NO_ACCOUNT for somebody who is not known here.
    """
    settings = identity_settings(call.runtime)
    try:
        # By itself, because a state is used up even when the rest fails.
        with unit_of_work(call.runtime.engine) as session:
            taken = oidc_sign_in.take(session, request.state)
        begun = oidc_sign_in.of_this_browser(taken, request.browser_token)
        row = _offered(call, begun.provider_id)
        # Asking the provider takes long: no connection is held meanwhile.
        proved = oidc_sign_in.prove(
            row, begun, code=request.code, iss=request.iss, settings=settings
        )
    except Refused as error:
        raise Unauthenticated("SIGN_IN_FAILED", f"Signing in has failed: {error}.") from None
    user = sign_in_person(call, USERS, row, proved)
    begun_session, token = sessions.begin_session(
        call,
        user,
        Session.Method.OIDC,
        provider=sessions.Provider(
            id=row.id,
            subject=proved.subject,
            session=proved.session,
            id_token=seal(proved.id_token, secrets=settings.secrets_key, purpose="idToken"),
        ),
    )
    return CompleteOidcSignInResponse(
        session=sessions.to_message(begun_session, current=begun_session.id),
        return_to=begun.return_to,
        session_token=token,
        browser_token="",
    )


def log_out_oidc_sessions(
    request: LogOutOidcSessionsRequest, call: Call
) -> LogOutOidcSessionsResponse:
    """The provider ends sessions of a person. Raises InvalidArgument LOGOUT_TOKEN_INVALID."""
    count_other(call, "oidcLogout", call.client.address, limit=_LOGOUTS)
    row = _offered(call, request.id)
    try:
        claims = read_logout_token(
            row, request.logout_token, settings=identity_settings(call.runtime)
        )
        log_out(call.session, row, claims)
    except Refused as error:
        raise InvalidArgument("LOGOUT_TOKEN_INVALID", f"logoutToken: {error}.") from None
    note_actor(call.session, user_id="", credential=f"oidc:{row.id}")
    return LogOutOidcSessionsResponse()


def _offered(call: Call, id_: str) -> OidcProviderRow:
    """A provider that is offered, read without holding a connection. Raises NotFound."""
    with reading(call.runtime.engine) as session:
        row = enabled_provider(session, id_)
    if row is None:
        raise NotFound("NOT_FOUND", f"There is no provider {id_}.")
    return row


RPCS = (
    create_oidc_provider,
    update_oidc_provider,
    start_oidc_sign_in,
    complete_oidc_sign_in,
    log_out_oidc_sessions,
)
