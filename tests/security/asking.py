"""The same request over both ways in: direct gRPC, and REST through the gateway."""

import json
import re
from typing import Any, cast

import grpc
import httpx
from protobuf import Message, Oneof

from chassis.resources.field_names import camel_case
from chassis.testing.client import read_refusal
from services.gateway.contract import Rpc
from tests.security.cases import Case
from tests.security.world import Outcome, outcome_of_refusal, outcome_of_status
from wasl.platform.v1.imports_pb import ImportChunk, ImportOptions

_VARIABLE = re.compile(r"\{([a-z_.]+)\}")


def ask_by_grpc(case: Case, channel: grpc.Channel, token: str) -> Outcome:
    """The outcome of a direct call, and the ids or the text of what it gave."""
    desc = case.rpc.desc
    metadata = (("authorization", f"Bearer {token}"),)
    kinds: dict[str, Any] = {
        "unary": channel.unary_unary,
        "server_streaming": channel.unary_stream,
        "client_streaming": channel.stream_unary,
    }
    call = kinds[desc.method_kind](
        case.rpc.path,
        request_serializer=lambda message: message.to_binary(),
        response_deserializer=desc.output.type.from_binary,
    )
    request: Any = case.request
    if desc.method_kind == "client_streaming":
        request = iter(_chunks(case))
    try:
        answer = call(request, metadata=metadata, timeout=30)
        if desc.method_kind == "server_streaming":
            answer = b"".join(part.data for part in answer)
    except grpc.RpcError as error:
        refused = read_refusal(error)
        return outcome_of_refusal(refused.code, refused.reason)
    given = answer.decode() if isinstance(answer, bytes) else answer.to_json()
    return Outcome("passed", given)


def ask_by_http(case: Case, http: httpx.Client, key: str) -> Outcome:
    """The outcome over REST, and the text of what it gave."""
    more = {"files": _form(case)} if case.rpc.desc.method_kind == "client_streaming" else {}
    answer = send(case.rpc, case.service, case.request, http, key, **more)
    found = outcome_of_status(answer)
    return Outcome(found.kind, answer.text if answer.is_success else found.told)


def send(
    rpc: Rpc, service: str, request: Message, http: httpx.Client, key: str, **more: Any
) -> httpx.Response:
    """The answer of the gateway to a request of an RPC."""
    method, path, options = _http(rpc, service, request)
    headers = {"Authorization": f"Bearer {key}"} | options.pop("headers", {})
    return http.request(method, path, headers=headers, **(more or options))


def _http(rpc: Rpc, service: str, request: Message) -> tuple[str, str, dict[str, Any]]:
    rule = rpc.rules[0]
    body: dict[str, Any] = json.loads(request.to_json())
    body.pop("service", None)
    headers = {}

    def fill(match: re.Match[str]) -> str:
        if match[1] == "service":
            return service
        part: Any = body
        *above, last = [camel_case(step) for step in match[1].split(".")]
        for step in above:
            part = part.get(step, {})
        # A request without an id is refused all the same, but not before it is authorised.
        return str(part.pop(last, "00000000-0000-7000-8000-000000000000"))

    path = _VARIABLE.sub(fill, rule.path)
    inner = body.get(camel_case(rule.body), {}) if rule.body not in ("", "*") else body
    if rule.method in ("PATCH", "DELETE") and "etag" in inner:
        headers["If-Match"] = f'"{inner.pop("etag")}"'
    options: dict[str, Any] = {"headers": headers}
    if rule.body == "*":
        options["json"] = body
    elif rule.body:
        name = camel_case(rule.body)
        options["json"] = body.pop(name, {})
        options["params"] = _query(body)
    else:
        options["params"] = _query(body)
    return rule.method, path, options


def _query(body: dict[str, Any], above: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in body.items():
        if isinstance(value, dict):
            flat |= _query(value, f"{above}{name}.")
        elif isinstance(value, list):
            flat[above + name] = cast(Any, value)
        else:
            flat[above + name] = str(value).lower() if isinstance(value, bool) else str(value)
    return flat


def _chunks(case: Case) -> list[Message]:
    options: Oneof[Any, Any] = Oneof("options", ImportOptions(validate_only=True))
    data: Oneof[Any, Any] = Oneof("data", (case.rows or "name\nx\n").encode())
    return [ImportChunk(part=options), ImportChunk(part=data)]


def _form(case: Case) -> dict[str, Any]:
    return {
        "options": (None, json.dumps({"validateOnly": True}), "application/json"),
        "file": ("rows.csv", (case.rows or "name\nx\n").encode(), "text/csv"),
    }
