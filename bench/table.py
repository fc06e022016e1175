"""The lines that the bench prints: product, floor or budget, ratio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measured figure and what it is compared with."""

    what: str
    product: float
    unit: str
    # The floor of the same run, or the budget of design §12.
    against: float
    kind: str
    # The least ratio that is good enough; for what should be small, the greatest.
    wanted: float = 1.0
    small_is_good: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """Product by floor or budget."""
        return self.product / self.against if self.against else 0.0

    @property
    def is_met(self) -> bool:
        """Whether the ratio is on the good side of what is wanted."""
        return self.ratio <= self.wanted if self.small_is_good else self.ratio >= self.wanted

    def __str__(self) -> str:
        sign = "<=" if self.small_is_good else ">="
        verdict = "met" if self.is_met else "MISSED"
        return (
            f"{self.what:44} {self.product:>10,.1f} {self.unit:8} {self.kind:6} "
            f"{self.against:>10,.1f}  ratio {self.ratio:5.2f} ({sign} {self.wanted:.2f}) "
            f"{verdict:6} {self.note}"
        )
