"""Settings that hold several secrets, and the ones that are too short."""

import pytest

from chassis.rotation import each, first, long_enough

ONE, TWO = "a" * 32, "b" * 40


@pytest.mark.parametrize("text", [f"{ONE},{TWO}", f" {ONE} , {TWO} ", f"{ONE},{TWO},"])
def test_secrets_are_separated_by_commas_and_the_first_is_in_use(text):
    assert each(text) == (ONE, TWO)
    assert first(text) == ONE
    assert long_enough(text) == text


@pytest.mark.parametrize("text", ["", ",", "short", f"{ONE},short", f"{'a' * 20},{'b' * 20}"])
def test_each_of_them_must_be_long(text):
    with pytest.raises(ValueError, match="at least 32"):
        long_enough(text)
