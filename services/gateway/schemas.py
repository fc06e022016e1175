"""JSON Schemas (2020-12) of messages, as they go out and as they come in.

One message has up to three: `Contact` is what the API answers (everything that is always there is
required), `ContactInput` is what it takes (rules of `buf.validate`, required fields, nothing else),
`ContactPatch` is an input of which any part may be left out. `null` in an input means: left out.
"""

from dataclasses import dataclass, field
from typing import Literal, cast

from protobuf import (
    DescEnum,
    DescField,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    Message,
    ScalarType,
)

from services.gateway.contract import Contract, option
from services.gateway.cookies import cookie_fields
from services.gateway.transcoder import output_only

Schema = dict[str, object]
Mode = Literal["output", "input", "patch"]

_REQUIRED, _IMMUTABLE = 2, 5  # google.api.FieldBehavior
_IMPLICIT = 2  # SupportedFieldPresence
_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
# What stands beside a choice between schemas, and not in one of them.
_BESIDE = ("description", "readOnly")
_INT32 = (ScalarType.INT32, ScalarType.SINT32, ScalarType.SFIXED32)
_UINT32 = (ScalarType.UINT32, ScalarType.FIXED32)
_FORMATS = {
    "email": "email",
    "hostname": "hostname",
    "ipv4": "ipv4",
    "ipv6": "ipv6",
    "uri": "uri",
    "uri_ref": "uri-reference",
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Empty": {"type": "object"},
}


@dataclass
class Schemas:
    """The named schemas that have been asked for so far."""

    contract: Contract
    components: dict[str, Schema] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def message(self, desc: DescMessage, *, mode: Mode, without: tuple[str, ...] = ()) -> Schema:
        """A reference to a message's schema, or the schema itself where it has no name.

        `without` are fields that come from elsewhere; such a schema stands where it is used.
        """
        known = _WELL_KNOWN.get(desc.type_name)
        if known is not None:
            return dict(known)
        if without and any(one.name in without for one in desc.fields):
            return self._object(desc, mode, without)
        name = self._name(desc) + {"output": "", "input": "Input", "patch": "Patch"}[mode]
        if name not in self.components:
            # Before its fields: messages may contain themselves.
            self.components[name] = {}
            self.components[name].update(self._object(desc, mode, ()))
        return {"$ref": f"#/components/schemas/{name}"}

    def field(self, desc: DescField, *, mode: Mode) -> Schema:
        """The schema of one field, with its comment and rules."""
        rules = _rules(self.contract, desc)
        ignored = _ignores_zero(rules)
        match desc.value:
            case DescFieldValueList(element=element):
                items = _sub(rules, "items")
                schema: Schema = {
                    "type": "array",
                    "items": self._value(element, items, _ignores_zero(items), mode),
                }
            case DescFieldValueMap(value=value):
                schema = {
                    "type": "object",
                    "additionalProperties": self._value(value, None, False, mode),
                }
            case DescFieldValueScalar(scalar=scalar):
                schema = self._value(scalar, rules, ignored, mode)
            case DescFieldValueEnum(enum=enum):
                schema = self._value(enum, rules, ignored, mode)
            case DescFieldValueMessage(message=message):
                schema = self._value(message, rules, ignored, mode)
        if mode != "output":
            schema |= _collection_rules(rules)
        comment = self.contract.comment(desc)
        if comment:
            schema["description"] = comment
        if output_only(desc, self.contract):
            schema["readOnly"] = True
        return schema | self._extensions(desc)

    def _extensions(self, desc: DescField) -> Schema:
        """What JSON Schema has no word for, and forms need to know."""
        found: Schema = {}
        if _IMMUTABLE in behaviors(desc, self.contract):
            found["x-immutable"] = True
        policy = option(self.contract.registry, desc.proto.options, "wasl.options.v1.field")
        for name in ("group", "reference"):
            if told := getattr(policy, name, ""):
                found[f"x-wasl-{name}"] = told
        return found

    def required(self, desc: DescField) -> bool:
        """Whether a caller must give the field."""
        return _REQUIRED in behaviors(desc, self.contract)

    def _object(self, desc: DescMessage, mode: Mode, without: tuple[str, ...]) -> Schema:
        properties: dict[str, Schema] = {}
        required: list[str] = []
        in_cookies = cookie_fields(desc, self.contract).values()
        for one in desc.fields:
            if one.name in without or one in in_cookies:
                continue
            schema = self.field(one, mode="input" if mode == "patch" else mode)
            if mode == "output":
                if _always_there(one):
                    required.append(one.json_name)
            elif mode == "input" and self.required(one):
                required.append(one.json_name)
            else:
                schema = _nullable(schema)
            properties[one.json_name] = schema
        result: Schema = {"type": "object", "properties": properties}
        if required:
            result["required"] = required
        if mode != "output":
            result["additionalProperties"] = False
        comment = self.contract.comment(desc)
        if comment:
            result["description"] = comment
        return result

    def _value(
        self,
        kind: ScalarType | DescEnum | DescMessage,
        rules: Message | None,
        ignored: bool,
        mode: Mode,
    ) -> Schema:
        if isinstance(kind, DescMessage):
            return self.message(kind, mode="output" if mode == "output" else "input")
        if isinstance(kind, DescEnum):
            return self._enum(kind, rules, mode)
        return _scalar(kind, rules, ignored, mode)

    def _enum(self, enum: DescEnum, rules: Message | None, mode: Mode) -> Schema:
        refused = cast(list[int], _get(_typed(rules), "not_in") or [])
        if mode != "output" and refused:
            names = [value.name for value in enum.values if value.number not in refused]
            return {"type": "string", "enum": names}
        name = self._name(enum)
        if name not in self.components:
            told = [
                f"- `{value.name}`: {comment}"
                for value in enum.values
                if (comment := self.contract.comment(value))
            ]
            lines = [self.contract.comment(enum), "\n".join(told)]
            self.components[name] = {
                "type": "string",
                "enum": [value.name for value in enum.values],
                "description": "\n\n".join(line for line in lines if line),
            }
        return {"$ref": f"#/components/schemas/{name}"}

    def _name(self, desc: DescMessage | DescEnum) -> str:
        name = self.names.get(desc.type_name)
        if name is None:
            package = desc.file.proto.package
            local = desc.type_name.removeprefix(package + ".").replace(".", "")
            if local in self.names.values():
                # `SalesStage`, where another package has a Stage already.
                local = package.split(".")[1].capitalize() + local
            name = self.names[desc.type_name] = local
        return name


def behaviors(desc: DescField, contract: Contract) -> list[int]:
    """The numbers of `google.api.field_behavior`."""
    found = option(contract.registry, desc.proto.options, "google.api.field_behavior")
    return [int(one) for one in found] if isinstance(found, list) else []


def _always_there(desc: DescField) -> bool:
    # As `to_json(always_emit_implicit=True)` writes it.
    if isinstance(desc.value, DescFieldValueList | DescFieldValueMap):
        return True
    return not isinstance(desc.value, DescFieldValueMessage) and desc.presence == _IMPLICIT


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if "enum" in schema or "$ref" in schema:
        beside = [key for key in schema if key in _BESIDE or key.startswith("x-")]
        rest: Schema = {key: schema.pop(key) for key in beside}
        return {"anyOf": [schema, {"type": "null"}], **rest}
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    if isinstance(kind, list):
        return {**schema, "type": [*kind, "null"]}
    return schema


def _scalar(kind: ScalarType, rules: Message | None, ignored: bool, mode: Mode) -> Schema:
    typed = _typed(rules)
    match kind:
        case ScalarType.STRING:
            return _text(typed, ignored, mode)
        case ScalarType.BOOL:
            return {"type": "boolean"}
        case ScalarType.BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        case ScalarType.DOUBLE:
            return {"type": "number", "format": "double"} | _range(typed, mode)
        case ScalarType.FLOAT:
            return {"type": "number", "format": "float"} | _range(typed, mode)
    if kind in _INT32:
        limits = {"minimum": -(2**31), "maximum": 2**31 - 1} if mode != "output" else {}
        return {"type": "integer", "format": "int32", **limits} | _range(typed, mode)
    if kind in _UINT32:
        return {"type": "integer", "minimum": 0, "maximum": 2**32 - 1} | _range(typed, mode)
    # 64 bits go out as text, because many readers lose digits beyond 2^53.
    signed = "" if "U" in kind.name or kind is ScalarType.FIXED64 else "-?"
    wide = "int64" if signed else "uint64"
    if mode == "output":
        return {"type": "string", "format": wide}
    return {"type": "string", "format": wide, "pattern": f"^{signed}(?:0|[1-9][0-9]{{0,17}})$"}


def _text(rules: Message | None, ignored: bool, mode: Mode) -> Schema:
    schema: Schema = {"type": "string"}
    if rules is None:
        return schema
    if _get(rules, "uuid") and not ignored:
        schema["format"] = "uuid"
    if mode == "output":
        # Rules bind those who write. What has been stored may be older than the rule.
        return schema
    for rule, keyword in (("min_len", "minLength"), ("max_len", "maxLength")):
        value = _get(rules, rule)
        if value is not None and not (ignored and rule == "min_len"):
            schema[keyword] = value
    pattern = f"^{_UUID}$" if ignored and _get(rules, "uuid") else _get(rules, "pattern")
    if pattern:
        schema["pattern"] = f"^$|{pattern}" if ignored else pattern
    for rule, name in _FORMATS.items():
        if _get(rules, rule) and not ignored:
            schema["format"] = name
    return schema


def _range(rules: Message | None, mode: Mode) -> Schema:
    if rules is None or mode == "output":
        return {}
    schema: Schema = {}
    for rule, keyword in (
        ("gte", "minimum"),
        ("lte", "maximum"),
        ("gt", "exclusiveMinimum"),
        ("lt", "exclusiveMaximum"),
    ):
        value = _get(rules, rule)
        if value is not None:
            schema[keyword] = value
    return schema


def _collection_rules(rules: Message | None) -> Schema:
    schema: Schema = {}
    typed = _typed(rules)
    for rule, keyword in (
        ("min_items", "minItems"),
        ("max_items", "maxItems"),
        ("unique", "uniqueItems"),
        ("min_pairs", "minProperties"),
        ("max_pairs", "maxProperties"),
    ):
        value = _get(typed, rule)
        if value:
            schema[keyword] = value
    return schema


def _rules(contract: Contract, desc: DescField) -> Message | None:
    return cast(Message | None, option(contract.registry, desc.proto.options, "buf.validate.field"))


def _ignores_zero(rules: Message | None) -> bool:
    ignore = getattr(rules, "ignore", None)
    return ignore is not None and "ZERO" in str(getattr(ignore, "name", ""))


def _typed(rules: Message | None) -> Message | None:
    chosen = getattr(rules, "type", None)
    return cast(Message | None, getattr(chosen, "value", None))


def _sub(rules: Message | None, name: str) -> Message | None:
    return cast(Message | None, _get(_typed(rules), name))


def _get(rules: Message | None, name: str) -> object:
    """A rule by its name in the proto, whichever oneof it is in; None when it is not set."""
    if rules is None:
        return None
    for one in rules.desc().fields:
        if one.name == name and one in rules:
            return cast(object, rules[one])
    return None
