"""OpenID Connect Back-Channel Logout 1.0, and the way to sign out at the provider as well."""
# name: escaped, because logging out is between providers and sessions

import datetime
import hashlib
import time
from typing import Any

from authlib.common.urls import add_params_to_uri
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.encryption import unseal
from chassis.errors import Unavailable
from chassis.resources.standard import now
from services.identity.rules.oidc_http import Refused
from services.identity.rules.oidc_keys import (
    LEEWAY,
    check_audience,
    check_times,
    discover,
    verified_claims,
)
from services.identity.settings import IdentitySettings
from services.identity.tables.oidc_provider import OidcLogoutRow, OidcProviderRow
from services.identity.tables.session import SessionRow

_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Seconds after which a logout token is not taken any more, whatever it says of its end.
_OLDEST = 600
_KEPT = datetime.timedelta(hours=1)


# any: escaped, because claims hold anything
def read_logout_token(
    row: OidcProviderRow, token: str, *, settings: IdentitySettings
) -> dict[str, Any]:
    """The claims of a logout token, checked as section 2.6 says. Raises Refused, Unavailable."""
    provider = discover(row.issuer, settings=settings)
    claims = verified_claims(provider, token, settings=settings)
    check_audience(claims, row.client_id)
    check_times(claims, needs_end=False)
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or issued < time.time() - _OLDEST - LEEWAY:
        raise Refused("it is too old")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_EVENT), dict):
        raise Refused("it is no logout token")
    # An ID token has one: it must not be taken for a logout token.
    if "nonce" in claims:
        raise Refused("it is no logout token")
    if not any(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "sid")):
        raise Refused("it names nobody")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise Refused("it has no id")
    return claims


# any: escaped, because claims hold anything
def log_out(session: Session, row: OidcProviderRow, claims: dict[str, Any]) -> int:
    """Ends the sessions that a logout token is about. Returns how many.

    Raises Refused for a token that was used before.
    """
    known = hashlib.sha256(f"{row.issuer}\n{claims['jti']}".encode()).digest()
    first = session.execute(
        insert(OidcLogoutRow)
        .values(token_hash=known, expire_time=now() + _KEPT)
        .on_conflict_do_nothing()
        .returning(OidcLogoutRow.token_hash)
    ).first()
    if first is None:
        raise Refused("it was used before")
    statement = delete(SessionRow).where(SessionRow.provider_id == row.id)
    if claims.get("sub"):
        statement = statement.where(SessionRow.provider_subject == claims["sub"])
    if claims.get("sid"):
        statement = statement.where(SessionRow.provider_session == claims["sid"])
    return len(session.execute(statement.returning(SessionRow.id)).all())


def end_session_url(
    provider: OidcProviderRow, session: SessionRow, *, settings: IdentitySettings
) -> str:
    """Where the browser goes to sign out at the provider (RP-Initiated Logout); empty when the
    provider offers nothing, or cannot be asked: signing out here never waits for it.
    """
    try:
        known = discover(provider.issuer, settings=settings)
    except (Refused, Unavailable):
        return ""
    if not known.end_session_endpoint:
        return ""
    more = {"client_id": provider.client_id, "post_logout_redirect_uri": settings.public_url}
    if session.id_token is not None:
        more["id_token_hint"] = unseal(
            session.id_token, secrets=settings.secrets_key, purpose="idToken"
        )
    return str(add_params_to_uri(known.end_session_endpoint, list(more.items())))


def clean_logouts(session: Session) -> None:
    """Forgets logout tokens that are too old to be taken again."""
    session.execute(delete(OidcLogoutRow).where(OidcLogoutRow.expire_time < now()))
