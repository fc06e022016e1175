"""One effect and one answer for however many requests with the same Idempotency-Key."""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from protobuf import Message
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.audit.trail import end_trail
from chassis.database.tables import IdempotencyRow
from chassis.errors import InvalidArgument
from chassis.events.outbox import forget_recorded_events
from chassis.grpc.field_groups import without_secrets
from chassis.rotation import each


@dataclass(frozen=True)
class Request:
    """A request that came with a key: whose, which method, which key, and what it asked."""

    caller_id: str
    method: str
    key: str
    # By the key in use, then by others that the request may have been kept under.
    request_hashes: tuple[bytes, ...]


def digests(data: bytes, *, key: str) -> tuple[bytes, ...]:
    """HMAC-SHA256 of a request by each key. With a key, because it may hold a password."""
    return tuple(hmac.digest(one.encode(), data, "sha256") for one in each(key))


class Hashing:
    """Passes an upload on and hashes it on the way."""

    def __init__(self, parts: Iterator[bytes], *, key: str) -> None:
        self._parts = parts
        self._hashes = [hmac.new(one.encode(), digestmod="sha256") for one in each(key)]

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            for hash_ in self._hashes:
                hash_.update(part)
            yield part

    def digests(self) -> tuple[bytes, ...]:
        """HMAC-SHA256 of what has passed so far, by each key."""
        return tuple(hash_.digest() for hash_ in self._hashes)


def answer_once(session: Session, request: Request, work: Callable[[], Message]) -> bytes:
    """Does the work, or gives back the answer of whoever did it first.

    What is shown only once, such as the secret of an API key, is not in a repeated answer.

    The key is claimed in the transaction of the work: a second request waits at the unique index
    until the first has committed, and goes ahead when it has failed. Raises InvalidArgument with
    reason IDEMPOTENCY_KEY_REUSED when the key came with another request.
    """
    claimed = session.execute(
        insert(IdempotencyRow)
        .values(
            caller_id=request.caller_id,
            method=request.method,
            key=request.key,
            request_hash=request.request_hashes[0],
            response=b"",
        )
        .on_conflict_do_nothing()
        .returning(IdempotencyRow.key)
    ).first()
    mine = (
        IdempotencyRow.caller_id == request.caller_id,
        IdempotencyRow.method == request.method,
        IdempotencyRow.key == request.key,
    )
    if claimed is None:
        first = session.execute(
            select(IdempotencyRow.request_hash, IdempotencyRow.response).where(*mine)
        ).one()
        if first.request_hash not in request.request_hashes:
            raise InvalidArgument(
                "IDEMPOTENCY_KEY_REUSED",
                "This Idempotency-Key came with another request before.",
            )
        # Whatever the session holds must not be done a second time.
        session.rollback()
        forget_recorded_events(session)
        end_trail(session)
        return bytes(first.response)
    answer = work()
    session.flush()
    kept = bytes(without_secrets(answer).to_binary())
    session.execute(update(IdempotencyRow).where(*mine).values(response=kept))
    return bytes(answer.to_binary())
