"""Derive how much people of one type differ in bone amount (``eta_bone`` of ``people/traits.toml``).

Prints the values; ``python scripts/derive_bone_spread.py``. Untreated cohorts of the published studies are
drawn with a trial spread, scanned once with the error of a scan, and their SD of the lumbar-spine Z-score is
held against the published one:

* healthy people have SD 1 by the meaning of a Z-score;
* adults with types I and IV: 1.5 (PMID 39514768, n 71, 41 +- 14 y);
* severe infants: 2.1 about -6.5 (Plotkin 2000, n 9); severe children under 5 y: 3.1 about -6.6
  (Palomo 2015, n 36).

Ages and the mix of types differ within a cohort as published, so what they add is not taken for a difference
between people. The references of early childhood differ by a quarter, and a reference that is off stretches
the mean and the SD of Z alike: in children SD / |mean| is compared, which no reference moves.

SDs among those with more bone are fitted, of type I and of severe types (IV and III alike: no study tells
them apart), by least squares of ln SD, each with its sampling error; intervals are where chi-square rises by
3.84. SDs among those with less bone follow: hazard rises steeply as bone gets less, and rates were calibrated
to the typical person of a type, so people who differ must break as many bones on average. They are what makes
the mean hazard at entry that of the typical person, all sites and ages of 1 to 60 years together. Healthy
people differ alike on both sides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import brentq

from brittlestar._shared.chance import normal
from brittlestar._shared.parameter_files import load
from brittlestar.engine import at_entry
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.ages import Ages, NormalAges, UniformAges
from brittlestar.people.coding import TYPES
from brittlestar.people.cohort import Cohort
from brittlestar.people.sampling import populations, sample_cohort

DRAWN = 2000
SCAN = float(load("brittlestar.people", "scan.toml")["dxa_error"].value)
HAZARDS = tuple(f"hazard_{site}" for site in SITES)
RISE = 3.84
"""Of chi-square, at the ends of a 95 % interval of one number."""


@dataclass(frozen=True)
class Published:
    """SD of Z of one untreated cohort."""

    n: int
    ages: Ages
    types: dict[str, float]
    female: float
    sd: float
    mean: float | None = None
    """where SD / |mean| is compared"""

    @property
    def error(self) -> float:
        """Of ln SD, or of ln(SD / |mean|)."""
        of_mean = 0.0 if self.mean is None else (self.sd / self.mean) ** 2 / self.n
        return float(np.sqrt(0.5 / (self.n - 1) + of_mean))

    def draw(self) -> Cohort:
        return sample_cohort(DRAWN, seed=1, age_years=self.ages, types=self.types, female=self.female)


Spread = Mapping[Any, float]
"""SD of ln bone amount by type."""

ALL = populations()["population"]["types"]
STUDIES = (
    Published(71, NormalAges(41.4, 13.7, 18.0, 80.0), {k: ALL[k] for k in ("I", "IV")}, 44 / 71, sd=1.5),
    Published(9, UniformAges(2.3 / 12, 20.7 / 12), {"IV": 0.3, "III": 0.7}, 0.5, sd=2.1, mean=-6.5),
    Published(36, UniformAges(0.0, 5.0), {"IV": 22, "III": 14}, 0.5, sd=3.1, mean=-6.6),
)
HEALTHY = Published(DRAWN, UniformAges(2.0, 75.0), {"healthy": 1.0}, 0.5, sd=1.0)


def root(f: Callable[[float], float], low: float, high: float) -> float:
    """Where f is 0, to within 0.001."""
    found: Any = brentq(f, low, high, xtol=1e-3)
    return float(found)


def own_bone(cohort: Cohort, more: Spread, less: Spread) -> Cohort:
    """The people with another ln bone amount."""
    score = normal(1, cohort.id, "people.eta_bone")
    above, below = (np.array([spread[word] for word in TYPES])[cohort.oi_type] for spread in (more, less))
    return replace(cohort, eta_bone=np.where(score > 0.0, above, below) * score)


def scanned(cohort: Cohort) -> tuple[float, float]:
    """SD and mean of Z of one scan."""
    true = at_entry(cohort, ("ls_z", "ls_sd"))
    z = true["ls_z"] + SCAN * normal(1, cohort.id, "scan") / true["ls_sd"]
    return float(z.std(ddof=1)), float(z.mean())


def hazard_ratio(typical: Cohort, more: float, less: float) -> float:
    """Mean hazard of people who differ in bone amount over that of the typical person."""
    differ = own_bone(typical, dict.fromkeys(TYPES, more), dict.fromkeys(TYPES, less))
    first, second = (list(at_entry(one, HAZARDS).values()) for one in (differ, typical))
    return float(np.mean(first) / np.mean(second))


def less_of(word: str, more: float) -> float:
    """SD among those with less bone that keeps the mean hazard."""
    ages = UniformAges(1.0, 60.0)
    typical = sample_cohort(DRAWN, seed=1, age_years=ages, types={word: 1.0}, variation=0.0)
    return root(lambda less: hazard_ratio(typical, more, less) - 1.0, 0.02, 1.0)


def misfit(drawn: list[Cohort], more: Spread, less: Spread) -> float:
    """Chi-square of the three published SDs."""
    total = 0.0
    for study, cohort in zip(STUDIES, drawn):
        sd, mean = scanned(own_bone(cohort, more, less))
        model = np.log(sd) if study.mean is None else np.log(sd / abs(mean))
        told = np.log(study.sd) if study.mean is None else np.log(study.sd / abs(study.mean))
        total += ((model - told) / study.error) ** 2
    return total


def main() -> None:
    healthy = HEALTHY.draw()

    def too_wide(sd: float) -> float:
        same = dict.fromkeys(TYPES, sd)
        return scanned(own_bone(healthy, same, same))[0] - HEALTHY.sd

    exact = root(too_wide, 0.05, 0.4)
    print(f"healthy: {exact:.3f}")
    drawn = [study.draw() for study in STUDIES]
    mild, severe = np.arange(0.15, 0.56, 0.02), np.arange(0.40, 0.96, 0.05)
    below = {
        word: [less_of(word, x) for x in axis]
        for word, axis in (("I", mild), ("IV", severe), ("III", severe))
    }

    def spreads(i: int, j: int) -> tuple[Spread, Spread]:
        more = dict(zip(TYPES, (exact, float(mild[i]), float(severe[j]), float(severe[j]))))
        less = dict(zip(TYPES, (exact, below["I"][i], below["IV"][j], below["III"][j])))
        return more, less

    table = np.array([[misfit(drawn, *spreads(i, j)) for j in range(len(severe))] for i in range(len(mild))])
    best: Any = np.unravel_index(np.argmin(table), table.shape)
    more, less = spreads(*best)
    print(f"chi-square {table.min():.1f} of 3 values")
    for name, axis, values in (("I", 1, mild), ("IV and III", 0, severe)):
        inside = values[table.min(axis=axis) <= table.min() + RISE]
        print(f"{name}: more bone {inside.min():.2f} to {inside.max():.2f}")
    for word in TYPES:
        print(f"{word}: more {more[word]:.2f}, less {less[word]:.3f}")
    for study, cohort in zip(STUDIES, drawn):
        sd, mean = scanned(own_bone(cohort, more, less))
        print(f"published {study.sd} about {study.mean}; model {sd:.2f} about {mean:.2f}")


if __name__ == "__main__":
    main()
