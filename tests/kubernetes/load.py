"""Load at a steady rate, as a program of its own, so that it can run in the node's network.

    python -m tests.kubernetes.load URL KEY --rate 100 --seconds 30

Three kinds of requests take turns: a list, one record, a new record. Each is sent at its moment,
however long others take, on connections that are kept; none is tried again. Prints one JSON object:
how many were sent, which failed and when, and how long the answers took.
"""

import argparse
import json
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field

import httpx

THREADS = 24


@dataclass
class Load:
    """What was sent and what came of it."""

    url: str
    key: str
    rate: float
    seconds: float
    record: str = ""
    began: float = 0.0
    sent: int = 0
    failed: list[dict[str, object]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Sends everything."""
        with self.client() as http:
            made = http.post("/v1/contacts", json={"displayName": "Under load"})
            made.raise_for_status()
            self.record = made.json()["id"]
        self.began = time.monotonic()
        threads = [threading.Thread(target=self.work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def client(self) -> httpx.Client:
        """A customer with connections of their own."""
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=30
        )

    def work(self) -> None:
        """Sends whichever request is next, at its moment."""
        with self.client() as http:
            while (number := self.take()) < self.rate * self.seconds:
                due = self.began + number / self.rate
                time.sleep(max(0.0, due - time.monotonic()))
                self.send(http, number)

    def take(self) -> int:
        """The number of the next request."""
        with self.lock:
            self.sent += 1
            return self.sent - 1

    def send(self, http: httpx.Client, number: int) -> None:
        """Sends a request and notes what came of it."""
        kind, began = number % 3, time.monotonic()
        try:
            if kind == 0:
                answer = http.get("/v1/contacts", params={"pageSize": 20})
            elif kind == 1:
                answer = http.get(f"/v1/contacts/{self.record}")
            else:
                answer = http.post(
                    "/v1/contacts",
                    json={"displayName": f"Load {number}"},
                    headers={"Idempotency-Key": str(uuid.uuid4())},
                )
            said = "" if answer.is_success else f"{answer.status_code} {answer.text[:200]}"
        except httpx.TransportError as error:
            said = repr(error)
        now = time.monotonic()
        with self.lock:
            self.took.append(now - began)
            if said:
                at = round(now - self.began, 2)
                self.failed.append({"at": at, "number": number, "said": said})


def main(argv: list[str]) -> int:
    """Runs the load that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("key")
    parser.add_argument("--rate", type=float, default=100, help="requests per second")
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args(argv)
    load = Load(options.url, options.key, options.rate, options.seconds)
    load.run()
    took = sorted(load.took)
    told = {
        "sent": len(took),
        "failed": load.failed,
        "p50": took[len(took) // 2],
        "p99": took[int(len(took) * 0.99)],
        "seconds": round(time.monotonic() - load.began, 1),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
