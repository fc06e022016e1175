"""The real gateway before real services, which run in the test process."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from chassis.testing.running import Keys
from services.contacts.service import SERVICE as CONTACTS
from services.identity.rules.bootstrap import make_first_administrator
from services.identity.service import SERVICE as IDENTITY
from services.reporting.service import SERVICE as REPORTING
from services.sales.service import SERVICE as SALES
from tests.e2e.client import Api
from tools.stack.layout import ROOT

API_KEY = "wasl_fuzzing1_" + "s" * 43


@contextmanager
def running_gateway(
    start: Callable[..., Any],
    keys: Keys,
    *,
    services: dict[str, Any] | None = None,
    works: bool = False,
) -> Iterator[Api]:
    """All services and the gateway; the API as the administrator calls it.

    `services` is filled with the running services, `works` lets them relay and consume as well.
    """
    folder = Path(tempfile.mkdtemp(prefix="wasl-"))
    for service in (CONTACTS, IDENTITY, SALES, REPORTING):
        more = (
            {"admin_email": "admin@wasl.example", "admin_api_key": API_KEY}
            if service is IDENTITY
            else {}
        )
        running = start(service, suite=folder, works=works, **more)
        if services is not None:
            services[service.name] = running
        if service is IDENTITY:
            make_first_administrator(running.runtime)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
        "WASL_PORT": str(port),
        "WASL_INTERNAL_KEY": keys.internal,
        "WASL_SERVICE_ADDRESS": f"unix:{folder}/{{service}}.sock",
        "WASL_DESCRIPTORS": str(ROOT / "gen" / "wasl.binpb"),
        "WASL_RATE_LIMIT": "0",
        "WASL_GATEWAY_WORKERS": "1",
        "TMPDIR": str(folder),
    }
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.gateway", "serve"],
            cwd=ROOT,
            env=environment,
            stderr=log,
        )
    api = Api(f"http://127.0.0.1:{port}", API_KEY)
    try:
        _wait(api, folder / "gateway.log")
        yield api
    finally:
        api.http.close()
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(api: Api, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if api.http.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the gateway is not ready: {log.read_text()[-2000:]}")
