"""Bearer tokens of OpenID Connect providers, for programs that act as a person."""
# name: escaped, because it is about one kind of credential, and is no resource

import base64
from typing import Any

import orjson
from sqlalchemy.orm import Session

from chassis.errors import Unavailable
from services.identity.rules.access import Worth
from services.identity.rules.credential import worth_of_user, worthless
from services.identity.rules.oidc_http import Refused
from services.identity.rules.oidc_keys import (
    check_audience,
    check_times,
    discover,
    verified_claims,
)
from services.identity.rules.oidc_person import find_person
from services.identity.rules.oidc_provider import enabled_providers
from services.identity.rules.oidc_sign_in import verified_email
from services.identity.settings import IdentitySettings


def worth_of_oidc_token(session: Session, token: str, *, settings: IdentitySettings) -> Worth:
    """The person of an ID or access token (JWT). Raises Unauthenticated, always in the same words.

    The token must be for one of our clients. It makes nobody: who is not known has to sign in with
    a browser first.
    """
    issuer = _unverified(token).get("iss")
    for row in enabled_providers(session):
        if row.issuer != issuer:
            continue
        try:
            provider = discover(row.issuer, settings=settings)
            claims = verified_claims(provider, token, settings=settings)
            check_audience(claims, row.client_id)
            check_times(claims)
        except (Refused, Unavailable):
            continue
        # A logout token is signed by the same key for the same client.
        if "events" in claims or not isinstance(claims.get("sub"), str):
            continue
        user = find_person(session, row.issuer, claims["sub"], verified_email(claims))
        if user is not None:
            return worth_of_user(session, user.id, credential=f"oidc:{row.id}")
    raise worthless()


def _unverified(token: str) -> dict[str, Any]:
    """The claims of a token that nobody has verified: only to know whom to ask."""
    try:
        payload = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError):
        return {}
    return claims if isinstance(claims, dict) else {}
