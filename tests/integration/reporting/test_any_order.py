"""Whatever order events come in and how often, reports say what a plain model says."""

import datetime
import random
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from chassis.testing.running import RunningService
from tests.integration.reporting.telling import apply, ask, at, deal, event, id_of
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension as By
from wasl.sales.v1.opportunity_pb import Opportunity

DAYS = ("2025-12-01", "2026-01-15", "2026-02-01", "2026-03-10", "2026-05-01", "2027-01-01")
PRODUCTS = ("Lamp", "Table", "Chair")
OWNERS = ("Ann", "Bob", "")


@dataclass(frozen=True)
class Version:
    """A version of a deal, in plain Python."""

    name: str
    number: int
    told: datetime.datetime
    created: datetime.datetime
    state: str = "OPEN"
    amount: str = "10.00"
    owner: str = ""
    engaged: str = ""
    closed: str = ""
    deleted: bool = False
    lines: tuple[tuple[str, str | None], ...] = ()

    def message(self) -> Opportunity:
        """As sales would tell it."""
        return deal(
            self.name, version=self.number, told=self.told, created=self.created, state=self.state,
            amount=self.amount, owner=self.owner, engage_date=self.engaged,
            close_date=self.closed, deleted=self.deleted, lines=self.lines,
        )  # fmt: skip


def history(chance: random.Random, name: str) -> list[Version]:
    """A life of a deal, from its creation or its import."""
    told = at("2025-12-20") + datetime.timedelta(hours=chance.randrange(1000))
    now = Version(name=name, number=1, told=told, created=told, owner=chance.choice(OWNERS))
    now = replace(now, lines=_lines(chance), amount=f"{chance.randrange(1, 9999) / 100:.2f}")
    if chance.random() < 0.4:
        now = replace(now, engaged="2025-11-20", state=chance.choice(("OPEN", "WON", "LOST")))
        now = replace(now, closed=chance.choice(("2025-11-25", "2025-12-10", "")))
    versions = [now]
    for number in range(2, chance.randrange(2, 9)):
        told += datetime.timedelta(hours=chance.randrange(1, 700))
        now = replace(now, number=number, told=told, **_change(chance, now, told.date()))
        versions.append(now)
    return versions


def _lines(chance: random.Random) -> tuple[tuple[str, str | None], ...]:
    return tuple(
        (chance.choice(PRODUCTS), chance.choice((None, "1.00", "33.33")))
        for _ in range(chance.randrange(4))
    )


def _change(chance: random.Random, now: Version, today: datetime.date) -> dict[str, object]:
    if now.deleted:
        return {"deleted": False}
    what = chance.choice(("owner", "amount", "lines", "state", "state", "delete"))
    if what == "state" and now.state == "OPEN":
        closed = today - datetime.timedelta(days=chance.choice((0, 0, 3, 40)))
        return {"state": chance.choice(("WON", "LOST")), "closed": closed.isoformat()}
    return {
        "owner": {"owner": chance.choice(OWNERS)},
        "amount": {"amount": f"{chance.randrange(1, 9999) / 100:.2f}"},
        "lines": {"lines": _lines(chance)},
        "state": {"state": "OPEN"},
        "delete": {"deleted": True},
    }[what]  # type: ignore[return-value]


def spans(versions: list[Version]) -> list[tuple[datetime.datetime, Version]]:
    """What was so since when, as it was told: of two that hold, the later in this list counts."""
    found: list[tuple[datetime.datetime, Version]] = []
    before: Version | None = None
    for now in versions:
        since = now.told
        if now.state != "OPEN" and now.closed and (before is None or before.state != now.state):
            since = min(since, _midnight(now.closed))
        if before is None:
            begin = min(now.created, _midnight(now.engaged)) if now.engaged else now.created
            if now.state == "OPEN":
                since = begin
            elif begin < since:
                found.append((begin, replace(now, state="OPEN")))
        found.append((now.told if now.deleted else since, now))
        before = now
    return found


def _midnight(day: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(day + "T00:00:00+00:00")


def model(
    lives: list[list[Version]], day: str | None
) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Deals and amounts by (state, owner), and amounts by ("product", name)."""
    end = None if day is None else _midnight(day) + datetime.timedelta(days=1)
    figures: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for versions in lives:
        held = [now for since, now in spans(versions) if end is None or since < end]
        if not held or held[-1].deleted:
            continue
        now = held[-1]
        parts: dict[str, Decimal] = {}
        for product, total in now.lines:
            parts[product] = parts.get(product, Decimal(0)) + Decimal(total or 0)
        if parts:
            parts[now.lines[0][0]] += Decimal(now.amount) - sum(parts.values())
        else:
            parts[""] = Decimal(now.amount)
        keys = [((now.state, now.owner), Decimal(now.amount))]
        keys += [((f"product {now.state}", product), part) for product, part in parts.items()]
        for key, amount in keys:
            count, sum_ = figures[key]
            figures[key] = (count + 1, sum_ + amount)
    return dict(figures)


def asked(reporting: RunningService, day: str | None) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """The same, as reports say it."""
    names = {id_of(name): name for name in (*OWNERS, *PRODUCTS) if name} | {"": ""}
    figures = {}
    for dimension, prefix in ((By.OWNER, ""), (By.PRODUCT, "product ")):
        report = ask(reporting, By.STATE, dimension, as_of_date=day or "")
        for row in report.rows:
            state, other = (group.label or names[group.id] for group in row.groups)
            amount = Decimal(row.won_value.amount) + Decimal(row.open_value.amount)
            figures[prefix + state, other] = (row.deals, amount)
    return figures


def without_lost(figures: dict[tuple[str, str], tuple[int, Decimal]]) -> object:
    """Reports do not sum what lost deals would have been worth."""
    return {
        key: (count, Decimal(0) if "LOST" in key[0] else amount)
        for key, (count, amount) in figures.items()
    }


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_events_does_not_matter(reporting: RunningService, seed: int):
    chance = random.Random(seed)
    lives = [history(chance, f"deal {n}") for n in range(60)]
    changes = [version for versions in lives for version in versions]
    changes += chance.choices(changes, k=len(changes) // 3)
    chance.shuffle(changes)
    purged = chance.sample(lives, 5)
    events = []
    while changes:
        some, changes = changes[: (size := chance.randrange(1, 40))], changes[size:]
        verb = chance.choice(("created", "updated", "won", "moved", "snapshotted"))
        events.append(event(verb, [version.message() for version in some]))
    gone = event("purged", [versions[-1].message() for versions in purged])
    events.insert(chance.randrange(len(events)), gone)
    while events:
        batch, events = events[: (size := chance.randrange(1, 6))], events[size:]
        apply(reporting, *batch)
    left = [versions for versions in lives if versions not in purged]
    for day in (None, *DAYS):
        assert asked(reporting, day) == without_lost(model(left, day)), day
