"""The web app at the gateway's port."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from services.gateway.app import Gateway
from services.gateway.contract import ContractError
from tests.integration.gateway.conftest import Api

SCRIPT = "/assets/app-4f3c2b1a.js"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Wasl</title>")
    (folder / "assets" / "app-4f3c2b1a.js").write_text("console.log(1)")
    (folder / "assets" / "app-4f3c2b1a.js.gz").write_bytes(b"gzipped")
    (folder / "assets" / "app-4f3c2b1a.js.br").write_bytes(b"brotli")
    (folder / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("not to be seen")
    (folder / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
def web(make_app: Callable[..., Gateway], dist: Path) -> Api:
    return Api(make_app(web_root=str(dist)))


def test_every_address_that_is_nothing_else_is_the_page(web: Api) -> None:
    for path in ("/", "/contacts", "/contacts/1", "/en/settings", "/index.html", "/v10", "/فارسی"):
        answer = web("GET", path)
        assert (answer.status_code, answer.text) == (200, "<!doctype html><title>Wasl</title>")
        assert answer.content_type == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/nothing", "/docs/nothing", "/healthz/x", "/metrics/x", "/openapi.json/x"]
)
def test_what_is_the_gateways_is_never_the_page(path: str, web: Api) -> None:
    answer = web("GET", path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js",
        "/favicon.ico",
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/link.txt",
        "//etc/passwd.txt",
        "/assets/app-4f3c2b1a.js.gz",
        "/assets/app-4f3c2b1a.js%00",
    ],
)
def test_no_path_leads_out_of_the_folder(path: str, web: Api) -> None:
    answer = web("GET", path)
    assert answer.status_code == 404
    assert "not to be seen" not in answer.text


def test_the_page_is_only_read(web: Api) -> None:
    assert web("POST", "/contacts").status_code == 404
    assert web("HEAD", "/contacts").data == b""


def test_files_with_a_hash_in_their_name_are_kept_for_ever(web: Api) -> None:
    answer = web("GET", SCRIPT)
    assert answer.text == "console.log(1)"
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert web("GET", "/icon.svg").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br", "br", b"brotli"),
        ("gzip", "gzip", b"gzipped"),
        ("br;q=0, gzip", "gzip", b"gzipped"),
        ("identity", None, b"console.log(1)"),
        ("", None, b"console.log(1)"),
    ],
)
def test_a_compressed_copy_is_sent_to_who_takes_it(
    accepted: str, encoding: str | None, body: bytes, web: Api
) -> None:
    answer = web("GET", SCRIPT, headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("Content-Encoding"), answer.data) == (encoding, body)
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_what_is_known_is_not_sent_again(web: Api) -> None:
    for path in ("/", SCRIPT):
        etag = web("GET", path).headers["ETag"]
        answer = web("GET", path, headers={"If-None-Match": f'W/"x", {etag}'})
        assert (answer.status_code, answer.data) == (304, b"")


def test_the_page_runs_our_own_scripts_and_stands_in_no_frame(web: Api) -> None:
    headers = web("GET", "/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert "unsafe-eval" not in policy
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]


def test_each_page_has_a_nonce_of_its_own_where_the_build_asks_for_one(
    make_app: Callable[..., Gateway], dist: Path
) -> None:
    (dist / "index.html").write_text('<meta name="csp-nonce" content="__CSP_NONCE__">')
    web = Api(make_app(web_root=str(dist)))
    seen = set()
    for _ in range(3):
        answer = web("GET", "/")
        match = re.search(r'content="([\w-]{22})"', answer.text)
        assert match
        assert (
            f"style-src-elem 'self' 'nonce-{match[1]}'" in answer.headers["Content-Security-Policy"]
        )
        assert answer.headers["Cache-Control"] == "no-store"
        seen.add(match[1])
    assert len(seen) == 3


def test_a_new_build_is_served_without_a_restart(web: Api, dist: Path) -> None:
    (dist / "assets" / "app-5.js").write_text("2")
    (dist / "index.html").write_text("new")
    assert web("GET", "/").text == "new"
    assert web("GET", "/assets/app-5.js").text == "2"


def test_a_file_of_a_new_build_is_found_before_its_page_is_asked_for(web: Api, dist: Path) -> None:
    # As by the worker beside the one that has served the page.
    (dist / "assets/new-1a2b3c4d.js").write_text("export {};")
    page = dist / "index.html"
    page.write_text(page.read_text() + "<!-- newer still -->")
    assert web("GET", "/assets/new-1a2b3c4d.js").status_code == 200


def test_without_a_build_the_root_leads_to_the_docs(api: Api) -> None:
    answer = api("GET", "/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")
    assert api("GET", "/contacts").status_code == 404


def test_a_folder_that_was_named_must_hold_a_build(
    make_app: Callable[..., Gateway], tmp_path: Path
) -> None:
    with pytest.raises(ContractError, match="WASL_WEB_ROOT"):
        make_app(web_root=str(tmp_path))


@pytest.mark.parametrize(
    ("settings", "headers", "secure"),
    [
        ({}, {}, False),
        ({}, {"X-Forwarded-Proto": "https"}, False),
        ({"trusted_proxies": 1}, {"X-Forwarded-Proto": "https"}, True),
        ({"trusted_proxies": 1}, {"X-Forwarded-Proto": "http"}, False),
        ({"public_url": "https://crm.example"}, {}, True),
    ],
)
def test_browsers_stay_with_tls_once_there_is_tls(
    settings: dict[str, object],
    headers: dict[str, str],
    secure: bool,
    make_app: Callable[..., Gateway],
    dist: Path,
) -> None:
    web = Api(make_app(web_root=str(dist), **settings))
    for path in ("/", "/docs", "/v1/nothing", "/v1/signInOptions"):
        answer = web("GET", path, headers=headers)
        assert ("Strict-Transport-Security" in answer.headers) == secure
