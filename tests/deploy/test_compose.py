"""compose.yaml is read as Compose would, with the secrets that its script makes.

There is no Docker here; what can be wrong without one is looked for: names that nothing has,
settings that no process knows or would refuse, secrets in hands that do not need them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.keys import check_pair
from chassis.settings import Settings
from services.gateway.settings import GatewaySettings
from services.identity.settings import IdentitySettings
from tools.images import names, version
from tools.stack.layout import ROOT

FOLDER = ROOT / "deploy/compose"
SERVICES = ("identity", "contacts", "sales", "reporting")
SETTINGS = {"identity": IdentitySettings, "gateway": GatewaySettings}
# What only identity may be told.
SECRET = {"TOKEN_SIGNING_KEY", "SECRETS_KEY", "AUDIT_KEY", "ADMIN_PASSWORD", "ADMIN_API_KEY"}
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


def read_env(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if "=" in line]
    pairs = (line.split("=", 1) for line in lines if not line.startswith("#"))
    return {name: value.removeprefix("'").removesuffix("'") for name, value in pairs}


def filled_in(value: Any, env: dict[str, str]) -> Any:
    """A value with its variables, as Compose does it."""

    def variable(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name is None:
            return "$"
        if env.get(name):
            return env[name]
        assert kind == "-", f"{name} is needed, and secrets.sh does not make it"
        return str(rest)

    if isinstance(value, dict):
        return {key: filled_in(one, env) for key, one in value.items()}
    if isinstance(value, list):
        return [filled_in(one, env) for one in value]
    return _VARIABLE.sub(variable, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder in which the script has run."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copytree(
        FOLDER, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".env", "secrets")
    )
    run_script(folder)
    return folder


def run_script(folder: Path) -> None:
    subprocess.run(["sh", folder / "secrets.sh"], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def file(made: Path) -> dict[str, Any]:
    text = (made / "compose.yaml").read_text()
    loaded: dict[str, Any] = filled_in(yaml.safe_load(text), read_env(made / ".env"))
    return loaded


def ours(file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The containers of our own Python programs."""
    return {
        name: told
        for name, told in file["services"].items()
        if name.partition("-")[0] in (*SERVICES, "gateway")
    }


def test_every_service_migrates_serves_and_works(file):
    wanted = {name + suffix for name in SERVICES for suffix in ("", "-migrate", "-work")}
    others = {"gateway", "web", "postgres", "rabbitmq", "databases"}
    assert set(file["services"]) == wanted | others
    for name in SERVICES:
        services = file["services"]
        commands = [services[name + suffix]["command"] for suffix in ("", "-migrate", "-work")]
        assert commands == [["serve"], ["migrate"], ["work"]]
        assert services[name]["depends_on"] == services[f"{name}-work"]["depends_on"] == {
            f"{name}-migrate": {"condition": "service_completed_successfully"}
        }  # fmt: skip
        assert "databases" in services[f"{name}-migrate"]["depends_on"]


def test_only_what_ends_is_not_started_again_and_only_it_has_no_health(file):
    for name, told in file["services"].items():
        ends = name == "databases" or name.endswith("-migrate")
        assert told["restart"] == ("on-failure" if ends else "unless-stopped"), name
        assert ("healthcheck" in told) is not ends, name
        for needed, how in told.get("depends_on", {}).items():
            other = file["services"][needed]
            healthy = how["condition"] == "service_healthy"
            assert ("healthcheck" in other) is healthy, f"{name} waits for {needed}"


def test_all_containers_are_shut_in(file):
    for name, told in file["services"].items():
        assert told["read_only"] is True, name
        assert told["cap_drop"] == ["ALL"], name
        assert told["security_opt"] == ["no-new-privileges:true"], name
        assert "/tmp" in told["tmpfs"], name
        assert told["user"].split(":")[0] not in ("", "0", "root"), name
        assert told.get("mem_limit") or name == "databases", name
        assert not told.get("privileged"), name
    for told in ours(file).values():
        assert told["user"] == "10001:10001"
        assert told["stop_grace_period"] == "45s"


def test_one_port_is_open_and_on_loopback_and_databases_reach_nothing_outside(file):
    ports = {name: told["ports"] for name, told in file["services"].items() if "ports" in told}
    assert ports == {"web": ["127.0.0.1:8080:8080"]}
    assert file["networks"]["back"] == {"internal": True}
    for name, told in file["services"].items():
        assert set(told["networks"]) <= set(file["networks"]), name
        inside = name not in ("web", "gateway", "identity", "identity-work")
        assert (told["networks"] == ["back"]) is inside, name
    assert "back" not in file["services"]["web"]["networks"]


def test_who_watches_and_who_is_watched_are_on_one_network(file):
    beside = yaml.safe_load((FOLDER / "compose.observability.yaml").read_text())
    merged = {
        name: file["services"].get(name, {}) | told for name, told in beside["services"].items()
    }

    def networks(name: str) -> set[str]:
        told = merged.get(name) or file["services"][name]
        return set(told.get("networks", ["default"]))

    config = yaml.safe_load((ROOT / "deploy/observability/prometheus.yaml").read_text())
    watched = {
        target.partition(":")[0]
        for job in config["scrape_configs"]
        for static in job["static_configs"]
        for target in static["targets"]
    }
    assert {"identity", "sales-work", "gateway", "rabbitmq"} <= watched
    for name in watched:
        assert networks(name) & networks("prometheus"), name
    for name, told in beside["services"].items():
        if "WASL_OTLP_ENDPOINT" in told.get("environment", {}):
            assert networks(name) & networks("jaeger"), name


def test_every_image_is_one_that_is_built_here(file):
    for name, told in {**ours(file), "web": file["services"]["web"]}.items():
        image = name.partition("-")[0]
        assert image in names()
        assert told["image"] == f"wasl-{image}:{version()}"
        build = told["build"]
        assert (FOLDER / build["context"]).resolve() == ROOT
        dockerfile = (ROOT / build["dockerfile"]).read_text()
        for argument, value in build["args"].items():
            assert f"ARG {argument}" in dockerfile, argument
            assert value in (image, version(), f"wasl-gateway:{version()}")


def test_what_is_mounted_is_there(file, made):
    for name, told in file["services"].items():
        for volume in told.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                place = made if source.startswith("./secrets") else FOLDER
                assert (place / source).exists(), f"{name}: {source}"
            else:
                assert source in file["volumes"], f"{name}: {source}"


def test_every_process_starts_with_the_settings_it_is_told(file, monkeypatch):
    for known in [name for name in os.environ if name.startswith("WASL_")]:
        monkeypatch.delenv(known)
    for name, told in ours(file).items():
        kind = SETTINGS.get(name.partition("-")[0], Settings)
        fields = {f"WASL_{field.upper()}" for field in kind.model_fields}
        environment = told["environment"]
        assert set(environment) <= fields, name
        with monkeypatch.context() as patch:
            for variable, value in environment.items():
                patch.setenv(variable, value)
            settings = kind()
        if isinstance(settings, Settings):
            service = name.partition("-")[0]
            assert settings.database_url.endswith(f"@postgres:5432/wasl_{service}")
            assert settings.broker_url.startswith(f"amqp://wasl_{service}:")
        if isinstance(settings, IdentitySettings):
            check_pair(settings.token_signing_key, settings.token_public_keys)


def test_nobody_is_told_a_secret_of_somebody_else(file, made):
    env = read_env(made / ".env")
    for name, told in file["services"].items():
        service = name.partition("-")[0]
        text = json.dumps(told)
        for variable in SECRET if service != "identity" else ():
            assert env[variable] not in text, f"{name} knows {variable}"
        for other in SERVICES:
            if other != service and name != "databases":
                for kind in ("DATABASE", "BROKER"):
                    assert env[f"{other.upper()}_{kind}_PASSWORD"] not in text, name
        if name not in ("postgres", "databases"):
            assert env["POSTGRES_PASSWORD"] not in text, name


def test_secrets_are_made_once_and_only_their_owner_reads_them(made):
    before = (made / ".env").read_bytes()
    run_script(made)
    assert (made / ".env").read_bytes() == before
    assert (made / ".env").stat().st_mode & 0o777 == 0o600
    assert (made / "secrets").stat().st_mode & 0o777 == 0o700
    values = list(read_env(made / ".env").values())
    assert len(set(values)) == len(values)


def test_rabbitmq_knows_each_service_and_lets_it_to_its_own(made):
    env = read_env(made / ".env")
    told = json.loads((made / "secrets/definitions.json").read_text())
    assert {user["name"]: user["password"] for user in told["users"]} == {
        f"wasl_{name}": env[f"{name.upper()}_BROKER_PASSWORD"] for name in SERVICES
    }
    for name, may in zip(SERVICES, told["permissions"], strict=True):
        assert may["user"] == f"wasl_{name}"
        for queue in ("wasl.feed", "wasl.retry.60", f"{name}.on_anything.dlq"):
            assert all(re.search(may[kind], queue) for kind in ("configure", "read", "write"))
        for other in ("amq.default", "amq.topic", "another.on_anything", f"x{name}.on_anything"):
            assert not re.search(may["configure"], other)
            assert bool(re.search(may["write"], other)) is (other == "amq.default")


def test_what_asks_for_health_tells_the_living_from_the_dead(file, start_service, tmp_path):
    from services.contacts.service import SERVICE
    from tools.stack import ports

    port = ports.choose(tmp_path / "ports.json", ["grpc"])["grpc"]
    _, program, *arguments = file["services"]["contacts"]["healthcheck"]["test"]
    assert program == "python"
    arguments = [argument.replace("50051", str(port)) for argument in arguments]

    def ask() -> int:
        return subprocess.run(
            [sys.executable, *arguments], check=False, capture_output=True, timeout=30
        ).returncode

    assert ask() != 0
    start_service(SERVICE, listen=f"127.0.0.1:{port}")
    assert ask() == 0


@pytest.mark.parametrize("name", ["contacts-work", "gateway", "web"])
def test_what_asks_over_http_tells_200_from_anything_else(file, name, tmp_path):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    answers = [200, 503]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers[0] if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        _, program, *arguments = file["services"][name]["healthcheck"]["test"]
        port = str(server.server_address[1])
        arguments = [re.sub(r"\b(8080|9464)\b", port, argument) for argument in arguments]
        command = [sys.executable if program == "python" else program, *arguments]
        try:
            codes = []
            for _ in range(2):
                done = subprocess.run(command, check=False, capture_output=True, timeout=30)
                codes.append(done.returncode == 0)
                answers.reverse()
        finally:
            server.shutdown()
            thread.join()
    assert codes == [True, False]
