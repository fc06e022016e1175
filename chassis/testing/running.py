"""A service that runs inside a test."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import grpc
import pika
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy.orm import Session

from chassis.database.session import unit_of_work
from chassis.events.topology import FEED, dead_letter_queue
from chassis.grpc.call import Call
from chassis.grpc.client import open_channel
from chassis.grpc.identity import Caller
from chassis.grpc.server import RunningServer
from chassis.service import Service, start_runtime
from chassis.settings import Settings
from chassis.worker import Worker, workers_of

# Nobody listens there.
NO_BROKER = "amqp://127.0.0.1:1/"
USER = "01900000-0000-7000-8000-000000000001"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Keys:
    """What the credentials of a test run are signed with."""

    signing: ECKey
    internal: str = "an internal key of more than thirty-two letters"
    secrets: str = "what is sealed is sealed with this in a test run"

    def settings(
        self,
        service: Service,
        database_url: str,
        *,
        broker_url: str = NO_BROKER,
        folder: Path = Path("/tmp"),
        suite: Path | None = None,
        **more: Any,
    ) -> Settings:
        """The settings of a service in this test run.

        Services of one `suite`, a folder with a short path, find each other.
        """
        known = {
            "database_url": database_url,
            "broker_url": broker_url,
            "listen": f"unix:{suite}/{service.name}.sock"
            if suite
            else f"unix:{folder}/{service.name}.{next(_NUMBERS)}.sock",
            "service_address": f"unix:{suite or folder}/{{service}}.sock",
            "metrics_listen": "127.0.0.1:0",
            "internal_key": self.internal,
            "secrets_key": self.secrets,
            "token_public_keys": json.dumps({"keys": [self.signing.as_dict(private=False)]}),
            "audit_key": self.internal,
            "token_signing_key": json.dumps(self.signing.as_dict(private=True)),
        }
        return service.settings(**(known | more))

    def token(self, *, user_id: str = USER, grants: tuple[str, ...] = ("*",), **claims: Any) -> str:
        """The internal token of a person, as identity would sign it.

        More claims, such as `team`, `teams`, `below` and `hidden`, stand beside these.
        """
        expires = int(time.time()) + 600
        known = {"iss": "identity", "aud": "wasl", "sub": user_id, "exp": expires}
        known |= {"grants": list(grants)} | claims
        return jwt.encode({"alg": "ES256", "kid": "test"}, known, self.signing)


class RunningService:
    """A service on a database of its own."""

    def __init__(self, service: Service, settings: Settings, *, keys: Keys) -> None:
        self.service, self.keys = service, keys
        self.runtime = start_runtime(service, settings)
        self._server: RunningServer | None = None
        self.workers: list[Worker] = []
        self._channel: grpc.Channel | None = None

    def start(self, *, serves: bool, works: bool) -> None:
        """Begins to answer, and to relay, consume and run jobs."""
        if serves:
            self._server = RunningServer(self.runtime)
        if works:
            self._forget_queues()
            self.workers = workers_of(self.runtime)
        for worker in self.workers:
            worker.start()

    def stop(self) -> None:
        """Ends everything that was started."""
        if self._channel is not None:
            self._channel.close()
        if self._server is not None:
            self._server.stop(grace=0)
        self.stop_workers()
        self.runtime.engine.dispose()
        self.runtime.direct_engine.dispose()

    def stop_workers(self) -> None:
        """Ends relaying, consuming and jobs; goes on answering."""
        for worker in self.workers:
            worker.stop()
        self.workers = []

    def channel(self) -> grpc.Channel:
        """A channel to the service; the caller may do what the metadata of a call says."""
        if self._channel is None:
            self._channel = open_channel(self.runtime.settings.listen)
        return self._channel

    def metadata(
        self, *grants: str, user_id: str = USER, **claims: Any
    ) -> tuple[tuple[str, str], ...]:
        """The metadata of a caller with these grants; all of them when none is named."""
        token = self.keys.token(user_id=user_id, grants=grants or ("*",), **claims)
        return (("authorization", f"Bearer {token}"),)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A unit of work on the service's database."""
        with unit_of_work(self.runtime.engine) as session:
            yield session

    @contextmanager
    def call(self, *grants: str, user_id: str = USER) -> Iterator[Call]:
        """A call as a servicer gets it, without a server in between."""
        with self.session() as session:
            yield Call(session, self.runtime, Caller(user_id=user_id, grants=grants or ("*",)))

    def _forget_queues(self) -> None:
        parameters = pika.URLParameters(self.runtime.settings.broker_url)
        with pika.BlockingConnection(parameters) as connection:
            channel = connection.channel()
            for listener in self.service.all_listeners:
                channel.queue_delete(listener.queue)
                channel.queue_delete(dead_letter_queue(listener.queue))
            channel.queue_delete(FEED)


__all__ = ["NO_BROKER", "USER", "Keys", "RunningService"]
