"""What each RPC is asked in the matrix, and what must come of it.

A case is made from the descriptors. For an RPC about one record of an owned resource there is a
builder by its verb; without one the matrix refuses to run, so that no new RPC goes untested.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from protobuf import DescFieldValueMessage, Message

from chassis.resources.field_names import snake_case
from services.gateway.contract import Contract, Rpc
from tests.security.world import OWNED, PLACES, REACHED, Person, World

# A version that no record has: whoever gets past the checks is told so, and nothing changes.
OLD = "999999"


@dataclass(frozen=True)
class Case:
    """One RPC, asked by one person about one place."""

    rpc: Rpc
    service: str
    permission: str
    person: Person
    place: str
    request: Message
    # `passed`, `denied`, `absent` or `beyond`; for lists `passed` and `shown`.
    expected: str
    # The record that a list must or must not show.
    record: str = ""
    shown: bool = False
    # The collection of an upload, and its rows.
    rows: str = ""

    @property
    def name(self) -> str:
        """Such as `GetContact by salesManager on foreign`."""
        return f"{self.service}.{self.rpc.desc.name} by {self.person.role} on {self.place}"


def all_cases(world: World, contract: Contract, services: list[str]) -> Iterator[Case]:
    """Every RPC with a permission × every ready-made role × every place."""
    for rpc in contract.rpcs:
        if rpc.access != "permission":
            continue
        for service in services if rpc.every_service else [rpc.service]:
            permission = rpc.permission.replace("{service}", service)
            noun = permission.rpartition(".")[0]
            for person in world.people:
                if noun in OWNED or noun == f"{service}.jobs":
                    yield from _owned(world, rpc, service, permission, person)
                elif noun == f"{service}.shares":
                    yield from _shares(world, rpc, service, permission, person)
                elif noun == "reporting.reports":
                    yield from _reports(world, rpc, permission, person)
                else:
                    expected = "passed" if person.scope(permission) else "denied"
                    request = _filled(rpc, service, {})
                    yield Case(rpc, service, permission, person, "any", request, expected)


def _owned(world: World, rpc: Rpc, service: str, permission: str, person: Person) -> Iterator[Case]:
    noun, _, _ = permission.rpartition(".")
    verb = next((v for v in _BUILDERS if rpc.desc.name.startswith(v)), None)
    if verb is None:
        raise LookupError(f"the matrix has no case for {rpc.desc.name}; add one to cases.py")
    scope = person.scope(permission)
    for place in PLACES:
        record = world.record(person, noun, place)
        values = _BUILDERS[verb](world, rpc, person, place, record)
        expected, shown, rows = "denied", False, ""
        if scope:
            inside = place in REACHED[scope]
            expected = "passed"
            shown = inside and verb in ("List", "Export")
            if not inside and verb == "Create":
                expected = "beyond"
            elif not inside and verb not in ("List", "Export", "Import"):
                expected = "absent"
        if verb == "Import":
            name = "displayName" if noun == "contacts.contacts" else "name"
            owner = world.owner(person, place).user_id
            rows = f"{name},ownerId,teamId\nImported,{owner},{world.team(place)}\n"
            shown = bool(scope) and place in REACHED[scope]
        yield Case(
            rpc, service, permission, person, place, _filled(rpc, service, values), expected,
            record, shown, rows,
        )  # fmt: skip


def _shares(
    world: World, rpc: Rpc, service: str, permission: str, person: Person
) -> Iterator[Case]:
    nouns = [noun for noun in OWNED if noun.startswith(f"{service}.")]
    if not nouns:
        expected = "passed" if person.scope(permission) else "denied"
        yield Case(rpc, service, permission, person, "any", _filled(rpc, service, {}), expected)
        return
    noun = nouns[-1]
    for place in PLACES:
        record = world.record(person, noun, place)
        sees = place in REACHED.get(person.scope(f"{noun}.get"), ())
        writes = place in REACHED.get(person.scope(f"{noun}.update"), ())
        if not person.scope(permission):
            expected = "denied"
        elif not sees:
            expected = "absent"
        elif not writes and rpc.desc.name != "ListShares":
            expected = "denied"
        else:
            expected = "passed"
        values: dict[str, Any] = {"resource": noun, "record_id": record}
        if rpc.desc.name == "CreateShare":
            # Already shared with Bob: whoever gets that far is told so.
            world.share(noun, record)
            values = {"share": values | {"user_id": world.bob.user_id}}
        if rpc.desc.name == "DeleteShare":
            values = {"id": world.share(noun, record)}
        request = _filled(rpc, service, values)
        yield Case(rpc, service, permission, person, place, request, expected, record)


def _reports(world: World, rpc: Rpc, permission: str, person: Person) -> Iterator[Case]:
    for place in PLACES:
        owner = world.owner(person, place).user_id
        values: dict[str, Any] = {"filter": f'owner_id = "{owner}"'}
        if rpc.desc.name.startswith("Export"):
            values = {"report": values}
        expected = "passed" if person.scope(permission) else "denied"
        shown = place in REACHED.get(person.scope("sales.opportunities.get"), ())
        request = _filled(rpc, "reporting", values)
        yield Case(rpc, "reporting", permission, person, place, request, expected, "report", shown)


def _filled(rpc: Rpc, service: str, values: dict[str, Any]) -> Message:
    """A request with some fields; those that it has not are left out."""
    request = rpc.desc.input
    known = {one.name: one for one in request.fields}
    filled = {}
    for name, value in (values | {"service": service}).items():
        field = known.get(name)
        if field is None:
            continue
        inner = field.value
        if isinstance(value, dict) and isinstance(inner, DescFieldValueMessage):
            value = inner.message.type(**value)
        filled[name] = value
    message: Message = request.type(**filled)
    return message


Values = dict[str, Any]
Builder = Callable[[World, Rpc, Person, str, str], Values]


def _by_id(_world: World, _rpc: Rpc, _person: Person, _place: str, record: str) -> Values:
    return {"id": record}


def _by_id_with_old_etag(
    _world: World, _rpc: Rpc, _person: Person, _place: str, record: str
) -> Values:
    # The reason of `:lose` is needed; who has no such field is not told of it.
    return {"id": record, "etag": OLD, "reason": "price"}


def _update(_world: World, rpc: Rpc, _person: Person, _place: str, record: str) -> Values:
    resource = snake_case(rpc.desc.name.removeprefix("Update"))
    title = "display_name" if resource == "contact" else "name"
    return {resource: {"id": record, "etag": OLD, title: "Changed"}}


def _create(world: World, rpc: Rpc, person: Person, place: str, _record: str) -> Values:
    resource = snake_case(rpc.desc.name.removeprefix("Create"))
    title = "display_name" if resource == "contact" else "name"
    owner = world.owner(person, place)
    fields = {title: "New", "owner_id": owner.user_id, "team_id": world.team(place)}
    return {resource: fields, "validate_only": True}


def _batch(_world: World, _rpc: Rpc, _person: Person, _place: str, record: str) -> Values:
    return {"ids": [record]}


def _list(_world: World, _rpc: Rpc, _person: Person, _place: str, record: str) -> Values:
    return {"filter": f'id = "{record}"', "page_size": 1000}


_BUILDERS: dict[str, Builder] = {
    "BatchGet": _batch,
    "Get": _by_id,
    "List": _list,
    "Export": _list,
    "Create": _create,
    "Update": _update,
    "Delete": _by_id_with_old_etag,
    "Undelete": _by_id,
    "Import": _by_id,
    "Win": _by_id_with_old_etag,
    "Lose": _by_id_with_old_etag,
    "Reopen": _by_id_with_old_etag,
    # The jobs of the matrix are over.
    "Cancel": _by_id,
    "Download": _by_id,
}
