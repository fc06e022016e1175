"""The envelope of an event: CloudEvents 1.0 in binary mode, with a protobuf body."""

import datetime
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from protobuf import Message

import wasl
from wasl.options.v1 import event_pb

CONTENT_TYPE = "application/protobuf"
# The extension attribute with the trail of an audited call.
AUDIT = "cloudEvents:waslaudit"
TRACE = "cloudEvents:traceparent"
# Stands for the name of a service in the keys of events that every service announces.
ANY_SERVICE = "*"


@dataclass(frozen=True)
class Event:
    """A received event: its id, key (`sales.opportunity.won`), time and decoded body."""

    id: str
    key: str
    time: datetime.datetime
    body: Any
    # Who did it and from where, as it was sent; empty when nobody asks.
    audit: str = ""
    # The span that has published it; empty outside of any trace.
    traceparent: str = ""


@cache
def event_key(event: Any, *, service: str) -> str:
    """The routing key of an event class; `{service}` in it stands for who announces it."""
    options = event.desc().proto.options
    assert options is not None
    key: str = options[event_pb.ext_event].key
    return key.replace("{service}", service)


def cloud_event_headers(
    event_id: str, *, key: str, time: datetime.datetime, traceparent: str, audit: str = ""
) -> dict[str, str]:
    """The attributes of CloudEvents 1.0 as AMQP headers."""
    headers = {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": event_id,
        "cloudEvents:source": f"/wasl/{key.split('.', 1)[0]}",
        "cloudEvents:type": key,
        "cloudEvents:time": time.isoformat(),
    }
    if traceparent:
        headers[TRACE] = traceparent
    if audit:
        headers[AUDIT] = audit
    return headers


def changes_in(body: bytes) -> int:
    """How many changes an event holds, without reading them; an audit record holds none.

    Every event is nothing but `repeated ...Change changes = 1` (a contract test says so): a tag,
    a length, a change, and so on.
    """
    count = place = 0
    while place < len(body):
        place, length, shift = place + 1, 0, 0
        while True:
            byte = body[place]
            place += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        place += length
        count += 1
    return count


def event_classes(modules: Sequence[ModuleType]) -> Mapping[str, type[Message]]:
    """Key to class, for all events of some generated `events_pb` modules.

    The keys of what every service announces begin with `*` instead of a service.
    """
    classes: dict[str, type[Message]] = {}
    for module in modules:
        package = module.__name__.split(".")[1]
        service = ANY_SERVICE if package == "platform" else package
        for message in module.desc().messages:
            if event_pb.ext_event in message.proto.options if message.proto.options else False:
                classes[event_key(message.type, service=service)] = message.type
    return classes


def every_events_module() -> tuple[ModuleType, ...]:
    """The `events_pb` modules of all services there are, for who listens to everything."""
    return tuple(
        importlib.import_module(f"wasl.{path.parts[-3]}.v1.events_pb")
        for folder in wasl.__path__
        for path in sorted(Path(folder).glob("*/v1/events_pb.py"))
    )


def find_class(classes: Mapping[str, type[Message]], key: str) -> type[Message] | None:
    """The class of a key such as `contacts.share.created`, or None when there is none."""
    _, dot, rest = key.partition(".")
    return classes.get(key) or classes.get(f"{ANY_SERVICE}{dot}{rest}")
