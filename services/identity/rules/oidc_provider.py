"""What may be written of an OpenID Connect provider."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis.encryption import seal, unseal
from chassis.errors import invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from services.identity.rules.oidc_http import Refused, check_address
from services.identity.rules.oidc_keys import forget_providers
from services.identity.rules.role import refuse_roles_beyond, roles_of
from services.identity.settings import identity_settings
from services.identity.tables.oidc_provider import OidcProviderRow
from services.identity.tables.team import TeamRow


def prepare_oidc_provider(call: Call, row: OidcProviderRow, write: Write) -> None:
    """Checks where the provider is and what its groups mean.

    Raises InvalidArgument for an address that is not to be asked or a role or team there is not,
    PermissionDenied for a role with more than the caller holds.
    """
    if "issuer" in write.fields:
        _check_issuer(call, row.issuer)
    row.groups_claim = row.groups_claim or "groups"
    if "group_mappings" in write.fields:
        _check_mappings(call, row)
    forget_providers()


def keep_secret(call: Call, id_: str, secret: str) -> None:
    """Keeps a client secret, sealed; an empty one takes it away."""
    sealed = None
    if secret:
        key = identity_settings(call.runtime).secrets_key
        sealed = seal(secret, secrets=key, purpose=purpose_of(id_))
    call.session.execute(
        update(OidcProviderRow)
        .where(OidcProviderRow.id == id_)
        .values(sealed_secret=sealed)
        .execution_options(synchronize_session=False)
    )


def secret_of(row: OidcProviderRow, *, key: str) -> str:
    """The client secret; empty for a client without."""
    if row.sealed_secret is None:
        return ""
    return unseal(row.sealed_secret, secrets=key, purpose=purpose_of(row.id))


def enabled_provider(session: Session, id_: str) -> OidcProviderRow | None:
    """A provider that is offered; None for another."""
    return session.scalar(
        select(OidcProviderRow).where(
            OidcProviderRow.id == id_,
            OidcProviderRow.enabled.is_(True),
            OidcProviderRow.delete_time.is_(None),
        )
    )


def enabled_providers(session: Session) -> list[OidcProviderRow]:
    """The providers that are offered, the oldest first."""
    return list(
        session.scalars(
            select(OidcProviderRow)
            .where(OidcProviderRow.enabled.is_(True), OidcProviderRow.delete_time.is_(None))
            .order_by(OidcProviderRow.id)
        )
    )


def _check_issuer(call: Call, issuer: str) -> None:
    if "?" in issuer or "#" in issuer:
        raise invalid_field("oidcProvider.issuer", "has no ? and no #")
    try:
        check_address(issuer, settings=identity_settings(call.runtime))
    except Refused as error:
        raise invalid_field("oidcProvider.issuer", str(error)) from None


def _check_mappings(call: Call, row: OidcProviderRow) -> None:
    role_ids = [mapping.get("roleId", "").lower() for mapping in row.group_mappings]
    roles = {role.id: role for role in roles_of(call.session, {id_ for id_ in role_ids if id_})}
    team_ids = [mapping.get("teamId", "").lower() for mapping in row.group_mappings]
    teams = set(
        call.session.scalars(
            select(TeamRow.id).where(
                TeamRow.id.in_([id_ for id_ in team_ids if id_]), TeamRow.delete_time.is_(None)
            )
        )
    )
    for place, (role_id, team_id) in enumerate(zip(role_ids, team_ids, strict=True)):
        field = f"oidcProvider.groupMappings[{place}]"
        if not role_id and not team_id:
            raise invalid_field(field, "names neither a role nor a team", reason="REQUIRED")
        if role_id and role_id not in roles:
            raise invalid_field(f"{field}.roleId", "there is no such role", reason="NOT_FOUND")
        if team_id and team_id not in teams:
            raise invalid_field(f"{field}.teamId", "there is no such team", reason="NOT_FOUND")
    # Whoever says what a group means gives the role to everybody in it.
    refuse_roles_beyond(call, roles.values())


def purpose_of(id_: str) -> str:
    return f"clientSecret:{id_}"
