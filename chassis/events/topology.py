"""What exists in RabbitMQ, declared by whoever needs it; declaring twice changes nothing.

wasl.events (topic) ──► <service>.<purpose>            quorum queue of one listener
        │                   │ 10 deliveries, or given up: wasl.dead (direct)
        │                   ▼
        │               <service>.<purpose>.dlq
        └─► wasl.feed       stream of everything, 30 days

wasl.retry.<seconds> (topic) ──► wasl.retry.<seconds>   waits, then back to the queue it names
"""

from dataclasses import dataclass, field
from typing import Any

EVENTS = "wasl.events"
DEAD = "wasl.dead"
FEED = "wasl.feed"
# Seconds before the 2nd, 3rd, 4th and every further attempt.
LADDER = (1, 10, 60, 600)
MAX_ATTEMPTS = 6
DELIVERY_LIMIT = 10


@dataclass(frozen=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: str


@dataclass(frozen=True)
class Queue:
    """A durable queue, with (exchange, key) pairs that feed it."""

    name: str
    arguments: dict[str, Any]
    bindings: tuple[tuple[str, str], ...] = field(default=())


def dead_letter_queue(queue: str) -> str:
    """Where the messages go that a queue's listener gave up."""
    return f"{queue}.dlq"


def retry_exchange(attempt: int) -> str:
    """Where a message is published to wait after its n-th failed attempt (from 1)."""
    return f"wasl.retry.{LADDER[min(attempt, len(LADDER)) - 1]}"


EXCHANGES = (
    Exchange(EVENTS, "topic"),
    Exchange(DEAD, "direct"),
    *(Exchange(f"wasl.retry.{seconds}", "topic") for seconds in LADDER),
)

_SAFE = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}

_FEED_QUEUE = Queue(
    FEED,
    {
        "x-queue-type": "stream",
        "x-max-age": "30D",
        "x-stream-max-segment-size-bytes": 50_000_000,
    },
    ((EVENTS, "#"),),
)


def publisher_queues() -> list[Queue]:
    """What a relay needs: the feed, so that no event is ever unroutable."""
    return [_FEED_QUEUE]


def listener_queues(queue: str, keys: tuple[str, ...]) -> list[Queue]:
    """What a listener needs: its queue, its dead letters and the retry ladder."""
    main = Queue(
        queue,
        {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-routing-key": queue,
            **_SAFE,
        },
        tuple((EVENTS, key) for key in keys),
    )
    dead = Queue(dead_letter_queue(queue), {"x-queue-type": "quorum"}, ((DEAD, queue),))
    ladder = [
        Queue(
            f"wasl.retry.{seconds}",
            {
                "x-queue-type": "quorum",
                "x-message-ttl": seconds * 1000,
                # Back through the default exchange under the key it came with, which is the name
                # of the queue it belongs to.
                "x-dead-letter-exchange": "",
                **_SAFE,
            },
            ((f"wasl.retry.{seconds}", "#"),),
        )
        for seconds in LADDER
    ]
    return [dead, main, *ladder]
