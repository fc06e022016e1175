"""The plan of an import: which column fills which field, and how a row becomes a message."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from protobuf import Message, message_from_json_value

from chassis.errors import InvalidArgument, invalid_field
from chassis.grpc.call import Call
from chassis.grpc.validation import validate
from chassis.resources.field_names import find_field, snake_case
from chassis.resources.imports.targets import Target, find_target
from chassis.resources.mapping import KEPT
from chassis.resources.resource import Resource
from chassis.resources.standard import refuse_hidden
from wasl.platform.v1.imports_pb import ImportOptions

Handling = ImportOptions.DuplicateHandling


class RowError(Exception):
    """A row that is refused: a stable reason, the field and a sentence."""

    def __init__(self, reason: str, *, field: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.field, self.message = reason, field, message


@dataclass(frozen=True)
class Source:
    """One column of the file."""

    position: int
    target: Target
    aliases: dict[str, str]
    # The resource and natural key to look its value up by; empty when the cell is the value.
    resource: str = ""
    key: str = ""


@dataclass(frozen=True)
class Plan:
    """How the rows of one file become messages of a resource."""

    resource: Resource
    sources: tuple[Source, ...]
    constants: tuple[tuple[Target, Any], ...]
    # Top-level fields that the import sets, in proto spelling.
    fields: frozenset[str]
    handling: int
    # The column that tells whether a record is there already; empty: none.
    key: str
    region: str | None
    # Keys of the records that a dry run would have made by now.
    pretended: set[Any] = field(default_factory=set)


def check_targets(resource: Resource, call: Call, options: ImportOptions) -> None:
    """Raises InvalidArgument when the mapping names what the resource has not.

    PermissionDenied when it names what the caller's roles do not show.
    """
    targets = [_source(resource, column, position=0).target for column in options.columns]
    targets += [target for target, _ in _constants(resource, options)]
    refuse_hidden(resource, call, (target.field for target in targets))
    _key(resource, options)


def make_plan(
    resource: Resource, call: Call, options: ImportOptions, header: Sequence[str]
) -> Plan:
    """The plan for a file with this header.

    Raises InvalidArgument when a column is not there, PermissionDenied for a hidden field.
    """
    positions = {name.strip(): position for position, name in enumerate(header)}
    columns = list(options.columns) or [
        ImportOptions.Column(column=name.strip(), field=name.strip()) for name in header
    ]
    sources: list[Source] = []
    for column in columns:
        position = positions.get(column.column.strip())
        if position is None:
            raise InvalidArgument(
                "COLUMN_MISSING",
                f"The file has no column {column.column!r}; it has {', '.join(header)}.",
            )
        sources.append(_source(resource, column, position=position))
    constants = _constants(resource, options)
    fields = {source.target.field for source in sources}
    fields |= {target.field for target, _ in constants}
    refuse_hidden(resource, call, fields)
    return Plan(
        resource=resource,
        sources=tuple(sources),
        constants=tuple(constants),
        fields=frozenset(fields),
        handling=options.on_duplicate or Handling.CREATE,
        key=_key(resource, options),
        region=options.region or None,
    )


def read_row(plan: Plan, cells: Sequence[str], found: dict[tuple[str, str, str], str]) -> Message:
    """The message of a row. `found` holds the looked-up ids by (resource, key, value).

    Raises RowError for the first thing that is wrong with the row.
    """
    tree: dict[str, Any] = {}
    for target, value in plan.constants:
        target.put(tree, value)
    for source in plan.sources:
        cell = value_of(source, cells)
        if not cell:
            continue
        if source.resource:
            id_ = found.get((source.resource, source.key, cell))
            if id_ is None:
                raise _not_found(source, cell)
            source.target.put(tree, id_)
        else:
            source.target.put(tree, _converted(source.target, cell))
    _drop_bare_currencies(tree)
    return _checked(plan, tree)


def value_of(source: Source, cells: Sequence[str]) -> str:
    """The text of a column in a row, after its aliases."""
    cell = cells[source.position].strip()
    return source.aliases.get(cell, cell)


def _converted(target: Target, cell: str) -> Any:
    try:
        return target.convert(cell)
    except ValueError as error:
        raise RowError("INVALID_VALUE", field=target.label, message=str(error)) from None


def _checked(plan: Plan, tree: dict[str, Any]) -> Message:
    try:
        message = message_from_json_value(plan.resource.message, tree)
    except (ValueError, TypeError) as error:
        raise RowError("INVALID_VALUE", field="", message=str(error)) from None
    try:
        validate(message)
    except InvalidArgument as error:
        first = error.violations[0]
        raise RowError("INVALID_FIELD", field=first.field, message=first.message) from None
    return message


def _not_found(source: Source, cell: str) -> RowError:
    noun = source.resource.rpartition(".")[2]
    return RowError(
        "REFERENCE_NOT_FOUND",
        field=source.target.label,
        message=f"{noun} has none, or more than one, whose {source.key} is {cell!r}",
    )


def _drop_bare_currencies(tree: dict[str, Any]) -> None:
    # A constant currency means nothing in a row without an amount.
    for name in [
        name
        for name, value in tree.items()
        if isinstance(value, dict) and list(value) == ["currency"]
    ]:
        del tree[name]


def _source(resource: Resource, column: ImportOptions.Column, *, position: int) -> Source:
    target = _target(resource, column.field, "options.columns")
    refers_to = _reference(resource, target) if column.lookup else ""
    return Source(
        position=position,
        target=target,
        aliases=dict(column.aliases),
        resource=refers_to,
        key=column.lookup,
    )


def _target(resource: Resource, name: str, path: str) -> Target:
    target = find_target(resource.desc, name)
    if target.field in KEPT or target.field in resource.read_only:
        raise invalid_field(path, f"{name} is kept by the service")
    return target


def _reference(resource: Resource, target: Target) -> str:
    steps = (snake_case(step) for step in target.path if isinstance(step, str))
    name = ".".join(steps)
    refers_to = resource.references.get(target.field) or resource.references.get(name, "")
    if not refers_to:
        raise invalid_field("options.columns", f"{target.label} refers to no other resource")
    return refers_to


def _constants(resource: Resource, options: ImportOptions) -> list[tuple[Target, Any]]:
    constants: list[tuple[Target, Any]] = []
    for name, value in options.constants.items():
        target = _target(resource, name, f"options.constants.{name}")
        try:
            constants.append((target, target.convert(value)))
        except ValueError as error:
            raise invalid_field(f"options.constants.{name}", str(error)) from None
    return constants


def _key(resource: Resource, options: ImportOptions) -> str:
    if options.on_duplicate in (0, Handling.CREATE):
        return ""
    name = options.key or next(iter(resource.keys), "")
    if not name:
        raise invalid_field("options.key", f"{resource.collection} have no natural key")
    known = find_field(name, resource.keys)
    if known is None:
        raise invalid_field(
            "options.key", f"{name!r} is no key; these are: {', '.join(resource.keys)}"
        )
    return resource.keys[known]
