"""The contract, read from the descriptor set: every RPC, who may call it, what is said of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from protobuf import (
    DescEnum,
    DescEnumValue,
    DescField,
    DescMessage,
    DescMethod,
    DescService,
    Message,
    Registry,
)
from protobuf._file_registry import add_file
from protobuf.wkt import FileDescriptorSet

Access = Literal["permission", "authenticated", "public", "internal"]

# Field numbers of descriptor.proto: what a source path is made of.
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_FIELDS, _NESTED_MESSAGES, _NESTED_ENUMS, _VALUES, _METHODS = 2, 3, 4, 2, 2


class ContractError(Exception):
    """The descriptors say something that the gateway cannot serve."""


@dataclass(frozen=True)
class HttpRule:
    """One route of an RPC: `GET`, `/v1/contacts/{id}`, and the field that is the body."""

    method: str
    path: str
    # Empty: no body. `*`: the body is the request. Else the name of the field that it is.
    body: str


@dataclass(frozen=True)
class Rpc:
    """One RPC of one service."""

    # The name in the address: `contacts`.
    service: str
    # `/wasl.contacts.v1.ContactService/GetContact`.
    path: str
    desc: DescMethod
    rules: tuple[HttpRule, ...]
    access: Access
    permission: str
    # Whether every service answers it, each for itself.
    every_service: bool
    # Whether it also takes a form, because a standard says so.
    form: bool = False


@dataclass(frozen=True)
class Contract:
    """All RPCs, and the comments of the sources."""

    registry: Registry
    rpcs: tuple[Rpc, ...]
    # By file and source path.
    comments: dict[tuple[str, tuple[int, ...]], str]

    def comment(
        self, desc: DescService | DescMethod | DescMessage | DescField | DescEnum | DescEnumValue
    ) -> str:
        """The comment above (or beside) a declaration; empty when there is none."""
        return self.comments.get(_source_path(desc), "")


def load_contract(path: str) -> Contract:
    """Reads a descriptor set. ContractError names what is missing or wrong."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ContractError(f"The descriptors cannot be read: {error}.") from error
    files = FileDescriptorSet.from_binary(data).file
    comments = {
        (file.name, tuple(location.path)): text
        for file in files
        if file.source_code_info is not None
        for location in file.source_code_info.location
        if (text := _clean(location.leading_comments or location.trailing_comments))
    }
    # protobuf-py offers no public way to a registry of many files (there is one for plugins); the
    # version is pinned and this one function is what generated code stands on too.
    registry = Registry()
    for file in files:
        # The registry holds on to the file, and its source info is most of it: megabytes.
        file.source_code_info = None
        add_file(registry, file, None)
    return Contract(registry, tuple(_rpcs(registry)), comments)


def option(registry: Registry, holder: Message | None, name: str) -> object:
    """The value of a custom option such as `google.api.http`, or None when it is not set."""
    extension = registry.extension(name)
    if extension is None or holder is None or extension.type not in holder:
        return None
    return cast(object, holder[extension.type])


def _rpcs(registry: Registry) -> Iterator[Rpc]:
    for service in [desc for desc in registry if isinstance(desc, DescService)]:
        everywhere = bool(option(registry, service.proto.options, "wasl.options.v1.every_service"))
        for method in service.methods:
            options = method.proto.options
            policy = option(registry, options, "wasl.options.v1.policy")
            chosen = getattr(policy, "access", None)
            if chosen is None:
                raise ContractError(f"{method} has no policy.")
            rules = tuple(_rules(option(registry, options, "google.api.http")))
            if rules and chosen.field == "internal":
                raise ContractError(f"{method} is internal and must not have a route.")
            yield Rpc(
                service=service_name(service),
                path=f"/{service.type_name}/{method.name}",
                desc=method,
                rules=rules,
                access=cast(Access, chosen.field),
                permission=chosen.value if chosen.field == "permission" else "",
                every_service=everywhere,
                form=bool(getattr(policy, "form", False)),
            )


def service_name(service: DescService) -> str:
    """`contacts` of `wasl.contacts.v1.ContactService`."""
    parts = service.type_name.split(".")
    return parts[1] if len(parts) > 3 else parts[0]


def _rules(http: object) -> Iterator[HttpRule]:
    if http is None:
        return
    pattern = getattr(http, "pattern", None)
    if pattern is not None:
        if pattern.field == "custom":
            method, path = pattern.value.kind, pattern.value.path
        else:
            method, path = pattern.field.upper(), pattern.value
        yield HttpRule(method, path, getattr(http, "body", ""))
    for more in getattr(http, "additional_bindings", ()):
        yield from _rules(more)


def _clean(comment: str) -> str:
    lines = [line.removeprefix(" ") for line in comment.rstrip().splitlines()]
    return "\n".join(lines)


def _source_path(
    desc: DescService | DescMethod | DescMessage | DescField | DescEnum | DescEnumValue,
) -> tuple[str, tuple[int, ...]]:
    match desc:
        case DescMethod():
            file, above = _source_path(desc.parent)
            return file, (*above, _METHODS, _position(desc.parent.methods, desc))
        case DescField():
            file, above = _source_path(desc.parent)
            # Not `fields`: it leaves the order of the source when there are oneofs.
            names = [field.name for field in desc.parent.proto.field]
            return file, (*above, _FIELDS, names.index(desc.name))
        case DescEnumValue():
            file, above = _source_path(desc.parent)
            return file, (*above, _VALUES, _position(desc.parent.values, desc))
        case DescService():
            return desc.file.name, (_SERVICES, _position(desc.file.services, desc))
        case DescMessage():
            if desc.parent is None:
                names = [message.name for message in desc.file.proto.message_type]
                return desc.file.name, (_MESSAGES, names.index(desc.name))
            file, above = _source_path(desc.parent)
            names = [message.name for message in desc.parent.proto.nested_type]
            return file, (*above, _NESTED_MESSAGES, names.index(desc.name))
        case DescEnum():
            if desc.parent is None:
                return desc.file.name, (_ENUMS, _position(desc.file.enums, desc))
            file, above = _source_path(desc.parent)
            return file, (*above, _NESTED_ENUMS, _position(desc.parent.nested_enums, desc))


def _position(siblings: object, desc: object) -> int:
    return list(cast(list[object], siblings)).index(desc)
