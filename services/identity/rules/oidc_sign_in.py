"""Single sign-on: the authorisation code flow with PKCE, state and nonce."""

import datetime
import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import delete
from sqlalchemy.orm import Session

from chassis.resources.standard import now
from services.identity.rules.oidc_http import Refused, get_json, post_form
from services.identity.rules.oidc_keys import (
    Provider,
    check_audience,
    check_times,
    discover,
    verified_claims,
)
from services.identity.rules.oidc_provider import secret_of
from services.identity.rules.one_time_token import hash_token, new_token
from services.identity.settings import IdentitySettings
from services.identity.tables.oidc_provider import OidcProviderRow, OidcSignInRow

# Where providers send browsers back to, under the public address.
CALLBACK = "/sign-in/callback"
_LIVES = datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class Begun:
    """Where to send the browser, and the cookie that binds the sign-in to it."""

    url: str
    browser_token: str


@dataclass(frozen=True)
class Proved:
    """Who has signed in at a provider."""

    subject: str
    # Empty unless the provider says that it is verified.
    email: str
    display_name: str
    locale: str
    groups: frozenset[str]
    # The session at the provider.
    session: str
    id_token: str


def begin(
    session: Session, row: OidcProviderRow, *, return_to: str, settings: IdentitySettings
) -> Begun:
    """Begins a sign-in. Raises Refused, Unavailable."""
    provider = discover(row.issuer, settings=settings)
    state, nonce, browser = new_token(), new_token(), new_token()
    # 43 to 128 characters (RFC 7636).
    verifier = secrets.token_urlsafe(48)
    session.add(
        OidcSignInRow(
            state_hash=hash_token(state),
            provider_id=row.id,
            browser_hash=hash_token(browser),
            nonce=nonce,
            code_verifier=verifier,
            return_to=return_to,
            expire_time=now() + _LIVES,
        )
    )
    scopes = dict.fromkeys(["openid", "email", "profile", *row.scopes])
    url = prepare_grant_uri(
        provider.authorization_endpoint,
        client_id=row.client_id,
        response_type="code",
        redirect_uri=redirect_uri(settings),
        scope=" ".join(scopes),
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return Begun(str(url), browser)


def take(session: Session, state: str) -> OidcSignInRow | None:
    """The sign-in of a state, which is over with this, whatever comes of it."""
    return session.scalar(
        delete(OidcSignInRow)
        .where(OidcSignInRow.state_hash == hash_token(state))
        .returning(OidcSignInRow)
    )


def of_this_browser(row: OidcSignInRow | None, browser_token: str) -> OidcSignInRow:
    """The sign-in, when this browser has begun it and not too long ago. Raises Refused."""
    if row is None or row.expire_time <= now():
        raise Refused("the sign-in was not begun here, or too long ago")
    if not hmac.compare_digest(row.browser_hash, hash_token(browser_token)):
        raise Refused("the sign-in was begun in another browser")
    return row


def prove(
    row: OidcProviderRow, begun: OidcSignInRow, *, code: str, iss: str, settings: IdentitySettings
) -> Proved:
    """Who it is, by what the provider answers for the code. Raises Refused, Unavailable."""
    provider = discover(row.issuer, settings=settings)
    # Mix-up: the answer of one provider must not be taken for another's (RFC 9207).
    if (iss or provider.sends_iss) and iss != provider.issuer:
        raise Refused("the answer is of another provider")
    told = _exchange(provider, row, begun, code=code, settings=settings)
    id_token = told.get("id_token")
    if not isinstance(id_token, str):
        raise Refused("the provider gave no ID token")
    claims = verified_claims(provider, id_token, settings=settings)
    check_audience(claims, row.client_id)
    check_times(claims)
    if not hmac.compare_digest(str(claims.get("nonce", "")), begun.nonce):
        raise Refused("the ID token is of another sign-in")
    subject = _text(claims, "sub")
    if not subject:
        raise Refused("the ID token names nobody")
    _add_userinfo(claims, provider, row, told, settings=settings)
    return Proved(
        subject=subject,
        email=verified_email(claims),
        display_name=_text(claims, "name") or _text(claims, "preferred_username"),
        locale=_text(claims, "locale")[:2].lower(),
        groups=groups_of(claims, row.groups_claim),
        session=_text(claims, "sid"),
        id_token=id_token,
    )


def redirect_uri(settings: IdentitySettings) -> str:
    """Where providers send browsers back to; to be told to each provider."""
    return settings.public_url.rstrip("/") + CALLBACK


# any: escaped, because claims hold anything
def verified_email(claims: dict[str, Any]) -> str:
    """The person's address, in lower case, when the provider has verified it; else empty."""
    if claims.get("email_verified") is not True:
        return ""
    return _text(claims, "email").strip().lower()


# any: escaped, because claims hold anything
def groups_of(claims: dict[str, Any], claim: str) -> frozenset[str]:
    """The person's groups. A claim with dots may lie within others, as Keycloak's roles do."""
    value: Any = claims.get(claim)
    if value is None:
        value = claims
        for part in claim.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    items = value if isinstance(value, list) else [value]
    return frozenset(item for item in items if isinstance(item, str))


def clean_sign_ins(session: Session) -> None:
    """Removes sign-ins that never came back."""
    session.execute(delete(OidcSignInRow).where(OidcSignInRow.expire_time < now()))


def _exchange(
    provider: Provider,
    row: OidcProviderRow,
    begun: OidcSignInRow,
    *,
    code: str,
    settings: IdentitySettings,
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(settings),
        "code_verifier": begun.code_verifier,
    }
    secret = secret_of(row, key=settings.secrets_key)
    auth: httpx.Auth | None = None
    if secret and "client_secret_basic" in provider.token_auth_methods:
        # RFC 6749 2.3.1: both parts are encoded before they are joined.
        auth = httpx.BasicAuth(quote(row.client_id, safe=""), quote(secret, safe=""))
    else:
        form["client_id"] = row.client_id
        if secret:
            form["client_secret"] = secret
    return post_form(provider.token_endpoint, form, settings=settings, auth=auth)


def _add_userinfo(
    claims: dict[str, Any],
    provider: Provider,
    row: OidcProviderRow,
    told: dict[str, Any],
    *,
    settings: IdentitySettings,
) -> None:
    """Many providers keep the ID token small and tell the rest here."""
    access_token = told.get("access_token")
    complete = "email" in claims and (not row.group_mappings or groups_of(claims, row.groups_claim))
    if complete or not provider.userinfo_endpoint or not isinstance(access_token, str):
        return
    more = get_json(
        provider.userinfo_endpoint,
        settings=settings,
        headers={"Authorization": f"Bearer {access_token}"},
    )
    if more.get("sub") != claims["sub"]:
        raise Refused("the provider told of somebody else")
    for name, value in more.items():
        claims.setdefault(name, value)


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
