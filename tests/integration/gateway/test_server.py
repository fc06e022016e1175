"""The gateway as it really runs: gunicorn, two workers, signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.gateway.browser_fakes import SESSION_TOKEN
from tests.integration.gateway.conftest import INTERNAL_KEY, ROOT
from tests.integration.gateway.fakes import CONTACT_ID, GOOD_KEY, FakeServices

HEADERS = {"Authorization": f"Bearer {GOOD_KEY}"}
CONTACT = f"/v1/contacts/{CONTACT_ID}"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def gateway(servers: FakeServices, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = _free_port()
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
        "WASL_PORT": str(port),
        "WASL_INTERNAL_KEY": INTERNAL_KEY,
        "WASL_SERVICE_ADDRESS": f"unix:{folder}/{{service}}.sock",
        "WASL_DESCRIPTORS": str(ROOT / "gen" / "wasl.binpb"),
        "TMPDIR": str(folder),
    }
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.gateway", "serve"],
            cwd=ROOT,
            env=environment,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(f"{url}/healthz")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url, process
    process.kill()
    process.wait(10)


def test_requests_are_answered_over_one_connection(
    gateway: tuple[str, "subprocess.Popen[bytes]"],
) -> None:
    with httpx.Client(base_url=gateway[0], headers=HEADERS) as client:
        answers = [client.get(CONTACT) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}


def test_a_body_without_a_length_is_read_and_limited(
    gateway: tuple[str, "subprocess.Popen[bytes]"],
) -> None:
    def parts(count: int) -> Iterator[bytes]:
        yield b'{"notes":"'
        for _ in range(count):
            yield b"x" * 65536
        yield b'"}'

    headers = HEADERS | {"Content-Type": "application/json"}
    url = f"{gateway[0]}/v1/contacts"
    assert httpx.post(url, headers=headers, content=parts(2)).status_code == 201
    assert httpx.post(url, headers=headers, content=parts(20)).status_code == 413


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (
            b"POST /v1/contacts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + GOOD_KEY.encode() + b"\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
            b"400",
        ),
    ],
)
def test_what_is_no_http_is_a_problem_too(
    sent: bytes, status: bytes, gateway: tuple[str, "subprocess.Popen[bytes]"]
) -> None:
    host, _, port = gateway[0].removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        answer = connection.recv(65536)
    assert answer.split(b" ")[1] == status
    assert b"application/problem+json" in answer


def test_a_thousand_ids_fit_into_an_address(
    gateway: tuple[str, "subprocess.Popen[bytes]"],
) -> None:
    query = "&".join([f"ids={CONTACT_ID}"] * 1000)
    answer = httpx.get(f"{gateway[0]}/v1/contacts:batchGet?{query}", headers=HEADERS)
    assert answer.status_code == 200


def test_any_worker_tells_the_metrics_of_all(
    gateway: tuple[str, "subprocess.Popen[bytes]"],
) -> None:
    for _ in range(20):
        # A connection each, so that both workers get some.
        httpx.get(f"{gateway[0]}/v1/me/nothing", headers=HEADERS)
    counts = set()
    for _ in range(10):
        for line in httpx.get(f"{gateway[0]}/metrics").text.splitlines():
            is_counter = line.startswith("http_server_requests_total")
            if is_counter and 'route="unmatched"' in line and 'status="404"' in line:
                counts.add(line.rpartition(" ")[2])
    assert counts == {"20.0"}


def test_a_sign_out_holds_in_every_worker_at_once(
    gateway: tuple[str, "subprocess.Popen[bytes]"], servers: FakeServices
) -> None:
    headers = {"Cookie": f"__Host-wasl_session={SESSION_TOKEN}", "Origin": gateway[0]}

    def ask() -> set[int]:
        # A connection each, so that both workers get some.
        return {httpx.get(f"{gateway[0]}{CONTACT}", headers=headers).status_code for _ in range(20)}

    servers.good.add(SESSION_TOKEN)
    assert ask() == {200}
    assert httpx.post(f"{gateway[0]}/v1/sessions:end", headers=headers).status_code == 200
    assert ask() == {401}


def test_it_stops_when_told_and_leaves_nothing_behind(
    gateway: tuple[str, "subprocess.Popen[bytes]"], folder: Path
) -> None:
    url, process = gateway
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not list(folder.glob("wasl-gateway-metrics-*"))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/healthz")
    log = (folder / "gateway.log").read_text(encoding="utf-8")
    assert GOOD_KEY not in log
    assert "Traceback" not in log
