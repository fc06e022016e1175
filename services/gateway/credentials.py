"""Credentials → internal tokens. The one place where the gateway knows an RPC by name."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Literal, NamedTuple

import grpc
from protobuf import Oneof

from services.gateway.client import channel_to, internal_token
from services.gateway.problems import Problem, reason_of
from wasl.identity.v1.credential_service_pb import (
    ResolveCredentialRequest,
    ResolveCredentialResponse,
)

RESOLVE = "/wasl.identity.v1.CredentialService/ResolveCredential"
IDENTITY = "identity"
# Seconds. A disabled user is out after the first; a bad key is asked for again after the other.
GOOD_FOR = 30.0
BAD_FOR = 5.0
# A token must outlive the call that carries it into a service by some clock difference.
_MARGIN = 10.0
_MAX_ENTRIES = 20_000
# No key is longer; what is longer is not worth a call.
_MAX_SECRET = 200
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


Resolve = Callable[[str], tuple[str, float]]
Authenticate = Callable[[str], Caller]


def read_secret(authorization: str | None, api_key: str | None) -> str | None:
    """The secret that a caller sent, or None. Problem 401 for another scheme or two credentials."""
    if authorization is None:
        return api_key
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
    return secret


def missing() -> Problem:
    """The 401 of a request without a credential."""
    return Problem(
        401,
        "CREDENTIAL_MISSING",
        "This needs a credential: `Authorization: Bearer <API key>`.",
        headers=_CHALLENGE,
    )


def resolver(*, address: str, internal_key: str) -> Resolve:
    """Asks identity for the internal token of a secret: the token and the Unix time it ends."""
    token = internal_token(internal_key, issuer="gateway")
    call = None

    def resolve(secret: str) -> tuple[str, float]:
        nonlocal call
        if call is None:
            # Two threads may both open it; the channel below is the same one.
            call = channel_to(IDENTITY, address=address).unary_unary(
                RESOLVE,
                request_serializer=ResolveCredentialRequest.to_binary,
                response_deserializer=ResolveCredentialResponse.from_binary,
            )
        credential: Oneof[Literal["api_key"], str] = Oneof("api_key", secret)
        response: ResolveCredentialResponse = call(
            ResolveCredentialRequest(credential=credential),
            timeout=_TIMEOUT,
            metadata=(("x-wasl-internal", token()),),
        )
        expires = response.expire_time
        return response.token, float(expires.seconds) if expires else time.time() + 60.0

    return resolve


def authenticator(resolve: Resolve, *, clock: Callable[[], float] = time.time) -> Authenticate:
    """A function from a secret to its caller, with a cache.

    Answers are kept for 30 s (bad ones for 5 s) under the SHA-256 of the secret; requests that
    come together make one call. Problem 401 for a bad credential, 503 when identity is down.
    """
    entries: dict[bytes, _Entry] = {}
    flights: dict[bytes, Future[_Entry]] = {}
    lock = threading.Lock()

    def authenticate(secret: str) -> Caller:
        if len(secret) > _MAX_SECRET:
            raise _invalid()
        digest = hashlib.sha256(secret.encode("utf-8", "replace")).digest()
        entry = entries.get(digest)
        if entry is None or entry.until <= clock():
            entry = fly(secret, digest)
        if entry.caller is None:
            raise _invalid()
        return entry.caller

    def fly(secret: str, digest: bytes) -> _Entry:
        with lock:
            flight = flights.get(digest)
            mine = flight is None
            if flight is None:
                flight = flights[digest] = Future()
        if not mine:
            return flight.result(timeout=_TIMEOUT + 1.0)
        try:
            entry = ask(secret, digest)
        except BaseException as error:
            with lock:
                del flights[digest]
            flight.set_exception(error)
            raise
        with lock:
            # Entries live for seconds, so the oldest ones are also the least recently made.
            entries.pop(digest, None)
            while len(entries) >= _MAX_ENTRIES:
                del entries[next(iter(entries))]
            entries[digest] = entry
            del flights[digest]
        flight.set_result(entry)
        return entry

    def ask(secret: str, digest: bytes) -> _Entry:
        try:
            token, ends = resolve(secret)
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
        until = max(now, min(now + GOOD_FOR, ends - _MARGIN))
        return _Entry(until, Caller(digest, f"Bearer {token}"))

    return authenticate


def _invalid() -> Problem:
    return Problem(
        401,
        "CREDENTIAL_INVALID",
        "The credential is not valid, or not valid any more.",
        headers=(("WWW-Authenticate", 'Bearer error="invalid_token"'),),
    )
