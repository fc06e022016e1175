"""Who calls: the internal token that every service verifies itself, and calls between services."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey

from chassis.errors import Unauthenticated
from chassis.grpc.grants import Scope, read_grant, widest_scope
from chassis.keys import public_keys as read_public_keys
from chassis.rotation import each, first
from chassis.telemetry.tracing import TRACEPARENT, current_traceparent

TOKEN_AUDIENCE = "wasl"  # noqa: S105 - no secret
TOKEN_ISSUER = "identity"  # noqa: S105 - no secret
INTERNAL_AUDIENCE = "wasl-internal"
INTERNAL_HEADER = "x-wasl-internal"
# Seconds that an internal token lives.
LIFETIME = 60
# What is passed on must not expire on the way.
_MARGIN = 5


@dataclass(frozen=True)
class Caller:
    """The person, or the program acting as one, on whose behalf an RPC runs."""

    user_id: str
    # Such as `contacts.*:TEAM`; `*` alone is everything of everybody.
    grants: tuple[str, ...] = ()
    # The team that what the person makes belongs to; empty when there is none.
    team_id: str = ""
    # The teams the person is a member of, and these with all teams below them.
    team_ids: tuple[str, ...] = ()
    below_ids: tuple[str, ...] = ()
    # Groups of fields that the person does not see, such as `sales.amounts`.
    hidden: frozenset[str] = frozenset()
    # `session:<id>`, `apiKey:<id>`, `oidc:<provider>`, or `user` for work that goes on by itself.
    credential: str = ""
    # As it came, to be passed on.
    token: str = field(default="", repr=False)

    def may(self, permission: str) -> bool:
        """Whether one of the grants covers a permission, for whichever records."""
        return widest_scope(self.grants, permission) is not None

    def scope(self, permission: str) -> Scope | None:
        """Whose records the grants reach with a permission; None without it."""
        return widest_scope(self.grants, permission)


class TokenVerifier:
    """Verifies tokens of identity and of other processes, each once in its life."""

    def __init__(self, *, public_keys: str, internal_key: str) -> None:
        self._keys = read_public_keys(public_keys)
        self._internal_keys = [OctKey.import_key(key) for key in each(internal_key)]
        # ES256 costs 0.1 ms, and a token comes with every call for half a minute.
        self._callers: TTLCache[str, tuple[Caller, float]] = TTLCache(10_000, LIFETIME)
        self._internal: TTLCache[str, float] = TTLCache(1_000, LIFETIME)
        # A TTLCache that two threads enter at once is broken for good.
        self._lock = Lock()

    def caller(self, token: str) -> Caller:
        """The caller that a token names. Raises Unauthenticated when it is false or too old."""
        with self._lock:
            known = self._callers.get(token)
        if known is None:
            known = self._verify(token)
            with self._lock:
                self._callers[token] = known
        caller, expires = known
        if time.time() >= expires:
            raise Unauthenticated("CREDENTIAL_EXPIRED", "The internal token has expired.")
        return caller

    def holds(self, token: str) -> bool:
        """Whether a token is good for some seconds more."""
        with self._lock:
            known = self._callers.get(token)
        return known is not None and known[1] > time.time() + _MARGIN

    def _verify(self, token: str) -> tuple[Caller, float]:
        try:
            claims = jwt.decode(token, self._keys, algorithms=["ES256"]).claims
            if (claims["aud"], claims["iss"]) != (TOKEN_AUDIENCE, TOKEN_ISSUER):
                raise ValueError("not meant for us, or not by identity")
            _check_begin(claims)
            return _caller(claims, token), _end(claims)
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Unauthenticated(
                "CREDENTIAL_INVALID", "The internal token is not valid."
            ) from error

    def _internal_claims(self, token: str) -> Mapping[str, Any]:
        for key in self._internal_keys:
            try:
                return jwt.decode(token, key, algorithms=["HS256"]).claims
            except BadSignatureError:
                # Signed with another one, while the key is being changed.
                continue
        raise BadSignatureError

    def check_internal(self, token: str) -> None:
        """Raises Unauthenticated unless another Wasl process made the token within a minute."""
        with self._lock:
            expires = self._internal.get(token)
        if expires is None:
            try:
                claims = self._internal_claims(token)
                if claims["aud"] != INTERNAL_AUDIENCE:
                    raise ValueError("audience")
                expires = _end(claims)
            except (JoseError, KeyError, ValueError, TypeError) as error:
                raise Unauthenticated(
                    "CREDENTIAL_INVALID", "Only Wasl's own processes may call this."
                ) from error
            with self._lock:
                self._internal[token] = expires
        if time.time() >= expires:
            raise Unauthenticated("CREDENTIAL_EXPIRED", "The internal token has expired.")


def _end(claims: Mapping[str, Any]) -> float:
    end = float(claims["exp"])
    if not math.isfinite(end):
        raise ValueError("a token must end")
    return end


def _check_begin(claims: Mapping[str, Any]) -> None:
    # Clocks differ by some seconds; by more, something is wrong with the token.
    latest = time.time() + LIFETIME
    if float(claims.get("nbf", 0)) > latest or float(claims.get("iat", 0)) > latest:
        raise ValueError("the token is of another time")


class InternalCredential:
    """The credential of this process for internal RPCs of others; made anew every 30 seconds."""

    def __init__(self, *, issuer: str, internal_key: str) -> None:
        self._issuer = issuer
        self._key = OctKey.import_key(first(internal_key))
        self._token = ""
        self._made = 0.0

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata to call with, the trace that we are in included."""
        now = time.time()
        if now - self._made > LIFETIME / 2:
            claims = {"iss": self._issuer, "aud": INTERNAL_AUDIENCE, "exp": int(now) + LIFETIME}
            self._token = jwt.encode({"alg": "HS256"}, claims, self._key)
            self._made = now
        traceparent = current_traceparent()
        if traceparent is None:
            return ((INTERNAL_HEADER, self._token),)
        return ((INTERNAL_HEADER, self._token), (TRACEPARENT, traceparent))


def _caller(claims: Mapping[str, Any], token: str) -> Caller:
    caller = Caller(
        user_id=str(claims["sub"]),
        grants=tuple(claims.get("grants", ())),
        team_id=str(claims.get("team") or ""),
        team_ids=tuple(claims.get("teams", ())),
        below_ids=tuple(claims.get("below", ())),
        hidden=frozenset(claims.get("hidden", ())),
        credential=str(claims.get("cred", "")),
        token=token,
    )
    if not caller.user_id:
        raise ValueError("a token is somebody's")
    if isinstance(claims.get("grants"), str):
        raise ValueError("grants are a list")
    # A grant that cannot be read must not first be noticed where it decides.
    for grant in caller.grants:
        read_grant(grant)
    return caller
