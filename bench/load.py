"""A small HTTP load generator: some keep-alive connections, raw sockets, little CPU of its own.

The clients share the machine with what they measure, so the generator itself must be cheap; it is
the same for the floor and for the product, so ratios are fair.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CONNECTIONS = 8


@dataclass(frozen=True)
class Result:
    """What a run has shown; latencies in seconds, sorted."""

    requests: int
    seconds: float
    latencies: list[float]
    # Answers that were not 2xx.
    failures: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def quantile(self, part: float) -> float:
        """A latency quantile, in milliseconds."""
        if not self.latencies:
            return 0.0
        return self.latencies[min(int(len(self.latencies) * part), len(self.latencies) - 1)] * 1000


def request(
    method: str, path: str, *, key: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """A request as it goes over the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: bench",
        f"Authorization: Bearer {key}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(
    port: int, requests: Iterator[bytes], *, seconds: float, connections: int = CONNECTIONS
) -> Result:
    """Sends requests over some connections, each as soon as the one before was answered."""
    return asyncio.run(_run(port, requests, seconds=seconds, connections=connections))


def best(measure: Callable[[], Result], *, times: int = 3) -> Result:
    """The fastest of some runs: noise only ever slows down."""
    return max((measure() for _ in range(times)), key=lambda result: result.rate)


async def _run(port: int, requests: Iterator[bytes], *, seconds: float, connections: int) -> Result:
    latencies: list[float] = []
    failures = 0
    end = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        while time.perf_counter() < end:
            try:
                message = next(requests)
            except StopIteration:
                break
            start = time.perf_counter()
            writer.write(message)
            status = await _read(reader)
            latencies.append(time.perf_counter() - start)
            failures += not 200 <= status < 300
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    latencies.sort()
    return Result(len(latencies), time.perf_counter() - start, latencies, failures)


async def _read(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    place = lower.find(b"content-length:")
    if place >= 0:
        length = int(lower[place + 15 : lower.index(b"\r\n", place)])
        await reader.readexactly(length)
    elif b"transfer-encoding: chunked" in lower:
        while (size := int(await reader.readline(), 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return status
