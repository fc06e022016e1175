"""The keys of the audit log: which of them sealed what, and the record of each change of the key.

A change is sealed with the new key over the place where the former one ended. Who knows only a
retired key can mend nothing that came after it, and nothing before it either: what was written
under it must still end in the hash that the change has kept.
"""
# name: escaped, because it is about how entries are sealed, and not about one

import datetime
import hmac
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from chassis.rotation import each


@dataclass(frozen=True)
class Seals:
    """What is made of one key of the settings: a name for it, and keys for what is sealed.

    One for each purpose, so that a seal of one can never pass for that of another.
    """

    name: str
    entry: bytes
    day: bytes
    change: bytes


class Change(Protocol):
    """A change of the key, after so many entries of a day. `former` and `key` are names of keys."""

    number: int
    day: datetime.date
    count: int
    head: str
    former: str
    key: str
    # The seal of the change before, and its own.
    previous: str
    mac: str


@lru_cache(maxsize=8)
def make_seals(setting: str) -> tuple[Seals, ...]:
    """The seals of each key of the setting: the one to seal with, then the retired ones."""
    return tuple(_seals(key.encode()) for key in each(setting))


def seal_change(seals: Seals, change: Change) -> str:
    """The seal of a change under the new key; hex."""
    told = (change.number, change.day.isoformat(), change.count, change.head)
    data = "|".join(map(str, (*told, change.former, change.key, change.previous)))
    return hmac.digest(seals.change, data.encode(), "sha256").hex()


class Keys:
    """Which key sealed what, by the changes in the order of their numbers."""

    def __init__(self, known: Sequence[Seals], changes: Sequence[Change], *, unchanged: Seals):
        """`unchanged` is the key of a log without a change."""
        self._known = {seals.name: seals for seals in known}
        self._wanted = known[0]
        self._changes = changes
        self._places = [(change.day, change.count) for change in changes]
        first = changes[0].former if changes else unchanged.name
        self._names = [first, *(change.key for change in changes)]

    @property
    def in_use(self) -> Seals | None:
        """The key that seals what comes next; None when this process does not know it."""
        return self._known.get(self._names[-1])

    @property
    def is_in_use_already(self) -> bool:
        """Whether the log was sealed, at any time, with the first key of the setting."""
        return self._wanted.name in self._names

    def of_entry(self, day: datetime.date, number: int) -> Seals | None:
        """The key of an entry; None when it is not known any more."""
        return self._known.get(self._names[bisect_left(self._places, (day, number))])

    def of_day(self, day: datetime.date) -> Seals | None:
        """The key of a day's head, which is sealed again when the key changes on that day."""
        days = [place[0] for place in self._places]
        return self._known.get(self._names[bisect_right(days, day)])

    def findings(self) -> Iterator[str]:
        """A sentence for everything that is wrong with the changes themselves."""
        previous, place, former = "", (datetime.date.min, 0), self._names[0]
        for number, change in enumerate(self._changes, start=1):
            told = f"{change.day}: the change of the key after entry {change.count}"
            seals = self._known.get(change.key)
            if seals is None:
                yield f"{told} is sealed with a key that is not in WASL_AUDIT_KEY."
            elif change.mac != seal_change(seals, change):
                yield f"{told} was altered."
            if (change.number, change.previous, change.former) != (number, previous, former):
                yield f"{told} does not continue the one before; one was removed or put in."
            if (change.day, change.count) < place:
                yield f"{told} is not where it was written."
            previous, place, former = change.mac, (change.day, change.count), change.key
        if former != self._wanted.name:
            yield (
                "The log is sealed with another key than the first of WASL_AUDIT_KEY: move it "
                "there with `audit rekey`; if it was there already, somebody has taken it back."
            )

    def heads(self) -> dict[tuple[datetime.date, int], str]:
        """The hash that the entry before each change must have, by day and number."""
        return {(change.day, change.count): change.head for change in self._changes}


def _seals(secret: bytes) -> Seals:
    return Seals(
        name=hmac.digest(secret, b"wasl audit key", "sha256").hex()[:16],
        entry=hmac.digest(secret, b"wasl audit entry", "sha256"),
        day=hmac.digest(secret, b"wasl audit day", "sha256"),
        change=hmac.digest(secret, b"wasl audit change", "sha256"),
    )
