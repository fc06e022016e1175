"""A listener that comes late learns from the feed what was announced before its queue was there."""

import pika

from chassis.events.catch_up import CAUGHT_UP
from chassis.events.topology import publisher_queues
from tests.e2e.suite import eventually
from tests.faults.counter import Counter
from tests.faults.test_inbox import count_under_kills

BEFORE = 1500


def announce_before_anybody_listens(counter: Counter) -> None:
    """Sends events into the feed while there is no queue of the listener."""
    # A process that announces and does not listen.
    counter.tell([f"event {number}" for number in range(BEFORE)])
    with counter.process(COUNTING_DEAF="on"):
        eventually(lambda: not counter.pending(), what="all is announced")
    assert counter.counted() == (0, 0)


def test_what_was_announced_before_is_learnt_once(counter: Counter) -> None:
    announce_before_anybody_listens(counter)
    # More is waiting to be announced while the feed is read: it comes both ways.
    counter.tell([f"later {number}" for number in range(500)])
    with counter.process(COUNTING_CATCHES_UP="on"):
        counter.finish(different=BEFORE + 500)
    assert counter.counted() == (BEFORE + 500, BEFORE + 500)

    # Who knows the past does not read it again, even when it had forgotten what it has seen.
    with counter.connect() as connection:
        connection.execute("DELETE FROM inbox WHERE event_id <> %s", [CAUGHT_UP])
    counter.tell(["one more"])
    with counter.process(COUNTING_CATCHES_UP="on"):
        counter.finish(different=BEFORE + 501)
    assert counter.counted() == (BEFORE + 501, BEFORE + 501)


def test_without_catching_up_it_would_not_know(counter: Counter) -> None:
    announce_before_anybody_listens(counter)
    counter.listen_from_now_on()
    counter.tell(["the first it hears"])
    with counter.process():
        counter.finish(different=1)
    assert counter.counted() == (1, 1)


def test_killed_while_it_reads_it_still_learns_each_event_once(counter: Counter) -> None:
    announce_before_anybody_listens(counter)
    counter.listen_from_now_on()
    killed = count_under_kills(counter, events=500, kills=3, COUNTING_CATCHES_UP="on", also=BEFORE)
    assert killed == 3
    assert counter.counted() == (BEFORE + 500, BEFORE + 500)
    assert counter.dead() == 0


def test_poison_in_the_feed_goes_to_the_dead_letters(counter: Counter) -> None:
    counter.tell(["poison", *(f"event {number}" for number in range(99))])
    with counter.process(COUNTING_DEAF="on"):
        eventually(lambda: not counter.pending(), what="all is announced")
    with counter.process(COUNTING_CATCHES_UP="on", COUNTING_POISON="refused"):
        eventually(lambda: counter.dead() == 1, what="the poison is a dead letter")
        counter.finish(different=99)
    with counter.process(COUNTING_CATCHES_UP="on"):
        counter.verb("dlq", "replay")
        counter.finish(different=100)
    assert counter.counted() == (100, 100)
    assert counter.dead() == 0


def test_a_feed_that_holds_nothing_is_read_at_once(counter: Counter) -> None:
    with pika.BlockingConnection(pika.URLParameters(counter.broker_url)) as connection:
        for queue in publisher_queues():
            connection.channel().queue_declare(queue.name, durable=True, arguments=queue.arguments)
    counter.listen_from_now_on()
    counter.tell(["the first"])
    with counter.process(COUNTING_CATCHES_UP="on"):
        counter.finish(different=1, seconds=15)
    assert counter.counted() == (1, 1)
