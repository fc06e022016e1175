"""What stops a process at its start: one sentence that names what is wrong, and no traceback."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from chassis.settings import Settings, load
from chassis.testing.running import Keys
from tools.stack.layout import ROOT


@pytest.fixture
def told(keys: Keys) -> dict[str, str]:
    """An environment in which a service would start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WASL_")}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "gen")]),
        "WASL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "WASL_BROKER_URL": "amqp://127.0.0.1:1/",
        "WASL_LISTEN": "127.0.0.1:0",
        "WASL_METRICS_LISTEN": "127.0.0.1:0",
        "WASL_INTERNAL_KEY": keys.internal,
        "WASL_TOKEN_PUBLIC_KEYS": json.dumps({"keys": [keys.signing.as_dict(private=False)]}),
    }


@pytest.fixture
def taken() -> Iterator[str]:
    """An address that another program listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def start(service: str, environment: dict[str, str]) -> tuple[int, str]:
    """The exit code of a start that comes to nothing, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


def assert_one_sentence(said: str, *, name: str) -> None:
    """One line that names the variable."""
    assert "Traceback" not in said, said
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    assert name in lines[0]
    assert lines[0].endswith(".")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WASL_DATABASE_URL", None),
        ("WASL_DATABASE_URL", "garbage"),
        ("WASL_THREADS", "0"),
        ("WASL_LISTEN", "garbage"),
        ("WASL_TOKEN_PUBLIC_KEYS", "no keys"),
    ],
)
def test_a_wrong_value_stops_a_service(told: dict[str, str], name: str, value: str | None) -> None:
    if value is None:
        del told[name]
    else:
        told[name] = value
    code, said = start("sales", told)
    assert_one_sentence(said, name=name)
    assert code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WASL_DATABASE_URL", "postgresql://host:port:what/x"),
        ("WASL_BROKER_URL", "amqp://host:what/"),
        ("WASL_BROKER_URL", "http://host/"),
        ("WASL_THREADS", "many"),
        ("WASL_LISTEN", "127.0.0.1:99999"),
        ("WASL_METRICS_LISTEN", "127.0.0.1:99999"),
        ("WASL_INTERNAL_KEY", "short"),
        ("WASL_TOKEN_PUBLIC_KEYS", '{"keys": [{"kty": "what"}]}'),
        ("WASL_TOKEN_PUBLIC_KEYS", '{"keys": 7}'),
        ("WASL_TOKEN_PUBLIC_KEYS", '{"keys": []}'),
        ("WASL_TOKEN_PUBLIC_KEYS", "[]"),
        ("WASL_TRACE_RATIO", "2"),
        ("WASL_LOG_LEVEL", "LOUD"),
    ],
)
def test_so_does_any_other(
    told: dict[str, str],
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for known, right in told.items():
        monkeypatch.setenv(known, right)
    load(Settings)
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        load(Settings)
    assert stopped.value.code == 2
    assert_one_sentence(capsys.readouterr().err, name=name)


def test_a_wrong_port_stops_the_gateway(told: dict[str, str]) -> None:
    code, said = start("gateway", told | {"WASL_PORT": "abc"})
    assert_one_sentence(said, name="WASL_PORT")
    assert code == 2


@pytest.mark.parametrize("name", ["WASL_LISTEN", "WASL_METRICS_LISTEN"])
def test_a_port_in_use_stops_a_service(told: dict[str, str], taken: str, name: str) -> None:
    code, said = start("sales", told | {name: taken})
    assert_one_sentence(said, name=name)
    assert code != 0


def test_a_port_in_use_stops_the_gateway(told: dict[str, str], taken: str) -> None:
    port = taken.rpartition(":")[2]
    code, said = start("gateway", told | {"WASL_PORT": port})
    assert_one_sentence(said, name="WASL_PORT")
    assert code != 0
