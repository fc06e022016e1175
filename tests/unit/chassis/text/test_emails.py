"""E-mail addresses: one spelling, and the fast way must agree with the validator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text import emails
from chassis.text.emails import normalise_email
from chassis.text.invalid import InvalidText


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ali.rezaei@company.com", "ali.rezaei@company.com"),
        ("  Ali.Rezaei@Company.COM\u200f ", "Ali.Rezaei@company.com"),
        ("x@company.example", "x@company.example"),
        ("Info@Company.com", "info@company.com"),
        ("ali+crm@mail.company.co.uk", "ali+crm@mail.company.co.uk"),
        ("ali@xn--mller-kva.de", "ali@müller.de"),
        ("ALI@MÜLLER.de", "ALI@müller.de"),
        ("علی@مثال.ایران", "علی@مثال.ایران"),
        ("o'brien!x@company.com", "o'brien!x@company.com"),
    ],
)
def test_an_address_is_given_in_one_spelling(text: str, address: str) -> None:
    assert normalise_email(text) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" ", "EMAIL_EMPTY"),
        ("ali", "EMAIL_INVALID"),
        ("ali@", "EMAIL_INVALID"),
        ("ali@localhost", "EMAIL_INVALID"),
        ("ali@company.test", "EMAIL_INVALID"),
        ("a..b@company.com", "EMAIL_INVALID"),
        ("ali@-company.com", "EMAIL_INVALID"),
        ("ali@company.com, sara@company.com", "EMAIL_INVALID"),
        ("Ali <ali@company.com>", "EMAIL_INVALID"),
        ("a\ud800@company.com", "EMAIL_INVALID"),
        ("a" * 250 + "@company.com", "EMAIL_TOO_LONG"),
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidText) as refused:
        normalise_email(text)
    assert refused.value.reason == reason
    assert refused.value.sentence


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = normalise_email(text)
    except InvalidText:
        return
    assert normalise_email(address) == address


_LABEL = st.text("abZ019-", min_size=1, max_size=70)


@given(
    st.text("aB1._+-", min_size=1, max_size=12) | st.just("Sales"),
    st.lists(_LABEL, min_size=1, max_size=4),
    st.sampled_from(["com", "COM", "c", "co1", "test", "local", "onion", "arpa", "xn--p1ai"]),
)
def test_the_fast_way_agrees_with_the_validator(local: str, labels: list[str], end: str) -> None:
    address = f"{local}@{'.'.join([*labels, end])}"
    fast = emails._plain_address(address)
    if fast is not None and len(address) <= 254:
        assert emails._any_address(address) == fast
