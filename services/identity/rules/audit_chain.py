"""The chain of the audit log: each entry is sealed over the one before, each day over its count.

An HMAC and not a bare hash: who can write the table but has no key can mend nothing.
"""
# name: escaped, because it is about how entries hang together, and not about one

import datetime
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from services.identity.rules.audit_keys import Change, Keys, Seals

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


def keys_of(known: Sequence[Seals], days: Sequence[Day], changes: Sequence[Change]) -> Keys:
    """Which key sealed what. `known` are those of the setting, `days` and `changes` in order."""
    # Before the first change there is only the last head to tell which of several it was.
    sealed = (seals for seals in known if days and days[-1].mac == _seal_of(days[-1], seals))
    return Keys(known, changes, unchanged=next(sealed, known[0]))


def verify(
    known: Sequence[Seals],
    days: Sequence[Day],
    entries_of: Callable[[datetime.date], Iterable[Entry]],
    *,
    changes: Sequence[Change] = (),
    since: datetime.date | None = None,
) -> Iterator[str]:
    """A sentence for everything that is wrong; none when the log is as it was written.

    `known` are the keys of the setting, `days` and `changes` (of the key) are in order. With
    `since` the entries of earlier days are not read, only their heads.
    """
    keys = keys_of(known, days, changes)
    if days or changes:
        yield from keys.findings()
    previous = GENESIS
    for day in days:
        seals = keys.of_day(day.day)
        if seals is None:
            yield f"{day.day}: the head is sealed with a key that is not in WASL_AUDIT_KEY."
        elif day.mac != _seal_of(day, seals):
            yield f"{day.day}: the head of the day was altered."
        if day.previous != previous:
            yield f"{day.day}: it does not continue the day before; days between were removed."
        previous = day.head
        if since is None or day.day >= since:
            yield from _verify_day(keys, day, entries_of(day.day))


def _verify_day(keys: Keys, day: Day, entries: Iterable[Entry]) -> Iterator[str]:
    place = f"{day.day}:"
    heads = keys.heads()
    previous, number, unread = day.previous, 0, 0
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
        seals = keys.of_entry(day.day, number)
        if seals is None:
            unread += 1
        elif entry.hash != seal_entry(seals, entry, previous=previous):
            yield f"{place} entry {number} was altered, or is not where it was written."
        if heads.get((day.day, number), entry.hash) != entry.hash:
            yield f"{place} entry {number} is not the one after which the key was changed."
        # Goes on with what stands there, so that one change is not told of all that follow.
        previous = entry.hash
    if unread:
        yield f"{place} {unread} entries are sealed with a key that is not in WASL_AUDIT_KEY."
    if number != day.count:
        yield f"{place} {day.count} entries were written, and the last there is {number}."
    elif previous != day.head:
        yield f"{place} the last entry is not the one that was written."


def _seal_of(day: Day, seals: Seals) -> str:
    return seal_day(seals, day=day.day, count=day.count, head=day.head, previous=day.previous)
