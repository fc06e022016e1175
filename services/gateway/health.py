"""Whether the gateway lives, and whether those behind it do."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import grpc

from services.gateway.api import ChannelTo

_CHECK = "/grpc.health.v1.Health/Check"
# HealthCheckResponse{status: SERVING}: field 1, varint 1. The request is the empty message. Read as
# bytes, because the generated classes need Google's protobuf, megabytes for one number.
_SERVING = b"\x08\x01"
# Seconds. Shorter than the timeout of the probe that asks.
_TIMEOUT = 1.0
_FRESH = 1.0


class Readiness(NamedTuple):
    """`SERVING`, `NOT_SERVING` or a gRPC code, by service; ready when all of them serve."""

    ready: bool
    services: dict[str, str]


def readiness(
    services: Iterable[str],
    *,
    channel_to: ChannelTo,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[], Readiness]:
    """A function that asks the health of all services at once, at most once a second."""
    names = sorted(services)
    lock = threading.Lock()
    latest: list[tuple[float, Readiness]] = []

    def ask() -> Readiness:
        with lock:
            if not latest or clock() - latest[0][0] >= _FRESH:
                latest[:] = [(clock(), _ask_all(names, channel_to))]
            return latest[0][1]

    return ask


def _ask_all(names: list[str], channel_to: ChannelTo) -> Readiness:
    calls = {
        name: channel_to(name)
        .unary_unary(_CHECK, request_serializer=None, response_deserializer=None)
        .future(b"", timeout=_TIMEOUT)
        for name in names
    }
    states: dict[str, str] = {}
    for name, call in calls.items():
        try:
            answer = call.result()
            states[name] = "SERVING" if answer == _SERVING else "NOT_SERVING"
        except grpc.RpcError as error:
            states[name] = error.code().name if isinstance(error, grpc.Call) else "UNKNOWN"
    return Readiness(all(state == "SERVING" for state in states.values()), states)
