"""OpenID Connect providers, sign-ins that are under way, and who is who there."""

import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow, SearchableRow, search_indexes
from services.identity.tables import Base


class OidcProviderRow(ResourceRow, SearchableRow, Base):
    """A provider that people sign in with."""

    __tablename__ = "oidc_provider"

    display_name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    # The client secret, sealed. Not called as in the API, so that no answer can hold it.
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(default=list)
    groups_claim: Mapped[str] = mapped_column(default="")
    # `{"group": "sales", "roleId": "...", "teamId": "..."}`
    group_mappings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    creates_users: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        # One client of an issuer is one provider.
        Index(
            "uq_oidc_provider_client_id",
            "issuer",
            "client_id",
            unique=True,
            postgresql_where="delete_time IS NULL",
        ),
        Index("ix_oidc_provider_update_time", "update_time", "id"),
        *search_indexes("oidc_provider"),
    )


class OidcSignInRow(Base):
    """A sign-in that has been sent to the provider and has not come back."""

    __tablename__ = "oidc_sign_in"

    # SHA-256 of the state.
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    provider_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    # SHA-256 of the cookie of the browser that has begun it.
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    return_to: Mapped[str]
    expire_time: Mapped[datetime.datetime] = mapped_column(index=True)


class OidcIdentityRow(Base):
    """Who a person is at an issuer."""

    __tablename__ = "oidc_identity"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), index=True)
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())


class OidcLogoutRow(Base):
    """A logout token that was used: it works once."""

    __tablename__ = "oidc_logout"

    # SHA-256 of issuer and `jti`.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expire_time: Mapped[datetime.datetime] = mapped_column(index=True)
