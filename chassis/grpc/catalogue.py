"""What there is to be granted and to be hidden, read from the descriptors of every service.

The generated modules are the truth: a new RPC is in the catalogue once it is in a proto.
"""

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from protobuf import DescFieldValueList, DescMessage, DescMethod

import wasl
from chassis.grpc.field_groups import group_of
from chassis.grpc.method import describe_method
from chassis.resources.field_names import camel_case, snake_case
from wasl.options.v1 import policy_pb

# A report has no owner, but counts the records of owners.
_COUNTS_RECORDS = frozenset({"reporting.reports"})
# Their owner alone writes them, whatever a grant says.
_PERSONAL = frozenset({"identity.views"})


@dataclass(frozen=True)
class Permission:
    """Something that can be granted, such as `contacts.contacts.update`."""

    name: str
    service: str
    collection: str
    verb: str
    # Whether its records have owners, so that the scope of a grant matters.
    scoped: bool


@dataclass(frozen=True)
class FieldGroup:
    """Fields that a role can hide together, such as `sales.amounts`."""

    name: str
    # Such as `sales.opportunities.amount`.
    fields: tuple[str, ...]


@cache
def permissions() -> tuple[Permission, ...]:
    """Every permission there is, by name."""
    scoped = _scoped_collections()
    names = {
        describe_method(method, service=service).permission
        for method, services in _methods()
        for service in services
    } - {""}
    found = []
    for name in sorted(names):
        service, collection, verb = name.split(".")
        is_scoped = f"{service}.{collection}" in scoped
        found.append(Permission(name, service, collection, verb, is_scoped))
    return tuple(found)


@cache
def field_groups() -> tuple[FieldGroup, ...]:
    """Every group of fields that can be hidden, by name."""
    groups: dict[str, set[str]] = {}
    for place, message in _messages():
        for field in message.fields:
            if group := group_of(field):
                groups.setdefault(group, set()).add(f"{place}.{camel_case(field.name)}")
    return tuple(FieldGroup(name, tuple(sorted(groups[name]))) for name in sorted(groups))


def is_permission(pattern: str) -> bool:
    """Whether a permission or a pattern such as `contacts.*` covers anything there is."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return any(known.name.startswith(pattern[:-1]) for known in permissions())
    return any(known.name == pattern for known in permissions())


def service_names() -> tuple[str, ...]:
    """The services of the contract, such as `contacts`."""
    return tuple(sorted({_package(module) for module in service_modules()} - {"platform"}))


@cache
def service_modules() -> tuple[ModuleType, ...]:
    """The generated module of every proto file with services."""
    return tuple(module for module in _modules() if module.desc().services)


@cache
def _modules() -> tuple[ModuleType, ...]:
    # They are namespace packages, which pkgutil does not walk through.
    found = []
    for folder in wasl.__path__:
        for path in sorted(Path(folder).rglob("*_pb.py")):
            name = ".".join(path.relative_to(folder).with_suffix("").parts)
            found.append(importlib.import_module(f"wasl.{name}"))
    return tuple(found)


def _package(module: ModuleType) -> str:
    # `wasl/contacts/v1/contact_service.proto`
    return str(module.desc().name.split("/")[1])


def _methods() -> Iterator[tuple[DescMethod, tuple[str, ...]]]:
    """Every RPC with the services that answer it."""
    for module in service_modules():
        for desc in module.desc().services:
            options = desc.proto.options
            everywhere = options is not None and bool(options[policy_pb.ext_every_service])
            services = service_names() if everywhere else (_package(module),)
            for method in desc.methods:
                yield method, services


def _collections() -> dict[str, DescMessage]:
    """The message of each collection, such as `contacts.contacts`, by what its List answers."""
    found: dict[str, DescMessage] = {}
    for method, services in _methods():
        for service in services:
            permission = describe_method(method, service=service).permission
            message = _listed(method)
            if permission.endswith(".list") and message is not None:
                found[permission.removesuffix(".list")] = message
    return found


def _listed(method: DescMethod) -> DescMessage | None:
    for field in method.output.fields:
        value = field.value
        if isinstance(value, DescFieldValueList) and isinstance(value.element, DescMessage):
            return value.element
    return None


def _scoped_collections() -> frozenset[str]:
    owned = {
        name
        for name, message in _collections().items()
        if any(field.name == "owner_id" for field in message.fields)
    }
    return (frozenset(owned) | _COUNTS_RECORDS) - _PERSONAL


def _messages() -> Iterator[tuple[str, DescMessage]]:
    """Every message of a service with its place: its collection, else its own name."""
    places = {message.type_name: name for name, message in _collections().items()}
    for module in _modules():
        for message in _with_nested(module.desc().messages):
            place = f"{_package(module)}.{camel_case(snake_case(message.name))}"
            yield places.get(message.type_name, place), message


def _with_nested(messages: Iterable[DescMessage]) -> Iterator[DescMessage]:
    for message in messages:
        yield message
        yield from _with_nested(message.nested_messages)
