"""The envelope of an event: CloudEvents 1.0 in binary mode, with a protobuf body."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from protobuf import Message

from wasl.options.v1 import event_pb

CONTENT_TYPE = "application/protobuf"


@dataclass(frozen=True)
class Event:
    """A received event: its id, key (`sales.opportunity.won`), time and decoded body."""

    id: str
    key: str
    time: datetime.datetime
    body: Any


@cache
def event_key(event: Any, *, service: str) -> str:
    """The routing key of an event class; `{service}` in it stands for who announces it."""
    options = event.desc().proto.options
    assert options is not None
    key: str = options[event_pb.ext_event].key
    return key.replace("{service}", service)


def cloud_event_headers(
    event_id: str, *, key: str, time: datetime.datetime, traceparent: str
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
        headers["cloudEvents:traceparent"] = traceparent
    return headers


def event_classes(modules: Sequence[ModuleType]) -> Mapping[str, type[Message]]:
    """Key to class, for all events of some generated `events_pb` modules."""
    classes: dict[str, type[Message]] = {}
    for module in modules:
        service = module.__name__.split(".")[1]
        for message in module.desc().messages:
            if event_pb.ext_event in message.proto.options if message.proto.options else False:
                classes[event_key(message.type, service=service)] = message.type
    return classes
