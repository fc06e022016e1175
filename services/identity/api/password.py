"""Passwords and second factors."""

import time

from chassis.audit.trail import note_actor
from chassis.database.session import unit_of_work
from chassis.errors import FailedPrecondition, InvalidArgument, invalid_field
from chassis.grpc.call import Call
from chassis.resources.standard import load, save
from services.identity.api.user import USERS
from services.identity.rules import one_time_token as tokens
from services.identity.rules import password as rules
from services.identity.rules import second_factor
from services.identity.rules.attempt import count_other, forgive
from services.identity.rules.mails import mail_password_changed, mail_reset
from services.identity.rules.session import end_sessions, session_id
from services.identity.rules.user import person_with
from services.identity.settings import identity_settings
from services.identity.tables.user import UserRow
from wasl.identity.v1.password_service_pb import (
    ChangePasswordRequest,
    ChangePasswordResponse,
    ConfirmSecondFactorRequest,
    ConfirmSecondFactorResponse,
    EnrollSecondFactorRequest,
    EnrollSecondFactorResponse,
    RemoveSecondFactorRequest,
    RemoveSecondFactorResponse,
    RequestPasswordResetRequest,
    RequestPasswordResetResponse,
    ResetPasswordRequest,
    ResetPasswordResponse,
)

# Tries within 15 minutes.
_PROOFS, _CODES, _RESETS, _RESETS_PER_ADDRESS = 10, 10, 3, 30
# Seconds that asking for a reset takes, whether there is such a person or not.
_RESET_TAKES = 0.25


def change_password(request: ChangePasswordRequest, call: Call) -> ChangePasswordResponse:
    """Sets a new password, proved by the old one. Other sessions of the person end."""
    user = _proved(call, request.current_password, field="currentPassword")
    rules.check_new_password(user, request.new_password, second_factor=user.second_factor)
    rules.set_password(call.session, user.id, request.new_password)
    tokens.end_tokens(call.session, user.id)
    end_sessions(call.session, user.id, but=session_id(call))
    mail_password_changed(call.session, user)
    return ChangePasswordResponse()


def request_password_reset(
    request: RequestPasswordResetRequest, call: Call
) -> RequestPasswordResetResponse:
    """Sends a link to whoever has the address. The answer and its time tell nothing."""
    rules.refuse_without_passwords(call)
    started = time.monotonic()
    email = request.email.strip().lower()
    count_other(call, "reset", email, limit=_RESETS)
    count_other(call, "resets", call.client.address, limit=_RESETS_PER_ADDRESS)
    with unit_of_work(call.runtime.engine) as session:
        user = person_with(session, email)
        # Who has been invited and not come yet gets another link to begin with.
        if user is not None and user.state != "DISABLED":
            token = tokens.make_token(session, user.id, tokens.RESET)
            mail_reset(session, user, tokens.reset_url(call, token))
    # No connection is held meanwhile.
    time.sleep(max(0.0, _RESET_TAKES - (time.monotonic() - started)))
    return RequestPasswordResetResponse()


def reset_password(request: ResetPasswordRequest, call: Call) -> ResetPasswordResponse:
    """Sets the password with the token of a mail. All sessions of the person end.

    Raises InvalidArgument TOKEN_INVALID, or for a password that is no good; the token then stays.
    """
    rules.refuse_without_passwords(call)
    count_other(call, "token", call.client.address, limit=_RESETS_PER_ADDRESS)
    user_id = tokens.use_token(call.session, request.token, tokens.RESET, tokens.INVITATION)
    user = call.session.get(UserRow, user_id) if user_id else None
    if user is None or user.state == "DISABLED" or user.delete_time is not None:
        raise InvalidArgument("TOKEN_INVALID", "The link is not valid any more; ask for another.")
    note_actor(call.session, user_id=user.id)
    rules.check_new_password(user, request.new_password, second_factor=user.second_factor)
    rules.set_password(call.session, user.id, request.new_password)
    tokens.end_tokens(call.session, user.id)
    end_sessions(call.session, user.id)
    if user.state == "INVITED":
        before = USERS.mapping.from_row(user)
        user.state = "ACTIVE"
        save(USERS, call, user, before=before, past_tense="Updated")
    else:
        mail_password_changed(call.session, user)
    return ResetPasswordResponse(email=user.email)


def enroll_second_factor(
    _request: EnrollSecondFactorRequest, call: Call
) -> EnrollSecondFactorResponse:
    """Begins a second factor; it counts once it is confirmed."""
    user: UserRow = load(USERS, call, call.caller.user_id)
    _need_browser(call)
    made = second_factor.enrol(call.session, user, key=_key(call))
    return EnrollSecondFactorResponse(secret=made.secret, uri=made.uri)


def confirm_second_factor(
    request: ConfirmSecondFactorRequest, call: Call
) -> ConfirmSecondFactorResponse:
    """Confirms the second factor with a first code. The answer has the recovery codes."""
    _need_browser(call)
    attempt = count_other(call, "confirm", call.caller.user_id, limit=_CODES)
    user: UserRow = load(USERS, call, call.caller.user_id)
    key = _key(call)
    if not second_factor.accepts_code(
        call.session, user.id, request.code, key=key, confirmed=False
    ):
        raise invalid_field("code", "is not right", reason="CODE_INVALID")
    before = USERS.mapping.from_row(user)
    forgive(call.session, attempt)
    second_factor.confirm(call.session, user)
    save(USERS, call, user, before=before, past_tense="Updated")
    codes = second_factor.new_recovery_codes(call.session, user.id, key=key)
    return ConfirmSecondFactorResponse(recovery_codes=codes)


def remove_second_factor(
    request: RemoveSecondFactorRequest, call: Call
) -> RemoveSecondFactorResponse:
    """Takes the second factor away, proved by the password.

    Raises FailedPrecondition PASSWORD_TOO_SHORT while the password is too short to stand alone.
    """
    user = _proved(call, request.password, field="password")
    if len(request.password) < rules.SHORTEST_ALONE:
        raise FailedPrecondition(
            "PASSWORD_TOO_SHORT",
            f"Without a second factor a password has {rules.SHORTEST_ALONE} characters or more; "
            "change it first.",
        )
    if user.second_factor:
        before = USERS.mapping.from_row(user)
        second_factor.remove(call.session, user)
        save(USERS, call, user, before=before, past_tense="Updated")
        end_sessions(call.session, user.id, but=session_id(call))
    return RemoveSecondFactorResponse()


def _proved(call: Call, password: str, *, field: str) -> UserRow:
    """The caller, once the password has proved them. Raises InvalidArgument, ResourceExhausted."""
    _need_browser(call)
    attempt = count_other(call, "proof", call.caller.user_id, limit=_PROOFS)
    user: UserRow = load(USERS, call, call.caller.user_id)
    if not rules.fits(password, user.password_hash):
        raise invalid_field(field, "is not right", reason="PASSWORD_WRONG")
    forgive(call.session, attempt)
    return user


def _need_browser(call: Call) -> None:
    # A key that leaks must not become a way to take the person's account over.
    if not session_id(call):
        raise FailedPrecondition("NO_SESSION", "Only a person who is signed in can do this.")


def _key(call: Call) -> str:
    return identity_settings(call.runtime).secrets_key


RPCS = (
    change_password,
    request_password_reset,
    reset_password,
    enroll_second_factor,
    confirm_second_factor,
    remove_second_factor,
)
