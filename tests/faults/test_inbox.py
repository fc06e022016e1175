"""Exactly once by the inbox, and the proof that the test would see it when it were not so."""

import itertools
import signal
import time

import pytest

from tests.faults.counter import Counter

EVENTS = 2000
KILLS = 4
LONG = 20


def count_under_kills(
    counter: Counter, *, events: int, kills: int, also: int = 0, **told: str
) -> int:
    """Lets processes count that kill themselves -9 at random commits; returns how many did.

    `also` are events that they have to learn of elsewhere.
    """
    counter.listen_from_now_on()
    counter.tell([f"told {number}" for number in range(events)])
    events += also
    killed = 0
    for seed in itertools.count(1):
        if killed == kills or counter.counted()[1] == events:
            break
        with counter.process(COUNTING_DIES=f"0.1 {seed}", **told) as process:
            while process.poll() is None:
                if counter.counted()[1] == events:
                    break
                time.sleep(0.05)
        killed += process.returncode == -signal.SIGKILL
    with counter.process(**told):
        counter.finish(different=events)
    return killed


def test_killed_at_random_commits_each_event_is_counted_once(counter: Counter) -> None:
    killed = count_under_kills(counter, events=EVENTS, kills=KILLS)
    assert killed == KILLS
    assert counter.counted() == (EVENTS, EVENTS)
    assert (counter.seen(), counter.dead()) == (EVENTS, 0)


def test_without_the_inbox_the_same_test_sees_effects_twice(counter: Counter) -> None:
    killed = count_under_kills(counter, events=EVENTS, kills=KILLS, COUNTING_INBOX="off")
    assert killed == KILLS
    effects, different = counter.counted()
    assert different == EVENTS
    # If this were equal, the test above would prove nothing.
    assert effects > EVENTS
    print(f"without the inbox: {effects - EVENTS} of {EVENTS} events counted again")


@pytest.mark.faults
@pytest.mark.parametrize("inbox", ["on", "off"])
def test_many_kills(counter: Counter, inbox: str) -> None:
    events = 20_000
    killed = count_under_kills(counter, events=events, kills=LONG, COUNTING_INBOX=inbox)
    effects, different = counter.counted()
    print(f"inbox {inbox}: {killed} kills, {events} events, {effects - events} counted again")
    assert (killed, different, counter.dead()) == (LONG, events, 0)
    assert (effects == events) == (inbox == "on")
