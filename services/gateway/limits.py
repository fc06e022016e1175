"""A token bucket per caller, so that one runaway client does not take what all others need.

It counts per worker process: with two workers a client gets up to twice the rate. That is enough to
stop a loop gone wild, and costs no shared store. Quotas that are sold are not its business.
"""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

# Beyond it, callers that have been quiet are forgotten; a quiet bucket is a full one anyway.
_MAX_BUCKETS = 20_000


class Allowance(NamedTuple):
    """What is left to a caller."""

    limit: int
    remaining: int
    # Seconds until the bucket is full again.
    reset: int
    # Seconds to wait; None when the request may go on.
    retry_after: int | None


Take = Callable[[bytes], Allowance | None]


def rate_limiter(
    per_second: int, *, burst: int | None = None, clock: Callable[[], float] = time.monotonic
) -> Take:
    """A function that takes one request out of a caller's bucket. Without a limit it says None."""
    if per_second <= 0:
        return lambda _: None
    size = float(burst if burst is not None else per_second * 2)
    lock = threading.Lock()
    buckets: dict[bytes, tuple[float, float]] = {}

    def take(caller: bytes) -> Allowance:
        now = clock()
        with lock:
            tokens, since = buckets.get(caller, (size, now))
            tokens = min(size, tokens + (now - since) * per_second)
            good = tokens >= 1.0
            if good:
                tokens -= 1.0
            buckets[caller] = (tokens, now)
            if len(buckets) > _MAX_BUCKETS:
                _forget_quiet(buckets, before=now - size / per_second)
        reset = int((size - tokens) / per_second) + 1
        wait = None if good else max(1, round((1.0 - tokens) / per_second))
        return Allowance(per_second, int(tokens), reset, wait)

    return take


def _forget_quiet(buckets: dict[bytes, tuple[float, float]], *, before: float) -> None:
    for caller in [caller for caller, (_, since) in buckets.items() if since < before]:
        del buckets[caller]
    # All of them busy: whoever has been quiet longest starts anew.
    while len(buckets) > _MAX_BUCKETS:
        del buckets[next(iter(buckets))]
