"""Poison among events: it harms no other, is kept with its reason, and goes in after the fix."""

import random
import time

import pytest

from tests.e2e.suite import eventually
from tests.faults.counter import Counter


def poison_and_fix(counter: Counter, *, events: int, poison: int) -> None:
    """Tells good and bad events to a service with a bug, then mends the bug and replays."""
    names = [f"poison {number}" for number in range(poison)]
    names += [f"event {number}" for number in range(events - poison)]
    random.Random(1).shuffle(names)
    counter.listen_from_now_on()
    counter.tell(names)
    with counter.process(COUNTING_POISON="refused"):
        eventually(counter.counted_any, what="the first event is counted")
        began = time.monotonic()
        eventually(
            lambda: counter.dead() == poison and counter.counted()[0] == events - poison,
            seconds=300,
            what=f"{poison} dead letters, {events - poison} counted: "
            f"{counter.dead()}, {counter.counted()}",
        )
        seconds = time.monotonic() - began
        counter.finish(different=events - poison)
    print(f"{events} events, {poison} of them poison: {events / seconds:.0f}/s")
    assert counter.counted() == (events - poison, events - poison)
    letters = counter.dead_letters()
    assert len(letters) == len({letter.event_id for letter in letters}) == poison
    assert {letter.reason for letter in letters} == {"PermanentError: this event is poison"}

    with counter.process():
        began = time.monotonic()
        assert counter.verb("dlq", "replay") == f"counting.on_contact: {poison} replayed\n"
        counter.finish(different=events)
    print(f"replayed {poison} in {time.monotonic() - began:.1f} s")
    assert counter.counted() == (events, events)
    assert counter.dead() == 0


def test_twenty_among_a_thousand(counter: Counter) -> None:
    poison_and_fix(counter, events=1000, poison=20)


@pytest.mark.faults
def test_a_thousand_among_fifty_thousand(counter: Counter) -> None:
    poison_and_fix(counter, events=50_000, poison=1000)
