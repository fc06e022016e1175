"""The work of a service beside answering: relay, consumers, jobs, housekeeping."""

from chassis.events.consumer import Consumer
from chassis.events.relay import Relay
from chassis.jobs.runner import JobRunner
from chassis.resources.purge import Housekeeper
from chassis.service import Runtime, Worker


def workers_of(runtime: Runtime) -> list[Worker]:
    """All workers of a service, not yet started."""
    return [
        Relay(runtime),
        JobRunner(runtime),
        Housekeeper(runtime),
        *(Consumer(listener, runtime) for listener in runtime.service.all_listeners),
        *(make(runtime) for make in runtime.service.workers),
    ]


__all__ = ["Worker", "workers_of"]
