"""The application: Flask with the API's routes in its own map, and the few pages beside it.

API requests leave Flask after routing: its request context, session and response objects cost more
(40 µs measured) than all that the gateway does for a `GET` (24 µs), and no API route needs them.
"""

import json
import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, cast

from flask import Flask, Response, jsonify, request
from grpc import Channel
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from chassis.telemetry import exposition
from services.gateway import client
from services.gateway.api import Door, compile_answer, compile_route, internal, note, request_id_of
from services.gateway.contract import Contract, load_contract
from services.gateway.credentials import IDENTITY, authenticator, resolver
from services.gateway.docs import render_docs
from services.gateway.health import readiness
from services.gateway.limits import rate_limiter
from services.gateway.openapi import build_openapi, encode_openapi
from services.gateway.origin import origin_check
from services.gateway.problems import Problem
from services.gateway.replies import STATUS_LINES, Reply, problem_reply
from services.gateway.router import Route, add_rules, build_routes
from services.gateway.settings import GatewaySettings
from services.gateway.transcoder import Environ
from services.gateway.visitor import address_reader, secure_reader
from services.gateway.web import Serve, open_site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Pages fetch nothing from anywhere else, run no script and stand in no frame.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_UNMATCHED, _WEB = "unmatched", "web"
# Browsers that have come by TLS once do not come without it for a year.
_HSTS = ("Strict-Transport-Security", "max-age=31536000")
# Bytes of a body that gunicorn reads away by itself.
_DRAINED = 64 * 1024
_log = logging.getLogger("wasl.gateway")

Respond = Callable[[Environ, list[str]], Reply]


class Gateway(Flask):
    """Flask that answers API routes straight from WSGI, and everything else as usual."""

    answers: dict[str, Respond]
    # Whether a request came by TLS.
    is_secure: Callable[[Environ], bool]
    # The web app; None when none is built.
    site: Serve | None = None

    def wsgi_app(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """WSGI. An error of routing is a problem too."""
        method = environ["REQUEST_METHOD"]
        # WSGI hands the path over as Latin-1 (PEP 3333).
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        try:
            endpoint, values = self._adapter.match(path, method)
        except (MethodNotAllowed, NotFound, RequestRedirect) as error:
            page = self._page(environ, path) if isinstance(error, NotFound) else None
            reply = page or _refusal(error, environ)
        else:
            answer = self.answers.get(endpoint)
            if answer is None:
                return super().wsgi_app(environ, start_response)
            # Werkzeug gives the variables in the order of the path.
            reply = answer(environ, list(values.values()))
        if reply.status >= 400:
            _close_when_unread(environ, start_response)
        if self.is_secure(environ):
            reply.headers.append(_HSTS)
        start_response(STATUS_LINES[reply.status], reply.headers)
        if method == "HEAD":
            return ()
        return reply.body

    def _page(self, environ: "WSGIEnvironment", path: str) -> Reply | None:
        method = environ["REQUEST_METHOD"]
        if self.site is None or method not in ("GET", "HEAD"):
            return None
        began = perf_counter()
        reply = self.site(environ, path)
        if reply is not None:
            request_id = request_id_of(environ)
            reply.headers.append(("X-Request-Id", request_id))
            note(began, method=method, route=_WEB, status=reply.status, request_id=request_id)
        return reply

    def freeze(self) -> None:
        """Binds the map once; it is complete, and binding it anew costs more than a match."""
        self._adapter = self.url_map.bind("gateway")


class Prepared(NamedTuple):
    """What all workers share: made once, before they are forked. Nothing of gRPC is in it."""

    contract: Contract
    routes: tuple[Route, ...]
    # Kept as bytes: as objects it would take megabytes, for a page now and then.
    openapi: bytes


def prepare(settings: GatewaySettings) -> Prepared:
    """Reads the contract. ContractError when the descriptors cannot be served."""
    contract = load_contract(settings.descriptors)
    routes = build_routes(contract)
    return Prepared(contract, routes, encode_openapi(build_openapi(contract, routes)))


def create_app(settings: GatewaySettings, *, prepared: Prepared | None = None) -> Gateway:
    """The application of one worker. ContractError when the descriptors cannot be served.

    Opens no connection before the first request.
    """
    contract, routes, openapi = prepared or prepare(settings)
    app = Gateway(__name__, static_folder="static", static_url_path="/docs/static")
    by_endpoint = add_rules(app.url_map, routes)

    def channel_to(service: str) -> Channel:
        return client.channel_to(service, address=settings.service_address)

    door = Door(
        authenticate=authenticator(
            resolver(address=settings.service_address, internal_key=settings.internal_key)
        ),
        take=rate_limiter(settings.rate_limit),
        check_origin=origin_check(settings.public_url),
        address_of=address_reader(settings.trusted_proxies),
        internal_token=client.internal_token(settings.internal_key, issuer="gateway"),
    )
    app.answers = {
        endpoint: compile_answer(
            route, compile_route(route, contract, channel_to=channel_to), door=door
        )
        for endpoint, route in by_endpoint.items()
    }
    app.is_secure = secure_reader(settings.trusted_proxies, settings.public_url)
    app.site = open_site(settings.web_root, needed="web_root" in settings.model_fields_set)
    _add_pages(app, openapi, {route.service for route in routes} | {IDENTITY}, channel_to)
    app.freeze()
    return app


def _add_pages(
    app: Gateway,
    openapi: bytes,
    services: set[str],
    channel_to: Callable[[str], Channel],
) -> None:
    ask = readiness(services, channel_to=channel_to)
    page: list[str] = []

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="SERVING")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        state = ask()
        status = "SERVING" if state.ready else "NOT_SERVING"
        return jsonify(status=status, services=state.services), 200 if state.ready else 503

    @app.get("/metrics")
    def exposed() -> Response:
        body, content_type = exposition.exposition()
        return Response(body, content_type=content_type)

    @app.get("/openapi.json")
    def openapi_json() -> Response:
        return Response(openapi, content_type="application/json")

    @app.get("/docs")
    def docs() -> Response:
        if not page:
            page.append(render_docs(json.loads(openapi)))
        return Response(page[0], content_type="text/html; charset=utf-8")

    if app.site is None:

        @app.get("/")
        def root() -> Response:
            return Response(status=307, headers={"Location": "/docs"})

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Request-Id"] = request_id_of(request.environ)
        if app.is_secure(request.environ):
            response.headers[_HSTS[0]] = _HSTS[1]
        if (response.content_type or "").startswith("text/html"):
            response.headers["Content-Security-Policy"] = _PAGE_POLICY
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            status = error.code or 500
            problem = Problem(status, error.name.upper().replace(" ", "_"), error.name)
        else:
            _log.error("unexpected error on a page", exc_info=error)
            problem = internal()
        reply = problem_reply(problem, request_id=request_id_of(request.environ))
        return Response(b"".join(reply.body), status=reply.status, headers=reply.headers)


def _close_when_unread(environ: "WSGIEnvironment", start_response: "StartResponse") -> None:
    """Lets gunicorn say `Connection: close` where it will close, so that nobody sends into it.

    It gives up a connection with more than 64 KiB of a body that nobody has read, and tells the
    client to keep it. WSGI has no word for this, and gunicorn drops the header.
    """
    length = str(environ.get("CONTENT_LENGTH") or "")
    if (length.isdigit() and int(length) > _DRAINED) or environ.get("HTTP_TRANSFER_ENCODING"):
        close = getattr(getattr(start_response, "__self__", None), "force_close", None)
        if close is not None:
            close()


def _refusal(
    error: MethodNotAllowed | NotFound | RequestRedirect, environ: "WSGIEnvironment"
) -> Reply:
    began = perf_counter()
    method = cast(str, environ["REQUEST_METHOD"])
    request_id = request_id_of(environ)
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted({*(error.valid_methods or ()), "OPTIONS"}))
        if method == "OPTIONS":
            reply = Reply(204, [("Allow", allowed), ("Cache-Control", "no-store")], ())
        else:
            problem = Problem(
                405,
                "METHOD_NOT_ALLOWED",
                f"This address takes {allowed}.",
                headers=(("Allow", allowed),),
            )
            reply = problem_reply(problem, request_id=request_id)
    else:
        problem = Problem(404, "ROUTE_NOT_FOUND", "There is nothing at this address.")
        reply = problem_reply(problem, request_id=request_id)
    reply.headers.append(("X-Request-Id", request_id))
    # Not the method itself: callers can make up as many as they like.
    known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "OTHER"
    note(began, method=known, route=_UNMATCHED, status=reply.status, request_id=request_id)
    return reply
