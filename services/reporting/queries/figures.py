"""The figures of a report, from its parts."""
# name: escaped, because it is a step of the pipeline report

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from chassis.resources.mapping import plain_decimal
from chassis.text.money import round_money
from services.reporting.queries.pipeline import Partial
from wasl.reporting.v1.pipeline_report_pb import GroupValue, PipelineReportRow
from wasl.type.v1.money_pb import Money

Keys = tuple[str, ...]


@dataclass(kw_only=True)
class Figures:
    """What a group of deals comes to. Money is exact: a sum of what is stored, never rounded."""

    deals: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    won_value: Decimal = Decimal(0)
    open_value: Decimal = Decimal(0)
    days: int = 0
    deals_with_days: int = 0

    def add(self, partial: Partial) -> None:
        """Counts some deals in."""
        self.deals += partial.deals
        if partial.state == "WON":
            self.won += partial.deals
            self.won_value += partial.value
            self.days += partial.days
            self.deals_with_days += partial.deals_with_days
        elif partial.state == "LOST":
            self.lost += partial.deals
        else:
            self.open += partial.deals
            self.open_value += partial.value

    @property
    def win_rate(self) -> float | None:
        """Won of won and lost, from 0 to 1; None when nothing is closed."""
        closed = self.won + self.lost
        return self.won / closed if closed else None

    @property
    def mean_days_to_close(self) -> float | None:
        """Mean days from engagement to close of won deals that have both dates."""
        return self.days / self.deals_with_days if self.deals_with_days else None

    def average_won_value(self, currency: str) -> Decimal | None:
        """The won value per won deal, rounded half-even to the minor unit of the currency."""
        return round_money(self.won_value / self.won, currency) if self.won else None


@dataclass(frozen=True, kw_only=True)
class Report:
    """Figures by group, in one currency."""

    groups: dict[Keys, Figures]
    total: Figures
    currency: str
    # Deals that would count if they were in the report's currency.
    other_currency_deals: int


def add_up(partials: Iterable[Partial], *, currency: str) -> Report:
    """The report in a currency, or in the one that most deals have when it is empty.

    A deal without an amount has no currency and counts in every report.
    """
    parts = list(partials)
    chosen = currency or _most_used(parts)
    groups: dict[Keys, Figures] = defaultdict(Figures)
    total = Figures()
    others = 0
    for part in parts:
        if part.currency not in ("", chosen):
            others += part.deals * part.in_total
            continue
        if part.in_total:
            total.add(part)
        if part.in_group:
            groups[part.keys].add(part)
    return Report(groups=dict(groups), total=total, currency=chosen, other_currency_deals=others)


def _most_used(parts: Iterable[Partial]) -> str:
    counts: Counter[str] = Counter()
    for part in parts:
        if part.currency and part.in_total:
            counts[part.currency] += part.deals
    # By name where two are used as much, so that the same deals always give the same report.
    return min(counts, key=lambda name: (-counts[name], name), default="")


def report_row(
    figures: Figures, *, currency: str, groups: Iterable[GroupValue] = ()
) -> PipelineReportRow:
    """Figures as a message."""

    def money(amount: Decimal | None) -> Money | None:
        return None if amount is None else Money(amount=plain_decimal(amount), currency=currency)

    return PipelineReportRow(
        groups=list(groups),
        deals=figures.deals,
        open=figures.open,
        won=figures.won,
        lost=figures.lost,
        win_rate=figures.win_rate,
        won_value=money(figures.won_value),
        open_value=money(figures.open_value),
        average_won_value=money(figures.average_won_value(currency)),
        mean_days_to_close=figures.mean_days_to_close,
    )
