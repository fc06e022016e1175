"""Signing in and out with a browser."""

from chassis.audit.trail import note_actor
from chassis.database.session import reading
from chassis.errors import FailedPrecondition, NotFound, Unauthenticated
from chassis.grpc.call import Call
from chassis.resources.standard import now
from chassis.telemetry.metrics import count_sign_in as count_sign_in_outcome
from services.identity.queries.session import find_sign_in, sessions_of
from services.identity.rules import session as rules
from services.identity.rules.attempt import count_other, count_sign_in, counted, forgive
from services.identity.rules.oidc_logout import end_session_url
from services.identity.rules.oidc_provider import enabled_providers
from services.identity.rules.one_time_token import SECOND_FACTOR, make_token, owner_of, use_token
from services.identity.rules.password import fits, keep_up_to_date, refuse_without_passwords
from services.identity.rules.second_factor import accepts_code, accepts_recovery_code
from services.identity.settings import identity_settings
from services.identity.tables.oidc_provider import OidcProviderRow
from services.identity.tables.session import SessionRow
from services.identity.tables.user import UserRow
from wasl.identity.v1.session_pb import Session
from wasl.identity.v1.session_service_pb import (
    CreateSessionRequest,
    CreateSessionResponse,
    EndSessionRequest,
    EndSessionResponse,
    ListSessionsRequest,
    ListSessionsResponse,
    ListSignInOptionsRequest,
    ListSignInOptionsResponse,
    RevokeSessionRequest,
    RevokeSessionResponse,
    VerifySessionRequest,
    VerifySessionResponse,
)

# Tries at the second step within 15 minutes, of a person and of one challenge.
_CODES, _CODES_PER_CHALLENGE = 20, 5


@counted("password")
def create_session(request: CreateSessionRequest, call: Call) -> CreateSessionResponse:
    """Signs in with e-mail address and password.

    Raises Unauthenticated SIGN_IN_FAILED, in the same words and the same time for an unknown
    address, a wrong password and a person without access; ResourceExhausted after too many tries.
    """
    refuse_without_passwords(call)
    email = request.email.strip().lower()
    # Up to the proof nothing holds a connection: hashing is slow, and guesses come in crowds.
    attempt = count_sign_in(call, email)
    with reading(call.runtime.engine) as session:
        found = find_sign_in(session, email)
    if not fits(request.password, found.password_hash) or not found.user_id:
        raise _failed()
    user = call.session.get_one(UserRow, found.user_id)
    if user.state != "ACTIVE" or user.delete_time is not None:
        raise _failed()
    forgive(call.session, attempt)
    keep_up_to_date(call.session, user, request.password)
    if user.second_factor:
        note_actor(call.session, user_id=user.id)
        count_sign_in_outcome(method="password", outcome="challenged")
        challenge = make_token(call.session, user.id, SECOND_FACTOR)
        return CreateSessionResponse(challenge=challenge)
    row, token = rules.begin_session(call, user, Session.Method.PASSWORD)
    return CreateSessionResponse(session=rules.to_message(row, current=row.id), session_token=token)


@counted("second_factor")
def verify_session(request: VerifySessionRequest, call: Call) -> VerifySessionResponse:
    """The second step: a code of the app or a recovery code.

    Raises Unauthenticated CHALLENGE_EXPIRED or CODE_INVALID, ResourceExhausted.
    """
    key = identity_settings(call.runtime).secrets_key
    with reading(call.runtime.engine) as session:
        user_id = owner_of(session, request.challenge, SECOND_FACTOR)
    if user_id is None:
        raise Unauthenticated("CHALLENGE_EXPIRED", "Begin to sign in again.")
    count_other(call, "challenge", request.challenge, limit=_CODES_PER_CHALLENGE)
    attempt = count_other(call, "code", user_id, limit=_CODES)
    user = call.session.get_one(UserRow, user_id)
    right = accepts_code(call.session, user_id, request.code, key=key) or accepts_recovery_code(
        call.session, user_id, request.code, key=key
    )
    if not right or user.state != "ACTIVE" or user.delete_time is not None:
        raise Unauthenticated("CODE_INVALID", "The code is not right, or was used already.")
    if use_token(call.session, request.challenge, SECOND_FACTOR) is None:
        raise Unauthenticated("CHALLENGE_EXPIRED", "Begin to sign in again.")
    forgive(call.session, attempt)
    row, token = rules.begin_session(call, user, Session.Method.SECOND_FACTOR)
    return VerifySessionResponse(session=rules.to_message(row, current=row.id), session_token=token)


def end_session(_request: EndSessionRequest, call: Call) -> EndSessionResponse:
    """Signs out. Raises FailedPrecondition NO_SESSION for a caller without one."""
    id_ = rules.session_id(call)
    with reading(call.runtime.engine) as session:
        row = session.get(SessionRow, id_) if id_ else None
        provider_id = row.provider_id if row else None
        provider = session.get(OidcProviderRow, provider_id) if provider_id else None
    if row is None:
        raise FailedPrecondition("NO_SESSION", "Only a browser that is signed in can sign out.")
    url = ""
    if provider is not None:
        # It may have to be asked where that is: no connection is held meanwhile.
        url = end_session_url(provider, row, settings=identity_settings(call.runtime))
    rules.end_session(call.session, row.id)
    return EndSessionResponse(end_session_url=url, session_token="")


def list_sessions(_request: ListSessionsRequest, call: Call) -> ListSessionsResponse:
    """The caller's sessions, the newest first."""
    current = rules.session_id(call)
    rows = sessions_of(call.session, call.caller.user_id)
    alive = (row for row in rows if rules.expire_time(row) > now())
    return ListSessionsResponse(sessions=[rules.to_message(row, current=current) for row in alive])


def revoke_session(request: RevokeSessionRequest, call: Call) -> RevokeSessionResponse:
    """Ends one of the caller's sessions. Raises NotFound, also for another person's."""
    row = call.session.get(SessionRow, request.id)
    if row is None or row.user_id != call.caller.user_id:
        raise NotFound("NOT_FOUND", f"There is no session {request.id}.")
    rules.end_session(call.session, row.id)
    return RevokeSessionResponse()


def list_sign_in_options(
    _request: ListSignInOptionsRequest, call: Call
) -> ListSignInOptionsResponse:
    """How one can sign in here."""
    providers = [
        ListSignInOptionsResponse.Provider(id=row.id, display_name=row.display_name)
        for row in enabled_providers(call.session)
    ]
    password = identity_settings(call.runtime).password_sign_in
    return ListSignInOptionsResponse(password=password, providers=providers)


def _failed() -> Unauthenticated:
    return Unauthenticated("SIGN_IN_FAILED", "The e-mail address and the password do not fit.")


RPCS = (
    create_session,
    verify_session,
    end_session,
    list_sessions,
    revoke_session,
    list_sign_in_options,
)
