"""Each service is told what it needs through its environment, and nobody else's secrets."""

import json
from pathlib import Path

import pytest

from tools.stack import credentials, layout
from tools.stack.layout import ROOT, Addresses, Layout
from tools.stack.problems import StackError

PLACE = Layout(run=ROOT / ".run", services=ROOT / "services")
ADDRESSES = Addresses(
    broker="amqp://wasl:secret@127.0.0.1:25672/%2F",
    databases={"contacts": "postgresql://contacts", "identity": "postgresql://identity"},
    ports={"metrics.contacts": 21_001, "metrics.identity": 21_002, "metrics.gateway": 21_003},
    gateway_host="127.0.0.1",
    gateway_port=8080,
)
CREDENTIALS = credentials.generate()


def _told(name: str) -> dict[str, str]:
    return layout.environment(name, layout=PLACE, addresses=ADDRESSES, credentials=CREDENTIALS)


def test_a_service_finds_its_own_database_socket_and_metrics_port() -> None:
    told = _told("contacts")
    assert told["WASL_DATABASE_URL"] == "postgresql://contacts"
    assert told["WASL_LISTEN"] == "unix:.run/contacts.sock"
    assert told["WASL_SERVICE_ADDRESS"] == "unix:.run/{service}.sock"
    assert told["WASL_METRICS_LISTEN"] == "127.0.0.1:21001"


def test_only_identity_holds_the_signing_key_and_the_first_password() -> None:
    secret = {"WASL_TOKEN_SIGNING_KEY", "WASL_ADMIN_PASSWORD", "WASL_ADMIN_API_KEY"}
    assert secret <= _told("identity").keys()
    assert not secret & (_told("contacts").keys() | _told("gateway").keys())
    assert '"d"' not in json.dumps(_told("contacts"))


def test_the_gateway_has_a_port_and_no_database() -> None:
    told = _told("gateway")
    assert (told["WASL_HOST"], told["WASL_PORT"]) == ("127.0.0.1", "8080")
    assert "WASL_DATABASE_URL" not in told


def _services(folder: Path, *names: str) -> Layout:
    for name in names:
        (folder / name).mkdir()
        (folder / name / "__main__.py").touch()
    (folder / "no_program").mkdir()
    return Layout(run=folder / "run", services=folder)


def test_services_are_the_folders_with_a_program_and_the_gateway_is_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WASL_SERVICES", raising=False)
    place = _services(tmp_path, "sales", "gateway", "contacts")
    assert place.names() == ["contacts", "sales", "gateway"]


def test_wasl_services_restricts_them_and_unknown_names_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _services(tmp_path, "sales", "gateway", "contacts")
    monkeypatch.setenv("WASL_SERVICES", "gateway,sales")
    assert place.names() == ["sales", "gateway"]
    monkeypatch.setenv("WASL_SERVICES", "slaes")
    with pytest.raises(StackError, match=r"WASL_SERVICES names slaes, .* contacts, gateway, sales"):
        place.names()
