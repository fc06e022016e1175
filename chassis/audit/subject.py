"""What a call was about, in a few words that give nobody away."""

import hmac

import orjson
from protobuf import (
    DescField,
    DescFieldValueEnum,
    DescFieldValueMessage,
    DescFieldValueScalar,
    Message,
    ScalarType,
)

from chassis.rotation import first
from wasl.options.v1 import field_pb

_LONGEST = 500
_SAYS_NOTHING = frozenset({"etag", "page_token"})
_SHOWN = (ScalarType.STRING, ScalarType.BOOL, ScalarType.INT32, ScalarType.INT64)


def subject_of(request: Message, *, key: str) -> str:
    """The plain fields of a request as JSON, such as the filter of an export, and the ids in it.

    Personal ones are replaced by a keyed hash: whoever knows an e-mail address can find its failed
    sign-ins, and nobody can read addresses. Secrets are left out.
    """
    told: dict[str, object] = {}
    for field in request.desc().fields:
        if field not in request or field.name in _SAYS_NOTHING or is_secret(field):
            continue
        value = request[field]
        match field.value:
            case DescFieldValueScalar(scalar=scalar) if scalar in _SHOWN and value:
                told[field.json_name] = (
                    hashed(str(value), key=key) if is_personal(field) else _short(value)
                )
            case DescFieldValueEnum():
                told[field.json_name] = getattr(value, "name", str(value))
            case DescFieldValueMessage() if getattr(value, "id", ""):
                told["id"] = _short(value.id)
    return orjson.dumps(told).decode() if told else ""


def hashed(value: str, *, key: str) -> str:
    """What stands for a personal value: the same for the same value, whatever its case.

    Of several keys (chassis.rotation) the first counts.
    """
    plain = value.strip().casefold().encode("utf-8", "replace")
    return "hmac:" + hmac.digest(b"audit:" + first(key).encode(), plain, "sha256").hex()[:24]


def is_personal(field: DescField) -> bool:
    """Whether the proto says that a field is not for logs."""
    options = field.proto.options
    return options is not None and bool(options.debug_redact)


def is_secret(field: DescField) -> bool:
    """Whether a field is shown once and kept nowhere."""
    options = field.proto.options
    if options is None or field_pb.ext_field not in options:
        return False
    return bool(options[field_pb.ext_field].secret)


def _short(value: object) -> object:
    return value[:_LONGEST] if isinstance(value, str) else value
