"""E-mail addresses in one spelling, checked by the syntax rules of email-validator."""

import re

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from chassis.text.invalid import InvalidText

# RFC 5321 4.5.3.1.3 with errata 1690, in octets; the validator holds every form to it as well.
_MAX_LENGTH = 254
_MAX_LABEL = 63
# The plain addresses nearly everybody has. No two hyphens in a row: Punycode goes the long way.
_PLAIN = re.compile(
    r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)"
    r"@((?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+([A-Za-z]{2,63}))"
)
_SPECIAL_ENDINGS = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
_CASELESS_MAILBOXES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
_INVISIBLE_ENDS = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"


def normalise_email(text: str) -> str:
    """Return the address with its domain in lower case and readable (`ali@müller.de`).

    The part before the @ keeps its case, except mailboxes RFC 2142 makes caseless (`info`). No DNS
    is asked. Raises InvalidText with reason EMAIL_EMPTY, EMAIL_TOO_LONG or EMAIL_INVALID;
    addresses at special-use domains such as `.test`, `.invalid` and `.local` are invalid.
    """
    address = text.strip()
    if not address.isascii():
        address = address.strip(_INVISIBLE_ENDS).strip()
    if len(address) > _MAX_LENGTH:
        raise InvalidText("The e-mail address is too long.", reason="EMAIL_TOO_LONG")
    return _plain_address(address) or _any_address(address)


def _plain_address(address: str) -> str | None:
    """Return the normalised form of a plain ASCII address, or None where the validator decides."""
    match = _PLAIN.fullmatch(address)
    if match is None:
        return None
    local, domain, ending = match.groups()
    domain = domain.lower()
    if ending.lower() in _SPECIAL_ENDINGS or len(domain) > _MAX_LABEL:
        return None
    return f"{local.lower() if local.lower() in _CASELESS_MAILBOXES else local}@{domain}"


def _any_address(address: str) -> str:
    if not address:
        raise InvalidText("The e-mail address is empty.", reason="EMAIL_EMPTY")
    try:
        return validate_email(address, check_deliverability=False).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise InvalidText(_sentence(error), reason="EMAIL_INVALID") from error


def _sentence(error: Exception) -> str:
    """Return the validator's own sentence, unless it would repeat a part of the address."""
    if not isinstance(error, EmailNotValidError):
        return "The e-mail address has a broken character."  # half of a surrogate pair
    if isinstance(error.__cause__, UnicodeError):
        return "The part after the @-sign is not a valid domain name."
    return str(error)
