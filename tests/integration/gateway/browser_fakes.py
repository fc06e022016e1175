"""A fake of identity's sessions, as far as browsers see them through the gateway."""

import grpc

from tests.integration.gateway.fakes import FakeServices
from wasl.identity.v1 import session_service_pb as requests
from wasl.identity.v1.session_pb import Session
from wasl.identity.v1.session_service_pb_grpc import SessionServiceServiceSync

SESSION_TOKEN = "session-token-of-a-browser"
BROWSER_TOKEN = "binds-the-sign-in"
PASSWORD = "correct horse battery staple"


def session_service(fake: FakeServices) -> SessionServiceServiceSync:
    """Sessions: `PASSWORD` begins one, whoever asks ends it."""

    class Sessions(SessionServiceServiceSync):
        def create_session(
            self, request: requests.CreateSessionRequest, context: grpc.ServicerContext
        ) -> requests.CreateSessionResponse:
            fake.note(request, context)
            if request.password != PASSWORD:
                return requests.CreateSessionResponse(challenge="a second factor")
            fake.good.add(SESSION_TOKEN)
            return requests.CreateSessionResponse(
                session=Session(id="1"), session_token=SESSION_TOKEN
            )

        def end_session(
            self, request: requests.EndSessionRequest, context: grpc.ServicerContext
        ) -> requests.EndSessionResponse:
            fake.note(request, context)
            fake.good.discard(SESSION_TOKEN)
            return requests.EndSessionResponse(session_token="")

        def list_sign_in_options(
            self, request: requests.ListSignInOptionsRequest, context: grpc.ServicerContext
        ) -> requests.ListSignInOptionsResponse:
            fake.note(request, context)
            return requests.ListSignInOptionsResponse(password=True)

        def start_oidc_sign_in(
            self, request: requests.StartOidcSignInRequest, context: grpc.ServicerContext
        ) -> requests.StartOidcSignInResponse:
            fake.note(request, context)
            return requests.StartOidcSignInResponse(
                authorization_url="https://provider.example/", browser_token=BROWSER_TOKEN
            )

        def complete_oidc_sign_in(
            self, request: requests.CompleteOidcSignInRequest, context: grpc.ServicerContext
        ) -> requests.CompleteOidcSignInResponse:
            fake.note(request, context)
            return requests.CompleteOidcSignInResponse(
                return_to="/contacts", session_token=SESSION_TOKEN, browser_token=""
            )

        def log_out_oidc_sessions(
            self, request: requests.LogOutOidcSessionsRequest, context: grpc.ServicerContext
        ) -> requests.LogOutOidcSessionsResponse:
            fake.note(request, context)
            return requests.LogOutOidcSessionsResponse()

    return Sessions()
