"""A small client of the public API, as a customer would write one."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx


@dataclass
class Api:
    """The REST API behind one address, with one key."""

    url: str
    key: str
    # Seconds that a call may be tried again while parts of the suite are being killed.
    patience: float = 0
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=60
        )

    def call(self, method: str, path: str, **options: Any) -> Any:
        """One call. Raises AssertionError with the problem when the answer is not 2xx."""
        answer = self.answer(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer

    def answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer to one call, whatever it is; tried again while the suite is not there."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                answer = self.http.request(method, path, **options)
                if answer.status_code not in (502, 503, 504) or time.monotonic() > deadline:
                    return answer
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET."""
        return self.call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any], **options: Any) -> Any:
        """The JSON of a POST."""
        return self.call("POST", path, json=body, **options)

    def upload(self, collection: str, file: Path, options: dict[str, Any], **more: Any) -> str:
        """Starts an import. Returns the path of its job."""
        service = more.pop("service")
        answer = self.call(
            "POST",
            f"/v1/{collection}:import",
            files={
                "options": (None, json.dumps(options), "application/json"),
                "file": (file.name, file.read_bytes(), "text/csv"),
            },
            **more,
        )
        return f"/v1/{service}/jobs/{answer['id']}"

    def wait(self, job: str, *, seconds: float = 120) -> dict[str, Any]:
        """The job once it is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.get(job)
            if found["state"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{job} has not ended: {found}")
