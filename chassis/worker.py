"""The work of a service beside answering: relay, consumers, jobs, housekeeping."""

from typing import Protocol

from chassis.events.consumer import Consumer
from chassis.events.relay import Relay
from chassis.jobs.runner import JobRunner
from chassis.resources.purge import Housekeeper
from chassis.service import Runtime


class Worker(Protocol):
    """What can be started and stopped."""

    def start(self) -> None:
        """Begins."""

    def stop(self) -> None:
        """Ends in good order."""


def workers_of(runtime: Runtime) -> list[Worker]:
    """All workers of a service, not yet started."""
    return [
        Relay(runtime),
        JobRunner(runtime),
        Housekeeper(runtime),
        *(Consumer(listener, runtime) for listener in runtime.service.all_listeners),
    ]
