"""The web app: the files of its build, and its one page for every address that is nothing else.

Only files that were found in the folder are ever served, so no path leads out of it.
"""

import hashlib
import mimetypes
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.gateway.contract import ContractError
from services.gateway.problems import Header
from services.gateway.replies import Reply

# What the build writes where a nonce belongs, for the few styles that a library adds as it runs.
NONCE = b"__CSP_NONCE__"
# What belongs to the gateway is never a page of the app, whether it exists or not.
_RESERVED = ("/v1", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics")
# The build puts a hash of the content into the names of these.
_HASHED = "/assets/"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}
_ALWAYS: tuple[Header, ...] = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_PAGE: tuple[Header, ...] = (
    ("X-Frame-Options", "DENY"),
    # Not `no-referrer`: with it browsers say `Origin: null` even to ourselves.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
)

# The reply to a path, or None when the app has nothing to do with it.
Serve = Callable[[Mapping[str, object], str], Reply | None]


@dataclass(frozen=True)
class _File:
    path: Path
    content_type: str
    etag: str
    # The compressed copies beside it, by the name of the encoding.
    copies: dict[str, Path]


@dataclass(frozen=True)
class _Build:
    files: dict[str, _File]
    page: bytes
    # Tells one build from the next.
    stamp: int


def page_policy(nonce: str = "") -> str:
    """The Content-Security-Policy of the app's page: our own scripts and no others, in no frame."""
    own = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return (
        "default-src 'none'; script-src 'self'; "
        # Attributes, because charts and menus place themselves by them; they run nothing.
        f"style-src {own}; style-src-elem {own}; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def open_site(root: str, *, needed: bool) -> Serve | None:
    """What serves the build in a folder; None when there is none.

    ContractError when it is `needed`, because somebody has named the folder.
    """
    folder = Path(root)
    if not root or not (folder / "index.html").is_file():
        if root and needed:
            raise ContractError(f"WASL_WEB_ROOT={root} has no index.html: build the web app first.")
        return None
    builds = [_scan(folder)]

    def serve(environ: Mapping[str, object], path: str) -> Reply | None:
        if any(path == one or path.startswith(one + "/") for one in _RESERVED):
            return None
        file = builds[0].files.get(path)
        if file is None:
            # A page, or a file of a newer build: another worker may have served its page.
            builds[0] = _renewed(folder, builds[0])
            file = builds[0].files.get(path)
        if file is not None and path != "/index.html":
            return _file_reply(file, environ, path)
        # A file that is not there is no page: a script that gets HTML fails without a word.
        if "." in path.rpartition("/")[2] and path != "/index.html":
            return None
        return _page_reply(builds[0], environ)

    return serve


def _scan(folder: Path) -> _Build:
    index = folder / "index.html"
    copies = tuple(_ENCODINGS.values())
    return _Build(
        files={
            "/" + path.relative_to(folder).as_posix(): _describe(path)
            for path in _files(folder)
            if path.suffix not in copies
        },
        page=index.read_bytes(),
        stamp=index.stat().st_mtime_ns,
    )


def _renewed(folder: Path, build: _Build) -> _Build:
    # A developer builds again while the gateway runs; in the middle of it the old one stays.
    try:
        if (folder / "index.html").stat().st_mtime_ns == build.stamp:
            return build
        return _scan(folder)
    except OSError:
        return build


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def _describe(path: Path) -> _File:
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _File(
        path=path,
        content_type=_TYPES.get(path.suffix, guessed),
        etag=hashlib.sha256(path.read_bytes()).hexdigest()[:24],
        copies={
            name: copy
            for name, suffix in _ENCODINGS.items()
            if (copy := path.with_name(path.name + suffix)).is_file()
        },
    )


def _file_reply(file: _File, environ: Mapping[str, object], path: str) -> Reply | None:
    encoding = _chosen(file.copies, str(environ.get("HTTP_ACCEPT_ENCODING") or ""))
    etag = f'"{file.etag}-{encoding}"' if encoding else f'"{file.etag}"'
    headers: list[Header] = [
        *_ALWAYS,
        ("ETag", etag),
        ("Cache-Control", _FOREVER if path.startswith(_HASHED) else "no-cache"),
    ]
    if file.copies:
        headers.append(("Vary", "Accept-Encoding"))
    if file.content_type.startswith(("text/html", "image/svg")):
        # Opened by itself it is a page, too.
        headers += [("Content-Security-Policy", page_policy()), *_PAGE]
    if _matches(environ, etag):
        return Reply(304, headers, ())
    try:
        body = (file.copies[encoding] if encoding else file.path).read_bytes()
    except OSError:
        # Gone since: a build is being replaced.
        return None
    if encoding:
        headers.append(("Content-Encoding", encoding))
    headers += [("Content-Type", file.content_type), ("Content-Length", str(len(body)))]
    return Reply(200, headers, (body,))


def _page_reply(build: _Build, environ: Mapping[str, object]) -> Reply:
    headers: list[Header] = [*_ALWAYS, *_PAGE]
    body = build.page
    if NONCE in body:
        nonce = secrets.token_urlsafe(16)
        body = body.replace(NONCE, nonce.encode())
        # Not to be kept: the nonce of a kept page would not be that of its new headers.
        headers += [("Content-Security-Policy", page_policy(nonce)), ("Cache-Control", "no-store")]
    else:
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        headers += [
            ("Content-Security-Policy", page_policy()),
            ("Cache-Control", "no-cache"),
            ("ETag", etag),
        ]
        if _matches(environ, etag):
            return Reply(304, headers, ())
    headers += [("Content-Type", _TYPES[".html"]), ("Content-Length", str(len(body)))]
    return Reply(200, headers, (body,))


def _chosen(copies: Mapping[str, Path], accepted: str) -> str:
    names = set()
    for part in accepted.lower().split(","):
        name, _, options = part.partition(";")
        if options.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            names.add(name.strip())
    return next((name for name in _ENCODINGS if name in copies and name in names), "")


def _matches(environ: Mapping[str, object], etag: str) -> bool:
    given = str(environ.get("HTTP_IF_NONE_MATCH") or "")
    return any(one.strip().removeprefix("W/") in (etag, "*") for one in given.split(",") if one)
