"""What is cut out of messages: groups of fields that a role hides, and what is shown only once.

What there is to cut is read once per type of message; most have nothing, and cost nothing.
"""

from collections.abc import Callable
from functools import cache

from protobuf import (
    DescField,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescMessage,
    Message,
)

from chassis.grpc.identity import Caller
from wasl.options.v1 import field_pb

_Cut = Callable[[Message], None]
_Chosen = Callable[[DescField], bool]


def group_of(field: DescField) -> str:
    """The group that a field belongs to; empty for most."""
    options = field.proto.options
    if options is None or field_pb.ext_field not in options:
        return ""
    return str(options[field_pb.ext_field].group)


# any: escaped, because answers are of every type there is
def seen_by(caller: Caller, answer: Message) -> Message:
    """The answer as the caller may see it: itself, or a copy without what is hidden."""
    if not caller.hidden:
        return answer
    return _without(answer, _cut_of(answer.desc(), caller.hidden))


def is_secret(field: DescField) -> bool:
    """Whether a field is shown once and kept nowhere else."""
    options = field.proto.options
    if options is None or field_pb.ext_field not in options:
        return False
    return bool(options[field_pb.ext_field].secret)


# any: escaped, because answers are of every type there is
def without_secrets(answer: Message) -> Message:
    """The answer as it may be kept: itself, or a copy without what is shown only once."""
    return _without(answer, _cut_of_secrets(answer.desc()))


def hidden_fields(desc: DescMessage, hidden: frozenset[str]) -> frozenset[str]:
    """The names of a message's own fields that are hidden."""
    if not hidden:
        return frozenset()
    return frozenset(field.name for field in desc.fields if group_of(field) in hidden)


def _without(answer: Message, cut: _Cut | None) -> Message:
    if cut is None:
        return answer
    # A copy: the same message may be on its way into an event.
    copy: Message = type(answer).from_binary(answer.to_binary())
    cut(copy)
    return copy


@cache
def _cut_of(desc: DescMessage, hidden: frozenset[str]) -> _Cut | None:
    """What cuts hidden fields out of a message and what is in it; None when there are none."""
    return _build(desc, lambda field: group_of(field) in hidden, ())


@cache
def _cut_of_secrets(desc: DescMessage) -> _Cut | None:
    return _build(desc, is_secret, ())


def _build(desc: DescMessage, chosen: _Chosen, above: tuple[str, ...]) -> _Cut | None:
    if desc.type_name in above or desc.type_name.startswith("google."):
        # No message of ours holds itself; a filter tree might one day.
        return None
    cleared: list[DescField] = []
    inner: list[tuple[DescField, bool, _Cut]] = []
    for field in desc.fields:
        if chosen(field):
            cleared.append(field)
            continue
        message, many = _message_in(field)
        cut = _build(message, chosen, (*above, desc.type_name)) if message is not None else None
        if cut is not None:
            inner.append((field, many, cut))
    if not cleared and not inner:
        return None

    def cut_all(message: Message) -> None:
        for field in cleared:
            if field in message:
                del message[field]
        for field, many, cut in inner:
            if field not in message:
                continue
            for part in message[field] if many else (message[field],):
                cut(part)

    return cut_all


def _message_in(field: DescField) -> tuple[DescMessage | None, bool]:
    match field.value:
        case DescFieldValueMessage(message=message):
            return message, False
        case DescFieldValueList(element=DescMessage() as message):
            return message, True
        case DescFieldValueMap(value=DescMessage()):
            raise TypeError(f"{field}: a map of messages cannot be cut yet")
    return None, False
