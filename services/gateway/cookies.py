"""Fields that travel as cookies: `(wasl.options.v1.field).cookie`.

A script in the browser never sees them: they are in no JSON, neither in nor out, and the cookies
are HttpOnly. `__Host-` makes browsers refuse such a cookie from a subdomain, for a path or without
TLS.
"""

import re
from collections.abc import Callable, Mapping

from protobuf import DescField, DescFieldValueScalar, DescMessage, Message, ScalarType

from services.gateway.contract import Contract, ContractError, option
from services.gateway.problems import Header, Problem

PREFIX = "__Host-wasl_"
# The name that the protos give to the credential of a browser.
SESSION = "session"
# Without Max-Age: the cookie ends with the browser, and the session by the rules of identity.
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
_VALUE = re.compile(r"[A-Za-z0-9._~+/=-]{1,4000}")


def cookie_fields(message: DescMessage, contract: Contract) -> dict[str, DescField]:
    """The fields of a message that are cookies over REST, by the name of the cookie.

    ContractError for one that is no plain text.
    """
    found: dict[str, DescField] = {}
    for field in message.fields:
        policy = option(contract.registry, field.proto.options, "wasl.options.v1.field")
        name = getattr(policy, "cookie", "")
        if not name:
            continue
        value = field.value
        if not isinstance(value, DescFieldValueScalar) or value.scalar is not ScalarType.STRING:
            raise ContractError(f"{message}.{field.name}: only a text can be a cookie.")
        found[PREFIX + name] = field
    return found


def read_cookie(environ: Mapping[str, object], name: str) -> str | None:
    """The value of a cookie, or None. Problem 400 when it is there twice."""
    header = environ.get("HTTP_COOKIE")
    if not header:
        return None
    values = [
        value.strip()
        for key, separator, value in (part.partition("=") for part in str(header).split(";"))
        if separator and key.strip() == name
    ]
    if len(values) > 1:
        raise Problem(400, "INVALID_COOKIE", f"The cookie {name} is given twice.")
    return values[0] if values and values[0] else None


def compile_taking(
    message: DescMessage, contract: Contract
) -> Callable[[Mapping[str, object], Message], None] | None:
    """What fills a request's fields from the cookies; None when it has no such field."""
    fields = cookie_fields(message, contract)
    if not fields:
        return None

    def take(environ: Mapping[str, object], request: Message) -> None:
        for name, field in fields.items():
            value = read_cookie(environ, name)
            if value is not None:
                request[field] = value if _VALUE.fullmatch(value) else ""

    return take


def compile_giving(
    message: DescMessage, contract: Contract
) -> Callable[[Message], list[Header]] | None:
    """What takes the cookies out of an answer and makes headers of them; None without any.

    A field that is set and empty deletes its cookie; one that is not set leaves it as it is.
    """
    fields = cookie_fields(message, contract)
    if not fields:
        return None

    def give(response: Message) -> list[Header]:
        headers: list[Header] = []
        for name, field in fields.items():
            if field not in response:
                continue
            value = str(response[field])
            response.clear_field(field.name)
            if value and not _VALUE.fullmatch(value):
                raise ValueError(f"{field.name} cannot be the value of a cookie")
            age = "" if value else "; Max-Age=0"
            headers.append(("Set-Cookie", f"{name}={value}; {_ATTRIBUTES}{age}"))
        return headers

    return give
