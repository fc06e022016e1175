"""The Dockerfiles, and nginx in the image of the front ends."""

import re
from pathlib import Path

import pytest

from services.gateway import app, web
from tools.stack.layout import ROOT

FOLDER = ROOT / "deploy/docker"
FILES = sorted(FOLDER.glob("*.Dockerfile"))
NGINX = (FOLDER / "nginx.conf").read_text()


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_an_image_is_made_of_debian_and_runs_as_a_number(file: Path) -> None:
    text = file.read_text()
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
    bases = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    assert bases <= {"debian:12-slim", "${GATEWAY}"}
    final = text.rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in final
    assert "apt-get" not in final
    # Whatever is installed is checked by its hash.
    for line in re.findall(r"pip .*?install[^&]*", text, re.DOTALL):
        assert "--require-hashes" in line
    assert "npm install" not in text


def sent_with(location: str) -> dict[str, str]:
    """The headers that nginx adds in a location."""
    found = re.search(rf"location {re.escape(location)} \{{(.*?)\n        \}}", NGINX, re.DOTALL)
    assert found is not None
    told = re.findall(r'add_header (\S+) (?:"([^"]*)"|(\S+));', found[1])
    return {name: quoted or plain for name, quoted, plain in told}


def test_nginx_sends_with_the_page_what_the_gateway_sends() -> None:
    expected = dict((*web._ALWAYS, *web._PAGE))
    expected["Content-Security-Policy"] = web.page_policy("$request_id")
    expected["Cache-Control"] = "no-store"
    expected["Strict-Transport-Security"] = "$strict_transport"
    assert sent_with("= /index.html") == expected
    assert f'https "{app._HSTS[1]}";' in NGINX
    assert f'~^/assets/ "{web._FOREVER}";' in NGINX
    assert f"sub_filter {web.NONCE.decode()} $request_id;" in NGINX


def test_nginx_hands_on_what_is_the_gateways_and_nothing_that_is_for_operators() -> None:
    handed = re.search(r"location ~ \^/\((.*?)\)", NGINX)
    assert handed is not None
    assert {f"/{name}".replace("\\", "") for name in handed[1].split("|")} == set(web._RESERVED) - {
        "/healthz",
        "/readyz",
        "/metrics",
    }
    for path in ("/metrics", "/readyz"):
        assert f"location {path} {{ return 404; }}" in NGINX
