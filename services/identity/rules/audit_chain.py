"""The chain of the audit log: each entry is sealed over the one before, each day over its count.

An HMAC and not a bare hash: who can write the table but has no key can mend nothing.
"""
# name: escaped, because it is about how entries hang together, and not about one

import datetime
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

# What the very first entry continues.
GENESIS = "0" * 64


class Entry(Protocol):
    """What of an entry is sealed; the rows of the table are such."""

    id: str
    time: datetime.datetime
    user_id: str
    credential: str
    method: str
    service: str
    outcome: str
    address: str
    user_agent: str
    request_id: str
    subject: str
    changes: list[dict[str, str]]
    day: datetime.date
    number: int
    hash: str
    resources: list[str]
    record_ids: list[str]


class Day(Protocol):
    """The head of a day's chain."""

    day: datetime.date
    count: int
    head: str
    previous: str
    mac: str


@dataclass(frozen=True)
class Seals:
    """The keys of the chain, made from the one of the settings."""

    entry: bytes
    day: bytes


def make_seals(key: str) -> Seals:
    """A key for entries and another for days, so that one can never pass for the other."""
    secret = key.encode()
    return Seals(
        entry=hmac.digest(secret, b"wasl audit entry", "sha256"),
        day=hmac.digest(secret, b"wasl audit day", "sha256"),
    )


def seal_entry(seals: Seals, entry: Entry, *, previous: str) -> str:
    """The hash of an entry that follows one with the hash `previous`; hex."""
    told = [
        entry.id,
        entry.time.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        entry.user_id,
        entry.credential,
        entry.method,
        entry.service,
        entry.outcome,
        entry.address,
        entry.user_agent,
        entry.request_id,
        entry.subject,
        [sorted(change.items()) for change in entry.changes],
        entry.day.isoformat(),
        entry.number,
        entry.resources,
        entry.record_ids,
    ]
    data = json.dumps([previous, told], ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(seals.entry, data.encode("utf-8", "surrogatepass"), "sha256").hex()


def seal_day(seals: Seals, *, day: datetime.date, count: int, head: str, previous: str) -> str:
    """The seal of a day; hex."""
    data = f"{day.isoformat()}|{count}|{head}|{previous}"
    return hmac.digest(seals.day, data.encode(), "sha256").hex()


def verify(
    seals: Seals,
    days: Sequence[Day],
    entries_of: Callable[[datetime.date], Iterable[Entry]],
    *,
    since: datetime.date | None = None,
) -> Iterator[str]:
    """A sentence for everything that is wrong; none when the log is as it was written.

    `days` are in order. With `since` the entries of earlier days are not read, only their heads.
    """
    previous = GENESIS
    for day in days:
        if day.mac != seal_day(
            seals, day=day.day, count=day.count, head=day.head, previous=day.previous
        ):
            yield f"{day.day}: the head of the day was altered."
        if day.previous != previous:
            yield f"{day.day}: it does not continue the day before; days between were removed."
        previous = day.head
        if since is None or day.day >= since:
            yield from _verify_day(seals, day, entries_of(day.day))


def _verify_day(seals: Seals, day: Day, entries: Iterable[Entry]) -> Iterator[str]:
    place = f"{day.day}:"
    previous, number = day.previous, 0
    for entry in entries:
        expected = number + 1
        number = entry.number
        if number > expected:
            missing = f"entry {expected} is" if number == expected + 1 else (
                f"entries {expected} to {number - 1} are"
            )  # fmt: skip
            yield f"{place} {missing} missing."
        elif number < expected:
            yield f"{place} entry {number} is there more than once."
        if entry.hash != seal_entry(seals, entry, previous=previous):
            yield f"{place} entry {number} was altered, or is not where it was written."
        # Goes on with what stands there, so that one change is not told of all that follow.
        previous = entry.hash
    if number != day.count:
        yield f"{place} {day.count} entries were written, and the last there is {number}."
    elif previous != day.head:
        yield f"{place} the last entry is not the one that was written."
