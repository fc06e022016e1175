"""Answers on their way out of WSGI."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from protobuf import Message

from services.gateway.problems import CONTENT_TYPE, Header, Problem, encode

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
# Answers hold personal data: no proxy and no disk cache may keep them.
_ALWAYS: tuple[Header, ...] = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_JSON: tuple[Header, ...] = (("Content-Type", "application/json"), *_ALWAYS)
_PROBLEM: tuple[Header, ...] = (("Content-Type", CONTENT_TYPE), *_ALWAYS)


class Reply(NamedTuple):
    """A status, headers and the parts of a body."""

    status: int
    headers: list[Header]
    body: Iterable[bytes]


def json_reply(message: Message, *, status: int = 200) -> Reply:
    """A message as JSON. Fields that are empty are there all the same, so that types hold."""
    body = message.to_json(always_emit_implicit=True).encode()
    headers = [*_JSON, ("Content-Length", str(len(body)))]
    etag = getattr(message, "etag", "")
    if etag:
        headers.append(("ETag", f'"{etag}"'))
    return Reply(status, headers, (body,))


def problem_reply(problem: Problem, *, request_id: str) -> Reply:
    """A problem, with the headers it asks for."""
    body = encode(problem, request_id)
    headers = [*_PROBLEM, ("Content-Length", str(len(body))), *problem.headers]
    return Reply(problem.status, headers, (body,))


def stream_headers(content_type: str, *, filename: str) -> list[Header]:
    """The headers of a file whose length nobody knows yet. `filename` is ASCII."""
    return [
        ("Content-Type", content_type),
        ("Content-Disposition", f'attachment; filename="{filename}"'),
        *_ALWAYS,
    ]
