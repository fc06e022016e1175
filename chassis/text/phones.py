"""Phone numbers in E.164, checked by libphonenumber's numbering plans."""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from chassis.text.invalid import InvalidText

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_COUNTRY_CODES = frozenset(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_MAX_LENGTH = 250  # what libphonenumber itself reads


def normalise_phone(text: str, *, region: str | None) -> str:
    """Return the number in E.164, as in `+989121234567`.

    `region` is the ISO 3166 country whose national form is understood (`IR` reads `0912 123 4567`);
    without it only numbers with their country code are. Digits of every script are read.
    Raises InvalidText with a reason: PHONE_EMPTY, PHONE_NOT_A_NUMBER, PHONE_NEEDS_COUNTRY_CODE,
    PHONE_TOO_SHORT, PHONE_TOO_LONG, PHONE_INVALID or PHONE_EXTENSION (E.164 cannot hold an
    extension, and dropping it would lose what the person wrote).
    """
    if _E164.fullmatch(text) and _is_valid_e164(text):
        return text
    cleaned = _clean(text)
    if not cleaned:
        raise InvalidText("The phone number is empty.", reason="PHONE_EMPTY")
    if len(cleaned) > _MAX_LENGTH:
        raise InvalidText("The phone number is too long.", reason="PHONE_TOO_LONG")
    if region is None and cleaned.startswith("00"):
        # Dialled from most countries, 00 is what + stands for; with a region, the plan knows.
        cleaned = "+" + cleaned[2:]
    try:
        number = phonenumbers.parse(cleaned, region)
    except NumberParseException as error:
        raise _refusal(error) from error
    if number.extension:
        raise InvalidText(
            "The phone number has an extension; keep the extension in a field of its own.",
            reason="PHONE_EXTENSION",
        )
    if not phonenumbers.is_valid_number(number):
        raise _invalid(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _is_valid_e164(text: str) -> bool:
    """Check a plain E.164 string against its plan without the general parser, three times as fast.

    False means only "let the parser decide": a leading zero, for instance, is a national prefix in
    one country and part of the number in another.
    """
    for end in (2, 3, 4):
        if text[1:end] in _COUNTRY_CODES:
            national = text[end:]
            if not national or national[0] == "0":
                return False
            number = PhoneNumber(country_code=int(text[1:end]), national_number=int(national))
            return phonenumbers.is_valid_number(number)
    return False


def _clean(text: str) -> str:
    """Drop the invisible marks that copying out of right-to-left text brings along."""
    if text.isascii():
        return text.strip()
    return "".join(
        character for character in text if unicodedata.category(character) not in ("Cf", "Cs")
    ).strip()


def _refusal(error: NumberParseException) -> InvalidText:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return InvalidText(
            "The phone number needs a valid country code, as in +98.",
            reason="PHONE_NEEDS_COUNTRY_CODE",
        )
    if error.error_type == NumberParseException.TOO_LONG:
        return InvalidText("The phone number has too many digits.", reason="PHONE_TOO_LONG")
    if error.error_type in (
        NumberParseException.TOO_SHORT_AFTER_IDD,
        NumberParseException.TOO_SHORT_NSN,
    ):
        return InvalidText("The phone number has too few digits.", reason="PHONE_TOO_SHORT")
    return InvalidText("This is not a phone number.", reason="PHONE_NOT_A_NUMBER")


def _invalid(number: PhoneNumber) -> InvalidText:
    outcome = phonenumbers.is_possible_number_with_reason(number)
    if outcome == ValidationResult.TOO_SHORT:
        return InvalidText("The phone number has too few digits.", reason="PHONE_TOO_SHORT")
    if outcome == ValidationResult.TOO_LONG:
        return InvalidText("The phone number has too many digits.", reason="PHONE_TOO_LONG")
    return InvalidText(
        f"No phone number of country code +{number.country_code} looks like this.",
        reason="PHONE_INVALID",
    )
