"""Single sign-on at OpenID Connect providers."""

from chassis.errors import FailedPrecondition
from chassis.grpc.call import Call
from wasl.identity.v1.session_service_pb import (
    CompleteOidcSignInRequest,
    CompleteOidcSignInResponse,
    LogOutOidcSessionsRequest,
    LogOutOidcSessionsResponse,
    StartOidcSignInRequest,
    StartOidcSignInResponse,
)


def start_oidc_sign_in(_request: StartOidcSignInRequest, _call: Call) -> StartOidcSignInResponse:
    """Begins single sign-on."""
    raise FailedPrecondition("NO_PROVIDER", "There is no provider.")


def complete_oidc_sign_in(
    _request: CompleteOidcSignInRequest, _call: Call
) -> CompleteOidcSignInResponse:
    """Ends single sign-on."""
    raise FailedPrecondition("NO_PROVIDER", "There is no provider.")


def log_out_oidc_sessions(
    _request: LogOutOidcSessionsRequest, _call: Call
) -> LogOutOidcSessionsResponse:
    """The provider ends sessions of a person."""
    raise FailedPrecondition("NO_PROVIDER", "There is no provider.")


RPCS = (start_oidc_sign_in, complete_oidc_sign_in, log_out_oidc_sessions)
