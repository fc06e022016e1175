"""The consumer: one effect for each event, retries, dead letters. On a real RabbitMQ."""

import uuid

import pytest

from chassis.events import consumer as consumer_module
from chassis.events import topology
from chassis.events.catch_up import knows_the_past
from chassis.events.consumer import Consumer
from chassis.events.dead_letters import (
    count_dead_letters,
    drop_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from tests.integration.chassis.listening import (
    QUEUE,
    Heard,
    announce,
    consumers,
    eventually,
    heard_names,
    listening_service,
    make_table,
    publish,
)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def start(start_service, heard, rabbitmq_server):
    """Starts the listening service; its consumer is at the queue when this returns."""

    def begin():
        running = start_service(listening_service(heard), serves=False, works=True)
        make_table(running)
        eventually(lambda: consumers(rabbitmq_server.url) == 1)
        eventually(lambda: has_caught_up(running))
        return running

    return begin


def has_caught_up(running) -> bool:
    with running.session() as session:
        return knows_the_past(session, running.service.listeners[0])


def test_an_event_has_its_effect(start):
    running = start()
    announce(running, "Ada", "Bob")
    eventually(lambda: heard_names(running) == ["Ada", "Bob"])


def test_an_event_that_comes_twice_has_its_effect_once(start, rabbitmq_server):
    running = start()
    same = str(uuid.uuid4())
    publish(rabbitmq_server.url, (same, "Ada"), (same, "Ada"))
    eventually(lambda: "Ada" in heard_names(running))
    publish(rabbitmq_server.url, (same, "Ada"), (str(uuid.uuid4()), "last"))
    eventually(lambda: "last" in heard_names(running))
    assert heard_names(running) == ["Ada", "last"]


def test_without_the_inbox_an_event_that_comes_twice_has_its_effect_twice(
    start, rabbitmq_server, monkeypatch
):
    # The proof that the test above can fail.
    monkeypatch.setattr(Consumer, "use_inbox", False)
    running = start()
    same = str(uuid.uuid4())
    publish(rabbitmq_server.url, (same, "Ada"), (same, "Ada"), (str(uuid.uuid4()), "last"))
    eventually(lambda: "last" in heard_names(running))
    assert heard_names(running) == ["Ada", "Ada", "last"]


@pytest.fixture
def short_ladder(monkeypatch):
    monkeypatch.setattr(topology, "LADDER", (1,))


def test_an_event_that_failed_is_tried_again_and_applied(
    start, heard, rabbitmq_server, short_ladder
):
    heard.poison.add("Ada")
    running = start()
    announce(running, "Ada")
    eventually(lambda: heard.attempts == ["Ada"])
    heard.poison.clear()
    eventually(lambda: heard_names(running) == ["Ada"])
    assert heard.attempts == ["Ada", "Ada"]
    assert count_dead_letters(rabbitmq_server.url, QUEUE) == 0


def test_an_event_that_always_fails_is_given_up_with_its_reason(
    start, heard, rabbitmq_server, short_ladder, monkeypatch
):
    monkeypatch.setattr(consumer_module, "MAX_ATTEMPTS", 2)
    heard.poison.add("Ada")
    running = start()
    announce(running, "Ada")
    eventually(lambda: count_dead_letters(rabbitmq_server.url, QUEUE) == 1)
    assert heard.attempts == ["Ada", "Ada"]
    (letter,) = list_dead_letters(rabbitmq_server.url, QUEUE)
    assert letter.key == "contacts.contact.created"
    assert letter.reason == "ValueError: Ada is poison"
    # Looking does not take it away.
    eventually(lambda: count_dead_letters(rabbitmq_server.url, QUEUE) == 1)


@pytest.mark.slow
def test_an_event_is_given_up_after_six_attempts(start, heard, rabbitmq_server, short_ladder):
    heard.poison.add("Ada")
    running = start()
    announce(running, "Ada")
    eventually(lambda: count_dead_letters(rabbitmq_server.url, QUEUE) == 1, seconds=30)
    assert heard.attempts == ["Ada"] * 6


def test_the_ladder_goes_up_and_stays_on_its_last_step():
    assert [topology.retry_exchange(attempt) for attempt in range(1, 7)] == [
        "wasl.retry.1",
        "wasl.retry.10",
        "wasl.retry.60",
        *["wasl.retry.600"] * 3,
    ]


def test_an_event_that_can_never_be_applied_is_given_up_at_once(start, heard, rabbitmq_server):
    heard.permanent.add("Ada")
    running = start()
    announce(running, "Ada", "Bob")
    eventually(lambda: count_dead_letters(rabbitmq_server.url, QUEUE) == 1)
    (letter,) = list_dead_letters(rabbitmq_server.url, QUEUE)
    assert letter.reason == "PermanentError: Ada will never do"
    eventually(lambda: heard_names(running) == ["Bob"])


@pytest.mark.parametrize(
    ("message_id", "body", "key"),
    [
        (str(uuid.uuid4()), b"\xff\xff\xff", "contacts.contact.created"),
        (str(uuid.uuid4()), b"", "contacts.contact.vanished"),
        ("no-uuid", b"", "contacts.contact.created"),
        ("", b"", "contacts.contact.created"),
    ],
)
def test_what_cannot_be_read_is_given_up_at_once_and_harms_no_other(
    start, rabbitmq_server, message_id, body, key
):
    running = start()
    publish(rabbitmq_server.url, (message_id, body), key=key)
    publish(rabbitmq_server.url, (str(uuid.uuid4()), "Ada"))
    eventually(lambda: heard_names(running) == ["Ada"])
    eventually(lambda: count_dead_letters(rabbitmq_server.url, QUEUE) == 1)


def test_twenty_poisoned_among_five_hundred_harm_no_other_and_apply_after_the_fix(
    start, heard, rabbitmq_server
):
    url = rabbitmq_server.url
    names = [f"{number:03}" for number in range(500)]
    heard.permanent = set(names[7::25])
    assert len(heard.permanent) == 20
    running = start()
    announce(running, *names)
    good = sorted(set(names) - heard.permanent)
    eventually(lambda: heard_names(running) == good)
    eventually(lambda: count_dead_letters(url, QUEUE) == 20)
    # Replayed before the fix they are given up again, and the replay comes to an end.
    assert replay_dead_letters(url, QUEUE) == 20
    eventually(lambda: count_dead_letters(url, QUEUE) == 20)
    assert heard_names(running) == good
    heard.permanent = set()
    assert replay_dead_letters(url, QUEUE, limit=5) == 5
    assert replay_dead_letters(url, QUEUE) == 15
    eventually(lambda: heard_names(running) == names)
    assert count_dead_letters(url, QUEUE) == 0


def test_dropped_letters_are_gone(start, heard, rabbitmq_server):
    heard.permanent.add("Ada")
    running = start()
    announce(running, "Ada")
    eventually(lambda: count_dead_letters(rabbitmq_server.url, QUEUE) == 1)
    assert drop_dead_letters(rabbitmq_server.url, QUEUE) == 1
    assert list_dead_letters(rabbitmq_server.url, QUEUE) == []


def test_a_queue_that_was_never_declared_has_no_dead_letters(rabbitmq_server):
    url = rabbitmq_server.url
    assert count_dead_letters(url, "contacts.on_nothing") == 0
    assert list_dead_letters(url, "contacts.on_nothing") == []
    assert replay_dead_letters(url, "contacts.on_nothing") == 0
    assert drop_dead_letters(url, "contacts.on_nothing") == 0
