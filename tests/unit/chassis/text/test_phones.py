"""Phone numbers: one form for many spellings, and clear words for the rest."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text import phones
from chassis.text.invalid import InvalidText
from chassis.text.phones import normalise_phone


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+989121234567", None, "+989121234567"),
        ("0912 123 4567", "IR", "+989121234567"),
        ("۰۹۱۲ ۱۲۳ ۴۵۶۷", "IR", "+989121234567"),
        ("٠٥٠ ١٢٣ ٤٥٦٧", "AE", "+971501234567"),
        ("\u202a+98 912 123 4567\u202c", None, "+989121234567"),
        ("00989121234567", None, "+989121234567"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("+44 (0)20 7031 3000", None, "+442070313000"),
        ("+39 06 6982 1234", None, "+390669821234"),
    ],
)
def test_a_number_is_given_in_e164(text: str, region: str | None, number: str) -> None:
    assert normalise_phone(text, region=region) == number


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("  ", None, "PHONE_EMPTY"),
        ("Ali", "IR", "PHONE_NOT_A_NUMBER"),
        ("0912 123 4567", None, "PHONE_NEEDS_COUNTRY_CODE"),
        ("+999 123 456 789", None, "PHONE_NEEDS_COUNTRY_CODE"),
        ("202 555", "US", "PHONE_TOO_SHORT"),
        ("+98912123456789012345", None, "PHONE_TOO_LONG"),
        ("1" * 10_000, "IR", "PHONE_TOO_LONG"),
        ("+1 000 000 0000", None, "PHONE_INVALID"),
        ("+98 21 8888 8888 ext. 12", None, "PHONE_EXTENSION"),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(
    text: str, region: str | None, reason: str
) -> None:
    with pytest.raises(InvalidText) as refused:
        normalise_phone(text, region=region)
    assert refused.value.reason == reason
    assert refused.value.sentence.endswith(".")
    assert text.strip() == "" or text.strip() not in refused.value.sentence


@given(st.text(), st.sampled_from([None, "IR", "US", "XX"]))
def test_any_text_is_a_number_or_refused(text: str, region: str | None) -> None:
    try:
        number = normalise_phone(text, region=region)
    except InvalidText:
        return
    assert normalise_phone(number, region=None) == number


@given(
    st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
    st.text("0123456789", min_size=4, max_size=12),
)
def test_the_fast_way_agrees_with_the_general_parser(country: int, national: str) -> None:
    text = f"+{country}{national}"
    if phones._is_valid_e164(text):
        parsed = phonenumbers.parse(text, None)
        assert phonenumbers.is_valid_number(parsed)
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == text


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_example_numbers_of_every_country_are_taken(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert normalise_phone(e164, region=None) == e164
    assert normalise_phone(national, region=region) == e164
