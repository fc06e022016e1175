"""Providers: where they may be, and what nobody can make Wasl ask."""

import pytest

from chassis.testing.client import refusal
from services.identity.rules.oidc_http import Refused, check_address
from tests.integration.identity.people import ROLE_IDS
from wasl.identity.v1.oidc_provider_pb import GroupMapping, OidcProvider
from wasl.identity.v1.oidc_provider_service_pb import CreateOidcProviderRequest

ABSENT = "01900000-0000-7000-8000-00000000dead"


class Settings:
    """Settings that allow plain HTTP on this machine, or do not."""

    def __init__(self, *, loopback: bool) -> None:
        self.oidc_allow_http_loopback = loopback


def create(identity, **fields):
    known = {"display_name": "Acme", "issuer": "https://192.0.2.1", "client_id": "wasl"} | fields
    request = CreateOidcProviderRequest(oidc_provider=OidcProvider(**known))
    return identity.client.create_oidc_provider(request)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://192.0.2.1",
        "http://127.0.0.1:8080",
        "https://127.0.0.1",
        "https://[::1]",
        "https://0.0.0.0",
        "https://169.254.169.254",
        "https://user:pass@192.0.2.1",
        "ftp://192.0.2.1",
        "file:///etc/passwd",
        "https://192.0.2.1/?x=1",
        "https://192.0.2.1/#x",
        "https://nowhere.invalid",
    ],
)
def test_an_issuer_that_is_not_to_be_asked_is_refused_by_name(identity, issuer):
    refused = refusal(lambda: create(identity, issuer=issuer))
    assert refused.fields == ["oidcProvider.issuer"]


def test_plain_http_is_for_this_machine_only_and_when_it_is_allowed():
    check_address("http://127.0.0.1:8080", settings=Settings(loopback=True))
    for url, loopback in (
        ("http://127.0.0.1:8080", False),
        ("http://192.0.2.1", True),
        ("https://169.254.169.254", True),
    ):
        with pytest.raises(Refused):
            check_address(url, settings=Settings(loopback=loopback))


def test_one_client_of_an_issuer_is_one_provider(identity):
    create(identity)
    refused = refusal(lambda: create(identity))
    assert refused.code == "ALREADY_EXISTS"
    create(identity, client_id="other")


@pytest.mark.parametrize(
    ("mapping", "field", "reason"),
    [
        ({}, "oidcProvider.groupMappings[0]", "REQUIRED"),
        ({"role_id": ABSENT}, "oidcProvider.groupMappings[0].roleId", "NOT_FOUND"),
        (
            {"role_id": ROLE_IDS["employee"], "team_id": ABSENT},
            "oidcProvider.groupMappings[0].teamId",
            "NOT_FOUND",
        ),
    ],
)
def test_a_group_means_a_role_or_a_team_that_is_there(identity, mapping, field, reason):
    mappings = [GroupMapping(group="all", **mapping)]
    refused = refusal(lambda: create(identity, group_mappings=mappings))
    assert [(v.field, v.reason) for v in refused.violations] == [(field, reason)]
