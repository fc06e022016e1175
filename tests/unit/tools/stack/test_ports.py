"""Ports are chosen once, remembered, and given up only when somebody else has them."""

import socket
from pathlib import Path

import pytest

from tools.stack import ports
from tools.stack.problems import StackError


def _listener(port: int = 0) -> socket.socket:
    server = socket.create_server(("127.0.0.1", port))
    server.listen()
    return server


def test_a_chosen_port_is_remembered(tmp_path: Path) -> None:
    first = ports.choose(tmp_path / "ports.json", ["postgres", "rabbitmq"])
    assert len(set(first.values())) == 2
    assert ports.choose(tmp_path / "ports.json", ["rabbitmq", "postgres"]) == first


def test_a_port_another_program_has_taken_is_chosen_anew(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.choose(file, ["postgres", "rabbitmq"])
    with _listener(first["postgres"]):
        second = ports.choose(file, ["postgres", "rabbitmq"])
    assert second["postgres"] != first["postgres"]
    assert second["rabbitmq"] == first["rabbitmq"]


def test_a_port_our_own_server_listens_on_stays(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.choose(file, ["postgres"])
    with _listener(first["postgres"]):
        assert ports.choose(file, ["postgres"], ours={"postgres"}) == first


def test_ports_of_services_that_do_not_run_now_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.choose(file, ["metrics.sales"])
    ports.choose(file, ["metrics.contacts"])
    assert ports.remembered(file)["metrics.sales"] == first["metrics.sales"]


def test_a_taken_gateway_port_is_one_sentence_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with _listener() as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("WASL_PORT", str(port))
        with pytest.raises(StackError, match=rf"Port {port} is in use .* `WASL_PORT=\d+ make run`"):
            ports.gateway_port()


@pytest.mark.parametrize("said", ["eighty", "0", "65536", "-1", "80.5"])
def test_a_gateway_port_that_is_no_port_is_refused(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("WASL_PORT", said)
    with pytest.raises(StackError, match="between 1 and 65535"):
        ports.gateway_port()
