"""Routes: Werkzeug rules made of the `google.api.http` rules of the contract."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from protobuf import DescField, DescFieldValueMessage, DescMessage
from werkzeug.routing import BaseConverter, Map, Rule

from services.gateway.contract import Contract, ContractError, HttpRule, Rpc

_VARIABLE = re.compile(r"\{([^}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Segment(BaseConverter):
    """One path segment up to the custom verb: `/v1/contacts/<id>` is not `<id>:undelete`."""

    regex = "[^/:]+"


@dataclass(frozen=True, eq=False)
class Route:
    """One operation of the REST API."""

    # Unique, `getContact`; of an RPC that every service answers, `contactsGetJob`.
    operation_id: str
    method: str
    # As people read it: `/v1/contacts/{id}`.
    path: str
    rule: HttpRule
    rpc: Rpc
    # The service that answers, and the permission it asks for.
    service: str
    permission: str
    # The fields that the path fills, from the request down, in the order of the path.
    variables: tuple[tuple[DescField, ...], ...]


def build_routes(contract: Contract) -> tuple[Route, ...]:
    """Every route of the contract. ContractError when two answer to the same path."""
    routes: list[Route] = []
    names = sorted({rpc.service for rpc in contract.rpcs if rpc.rules and not rpc.every_service})
    for rpc in contract.rpcs:
        for number, rule in enumerate(rpc.rules):
            suffix = str(number + 1) if number else ""
            services = names if rpc.every_service else (rpc.service,)
            routes.extend(_route(rpc, rule, service, suffix) for service in services)
    seen: dict[tuple[str, str], Route] = {}
    for route in routes:
        key = (route.method, _VARIABLE.sub("{}", route.path))
        other = seen.setdefault(key, route)
        if other is not route:
            raise ContractError(
                f"{route.method} {route.path} is the route of {other.rpc.path} and of "
                f"{route.rpc.path}."
            )
    return tuple(routes)


def add_rules(url_map: Map, routes: Collection[Route]) -> dict[str, Route]:
    """Puts the routes into Flask's map; the endpoints are the operation ids."""
    url_map.converters["segment"] = Segment
    # A redirect would turn a POST into a GET in many clients.
    url_map.strict_slashes = True
    url_map.merge_slashes = False
    by_endpoint = {}
    for route in routes:
        parts = _VARIABLE.split(route.path)
        rule = "".join(
            f"<segment:v{index // 2}>" if index % 2 else part for index, part in enumerate(parts)
        )
        url_map.add(Rule(rule, endpoint=route.operation_id, methods=[route.method]))
        by_endpoint[route.operation_id] = route
    if len(by_endpoint) != len(routes):
        raise ContractError("Two RPCs have the same operation id.")
    return by_endpoint


def _route(rpc: Rpc, rule: HttpRule, service: str, suffix: str) -> Route:
    if rule.method not in _METHODS:
        raise ContractError(f"{rpc.desc}: no route can have the method {rule.method}.")
    path = rule.path
    name = rpc.desc.name
    operation_id = name[0].lower() + name[1:] + suffix
    if rpc.every_service:
        if "{service}" not in path:
            raise ContractError(f"{rpc.desc}: the path must hold {{service}}.")
        path = path.replace("{service}", service)
        operation_id = f"{service}{name}{suffix}"
    variables = []
    for variable in _VARIABLE.findall(path):
        if not _NAME.fullmatch(variable):
            raise ContractError(f"{rpc.desc}: the variable {{{variable}}} is not supported.")
        variables.append(_resolve(rpc.desc.input, variable))
    if rule.body not in ("", "*"):
        _resolve(rpc.desc.input, rule.body)
    return Route(
        operation_id=operation_id,
        method=rule.method,
        path=_VARIABLE.sub(lambda match: "{" + _readable(match[1]) + "}", path),
        rule=rule,
        rpc=rpc,
        service=service,
        permission=rpc.permission.replace("{service}", service),
        variables=tuple(variables),
    )


def _readable(variable: str) -> str:
    # `{contact.id}` of an update is the same thing to the caller as `{id}` of a get.
    last = variable.rpartition(".")[2]
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), last)


def _resolve(message: DescMessage, path: str) -> tuple[DescField, ...]:
    steps: list[DescField] = []
    inner: DescMessage | None = message
    for name in path.split("."):
        field = next((one for one in inner.fields if one.name == name), None) if inner else None
        if field is None:
            raise ContractError(f"{message} has no field {path}.")
        steps.append(field)
        inner = field.value.message if isinstance(field.value, DescFieldValueMessage) else None
    return tuple(steps)
