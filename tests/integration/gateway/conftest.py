"""A gateway in front of fake services."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from services.gateway.app import Gateway, Prepared, create_app, prepare
from services.gateway.settings import GatewaySettings
from tests.integration.gateway.browser_fakes import session_service
from tests.integration.gateway.fakes import GOOD_KEY, FakeServices, serve

ROOT = Path(__file__).parents[3]
DESCRIPTORS = ROOT / "gen" / "wasl.binpb"
INTERNAL_KEY = "an internal key of 32 characters"


class Api:
    """HTTP against the gateway, with a good credential unless told otherwise."""

    def __init__(self, app: Gateway) -> None:
        self._client = Client(app, use_cookies=False)

    def __call__(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {GOOD_KEY}"} | options.pop("headers", {})
        sent = {key: value for key, value in headers.items() if value is not None}
        return self._client.open(path, method=method, headers=sent, **options)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not tmp_path: the path of a Unix socket may have 107 characters only.
    with tempfile.TemporaryDirectory(prefix="wasl-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def servers(folder: Path) -> Iterator[FakeServices]:
    fake = FakeServices()
    stop = serve(fake, folder, session_service(fake))
    yield fake
    stop()


@pytest.fixture
def fake(servers: FakeServices) -> FakeServices:
    servers.__init__()  # type: ignore[misc]
    return servers


@pytest.fixture(scope="session")
def prepared() -> Prepared:
    return prepare(GatewaySettings(internal_key=INTERNAL_KEY, descriptors=str(DESCRIPTORS)))


@pytest.fixture(scope="module")
def make_app(folder: Path, prepared: Prepared) -> Callable[..., Gateway]:
    def make(**settings: Any) -> Gateway:
        return create_app(
            GatewaySettings(
                internal_key=INTERNAL_KEY,
                service_address=f"unix:{folder}/{{service}}.sock",
                descriptors=str(DESCRIPTORS),
                **({"web_root": ""} | settings),
            ),
            prepared=prepared,
        )

    return make


@pytest.fixture(scope="module")
def shared_app(make_app: Callable[..., Gateway]) -> Gateway:
    return make_app()


@pytest.fixture
def api(fake: FakeServices, shared_app: Gateway) -> Api:
    """A gateway that other tests have used, too: its caches are warm."""
    return Api(shared_app)


@pytest.fixture
def new_api(fake: FakeServices, make_app: Callable[..., Gateway]) -> Api:
    """A gateway that has seen nothing yet."""
    return Api(make_app())
