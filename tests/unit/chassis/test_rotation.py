"""Settings that hold several secrets, and the ones that are too short."""

import pytest

from chassis.rotation import each, first, long_enough, urls

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


@pytest.mark.parametrize(
    ("url", "choices"),
    [
        ("amqp://wasl:one@host:5672/%2F", ["amqp://wasl:one@host:5672/%2F"]),
        (
            "amqp://wasl:new,old@host:5672/%2F",
            ["amqp://wasl:new@host:5672/%2F", "amqp://wasl:old@host:5672/%2F"],
        ),
        (
            "postgresql://wasl:a%2Cb,c@/wasl?host=/run/one,/run/two",
            [
                "postgresql://wasl:a%2Cb@/wasl?host=/run/one,/run/two",
                "postgresql://wasl:c@/wasl?host=/run/one,/run/two",
            ],
        ),
        ("postgresql://wasl@/wasl?host=a,b", ["postgresql://wasl@/wasl?host=a,b"]),
        ("postgresql://a:x@one,b:5432/wasl", ["postgresql://a:x@one,b:5432/wasl"]),
        ("postgresql://wasl:new,@[::1]:5432/wasl", ["postgresql://wasl:new@[::1]:5432/wasl"]),
    ],
)
def test_a_url_stands_for_one_with_each_of_its_passwords(url, choices):
    assert urls(url) == choices
