"""The declaration of a resource. From it the chassis makes the standard methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from protobuf import DescMessage, Message
from sqlalchemy import Boolean, Select, bindparam, or_, select

from chassis.grpc.call import Call
from chassis.resources.field_names import snake_case
from chassis.resources.mapping import TableMapping

# What may happen before a row is written. Gets the row as it would be and the fields that change;
# raises WaslError or adjusts the row. The same function serves create, update and import.
Prepare = Callable[[Call, Any, "Write"], None]


@dataclass(frozen=True)
class Write:
    """The kind of a write, and the fields that the caller sets."""

    fields: frozenset[str]
    is_new: bool
    # An import may bring what the API would not let a caller say, such as deals closed long ago.
    importing: bool = False
    # Phones without a country code are read in this region.
    region: str | None = None


def _nothing_to_prepare(_call: Call, _row: Any, _write: Write) -> None:
    """Most resources need no more than their proto's rules."""


def _updated(_before: Any, _after: Any) -> str:
    return "Updated"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A table, its message and what the standard methods may do with them."""

    # The message, such as `Contact`, and the ORM class that keeps it.
    message: type[Message]
    table: type[Any]
    # The generated modules with its requests and with its events.
    service_pb: ModuleType
    events_pb: ModuleType
    # The permission noun, `<service>.<collection>`.
    name: str
    # Names of the fields to sort by; each needs an index that ends with the id.
    sortable: tuple[str, ...] = ("create_time", "update_time")
    # Fields that a filter cannot use, because they hold more than one value or a secret.
    unfilterable: tuple[str, ...] = ()
    # Texts to search, from a row. None: no search.
    searched: Callable[[Any], tuple[str | None, ...]] | None = None
    # What people and imports know a record by: name of the key -> column. The first is the default.
    keys: Mapping[str, str] = field(default_factory=dict)
    # Field -> resource, such as `company_id` -> `contacts.companies`.
    references: Mapping[str, str] = field(default_factory=dict)
    # Fields that only the rules write, whatever the caller sends.
    read_only: tuple[str, ...] = ()
    prepare: Prepare = _nothing_to_prepare
    # The past tense under which a change by Update or import is announced.
    update_event: Callable[[Any, Any], str] = _updated
    # What else a delete means; may refuse.
    before_delete: Callable[[Call, Any], None] | None = None
    # The chassis' own resources answer under every service's name.
    of_every_service: bool = False

    @cached_property
    def mapping(self) -> TableMapping:
        """How the message is kept in the table."""
        return TableMapping(self.message, self.table, read_only=self.read_only)

    @cached_property
    def one(self) -> Select[Any]:
        """The statement of Get, with `id` and `deleted` to be bound; built once, asked all day."""
        table = self.table
        return select(*self.mapping.selected).where(
            table.id == bindparam("id", type_=table.id.type),
            or_(table.delete_time.is_(None), bindparam("deleted", type_=Boolean())),
        )

    @cached_property
    def desc(self) -> DescMessage:
        """The descriptor of the message."""
        return self.message.desc()

    @cached_property
    def singular(self) -> str:
        """The message's name, such as `Contact`."""
        return self.desc.name

    @cached_property
    def field(self) -> str:
        """The message's name as a field, such as `api_key`."""
        return snake_case(self.singular)

    @cached_property
    def plural(self) -> str:
        """The plural in RPC names, such as `Companies`; read off the List request."""
        for message in self.service_pb.desc().messages:
            if message.name.startswith("List") and message.name.endswith("Request"):
                return str(message.name[4:-7])
        raise TypeError(f"{self.service_pb.__name__} has no List request")

    @cached_property
    def plural_field(self) -> str:
        """The plural as a field, such as `api_keys`."""
        return snake_case(self.plural)

    @cached_property
    def has_custom_fields(self) -> bool:
        """Whether customers may add fields to it."""
        return "custom_fields" in self.mapping.by_name

    @property
    def collection(self) -> str:
        """The last part of the name, such as `contacts`."""
        return self.name.rpartition(".")[2]

    def request(self, name: str) -> type[Message]:
        """A request or response class by its name, such as `ListContactsResponse`."""
        found: type[Message] = getattr(self.service_pb, name)
        return found

    def event(self, past_tense: str) -> type[Message]:
        """An event class by its past tense, such as `Created`."""
        found: type[Message] = getattr(self.events_pb, self.singular + past_tense)
        return found

    @cached_property
    def change(self) -> type[Message]:
        """The class of one change in an event, such as `ContactChange`."""
        found: type[Message] = getattr(self.events_pb, self.singular + "Change")
        return found
