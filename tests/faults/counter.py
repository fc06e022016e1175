"""The counting service as a process of its own, on the real servers of the test run."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pika
import psycopg

from chassis.database.migrations import CHASSIS, migrate
from chassis.events.catch_up import CAUGHT_UP
from chassis.events.dead_letters import DeadLetter, count_dead_letters, list_dead_letters
from chassis.events.topology import EXCHANGES, FEED, dead_letter_queue, listener_queues
from chassis.service import start_runtime
from chassis.testing.running import Keys
from tests.faults.counting import KEY, QUEUE, SERVICE
from tools.stack.layout import ROOT
from tools.stack.processes import wait_until
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.events_pb import ContactChange, ContactCreated


class Counter:
    """What the service has counted, and the processes that count."""

    def __init__(self, database_url: str, broker_url: str, keys: Keys) -> None:
        self.database_url, self.broker_url = database_url, broker_url
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "gen")]),
            "WASL_DATABASE_URL": database_url,
            "WASL_BROKER_URL": broker_url,
            "WASL_METRICS_LISTEN": "127.0.0.1:0",
            "WASL_INTERNAL_KEY": keys.internal,
            "WASL_TOKEN_PUBLIC_KEYS": json.dumps({"keys": [keys.signing.as_dict(private=False)]}),
            "WASL_LOG_LEVEL": "ERROR",
        }
        runtime = start_runtime(SERVICE, keys.settings(SERVICE, database_url))
        migrate(runtime.direct_engine, [CHASSIS])
        runtime.direct_engine.dispose()
        # Asked often, so it stays open.
        self._connection = psycopg.connect(database_url, autocommit=True)
        self._connection.execute("CREATE TABLE counted (name text)")
        with pika.BlockingConnection(pika.URLParameters(broker_url)) as broker:
            for queue in (QUEUE, dead_letter_queue(QUEUE), FEED):
                broker.channel().queue_delete(queue)

    def listen_from_now_on(self) -> None:
        """Makes the queue, so that events told before its first process are in it."""
        with pika.BlockingConnection(pika.URLParameters(self.broker_url)) as broker:
            channel = broker.channel()
            for exchange in EXCHANGES:
                channel.exchange_declare(exchange.name, exchange.type, durable=True)
            for queue in listener_queues(QUEUE, (KEY,)):
                channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
                for source, key in queue.bindings:
                    channel.queue_bind(queue.name, source, key)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to its database."""
        return psycopg.connect(self.database_url, autocommit=True)

    def tell(self, names: Sequence[str]) -> None:
        """Puts an event for each name into the outbox, in this order."""
        with (
            self.connect() as connection,
            connection.cursor() as cursor,
            cursor.copy("COPY outbox (event_id, key, body) FROM STDIN") as copy,
        ):
            for name in names:
                change = ContactChange(contact=Contact(id=str(uuid.uuid4()), display_name=name))
                body = ContactCreated(changes=[change]).to_binary()
                copy.write_row((str(uuid.uuid4()), KEY, body))

    @contextmanager
    def process(self, *arguments: str, **told: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process of the service; ended, if it has not ended itself."""
        with subprocess.Popen(
            [sys.executable, "-m", "tests.faults.counting", *(arguments or ("work",))],
            cwd=ROOT,
            env=self._environment | told,
        ) as process:
            try:
                yield process
            finally:
                process.terminate()

    def verb(self, *arguments: str) -> str:
        """Runs a verb; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.counting", *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        return done.stdout

    def counted(self) -> tuple[int, int]:
        """Effects, and different ones."""
        return self._numbers("SELECT count(*), count(DISTINCT name) FROM counted")

    def counted_any(self) -> bool:
        """Whether there is an effect."""
        return self.counted()[0] > 0

    def pending(self) -> int:
        """Events in the outbox."""
        return self._numbers("SELECT count(*), 0 FROM outbox")[0]

    def seen(self) -> int:
        """Events in the inbox."""
        return self._numbers(f"SELECT count(*), 0 FROM inbox WHERE event_id <> '{CAUGHT_UP}'")[0]

    def ready(self) -> int:
        """Messages that wait in the queue."""
        with pika.BlockingConnection(pika.URLParameters(self.broker_url)) as connection:
            try:
                frame = connection.channel().queue_declare(QUEUE, passive=True)
            except pika.exceptions.ChannelClosedByBroker:
                return 0
            return int(frame.method.message_count)

    def dead(self) -> int:
        """Dead letters."""
        return count_dead_letters(self.broker_url, QUEUE)

    def dead_letters(self) -> list[DeadLetter]:
        """The dead letters with their reasons."""
        return list_dead_letters(self.broker_url, QUEUE, limit=100_000)

    def finish(self, *, different: int, seconds: float = 30) -> None:
        """Returns once so many different events were counted and no more are on their way."""
        done = wait_until(
            lambda: self.counted()[1] >= different and not self.pending() and not self.ready(),
            seconds=seconds,
            every=0.1,
        )
        assert done, (
            f"after {seconds:g} s: counted {self.counted()} of {different}, {self.pending()} in "
            f"the outbox, {self.ready()} in the queue, {self.dead()} dead letters"
        )
        # What was delivered is worked on for a moment longer.
        time.sleep(0.5)

    def close(self) -> None:
        """Lets go of the database."""
        self._connection.close()

    def _numbers(self, query: str) -> tuple[int, int]:
        row = self._connection.execute(query).fetchone()
        assert row is not None
        return int(str(row[0])), int(str(row[1]))
