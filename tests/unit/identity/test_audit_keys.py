"""The key of the audit log changes, and who knows only a retired one can mend nothing."""

import copy
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from services.identity.rules.audit_chain import GENESIS, seal_day, seal_entry, verify
from services.identity.rules.audit_keys import Seals, make_seals, seal_change

TEXTS = [f"the {word} key of the log, of thirty-two letters".replace(",", "") for word in "abc"]
# Newest first, as in the setting: `c` is in use, `b` and `a` are retired.
C, B, A = make_seals(",".join(reversed(TEXTS)))
FIRST = datetime.date(2026, 1, 1)
# How many entries there are before each change, of a day with six.
CHANGES = {(1, 4): B, (3, 6): C}


@dataclass
class Entry:
    id: str
    day: datetime.date
    number: int
    time: datetime.datetime = datetime.datetime(2026, 1, 1, 8, tzinfo=datetime.UTC)
    user_id: str = "ada"
    credential: str = "session:1"
    method: str = "UpdateContact"
    service: str = "contacts"
    outcome: str = "OK"
    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    subject: str = ""
    changes: list[dict[str, str]] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    record_ids: list[str] = field(default_factory=list)
    hash: str = ""


@dataclass
class Day:
    day: datetime.date
    count: int
    head: str
    previous: str
    mac: str


@dataclass
class Change:
    number: int
    day: datetime.date
    count: int
    head: str
    former: str
    key: str
    previous: str
    mac: str = ""


@dataclass
class Log:
    days: list[Day] = field(default_factory=list)
    entries: dict[datetime.date, list[Entry]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def findings(self, *known: Seals, since: datetime.date | None = None) -> list[str]:
        return list(
            verify(
                known or (C, B, A),
                self.days,
                lambda day: self.entries.get(day, []),
                changes=self.changes,
                since=since,
            )
        )

    def seal(self, upto: tuple[int, int], seals: Seals) -> None:
        """Seals everything anew with one key, up to a number of a day: what a thief would do."""
        head = GENESIS
        for offset, day in enumerate(self.days):
            day.previous = head
            for entry in self.entries[day.day]:
                if (offset, entry.number) <= upto:
                    entry.hash = seal_entry(seals, entry, previous=head)
                head = entry.hash
            day.head, day.count = head, len(self.entries[day.day])
            if offset <= upto[0]:
                close(day, seals)

    def cut(self, offset: int, number: int) -> None:
        """Forgets everything after an entry."""
        for day in self.days[offset + 1 :]:
            del self.entries[day.day]
        del self.days[offset + 1 :]
        del self.entries[self.days[offset].day][number:]


def close(day: Day, seals: Seals) -> None:
    day.mac = seal_day(seals, day=day.day, count=day.count, head=day.head, previous=day.previous)


def make_log() -> Log:
    log, head, seals = Log(), GENESIS, A
    for offset in range(5):
        day = Day(FIRST + datetime.timedelta(days=offset), 0, head, head, "")
        log.days.append(day)
        log.entries[day.day] = []
        for number in range(1, 7):
            entry = Entry(f"{offset}-{number}", day.day, number)
            entry.hash = day.head = head = seal_entry(seals, entry, previous=head)
            day.count = number
            log.entries[day.day].append(entry)
            if new := CHANGES.get((offset, number)):
                before = log.changes[-1].mac if log.changes else ""
                made = Change(
                    len(log.changes) + 1, day.day, number, head, seals.name, new.name, before
                )
                made.mac = seal_change(new, made)
                log.changes.append(made)
                seals = new
        close(day, seals)
    return log


GOOD = make_log()


def test_a_log_whose_key_has_changed_twice_is_as_it_was_written() -> None:
    assert GOOD.findings() == []
    assert GOOD.findings(since=FIRST + datetime.timedelta(days=2)) == []


def test_names_of_keys_give_nothing_away_and_differ() -> None:
    assert len({A.name, B.name, C.name}) == 3
    assert not any(name in text for text in TEXTS for name in (A.name, B.name, C.name))


def rewrite_the_past(log: Log) -> None:
    # With the key it was sealed with, so that every seal is right.
    log.entries[FIRST][1].user_id = "mallory"
    log.seal((1, 4), A)


def rewrite_the_past_and_its_end(log: Log) -> None:
    rewrite_the_past(log)
    log.changes[0].head = log.entries[log.days[1].day][3].hash


def rewrite_what_the_key_in_between_has_sealed(log: Log) -> None:
    log.entries[log.days[2].day][0].user_id = "mallory"
    log.seal((3, 6), B)


def rewrite_everything_as_if_the_key_had_never_changed(log: Log) -> None:
    log.changes.clear()
    log.seal((9, 9), A)


def rewrite_everything_as_if_the_second_change_had_not_been(log: Log) -> None:
    log.changes.pop()
    log.seal((9, 9), B)


def go_back_to_before_the_changes(log: Log) -> None:
    log.changes.clear()
    log.cut(1, 4)
    log.seal((1, 4), A)


def go_back_to_between_the_changes(log: Log) -> None:
    log.changes.pop()
    log.cut(3, 6)
    close(log.days[-1], B)


def move_the_change(log: Log) -> None:
    change = log.changes[0]
    change.count, change.head = 2, log.entries[change.day][1].hash
    change.mac = seal_change(A, change)


def move_the_change_with_its_own_key(log: Log) -> None:
    # `b` is retired too, and known to the thief; the next change holds the seal of this one.
    change = log.changes[0]
    change.count, change.head = 2, log.entries[change.day][1].hash
    change.mac = seal_change(B, change)


def forget_a_change(log: Log) -> None:
    del log.changes[0]


def put_a_change_in(log: Log) -> None:
    last = log.changes[-1]
    day = log.days[-1]
    forged = Change(3, day.day, day.count, day.head, last.key, A.name, last.mac)
    forged.mac = seal_change(A, forged)
    log.changes.append(forged)
    close(day, A)


@pytest.mark.parametrize(
    "tampering",
    [
        rewrite_the_past,
        rewrite_the_past_and_its_end,
        rewrite_what_the_key_in_between_has_sealed,
        rewrite_everything_as_if_the_key_had_never_changed,
        rewrite_everything_as_if_the_second_change_had_not_been,
        go_back_to_before_the_changes,
        go_back_to_between_the_changes,
        move_the_change,
        move_the_change_with_its_own_key,
        forget_a_change,
        put_a_change_in,
    ],
    ids=lambda one: one.__name__,
)
def test_what_somebody_does_who_knows_the_retired_keys_is_found(
    tampering: Callable[[Log], None],
) -> None:
    log = copy.deepcopy(GOOD)
    tampering(log)
    assert log.findings()


def test_before_rekey_a_log_is_told_to_be_under_a_former_key_in_one_sentence() -> None:
    log = copy.deepcopy(GOOD)
    go_back_to_before_the_changes(log)
    (sentence,) = log.findings(B, A)
    assert "audit rekey" in sentence
    assert log.findings(A) == []


def test_without_a_retired_key_what_it_sealed_is_said_not_to_be_verified() -> None:
    findings = GOOD.findings(C, B)
    assert findings == [
        "2026-01-01: the head is sealed with a key that is not in WASL_AUDIT_KEY.",
        "2026-01-01: 6 entries are sealed with a key that is not in WASL_AUDIT_KEY.",
        "2026-01-02: 4 entries are sealed with a key that is not in WASL_AUDIT_KEY.",
    ]
