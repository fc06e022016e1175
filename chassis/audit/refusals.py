"""Refused calls: told in a transaction of their own, and not more of them than a disk can take."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from chassis.audit.trail import Trail, begin_trail
from chassis.database.session import unit_of_work
from chassis.telemetry.metrics import count_untold_refusal

if TYPE_CHECKING:
    from chassis.service import Runtime

LOG = logging.getLogger(__name__)
# What is wrong by itself (INVALID_ARGUMENT) was no try, and what failed on our side no refusal.
TOLD = frozenset(
    {
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "FAILED_PRECONDITION",
        "ABORTED",
        "RESOURCE_EXHAUSTED",
    }
)
# In a minute and process: of one address without a credential, of all of them, of one person.
_PER_ADDRESS, _ALL_ADDRESSES, _PER_PERSON = 30, 3000, 600
_MINUTE = 60.0


class RefusalLimit:
    """Counts refusals by the minute, so that nobody fills the disk by being refused."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._minute = 0.0
        self._counts: dict[str, int] = {}
        self._anonymous = 0

    def admits(self, trail: Trail) -> bool:
        """Whether this one is still told."""
        with self._lock:
            minute = self._clock() // _MINUTE
            if minute != self._minute:
                self._minute, self._anonymous = minute, 0
                self._counts.clear()
            who = trail.user_id or f"address {trail.address}"
            count = self._counts[who] = self._counts.get(who, 0) + 1
            if trail.user_id:
                return count <= _PER_PERSON
            self._anonymous += 1
            return count <= _PER_ADDRESS and self._anonymous <= _ALL_ADDRESSES


def tell_refusal(runtime: "Runtime", trail: Trail) -> None:
    """Tells of a refused call. Never raises: the refusal goes out whatever happens here."""
    if not runtime.refusals.admits(trail):
        count_untold_refusal(service=trail.service)
        return
    try:
        with unit_of_work(runtime.engine) as session:
            begin_trail(session, trail)
    except SQLAlchemyError:
        count_untold_refusal(service=trail.service)
        LOG.warning("a refusal could not be told to the audit log", exc_info=True)
