"""The manifest of a service, and the service while it runs."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from sqlalchemy import Engine
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.pool import QueuePool

from chassis.audit.refusals import RefusalLimit
from chassis.database.engine import make_engine
from chassis.database.migrations import CHASSIS, Branch, service_branch
from chassis.events.listener import Listener
from chassis.grpc.call import Rpc
from chassis.grpc.identity import InternalCredential, TokenVerifier
from chassis.resources.custom_fields import CUSTOM_FIELDS, CustomFields
from chassis.resources.references import LookUp, References
from chassis.resources.resource import Resource
from chassis.resources.shares import SHARES, share_listener
from chassis.settings import Settings
from chassis.telemetry.exposition import describe_process
from wasl.platform.v1 import (
    access_service_pb,
    custom_field_service_pb,
    import_service_pb,
    job_service_pb,
    reference_service_pb,
    share_service_pb,
)

# What every service answers besides its own.
PLATFORM: tuple[ModuleType, ...] = (
    access_service_pb,
    custom_field_service_pb,
    import_service_pb,
    job_service_pb,
    reference_service_pb,
    share_service_pb,
)


class Worker(Protocol):
    """What can be started and stopped."""

    def start(self) -> None:
        """Begins."""

    def alive(self) -> bool:
        """Whether it still works, once it was started."""

    def stop(self) -> None:
        """Ends in good order."""


@dataclass(frozen=True)
class Verb:
    """Something that operators can do with a service: `python -m services.<name> <verb>`."""

    name: str
    # What it does, for `--help`.
    text: str
    # Returns the exit code.
    run: Callable[["Runtime", Namespace], int]
    # Adds the arguments it takes.
    arguments: Callable[[ArgumentParser], None] = lambda _parser: None


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a service is made of. Nothing happens when it is declared."""

    name: str
    # The service's folder; its migrations are in it.
    folder: Path
    # The base of its tables.
    base: type[DeclarativeBase]
    # The generated `*_service_pb` modules whose RPCs it answers.
    protos: Sequence[ModuleType]
    resources: Sequence[Resource] = ()
    # The methods that are special, as functions named after their RPCs.
    rpcs: Sequence[Rpc] = ()
    # What else can be looked up by a natural key: name -> function.
    lookups: Mapping[str, LookUp] = field(default_factory=dict)
    # What it does when others announce.
    listeners: Sequence[Listener] = ()
    # Tables that hold only what events told, and can be refilled by them.
    read_model: Sequence[type[Any]] = ()
    # What operators can do with it, beside what every service can.
    verbs: Sequence[Verb] = ()
    # Runs once after migrations, in the process of `migrate`.
    prepare: Callable[["Runtime"], None] | None = None
    # What it does beside answering, relaying and consuming.
    workers: Sequence[Callable[["Runtime"], Worker]] = ()
    # Removes, once an hour, what only served for a while.
    clean: Callable[[Session], None] | None = None
    # A subclass where the service needs settings of its own.
    settings: type[Settings] = Settings

    @property
    def branches(self) -> list[Branch]:
        """The migrations of its database."""
        return [CHASSIS, service_branch(self.folder / "migrations", self.base.metadata)]

    @property
    def registry(self) -> registry:
        """Its mapped tables."""
        return self.base.registry

    @cached_property
    def by_name(self) -> dict[str, Resource]:
        """Its resources by their names, the chassis' own among them."""
        return {resource.name: resource for resource in (*self.resources, CUSTOM_FIELDS, SHARES)}

    @cached_property
    def all_listeners(self) -> tuple[Listener, ...]:
        """Its listeners, and that for other services' shares where they matter to it."""
        shares = share_listener(self)
        return (*self.listeners, *((shares,) if shares else ()))


@dataclass(frozen=True)
class Runtime:
    """A running service: its settings, its database and what it knows of the others."""

    service: Service
    settings: Settings
    engine: Engine
    # Holds session locks; does not go through PgBouncer.
    direct_engine: Engine
    verifier: TokenVerifier
    credential: InternalCredential
    references: References
    custom_fields: CustomFields = field(default_factory=CustomFields)
    refusals: RefusalLimit = field(default_factory=RefusalLimit)

    @property
    def name(self) -> str:
        """The name of the service."""
        return self.service.name


def start_runtime(service: Service, settings: Settings) -> Runtime:
    """Opens what a running service needs. Nothing connects before it is used."""
    credential = InternalCredential(issuer=service.name, internal_key=settings.internal_key)
    runtime = Runtime(
        service=service,
        settings=settings,
        engine=make_engine(
            settings.database_url,
            pool_size=settings.threads,
            prepares=settings.database_prepares,
        ),
        # One for each consumer, the relay's lock, and what a job needs at the same time.
        direct_engine=make_engine(
            settings.database_url,
            pool_size=len(service.all_listeners) + len(service.workers) + 6,
            direct=True,
        ),
        verifier=TokenVerifier(
            public_keys=settings.token_public_keys, internal_key=settings.internal_key
        ),
        credential=credential,
        references=References(
            own=service.by_name,
            lookups=service.lookups,
            address=settings.service_address,
            credential=credential,
        ),
    )
    describe_process(
        service.name,
        # Asked for each time, because an engine that is disposed of has another pool then.
        pools={
            "requests": lambda: cast(QueuePool, runtime.engine.pool),
            "work": lambda: cast(QueuePool, runtime.direct_engine.pool),
        },
    )
    return runtime
