"""Credentials → internal tokens. The one place where the gateway knows an RPC by name."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Literal, NamedTuple, cast

import grpc
from protobuf import Oneof

from services.gateway.client import channel_to, internal_token
from services.gateway.cookies import PREFIX, SESSION, read_cookie
from services.gateway.problems import Problem, reason_of
from wasl.identity.v1.credential_service_pb import (
    ResolveCredentialRequest,
    ResolveCredentialResponse,
)

RESOLVE = "/wasl.identity.v1.CredentialService/ResolveCredential"
IDENTITY = "identity"
# As the fields of ResolveCredentialRequest are called.
Kind = Literal["api_key", "session_token", "oidc_token"]
_COOKIE = PREFIX + SESSION
# Seconds. A disabled user is out within 30 (design §8), the last question's way included; a bad key
# is asked for again after the other.
GOOD_FOR = 28.0
BAD_FOR = 5.0
# A good session is never remembered: who signs out, in whichever worker or pod, is out with the
# next request, and no revocation has to travel. It costs a browser's request one call (ADR 0003).
SESSION_GOOD_FOR = 0.0
# A token must outlive the call that carries it into a service by some clock difference.
_MARGIN = 10.0
_MAX_ENTRIES = 20_000
# None is longer; what is longer is not worth a call.
_LONGEST = {"api_key": 200, "session_token": 200, "oidc_token": 8000}
_TIMEOUT = 5.0

_BAD_CODES = (
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED,
)
_CHALLENGE = (("WWW-Authenticate", "Bearer"),)


class Caller(NamedTuple):
    """Who calls: a digest that stands for the credential, and what services are told."""

    digest: bytes
    # The value of the metadata key `authorization`.
    authorization: str


class _Entry(NamedTuple):
    until: float
    # None: the credential is worth nothing.
    caller: Caller | None


class Credential(NamedTuple):
    """What a caller has sent to prove who they are."""

    kind: Kind
    secret: str


Resolve = Callable[[Credential], tuple[str, float]]
Authenticate = Callable[[Credential], Caller]


def read_credential(environ: Mapping[str, object]) -> Credential | None:
    """The credential of a request, or None.

    Problem 401 for another scheme or two keys, 400 for a cookie and a key: which of the two would
    the caller be, and does the request need proof that no other site has sent it?
    """
    authorization = cast(str | None, environ.get("HTTP_AUTHORIZATION"))
    api_key = cast(str | None, environ.get("HTTP_X_API_KEY"))
    cookie = read_cookie(environ, _COOKIE)
    if authorization is None and api_key is None:
        return None if cookie is None else Credential("session_token", cookie)
    if cookie is not None:
        raise Problem(
            400,
            "TWO_CREDENTIALS",
            "Send the cookie of a session or a key, but not both.",
        )
    if authorization is None:
        return Credential("api_key", api_key) if api_key else None
    scheme, _, secret = authorization.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise Problem(
            401,
            "CREDENTIAL_INVALID",
            "Send the credential as `Authorization: Bearer <API key>`.",
            headers=_CHALLENGE,
        )
    if api_key is not None and api_key != secret:
        raise Problem(
            401,
            "CREDENTIAL_INVALID",
            "Send one credential: Authorization or X-API-Key.",
            headers=_CHALLENGE,
        )
    # A JWT has three parts; our own keys have no dot.
    return Credential("oidc_token" if secret.count(".") == 2 else "api_key", secret)


def missing() -> Problem:
    """The 401 of a request without a credential."""
    return Problem(
        401,
        "CREDENTIAL_MISSING",
        "This needs a credential: `Authorization: Bearer <API key>`.",
        headers=_CHALLENGE,
    )


def resolver(*, address: str, internal_key: str) -> Resolve:
    """Asks identity for the internal token of a credential: the token and the Unix time it ends."""
    token = internal_token(internal_key, issuer="gateway")
    call = None

    def resolve(credential: Credential) -> tuple[str, float]:
        nonlocal call
        if call is None:
            # Two threads may both open it; the channel below is the same one.
            call = channel_to(IDENTITY, address=address).unary_unary(
                RESOLVE,
                request_serializer=ResolveCredentialRequest.to_binary,
                response_deserializer=ResolveCredentialResponse.from_binary,
            )
        response: ResolveCredentialResponse = call(
            _request(credential),
            timeout=_TIMEOUT,
            metadata=(("x-wasl-internal", token()),),
        )
        expires = response.expire_time
        return response.token, float(expires.seconds) if expires else time.time() + 60.0

    return resolve


def authenticator(resolve: Resolve, *, clock: Callable[[], float] = time.time) -> Authenticate:
    """A function from a credential to its caller, with a cache.

    Answers are kept for 30 s (bad ones for 5 s, good sessions not at all) under the SHA-256 of the
    secret; requests that come together with one key make one call. Problem 401 for a bad
    credential, 503 when identity is down.
    """
    entries: dict[bytes, _Entry] = {}
    flights: dict[bytes, Future[_Entry]] = {}
    lock = threading.Lock()

    def authenticate(credential: Credential) -> Caller:
        if len(credential.secret) > _LONGEST[credential.kind]:
            raise _invalid()
        digest = hashlib.sha256("".join(credential).encode("utf-8", "replace")).digest()
        entry = entries.get(digest)
        if entry is None or entry.until <= clock():
            # A session asks for itself: to share an answer that was asked for before somebody
            # signed out would let them in once more.
            entry = (
                keep(digest, ask(credential, digest))
                if credential.kind == "session_token"
                else fly(credential, digest)
            )
        if entry.caller is None:
            raise _invalid()
        return entry.caller

    def fly(credential: Credential, digest: bytes) -> _Entry:
        with lock:
            flight = flights.get(digest)
            mine = flight is None
            if flight is None:
                flight = flights[digest] = Future()
        if not mine:
            return flight.result(timeout=_TIMEOUT + 1.0)
        try:
            entry = ask(credential, digest)
        except BaseException as error:
            with lock:
                del flights[digest]
            flight.set_exception(error)
            raise
        keep(digest, entry)
        with lock:
            del flights[digest]
        flight.set_result(entry)
        return entry

    def keep(digest: bytes, entry: _Entry) -> _Entry:
        if entry.until <= clock():
            return entry
        with lock:
            # Entries live for seconds, so the oldest ones are also the least recently made.
            entries.pop(digest, None)
            while len(entries) >= _MAX_ENTRIES:
                del entries[next(iter(entries))]
            entries[digest] = entry
        return entry

    def ask(credential: Credential, digest: bytes) -> _Entry:
        try:
            token, ends = resolve(credential)
        except grpc.RpcError as error:
            code, _ = reason_of(error)
            if code in _BAD_CODES:
                return _Entry(clock() + BAD_FOR, None)
            raise Problem(
                503,
                "UNAVAILABLE",
                "The credential cannot be checked right now. Try again.",
                headers=(("Retry-After", "1"),),
            ) from error
        now = clock()
        good_for = SESSION_GOOD_FOR if credential.kind == "session_token" else GOOD_FOR
        until = max(now, min(now + good_for, ends - _MARGIN))
        return _Entry(until, Caller(digest, f"Bearer {token}"))

    return authenticate


def _request(credential: Credential) -> ResolveCredentialRequest:
    match credential.kind:
        case "api_key":
            key: Oneof[Literal["api_key"], str] = Oneof("api_key", credential.secret)
            return ResolveCredentialRequest(credential=key)
        case "session_token":
            session: Oneof[Literal["session_token"], str]
            session = Oneof("session_token", credential.secret)
            return ResolveCredentialRequest(credential=session)
        case "oidc_token":
            token: Oneof[Literal["oidc_token"], str] = Oneof("oidc_token", credential.secret)
            return ResolveCredentialRequest(credential=token)


def _invalid() -> Problem:
    return Problem(
        401,
        "CREDENTIAL_INVALID",
        "The credential is not valid, or not valid any more.",
        headers=(("WWW-Authenticate", 'Bearer error="invalid_token"'),),
    )
