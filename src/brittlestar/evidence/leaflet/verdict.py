"""What a check found: comparisons that hold or not, numbers with sources, and the verdict that follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

AGREES, PARTLY, DISAGREES, NO_DATA = "AGREES", "PARTLY", "DISAGREES", "NO DATA"
VERDICTS = (AGREES, PARTLY, DISAGREES, NO_DATA)


@dataclass(frozen=True)
class Claim:
    """One comparison of what was simulated, in words, and whether it holds."""

    what: str
    holds: bool | np.bool_

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", bool(self.holds))


@dataclass(frozen=True)
class Number:
    """One simulated number, its range, and what was published beside it."""

    label: str
    value: float | None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    range_is: str = ""
    """what lies between low and high"""
    published: float | None = None
    published_low: float | None = None
    published_high: float | None = None
    source: str = ""
    """of the published value"""

    def __post_init__(self) -> None:
        for name in ("value", "low", "high", "published", "published_low", "published_high"):
            value = getattr(self, name)
            number = None if value is None or not np.isfinite(value) else float(value)
            object.__setattr__(self, name, number)

    @classmethod
    def of_mean(cls, label: str, values: Any, unit: str = "", **published: Any) -> "Number":
        """A mean over people with its 95 % interval by chance of simulation."""
        values = np.asarray(values, float)
        reach = 1.96 * values.std(ddof=1) / np.sqrt(values.size)
        mean = values.mean()
        return cls(label, mean, unit, mean - reach, mean + reach, "95 % of the mean", **published)

    @classmethod
    def of_people(cls, label: str, values: Any, unit: str = "", **published: Any) -> "Number":
        """A mean over people with the range of 95 % of them."""
        values = np.asarray(values, float)
        low, high = np.quantile(values, [0.025, 0.975])
        return cls(label, values.mean(), unit, low, high, "95 % of people", **published)

    @classmethod
    def of_group(
        cls,
        label: str,
        values: Any,
        n: int,
        unit: str = "",
        *,
        against: Any = None,
        m: int = 0,
        **published: Any,
    ) -> "Number":
        """A mean over people with the range of 95 % of groups as large as the one that was studied.

        Args:
            label: what it is.
            values: one per simulated person.
            n: people in the study's group.
            unit: of the values.
            against: values of another group: the number is the difference of means.
            m: people in the study's other group.
            **published: the published fields.
        """
        values = np.asarray(values, float)
        mean, variance = values.mean(), values.var(ddof=1) * (1.0 / n + 1.0 / values.size)
        if against is not None:
            against = np.asarray(against, float)
            mean -= against.mean()
            variance += against.var(ddof=1) * (1.0 / m + 1.0 / against.size)
        reach = 1.96 * np.sqrt(variance)
        size = f"{n} people" if against is None else f"{n} and {m} people"
        return cls(label, mean, unit, mean - reach, mean + reach, f"95 % of groups of {size}", **published)

    def __float__(self) -> float:
        return float("nan") if self.value is None else float(self.value)

    def above(self, limit: float) -> bool:
        """Whether the whole simulated range lies above a limit."""
        return self.low is not None and self.low > limit

    def below(self, limit: float) -> bool:
        """Whether the whole simulated range lies below a limit."""
        return self.high is not None and self.high < limit

    @property
    def covers(self) -> bool:
        """Whether the published value lies within the simulated range."""
        if self.published is None or self.low is None or self.high is None:
            return False
        return self.low <= self.published <= self.high

    @property
    def inside(self) -> bool:
        """Whether the simulated value lies within the published limits."""
        if self.value is None or self.published_low is None or self.published_high is None:
            return False
        return self.published_low <= self.value <= self.published_high


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    ``statement`` compares the simulation with what the leaflet says, ``evidence`` with what was published.
    """

    summary: str
    statement: Sequence[Claim]
    evidence: Sequence[Claim]
    numbers: Sequence[Number] = ()
    sources: Sequence[str] = ()
    notes: Sequence[str] = ()
    wording_contradicted: bool = False
    """whether published evidence contradicts the words of the leaflet"""
    chart: dict[str, Any] | None = field(default=None, repr=False)
    """rows of a small chart; see ``charts.statement``"""
    pages: Sequence[dict[str, Any]] = field(default=(), repr=False)
    """longer answers, where one statement asks several questions"""

    @property
    def verdict(self) -> str:
        """AGREES, PARTLY, DISAGREES or NO DATA, by one rule for all.

        Without evidence NO DATA; all comparisons hold: AGREES; no comparison with the statement holds, or
        none with the evidence: DISAGREES; else PARTLY.
        """
        if not self.evidence:
            return NO_DATA
        said, seen = [h.holds for h in self.statement], [h.holds for h in self.evidence]
        if all(said) and all(seen):
            return AGREES
        return DISAGREES if not any(said) or not any(seen) else PARTLY

    @property
    def at_odds(self) -> Literal["leaflet", "model", "both"] | None:
        """Group is at odds with the evidence; None where nobody is, or nothing was published.

        The leaflet only where its check says that evidence contradicts the wording; else it is the model.
        """
        if self.verdict in (AGREES, NO_DATA):
            return None
        fits = all(h.holds for h in self.evidence)
        if self.wording_contradicted:
            return "leaflet" if fits else "both"
        return "model"
