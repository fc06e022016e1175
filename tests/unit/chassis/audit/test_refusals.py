"""Refusals are told up to a limit."""

from chassis.audit.refusals import RefusalLimit
from chassis.audit.trail import Trail


def trail(**fields: str) -> Trail:
    return Trail(method="CreateSession", service="identity", **fields)


def test_of_one_address_thirty_a_minute_are_told() -> None:
    now = [0.0]
    limit = RefusalLimit(lambda: now[0])
    told = [limit.admits(trail(address="192.0.2.7")) for _ in range(1000)]
    assert told == [True] * 30 + [False] * 970
    assert limit.admits(trail(address="192.0.2.8"))
    now[0] = 61.0
    assert limit.admits(trail(address="192.0.2.7"))


def test_of_a_thousand_addresses_three_thousand_a_minute_are_told() -> None:
    limit = RefusalLimit(lambda: 0.0)
    told = sum(
        limit.admits(trail(address=f"192.0.2.{number}"))
        for number in range(1000)
        for _ in range(20)
    )
    assert told == 3000


def test_a_person_is_told_of_whatever_addresses_do() -> None:
    limit = RefusalLimit(lambda: 0.0)
    for number in range(4000):
        limit.admits(trail(address=str(number)))
    assert limit.admits(trail(user_id="ada", address="1"))
