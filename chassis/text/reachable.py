"""E-mail addresses and phone numbers as resources keep them: lists of JSON objects."""

from typing import Any

from chassis.errors import invalid_field
from chassis.text.emails import normalise_email
from chassis.text.invalid import InvalidText
from chassis.text.phones import normalise_phone


def normalise_emails(emails: list[dict[str, Any]], *, path: str) -> list[dict[str, Any]]:
    """The addresses in their stored form. Raises InvalidArgument naming `path[i].address`."""
    return [
        {**email, "address": _checked(normalise_email, email["address"], f"{path}[{i}].address")}
        for i, email in enumerate(emails)
    ]


def normalise_phones(
    phones: list[dict[str, Any]], *, path: str, region: str | None
) -> list[dict[str, Any]]:
    """The numbers in E.164. Raises InvalidArgument naming `path[i].number`."""

    def normalise(text: str) -> str:
        return normalise_phone(text, region=region)

    return [
        {**phone, "number": _checked(normalise, phone["number"], f"{path}[{i}].number")}
        for i, phone in enumerate(phones)
    ]


def _checked(normalise: Any, text: str, path: str) -> str:
    try:
        return str(normalise(text))
    except InvalidText as error:
        raise invalid_field(path, str(error), reason=error.reason) from None
