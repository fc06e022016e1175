"""The chain of the audit log: whatever is done to it afterwards is found."""

import copy
import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from services.identity.rules.audit_chain import (
    GENESIS,
    seal_day,
    seal_entry,
    verify,
)
from services.identity.rules.audit_keys import Seals, make_seals

(SEALS,) = make_seals("a key of the tests that has more than thirty-two letters")
FIRST = datetime.date(2026, 1, 1)
TEXTS = (
    *("id", "user_id", "credential", "method", "service", "outcome", "address", "user_agent"),
    *("request_id", "subject", "hash"),
)


@dataclass
class Entry:
    id: str
    day: datetime.date
    number: int
    time: datetime.datetime
    user_id: str = "ada"
    credential: str = "session:1"
    method: str = "UpdateContact"
    service: str = "contacts"
    outcome: str = "OK"
    address: str = "192.0.2.7"
    user_agent: str = "Firefox"
    request_id: str = "r"
    subject: str = "فارسی"
    changes: list[dict[str, str]] = field(default_factory=list)
    resources: list[str] = field(default_factory=lambda: ["contacts.contacts"])
    record_ids: list[str] = field(default_factory=lambda: ["1"])
    hash: str = ""


@dataclass
class Day:
    day: datetime.date
    count: int
    head: str
    previous: str
    mac: str


@dataclass
class Log:
    days: list[Day]
    entries: dict[datetime.date, list[Entry]]

    def findings(self, seals: Seals = SEALS, since: datetime.date | None = None) -> list[str]:
        return list(
            verify(
                (seals,),
                sorted(self.days, key=lambda day: day.day),
                lambda day: sorted(self.entries.get(day, []), key=lambda one: one.number),
                since=since,
            )
        )


def make_log(*, days: int = 5, each: int = 12) -> Log:
    log = Log([], {})
    head = GENESIS
    for offset in range(days):
        day = FIRST + datetime.timedelta(days=offset)
        previous = head
        written = []
        for number in range(1, each + 1):
            time = datetime.datetime(2026, 1, 1 + offset, 8, number, tzinfo=datetime.UTC)
            change = {
                "resource": "contacts.contacts",
                "recordId": str(number),
                "verb": "updated",
                "before": '{"jobTitle":"CTO"}',
                "after": '{"jobTitle":"CEO"}',
            }
            entry = Entry(f"{offset}-{number}", day, number, time, changes=[change])
            entry.hash = head = seal_entry(SEALS, entry, previous=head)
            written.append(entry)
        mac = seal_day(SEALS, day=day, count=each, head=head, previous=previous)
        log.days.append(Day(day, each, head, previous, mac))
        log.entries[day] = written
    return log


GOOD = make_log()


def any_entry(log: Log, dice: random.Random) -> tuple[list[Entry], int]:
    entries = log.entries[dice.choice(log.days).day]
    return entries, dice.randrange(len(entries))


def change_a_text(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    name = dice.choice(TEXTS)
    old = getattr(entries[place], name)
    setattr(entries[place], name, old[:-1] + chr(ord(old[-1]) ^ 1))


def change_what_changed(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    change = entries[place].changes[0]
    change[dice.choice(list(change))] += " "


def change_what_is_searched(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    setattr(entries[place], dice.choice(("resources", "record_ids")), [])


def change_the_time(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    entries[place].time += datetime.timedelta(microseconds=dice.choice((-1, 1, 10**9)))


def delete_one(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    del entries[place]


def delete_the_last_of_a_day(log: Log, dice: random.Random) -> None:
    log.entries[dice.choice(log.days).day].pop()


def delete_the_last_and_mend_the_count(log: Log, dice: random.Random) -> None:
    day = dice.choice(log.days)
    log.entries[day.day].pop()
    day.count -= 1
    day.head = log.entries[day.day][-1].hash


def delete_some_and_close_the_gap(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    del entries[place]
    for number, entry in enumerate(entries, start=1):
        entry.number = number


def delete_all_of_a_day(log: Log, dice: random.Random) -> None:
    log.entries[dice.choice(log.days).day].clear()


def delete_a_day_and_its_head(log: Log, dice: random.Random) -> None:
    # Not the last one: see below.
    day = log.days.pop(dice.randrange(len(log.days) - 1))
    del log.entries[day.day]


def swap_two(log: Log, dice: random.Random) -> None:
    entries = log.entries[dice.choice(log.days).day]
    first, second = dice.sample(entries, 2)
    first.number, second.number = second.number, first.number


def swap_what_two_say(log: Log, dice: random.Random) -> None:
    entries = log.entries[dice.choice(log.days).day]
    first, second = dice.sample(range(len(entries)), 2)
    one, other = entries[first], entries[second]
    entries[first] = replace(other, number=one.number)
    entries[second] = replace(one, number=other.number)


def swap_two_days(log: Log, dice: random.Random) -> None:
    first, second = (day.day for day in dice.sample(log.days, 2))
    log.entries[first], log.entries[second] = log.entries[second], log.entries[first]


def insert_one(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    forged = replace(entries[place], id="forged", user_id="mallory")
    for entry in entries[place:]:
        entry.number += 1
    entries.insert(place, forged)


def insert_one_with_a_hash_of_another_key(log: Log, dice: random.Random) -> None:
    day = dice.choice(log.days)
    entries = log.entries[day.day]
    forged = replace(entries[-1], id="forged", number=len(entries) + 1)
    (others,) = make_seals("another key that the forger has made up by himself")
    forged.hash = seal_entry(others, forged, previous=entries[-1].hash)
    entries.append(forged)
    day.count, day.head = len(entries), forged.hash
    day.mac = seal_day(others, day=day.day, count=day.count, head=day.head, previous=day.previous)


def repeat_one(log: Log, dice: random.Random) -> None:
    entries, place = any_entry(log, dice)
    entries.insert(place, copy.deepcopy(entries[place]))


def change_the_head(log: Log, dice: random.Random) -> None:
    day = dice.choice(log.days)
    match dice.randrange(4):
        case 0:
            day.count += 1
        case 1:
            day.head = "f" * 64
        case 2:
            day.previous = "f" * 64
        case _:
            day.mac = "f" * 64


TAMPERINGS: list[Callable[[Log, random.Random], None]] = [
    change_a_text,
    change_what_changed,
    change_what_is_searched,
    change_the_time,
    delete_one,
    delete_the_last_of_a_day,
    delete_the_last_and_mend_the_count,
    delete_some_and_close_the_gap,
    delete_all_of_a_day,
    delete_a_day_and_its_head,
    swap_two,
    swap_what_two_say,
    swap_two_days,
    insert_one,
    insert_one_with_a_hash_of_another_key,
    repeat_one,
    change_the_head,
]


def test_a_log_as_it_was_written_has_no_findings() -> None:
    assert GOOD.findings() == []
    assert Log([], {}).findings() == []


def test_each_of_a_thousand_random_tamperings_is_found() -> None:
    dice = random.Random(4)
    missed = []
    for round_ in range(1020):
        log = copy.deepcopy(GOOD)
        tampering = TAMPERINGS[round_ % len(TAMPERINGS)]
        tampering(log, dice)
        if not log.findings():
            missed.append(tampering.__name__)
    assert missed == []


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda one: one.__name__)
def test_a_finding_names_the_day(tampering: Callable[[Log, random.Random], None]) -> None:
    log = copy.deepcopy(GOOD)
    tampering(log, random.Random(1))
    findings = log.findings()
    assert all(finding.startswith("2026-01-0") and finding.endswith(".") for finding in findings)


def test_one_altered_entry_is_one_finding() -> None:
    log = copy.deepcopy(GOOD)
    log.entries[FIRST][4].user_id = "mallory"
    assert log.findings() == ["2026-01-01: entry 5 was altered, or is not where it was written."]


def test_without_the_key_everything_looks_altered() -> None:
    assert len(GOOD.findings(*make_seals("not the key"))) == 5 + 5 * 12


def test_later_days_can_be_verified_without_reading_all() -> None:
    log = copy.deepcopy(GOOD)
    log.entries[FIRST][4].user_id = "mallory"
    assert log.findings(since=FIRST + datetime.timedelta(days=1)) == []
    assert log.findings(since=FIRST)


def test_what_the_log_cannot_tell_by_itself_is_that_its_end_was_cut_off() -> None:
    # A chain cannot know of days that nothing follows. `audit verify --head` and the line that is
    # logged when a day is closed are for that.
    log = copy.deepcopy(GOOD)
    del log.entries[log.days.pop().day]
    assert log.findings() == []
