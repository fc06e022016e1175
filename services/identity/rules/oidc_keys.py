"""What a provider says of itself (discovery), its keys, and JWTs that are signed with them.

Both are remembered for an hour. A key that is not known yet makes the keys be read anew, because
providers change them without asking; at most once in a while, because anybody can invent key ids.
"""
# name: escaped, because it serves signing in, logging out and bearer tokens

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cachetools import TTLCache
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.errors import Unavailable
from services.identity.rules.oidc_http import Allows, Refused, away, check_address, get_json

# Only what a private key of the provider's makes; never `none`, and nothing with a shared secret.
ALGORITHMS = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    }
)
_FRESH = 3600
# Seconds between two readings of the keys because of a key that is not known.
_REFETCH = 10.0
# Seconds that clocks may differ.
LEEWAY = 60


@dataclass
class Provider:
    """What is known of an issuer."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    algorithms: tuple[str, ...]
    token_auth_methods: tuple[str, ...]
    # Whether it always says who it is when it sends a browser back (RFC 9207).
    sends_iss: bool
    keys: KeySet | None = None
    keys_read: float = field(default=0.0)


_PROVIDERS: TTLCache[str, Provider] = TTLCache(100, _FRESH)
# Issuers that could not be asked just now: whoever comes next must not wait as well.
_AWAY: TTLCache[str, bool] = TTLCache(100, 10)
_LOCK = Lock()


def discover(issuer: str, *, settings: Allows) -> Provider:
    """What the provider says of itself. Raises Refused when it cannot be used, Unavailable."""
    with _LOCK:
        known = _PROVIDERS.get(issuer)
    if known is not None:
        return known
    told = _asked(
        issuer, f"{issuer.rstrip('/')}/.well-known/openid-configuration", settings=settings
    )
    # Else one provider could speak for another.
    if told.get("issuer") != issuer:
        raise Refused("the provider says that it is another issuer")
    algorithms = told.get("id_token_signing_alg_values_supported") or ["RS256"]
    found = Provider(
        issuer=issuer,
        authorization_endpoint=_endpoint(told, "authorization_endpoint", settings),
        token_endpoint=_endpoint(told, "token_endpoint", settings),
        jwks_uri=_endpoint(told, "jwks_uri", settings),
        userinfo_endpoint=_endpoint(told, "userinfo_endpoint", settings, needed=False),
        end_session_endpoint=_endpoint(told, "end_session_endpoint", settings, needed=False),
        algorithms=tuple(name for name in algorithms if name in ALGORITHMS),
        token_auth_methods=tuple(
            told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        ),
        sends_iss=told.get("authorization_response_iss_parameter_supported") is True,
    )
    if not found.algorithms:
        raise Refused("the provider signs with nothing that can be trusted")
    with _LOCK:
        _PROVIDERS[issuer] = found
    return found


# any: escaped, because claims hold anything
def verified_claims(provider: Provider, token: str, *, settings: Allows) -> dict[str, Any]:
    """The claims of a JWT that the provider has signed, its issuer checked and nothing else.

    Raises Refused.
    """
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, KeyError, TypeError, UnicodeError) as error:
        raise Refused("it is no signed token") from error
    keys = _keys(provider, kid, settings=settings)
    try:
        claims = jwt.decode(token, keys, algorithms=list(provider.algorithms)).claims
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused("its signature is not the provider's") from error
    if claims.get("iss") != provider.issuer:
        raise Refused("it is of another issuer")
    return claims


# any: escaped, because claims hold anything
def check_times(claims: dict[str, Any], *, needs_end: bool = True) -> None:
    """Raises Refused for a token that has expired, or is from the future."""
    now = time.time()
    for name, sign in (("exp", 1), ("iat", -1), ("nbf", -1)):
        value = claims.get(name)
        if value is None and not (name == "exp" and needs_end):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused(f"its {name} is no time")
        if sign * (value - now) < -LEEWAY:
            raise Refused("it has expired" if name == "exp" else "it is from the future")


# any: escaped, because claims hold anything
def check_audience(claims: dict[str, Any], client_id: str) -> None:
    """Raises Refused for a token that is not for this client (OpenID Connect Core 3.1.3.7)."""
    audience = claims.get("aud")
    audiences: Sequence[Any] = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise Refused("it is for another client")
    party = claims.get("azp")
    if (len(audiences) > 1 or party is not None) and party != client_id:
        raise Refused("it was given to another client")


def forget_providers() -> None:
    """Reads everything anew: for tests, and when a provider was changed."""
    with _LOCK:
        _PROVIDERS.clear()
        _AWAY.clear()


def _keys(provider: Provider, kid: object, *, settings: Allows) -> KeySet:
    known = provider.keys
    age = time.monotonic() - provider.keys_read
    is_new = known is not None and kid is not None and not any(key.kid == kid for key in known)
    if known is not None and age <= _FRESH and not (is_new and age > _REFETCH):
        return known
    # Also when it fails: a provider in trouble is not asked again at once.
    provider.keys_read = time.monotonic()
    try:
        told: Any = _asked(provider.issuer, provider.jwks_uri, settings=settings)
        provider.keys = KeySet.import_key_set(told)
    except Unavailable:
        if known is None:
            raise
        return known
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused("the provider's keys cannot be read") from error
    return provider.keys


def _asked(issuer: str, url: str, *, settings: Allows) -> dict[str, Any]:
    with _LOCK:
        if issuer in _AWAY:
            raise away()
    try:
        return get_json(url, settings=settings)
    except Unavailable:
        with _LOCK:
            _AWAY[issuer] = True
        raise


def _endpoint(told: dict[str, Any], name: str, settings: Allows, *, needed: bool = True) -> str:
    url = told.get(name)
    if not isinstance(url, str) or not url:
        if needed:
            raise Refused(f"the provider has no {name}")
        return ""
    check_address(url, settings=settings)
    return url
