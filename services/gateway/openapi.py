"""OpenAPI 3.1 of the whole API, made of the descriptors and the comments in the protos."""

import json
import re
from collections.abc import Sequence
from http import HTTPStatus

from services.gateway.contract import Contract
from services.gateway.cookies import PREFIX, SESSION
from services.gateway.payload import MAX_BODY
from services.gateway.problems import CONTENT_TYPE
from services.gateway.query import Parameter
from services.gateway.router import Route
from services.gateway.schemas import Schema, Schemas
from services.gateway.transcoder import query_parameters, takes_etag
from services.gateway.uploads import FILE_PART, FILE_TYPES, MAX_UPLOAD, upload_shape

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_INTRODUCTION = """\
The API of the whole suite. Every resource works the same way: `GET` one or a page, `POST` to \
create, `PATCH` to change the fields that the body names, `DELETE` to take away (it can be \
undeleted), and `:verb` for everything else.

- **Versions.** A resource carries an `etag`. Send it back as `If-Match` when you change or \
delete: without it the answer is 428, with an old one 412.
- **Repeating safely.** With an `Idempotency-Key` header a repeated write answers as the first did.
- **Pages.** Follow `nextPageToken`; a page has 50 entries unless `pageSize` says otherwise.
- **Errors** are `application/problem+json` with a stable `code`, and `violations` that name fields.
"""
_BEARER = "An API key, or a token (JWT) of one of the OpenID Connect providers."
_PROBLEM: Schema = {
    "type": "object",
    "description": "An error, as in RFC 9457.",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Names the kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, for a person."},
        "code": {
            "type": "string",
            "description": "What is wrong, for a program. It does not change.",
        },
        "requestId": {"type": "string", "description": "Tell it to whom you ask for help."},
        "violations": {
            "type": "array",
            "description": "The fields that are wrong.",
            "items": {
                "type": "object",
                "required": ["field", "message", "code"],
                "properties": {
                    "field": {"type": "string", "description": "The path in the JSON body."},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_TOLD = {
    400: "The request is wrong by itself.",
    401: "There is no valid credential.",
    403: "The caller may not do this.",
    404: "There is no such thing, for this caller.",
    409: "The state of things does not allow it.",
    412: "The version is not the one in If-Match.",
    413: "The body is too large.",
    415: "The body has another type than this takes.",
    422: "The Idempotency-Key was used with another request.",
    428: "If-Match is needed.",
    429: "Too many requests. Wait for Retry-After.",
    500: "Something is wrong on our side.",
    503: "A part is not available. Wait for Retry-After.",
    504: "A part did not answer in time.",
}


def build_openapi(contract: Contract, routes: Sequence[Route]) -> dict[str, object]:
    """The document. It validates against the OpenAPI 3.1 schema, which a test holds it to."""
    schemas = Schemas(contract)
    schemas.components["Problem"] = _PROBLEM
    paths: dict[str, dict[str, object]] = {}
    tags: dict[str, str] = {}
    for route in routes:
        tag = _tag(route)
        tags.setdefault(tag, contract.comment(route.rpc.desc.parent))
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, contract, schemas, tag
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Wasl", "version": "1", "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": told} for name, told in tags.items()],
        "security": [{"bearer": []}, {"apiKey": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "responses": {str(status): _problem(status) for status in _TOLD}
            | {"Problem": _problem(None)},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": _BEARER},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": PREFIX + SESSION,
                    "description": "A browser that is signed in. Writes need the header Origin or "
                    "Sec-Fetch-Site, as every browser sends them; never together with a key.",
                },
            },
        },
    }


def encode_openapi(document: dict[str, object]) -> bytes:
    """The document as JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _operation(route: Route, contract: Contract, schemas: Schemas, tag: str) -> Schema:
    comment = contract.comment(route.rpc.desc)
    operation: Schema = {
        "operationId": route.operation_id,
        "tags": [tag],
        "summary": re.split(r"(?<=[.?!])\s", comment, maxsplit=1)[0].rstrip(".") or route.path,
        "description": comment,
        "parameters": _parameters(route, schemas),
        "responses": _responses(route, schemas),
    }
    if route.permission:
        operation["x-wasl-permission"] = route.permission
    if route.rpc.access == "public":
        operation["security"] = []
    body = _request_body(route, schemas)
    if body:
        operation["requestBody"] = body
    return operation


def _parameters(route: Route, schemas: Schemas) -> list[Schema]:
    found: list[Schema] = []
    names = re.findall(r"\{([^}]*)\}", route.path)
    for name, steps in zip(names, route.variables, strict=True):
        schema = schemas.field(steps[-1], mode="input")
        schema.pop("readOnly", None)
        schema.setdefault("minLength", 1)
        if "format" not in schema:
            schema["pattern"] = "^[^/:]+$"
        told = schema.pop("description", f"The {name} of the resource.")
        found.append(
            {"name": name, "in": "path", "required": True, "description": told, "schema": schema}
        )
    if route.rpc.desc.method_kind == "client_streaming":
        shape = upload_shape(route)
        found.append(
            {
                "name": shape.options.json_name,
                "in": "query",
                "description": "For a body that is the file itself: the options, as JSON.",
                "content": {"application/json": {"schema": _options(route, schemas)}},
            }
        )
    else:
        found += _query(route, schemas)
    if takes_etag(route):
        found.append(
            _header(
                "If-Match",
                'The etag that the resource must still have, in quotes, such as `"7"`.',
                r'^(W/)?"[0-9A-Za-z]{1,100}"$',
            )
        )
    if route.method != "GET":
        found.append(
            _header(
                "Idempotency-Key",
                "Makes the call safe to repeat: the same key gets the same answer.",
                r"^[\x21-\x7e]{1,255}$",
            )
        )
    return found


def _query(route: Route, schemas: Schemas) -> list[Schema]:
    by_parameter: dict[str, tuple[Parameter, str]] = {}
    for name, parameter in query_parameters(route, schemas.contract).items():
        known = by_parameter.get(parameter.name)
        # The shortest camelCase name is the one to tell; the others work as well.
        if "_" not in name and (known is None or len(name) < len(known[1])):
            by_parameter[parameter.name] = (parameter, name)
    found: list[Schema] = []
    for parameter, name in by_parameter.values():
        last = parameter.path[-1]
        schema = schemas.field(last, mode="input")
        told = schema.pop("description", "")
        schema.pop("readOnly", None)
        entry: Schema = {"name": name, "in": "query", "description": told, "schema": schema}
        if schemas.required(last) or schema.get("minItems"):
            entry["required"] = True
        found.append(entry)
    return found


def _header(name: str, told: str, pattern: str) -> Schema:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "description": told, "schema": schema}


def _request_body(route: Route, schemas: Schemas) -> Schema | None:
    request = route.rpc.desc.input
    if route.rpc.desc.method_kind == "client_streaming":
        return _upload_body(route, schemas)
    if not route.rule.body:
        return None
    if route.rule.body == "*":
        without = tuple(steps[0].name for steps in route.variables)
        if route.rpc.every_service:
            without = (*without, "service")
        needed = any(schemas.required(one) for one in request.fields)
        schema = schemas.message(request, mode="input", without=without)
    else:
        needed = True
        field = next(one for one in request.fields if one.name == route.rule.body)
        message = getattr(field.value, "message")  # noqa: B009
        schema = schemas.message(message, mode="patch" if route.method == "PATCH" else "input")
    content: dict[str, Schema] = {"application/json": {"schema": schema}}
    if route.rpc.form:
        content["application/x-www-form-urlencoded"] = {"schema": {"type": "object"}}
    return {
        "required": needed,
        "description": f"At most {MAX_BODY // 1024 // 1024} MiB.",
        "content": content,
    }


def _options(route: Route, schemas: Schemas) -> Schema:
    field = upload_shape(route).options
    return schemas.message(getattr(field.value, "message"), mode="input")  # noqa: B009


def _upload_body(route: Route, schemas: Schemas) -> Schema:
    name = upload_shape(route).options.json_name
    form: Schema = {
        "type": "object",
        "required": [FILE_PART],
        "properties": {
            name: _options(route, schemas),
            FILE_PART: {"type": "string", "contentMediaType": "application/octet-stream"},
        },
        "additionalProperties": False,
    }
    content: dict[str, Schema] = {
        "multipart/form-data": {
            "schema": form,
            "encoding": {name: {"contentType": "application/json"}},
        }
    }
    for content_type in FILE_TYPES:
        content[content_type] = {"schema": {"type": "string"}}
    return {
        "required": True,
        "description": f"The options and the file, or the file alone; at most "
        f"{MAX_UPLOAD // 1024 // 1024} MiB.",
        "content": content,
    }


def _responses(route: Route, schemas: Schemas) -> dict[str, Schema]:
    method = route.rpc.desc
    created = method.name.startswith("Create") and method.method_kind == "unary"
    success: Schema = {"description": "Done."}
    if method.method_kind == "server_streaming":
        success["content"] = {
            "text/csv": {"schema": {"type": "string"}},
            _XLSX: {"schema": {"type": "string", "contentMediaType": _XLSX}},
        }
    else:
        schema = schemas.message(method.output, mode="output")
        success["content"] = {"application/json": {"schema": schema}}
    if any(field.name == "etag" for field in method.output.fields):
        told = "The version, in quotes: what If-Match takes."
        success["headers"] = {"ETag": {"description": told, "schema": {"type": "string"}}}
    found: dict[str, Schema] = {"200": success}
    if created:
        told = "Where it is from now on."
        location = {"Location": {"description": told, "schema": {"type": "string"}}}
        headers = success.get("headers", {})
        assert isinstance(headers, dict)
        found["201"] = {**success, "description": "Created.", "headers": {**headers, **location}}
        success["description"] = "What would have come to be (`validateOnly`)."
    for status in _failures(route):
        found[str(status)] = {"$ref": f"#/components/responses/{status}"}
    found["default"] = {"$ref": "#/components/responses/Problem"}
    return found


def _failures(route: Route) -> list[int]:
    statuses = [400, 429, 500, 503, 504]
    if route.rpc.access != "public":
        statuses += [401, 403]
    if route.variables:
        statuses.append(404)
    if route.method != "GET":
        statuses += [409, 422]
    if takes_etag(route):
        statuses += [412, 428]
    if route.rule.body:
        statuses += [413, 415]
    return sorted(statuses)


def _problem(status: int | None) -> Schema:
    told = "Any other problem." if status is None else _TOLD[status]
    if status is not None:
        told = f"{HTTPStatus(status).phrase}. {told}"
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": told, "content": {CONTENT_TYPE: {"schema": schema}}}


def _tag(route: Route) -> str:
    parts = [part.partition(":")[0] for part in route.path.split("/")[2:]]
    collection = re.sub(r"([A-Z])", lambda match: " " + match[1].lower(), parts[0])
    if route.rpc.every_service:
        second = re.sub(r"([A-Z])", lambda match: " " + match[1].lower(), parts[1])
        return f"{collection.capitalize()}: {second}"
    return collection.capitalize()
