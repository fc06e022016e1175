"""Kills at random moments, while a suite is at work."""

import random
import threading
import time
from dataclasses import dataclass

import pika
import psycopg

from tests.e2e.suite import Suite

# A RabbitMQ 3.10 that is killed while it makes a quorum queue cannot use the queue any more.
_QUIET = 2.0


@dataclass(frozen=True)
class Kill:
    """What was killed, and how far the deals were: rows imported, events waiting, facts."""

    victim: str
    imported: int
    waiting: int
    facts: int


class Killer:
    """Ends services and RabbitMQ with `kill -9`, one after the other, each some time after it came.

    The times are random and follow from the seed; the stack's supervisor brings everything back.
    """

    def __init__(self, suite: Suite, *, seed: int, victims: list[str]) -> None:
        self._suite = suite
        self._dice = random.Random(seed)
        self._victims = victims
        self.kills: list[Kill] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)

    def start(self) -> None:
        """Begins to kill."""
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether all victims were killed."""
        return not self._thread.is_alive()

    def finish(self, *, seconds: float = 300) -> None:
        """Returns when all victims were killed."""
        self._thread.join(seconds)
        assert self.is_done, self.kills
        if self._error is not None:
            raise self._error

    def during_import(self, rows: int) -> int:
        """How many kills came while rows were imported."""
        return sum(0 < kill.imported < rows for kill in self.kills)

    def during_consumption(self, rows: int) -> int:
        """How many kills came while events were waiting or facts were missing."""
        return sum(kill.waiting > 0 or kill.facts < rows for kill in self.kills if kill.imported)

    def _run(self) -> None:
        try:
            for victim in self._victims:
                self._wait_for(victim)
                time.sleep(self._dice.uniform(0, 0.3))
                noted = self._note(victim)
                while not self._suite.kill(victim):
                    time.sleep(0.02)
                self.kills.append(noted)
        except Exception as error:  # noqa: BLE001 - raised where the test can see it
            self._error = error

    def _wait_for(self, victim: str) -> None:
        deadline = time.monotonic() + 120
        before = {kill.victim for kill in self.kills}
        while time.monotonic() < deadline:
            if victim == "rabbitmq":
                if self._broker_answers():
                    time.sleep(_QUIET)
                    return
            # It has its connections when it is at work: only then is a kill worth something.
            elif (victim not in before or self._works(victim)) and self._has_gone_on():
                return
            time.sleep(0.05)
        raise AssertionError(f"{victim} has not come back")

    def _has_gone_on(self) -> bool:
        """Whether rows were imported since the last kill, if there are any left to import."""
        with self._suite.database("sales") as connection:
            row = connection.execute(
                "SELECT coalesce(sum((progress->>'read')::int), 0), "
                "coalesce(bool_and(state = 'SUCCEEDED'), false) FROM job "
                "WHERE kind = 'sales.opportunities.import'"
            ).fetchone()
        assert row is not None
        return bool(row[1]) or int(str(row[0])) > (self.kills[-1].imported if self.kills else 0)

    def _works(self, victim: str) -> bool:
        if not self._suite.pids().get(victim):
            return False
        with self._suite.database(victim) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = current_user"
            ).fetchone()
        assert row is not None
        # Ours is one of them.
        return int(str(row[0])) > 1

    def _broker_answers(self) -> bool:
        try:
            pika.BlockingConnection(pika.URLParameters(self._suite.broker.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    def _note(self, victim: str) -> Kill:
        try:
            with self._suite.database("sales") as connection:
                row = connection.execute(
                    "SELECT coalesce(sum((progress->>'read')::int), 0), "
                    "(SELECT count(*) FROM outbox) FROM job WHERE kind = "
                    "'sales.opportunities.import'"
                ).fetchone()
            assert row is not None
            imported, waiting = int(str(row[0])), int(str(row[1]))
            facts = self._suite.count(
                "reporting", "(SELECT DISTINCT id FROM opportunity_fact) AS f"
            )
        except psycopg.OperationalError:
            return Kill(victim, -1, -1, -1)
        return Kill(victim, imported, waiting, facts)
