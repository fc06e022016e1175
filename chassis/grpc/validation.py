"""Validation by the rules that stand in the proto."""

from typing import Any

import protovalidate
from protobuf import Message

from chassis.errors import InvalidArgument, Violation


def validate(request: Message) -> None:
    """Checks the rules of the proto. Raises InvalidArgument that names every wrong field."""
    violations = protovalidate.collect_violations(request)
    if violations:
        found = [
            Violation(_path(violation.proto), violation.proto.message, violation.proto.rule_id)
            for violation in violations
            if not _is_left_alone(request, violation.proto)
        ]
        if not found:
            return
        first = found[0]
        raise InvalidArgument("INVALID_FIELD", f"{first.field}: {first.message}", violations=found)


def _is_left_alone(request: Message, violation: Any) -> bool:
    # An update is only about the fields of its mask; the others may be absent, even required ones.
    mask = getattr(request, "update_mask", None)
    elements = list(violation.field.elements) if violation.field else []
    if mask is None or not mask.paths or len(elements) < 2:
        return False
    return elements[1].field_name not in {path.partition(".")[0] for path in mask.paths}


def _path(violation: Any) -> str:
    path = ""
    for element in violation.field.elements if violation.field else ():
        path += ("." if path else "") + element.field_name
        if element.subscript is not None:
            subscript = element.subscript.value
            path += f"[{subscript}]" if isinstance(subscript, int) else f"[{subscript!r}]"
    return path
