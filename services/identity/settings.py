"""What identity is told by its environment, beside what every service is told."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from chassis.keys import check_pair, signing_key
from chassis.rotation import long_enough
from chassis.service import Runtime
from chassis.settings import Settings


def _signs_for_the_public_keys(text: str, info: ValidationInfo) -> str:
    signing_key(text)
    # It is absent when it was wrong itself, which is told first.
    if public := info.data.get("token_public_keys"):
        check_pair(text, public)
    return text


class IdentitySettings(Settings):
    """The settings of identity."""

    # The private key that internal tokens are signed with: a JSON Web Key or PEM, EC P-256.
    token_signing_key: Annotated[str, AfterValidator(_signs_for_the_public_keys)]
    # What must be read again is sealed with it: second factors, client secrets of providers.
    # Several, separated by commas, while it is changed: the first seals, all of them open.
    secrets_key: Annotated[str, AfterValidator(long_enough)]
    # Whether people sign in with passwords. Off: at OpenID Connect providers only.
    password_sign_in: bool = True
    # Whether OpenID Connect providers may be reached without TLS on this machine: for trying out.
    oidc_allow_http_loopback: bool = False
    # Failed sign-ins within the minutes: of an account from an address, of an account from
    # addresses that it has not signed in from, and from an address.
    sign_in_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    sign_in_tries: Annotated[int, Field(ge=1)] = 5
    sign_in_tries_per_account: Annotated[int, Field(ge=1)] = 50
    sign_in_tries_per_address: Annotated[int, Field(ge=1)] = 100
    # The secret that the audit log is sealed with. It is changed by putting another one before it,
    # separated by a comma, and `audit rekey`; the former ones stay, to verify what they sealed.
    audit_key: Annotated[str, AfterValidator(long_enough)]
    # The first administrator, made when there is none. Nobody is made when the address is empty.
    admin_email: str = ""
    admin_password: Annotated[str, Field(max_length=200)] = ""
    # `wasl_<id>_<secret>`; no key is made when it is empty.
    admin_api_key: Annotated[
        str, Field(pattern=r"^(wasl_[A-Za-z0-9-]{8,32}_[A-Za-z0-9-]{32,100})?$")
    ] = ""


def identity_settings(runtime: Runtime) -> IdentitySettings:
    """The settings of a running identity."""
    assert isinstance(runtime.settings, IdentitySettings)
    return runtime.settings
