"""Power of the negative binomial Wald test in closed form, and what it makes of the simulated counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.power.endpoints import counted_over
from brittlestar.trials.power.pool import Pool
from brittlestar.trials.protocol import Protocol

LEAST_DISPERSION = 1e-6
"""Told of counts that scatter no more than Poisson's: the law of the formula needs a dispersion above 0."""

WHOLE = 1e-9
"""Years by which rounding may shorten the time of people who were followed to the end."""


@dataclass(frozen=True)
class Scenario:
    """Counts of two arms: rate of control per year, ratio, dispersion (variance = mean + k mean^2), years."""

    controls: int = 53
    treated: int = 106
    rate: float = 0.75
    ratio: float = 0.6
    dispersion: float = 1.0
    years: float = 1.5


def wald_power(s: Scenario, level: float = 0.05) -> float:
    """Power of the two-sided Wald test of a rate ratio in favour of the treated.

    Phi(-ln ratio/SE - z), SE^2 = (1/(rate T) + k)/n0 + (1/(ratio rate T) + k)/n1: the variance under the
    alternative.

    Source: Zhu and Lakkis 2014 as told by https://rdrr.io/cran/MKmisc/man/power.nb.test.html and
    https://stat.ethz.ch/CRAN/web/packages/gsDesignNB/vignettes/sample-size-nbinom.html.
    """
    mean = s.rate * s.years
    se2 = (1.0 / mean + s.dispersion) / s.controls + (1.0 / (s.ratio * mean) + s.dispersion) / s.treated
    return float(norm.cdf(-np.log(s.ratio) / np.sqrt(se2) - norm.ppf(1.0 - level / 2.0)))


def seen_counts(pool: Pool, control: int, treated: int, months: Sequence[float]) -> list[tuple[Any, ...]]:
    """Counts and years of both arms at each duration, everybody of the analysis set in both."""
    r, found = pool.records, []
    took = r.treated.reshape(-1, pool.people)
    for end in months:
        time = np.minimum(r.followed_months, end).reshape(-1, pool.people) / 12.0
        early = r.fracture_person[r.fracture_month <= end]
        count = np.bincount(early, minlength=time.size).reshape(time.shape)
        found.append(tuple(a[arm][took[arm]] for arm in (control, treated) for a in (count, time)))
    return found


def formula_rows(
    seen: Sequence[tuple[str, list[tuple[Any, ...]]]],
    months: Sequence[float],
    sizes: Sequence[int],
    pr: Protocol,
    asked: list[Endpoint],
) -> list[dict[str, Any]]:
    """What the closed formula makes of the counts from the start to each duration.

    Args:
        seen: by contrast, ``seen_counts`` of a pool.
        months: the durations.
        sizes: people randomised.
        pr: the trial.
        asked: endpoints whose power is simulated; ``test`` names the one of the same counts.
    """
    rows = []
    for treated, contrast in pr.contrasts:
        share = pr.arms[treated].allocation / (pr.arms[treated].allocation + pr.arms[pr.control].allocation)
        for i, end in enumerate(months):
            same = counted_over(asked, end, pr)
            parts = [found[i] for name, found in seen if name == contrast]
            count0, time0, count1, time1 = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            counts = {"control_rate_per_year": None, "rate_ratio": None, "dispersion": None}
            whole = count0[time0 >= end / 12.0 - WHOLE]
            powers: list[float | None] = [None] * len(sizes)
            if count0.sum() and count1.sum() and len(whole) > 1 and whole.sum():
                rate = float(np.sum(count0) / np.sum(time0))
                mean, variance = whole.mean(), whole.var(ddof=1)
                dispersion = float(max((variance - mean) / mean**2, LEAST_DISPERSION))
                ratio = float(np.sum(count1) / np.sum(count0) * np.sum(time0) / np.sum(time1))
                counts = {"control_rate_per_year": rate, "rate_ratio": ratio, "dispersion": dispersion}
                treated_of = [round(size * share) for size in sizes]
                powers = [
                    wald_power(Scenario(size - n, n, rate, ratio, dispersion, float(time0.mean())))
                    for size, n in zip(sizes, treated_of, strict=True)
                ]
            rows += [
                {"contrast": contrast, "test": same.id if same else None, "months": end, "size": size,
                 **counts, "formula_power": power}
                for size, power in zip(sizes, powers, strict=True)
            ]  # fmt: skip
    return rows
