"""Forged tokens, in every place where a token can be: none is taken, and none breaks anything."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client as Http

from chassis.errors import Unauthenticated
from chassis.grpc.identity import INTERNAL_HEADER
from chassis.testing.client import Client
from chassis.testing.running import RunningService
from services.gateway.app import Gateway, create_app
from services.gateway.settings import GatewaySettings
from tests.integration.chassis.test_migrations import all_services
from tests.security.forging import FORGERIES, claims, signed
from tests.security.test_access import call
from tools.proto import DESCRIPTORS
from wasl.contacts.v1.contact_service_pb import ListContactsRequest


@pytest.fixture(scope="module")
def suite() -> Iterator[Path]:
    # Not tmp_path: the path of a Unix socket may have 107 characters only.
    with tempfile.TemporaryDirectory(prefix="wasl-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def services(
    start_module_service: Callable[..., RunningService], suite: Path
) -> dict[str, RunningService]:
    return {one.name: start_module_service(one, suite=suite) for one in all_services()}


@pytest.fixture(scope="module")
def gateway(services: dict[str, RunningService], suite: Path) -> Http:
    app: Gateway = create_app(
        GatewaySettings(
            internal_key=services["identity"].keys.internal,
            service_address=f"unix:{suite}/{{service}}.sock",
            descriptors=str(DESCRIPTORS),
            web_root="",
        )
    )
    return Http(app, use_cookies=False)


def first_of_each_access(running: RunningService) -> list[Any]:
    client = Client(running)
    by_access = {method.access: method for method in client._methods.values()}
    return list(by_access.values())


def test_there_are_more_than_forty_kinds():
    assert len(FORGERIES) >= 40


def test_a_good_token_is_taken(services, keys):
    # The proof that the refusals below are about the tokens and nothing else.
    token = signed(keys.signing, claims())
    metadata = (("authorization", f"Bearer {token}"),)
    client = Client(services["contacts"], metadata=metadata)
    assert client.list_contacts(ListContactsRequest()).contacts == []


@pytest.mark.parametrize("kind", FORGERIES)
def test_no_service_takes_it(kind, services, keys):
    token = FORGERIES[kind](keys)
    for running in services.values():
        for method in first_of_each_access(running):
            name = INTERNAL_HEADER if method.access == "internal" else "authorization"
            value = token if method.access == "internal" else f"Bearer {token}"
            refused = call(running, method, (name, value))
            assert refused is not None, method.path
            assert refused.code == "UNAUTHENTICATED", (method.path, refused)


@pytest.mark.parametrize("kind", FORGERIES)
def test_no_process_is_believed_with_it(kind, services, keys):
    token = FORGERIES[kind](keys)
    with pytest.raises(Unauthenticated):
        services["contacts"].runtime.verifier.check_internal(token)


@pytest.mark.parametrize("kind", FORGERIES)
def test_the_gateway_does_not_take_it(kind, gateway, keys):
    token = FORGERIES[kind](keys)
    for headers in (
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"bearer  {token}"},
        {"X-API-Key": token},
        {"Cookie": f"__Host-wasl_session={token}"},
    ):
        answer = gateway.get("/v1/contacts", headers=headers)
        assert answer.status_code == 401, (headers, answer.text)
        assert answer.json["code"] == "CREDENTIAL_INVALID"


def test_the_gateway_does_not_take_what_a_service_would(gateway, keys):
    # The internal token is for inside: outside it is a credential of nobody.
    token = signed(keys.signing, claims())
    for headers in (
        {"Authorization": f"Bearer {token}"},
        {"Cookie": f"__Host-wasl_session={token}"},
        {"x-wasl-internal": token, "Authorization": f"Bearer {token}"},
    ):
        assert gateway.get("/v1/me", headers=headers).status_code == 401


def test_what_services_are_told_cannot_be_told_from_outside(gateway, services):
    # Headers of the inside are not passed on, whatever they say.
    headers = {
        "x-wasl-internal": services["identity"].runtime.credential.metadata()[0][1],
        "x-wasl-address": "192.0.2.7",
    }
    assert gateway.get("/v1/contacts", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "text", ["\u0627\u0644\u0641", "\xff\xfe", "a\tb", "x" * 8000, "'--", "%00"]
)
def test_text_that_is_no_token_is_refused_and_breaks_nothing(text, gateway):
    for name in ("Authorization", "X-API-Key", "Cookie"):
        prefix = {"Authorization": "Bearer ", "Cookie": "__Host-wasl_session="}.get(name, "")
        value = (prefix + text).encode().decode("latin-1")
        answer = gateway.get("/v1/contacts", environ_overrides={_key(name): value})
        assert answer.status_code in (400, 401), answer.text


def _key(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")
