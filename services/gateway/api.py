"""One API request from credential to answer. Everything that can be is compiled at start."""

import logging
import re
from collections.abc import Callable
from random import getrandbits
from time import perf_counter
from typing import NamedTuple, cast

import grpc

from chassis.telemetry.metrics import observe_http
from chassis.telemetry.tracing import annotate, current_traceparent, server_span
from services.gateway import client
from services.gateway.contract import Contract, ContractError
from services.gateway.cookies import PREFIX, compile_giving, compile_taking
from services.gateway.credentials import Authenticate, missing, read_credential
from services.gateway.downloads import check_download, download_reply, file_stem
from services.gateway.limits import Allowance, Take
from services.gateway.origin import CheckOrigin
from services.gateway.problems import Header, Problem, as_bad_request, from_rpc_error
from services.gateway.replies import Reply, json_reply, problem_reply
from services.gateway.router import Route
from services.gateway.transcoder import Environ, compile_transcoder
from services.gateway.uploads import compile_upload
from services.gateway.visitor import agent_of

_log = logging.getLogger("wasl.gateway")

# Seconds. Slower answers get a line in the log; all of them are in the metrics.
SLOW = 1.0
MAX_HEADERS = 64
# Who answers what no service is asked for.
OURSELVES = "gateway"
# WSGI puts about 25 keys of its own beside the headers, so below this there is nothing to count.
_FEW_KEYS = MAX_HEADERS + 2

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")

# From the environment, the values of the path and the metadata for the service.
Handle = Callable[[Environ, list[str], client.Metadata], Reply]
ChannelTo = Callable[[str], grpc.Channel]


class Door(NamedTuple):
    """What every request passes on its way in, whatever its route."""

    authenticate: Authenticate
    take: Take
    check_origin: CheckOrigin
    # The address of the client.
    address_of: Callable[[Environ], str]
    # Proves to services that the address and the browser's name come from us.
    internal_token: Callable[[], str]


def compile_route(route: Route, contract: Contract, *, channel_to: ChannelTo) -> Handle:
    """The handler of a route. `channel_to` is not called before the first request."""
    match route.rpc.desc.method_kind:
        case "unary":
            return _unary(route, contract, channel_to)
        case "client_streaming":
            return _upload(route, channel_to)
        case "server_streaming":
            return _download(route, contract, channel_to)
        case _:
            raise ContractError(f"{route.rpc.desc}: streams in both directions have no route.")


def _unary(route: Route, contract: Contract, channel_to: ChannelTo) -> Handle:
    transcode = compile_transcoder(route, contract)
    desc = route.rpc.desc
    take_cookies = compile_taking(desc.input, contract)
    give_cookies = compile_giving(desc.output, contract)
    creates = desc.name.startswith("Create") and route.method == "POST"
    has_validate_only = any(field.name == "validate_only" for field in desc.input.fields)
    call: client.UnaryCall | None = None

    def handle(environ: Environ, values: list[str], metadata: client.Metadata) -> Reply:
        nonlocal call
        request = transcode(environ, values)
        if take_cookies is not None:
            take_cookies(environ, request)
        if call is None:
            call = client.unary(channel_to(route.service), route.rpc.path, desc)
        response = call(request, timeout=client.DEADLINE, metadata=metadata)
        cookies = give_cookies(response) if give_cookies is not None else ()
        # A dry run creates nothing, so there is no 201 and no address.
        if not creates or (has_validate_only and getattr(request, "validate_only", False)):
            reply = json_reply(response)
            reply.headers.extend(cookies)
            return reply
        reply = json_reply(response, status=201)
        reply.headers.extend(cookies)
        identifier = getattr(response, "id", "")
        if identifier:
            path = str(environ.get("PATH_INFO", "")).rstrip("/")
            reply.headers.append(("Location", f"{path}/{identifier}"))
        return reply

    return handle


def _upload(route: Route, channel_to: ChannelTo) -> Handle:
    read = compile_upload(route)
    call: client.UploadCall | None = None

    def handle(environ: Environ, _: list[str], metadata: client.Metadata) -> Reply:
        nonlocal call
        if call is None:
            call = client.upload(channel_to(route.service), route.rpc.path, route.rpc.desc)
        with read(environ) as messages:
            return json_reply(call(messages, timeout=client.DEADLINE, metadata=metadata))

    return handle


def _download(route: Route, contract: Contract, channel_to: ChannelTo) -> Handle:
    check_download(route)
    transcode = compile_transcoder(route, contract)
    stem = file_stem(route)
    call: client.DownloadCall | None = None

    def handle(environ: Environ, values: list[str], metadata: client.Metadata) -> Reply:
        nonlocal call
        request = transcode(environ, values)
        if call is None:
            call = client.download(channel_to(route.service), route.rpc.path, route.rpc.desc)
        stream = call(request, timeout=client.STREAM_DEADLINE, metadata=metadata)
        return download_reply(stream, stem=stem, head=environ["REQUEST_METHOD"] == "HEAD")

    return handle


def compile_answer(
    route: Route, handle: Handle, *, door: Door
) -> Callable[[Environ, list[str]], Reply]:
    """The whole way of a request to one route: never raises, always answers."""
    authenticate, take, check_origin, address_of, internal_token = door
    public, form = route.rpc.access == "public", route.rpc.form
    name = f"{route.method} {route.path}"
    attributes = {"http.route": route.path, "http.request.method": route.method}
    request_desc = route.rpc.desc.input
    body_field = route.rule.body

    def respond(environ: Environ, values: list[str], request_id: str) -> Reply:
        allowance: Allowance | None = None
        try:
            check_headers(environ)
            address = address_of(environ)
            metadata: list[tuple[str, str]] = [
                ("x-request-id", request_id),
                ("x-wasl-internal", internal_token()),
                ("x-wasl-address", address),
                ("x-wasl-agent", agent_of(str(environ.get("HTTP_USER_AGENT") or ""))),
            ]
            credential = read_credential(environ)
            if credential is None or credential.kind == "session_token":
                check_origin(environ, PREFIX in str(environ.get("HTTP_COOKIE") or ""))
                # An old session must not keep anybody from signing in.
                credential = None if public else credential
            if credential is not None:
                caller = authenticate(credential)
                metadata.append(("authorization", caller.authorization))
                allowance = take(caller.digest)
            elif public:
                allowance = take(address.encode())
            else:
                raise missing()
            if allowance is not None and allowance.retry_after is not None:
                raise too_many(allowance.retry_after)
            key = environ.get("HTTP_IDEMPOTENCY_KEY")
            if key is not None:
                metadata.append(("idempotency-key", _idempotency_key(str(key))))
            traceparent = current_traceparent()
            if traceparent is not None:
                metadata.append(("traceparent", traceparent))
            reply = handle(environ, values, tuple(metadata))
        except Problem as problem:
            reply = refused(problem, request_id)
        except grpc.RpcError as error:
            refusal = from_rpc_error(error, request=request_desc, body_field=body_field)
            reply = refused(refusal, request_id)
        except Exception:  # noqa: BLE001 - the last one: whatever it is, the caller gets a problem
            _log.exception("unexpected error", extra={"request_id": request_id, "route": name})
            reply = problem_reply(internal(), request_id=request_id)
        if allowance is not None:
            reply.headers.extend(_limit_headers(allowance))
        return reply

    def refused(problem: Problem, request_id: str) -> Reply:
        return problem_reply(as_bad_request(problem) if form else problem, request_id=request_id)

    def answer(environ: Environ, values: list[str]) -> Reply:
        began = perf_counter()
        traceparent = cast(str | None, environ.get("HTTP_TRACEPARENT"))
        # Whether it is recorded is not for a stranger to say.
        with server_span(name, traceparent, attributes, trusted=False) as here:
            request_id = request_id_of(environ)
            reply = respond(environ, values, request_id)
            reply.headers.append(("X-Request-Id", request_id))
            if here.sampled:
                annotate({"http.response.status_code": reply.status})
            note(
                began,
                method=cast(str, environ["REQUEST_METHOD"]),
                route=route.path,
                service=route.service,
                status=reply.status,
                request_id=request_id,
            )
        return reply

    return answer


def note(
    began: float, *, method: str, route: str, status: int, request_id: str, service: str = OURSELVES
) -> None:
    """Counts a request, and writes a line for it when it failed or was slow."""
    seconds = perf_counter() - began
    observe_http(seconds, method=method, route=route, service=service, status=status)
    if status >= 500 or seconds > SLOW:
        _log.warning(
            "request",
            extra={
                "method": method,
                "route": route,
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "request_id": request_id,
            },
        )


def request_id_of(environ: Environ) -> str:
    """The caller's X-Request-Id when it is a sane one, else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID")
    if given is not None and _REQUEST_ID.fullmatch(str(given)):
        return str(given)
    return f"{getrandbits(128):032x}"


def check_headers(environ: Environ) -> None:
    """Problem 431 for more than 64 headers."""
    if len(environ) <= _FEW_KEYS:
        return
    if sum(key.startswith("HTTP_") for key in environ) > MAX_HEADERS:
        raise Problem(431, "TOO_MANY_HEADERS", f"There are more than {MAX_HEADERS} headers.")


def too_many(retry_after: int) -> Problem:
    """The 429 of a caller that is too fast."""
    return Problem(
        429,
        "RATE_LIMITED",
        "There are too many requests with this credential.",
        headers=(("Retry-After", str(retry_after)),),
    )


def internal() -> Problem:
    """The 500 that says nothing about why."""
    return Problem(
        500, "INTERNAL", "Something went wrong on our side. It is logged under the request id."
    )


def _idempotency_key(key: str) -> str:
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Problem(
            400,
            "INVALID_IDEMPOTENCY_KEY",
            "Idempotency-Key must be 1 to 255 printable ASCII characters.",
        )
    return key


def _limit_headers(allowance: Allowance) -> list[Header]:
    limit = str(allowance.limit)
    return [
        ("RateLimit-Limit", limit),
        ("RateLimit-Remaining", str(allowance.remaining)),
        ("RateLimit-Reset", str(allowance.reset)),
        ("RateLimit-Policy", f"{limit};w=1"),
    ]
