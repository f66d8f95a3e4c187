"""Replicates become an answer: what was found over trials, how many gave none, and a verdict.

A trial may give no answer: in one without a fracture among the treated no ratio is determined. Leaving such
trials out says "of the trials that found something", so a row tells how many there were and the number of all
people of all trials together, and gives no verdict where more than ``MOST_MISSING`` are missing.
"""

from collections import Counter
from typing import Any

import numpy as np

from brittlestar.outcomes import pooled_trials
from brittlestar.trials.answers import Answers, Results
from brittlestar.trials.endpoint import RATIO_KINDS, Endpoint, Published, Said
from brittlestar.trials.measures import MEASURES

INSIDE, OUTSIDE, NO_INTERVAL, NOT_PUBLISHED, NO_ANSWER, NOT_JUDGED = (
    "inside",
    "outside",
    "no interval",
    "not published",
    "no answer",
    "not judged",
)

MOST_MISSING = 0.05
"""Share of trials without an answer above which nothing is concluded from the others; assumed."""

STANDARD_ERRORS = 1.96
"""A verdict that lies this near to a limit, in Monte Carlo standard errors, may turn with more trials."""

UNITS = {
    "pct_change": "%",
    "ratio_to_control": "ratio",
    "proportion_fractured": "share",
    "fracture_rate": "1/y",
    "hazard_ratio": "ratio",
    "rate_ratio_nb": "ratio",
    "rate_ratio_lwyy": "ratio",
    "risk_ratio": "ratio",
    "rate_ratio_before": "ratio",
}
"""Of kinds whose numbers are not in the unit of the measure."""


def unit(endpoint: Endpoint) -> str:
    """Unit of an endpoint's numbers."""
    return UNITS.get(endpoint.kind) or MEASURES[endpoint.measure or ""].unit


def answered(values: np.ndarray) -> np.ndarray:
    """Which trials gave an answer: the one count of missing."""
    return np.isfinite(values)


def too_many_missing(values: np.ndarray) -> bool:
    """Whether so many trials gave no answer that nothing is concluded from the others."""
    return bool(np.mean(~answered(values)) > MOST_MISSING)


def range_of(values: np.ndarray, ratio: bool = False) -> dict[str, float | None]:
    """Mean and 2.5-97.5 % range over replicates that gave an answer; ``None`` where none did.

    Ratios are averaged on the log scale (geometric mean), on which halving and doubling weigh the same.
    """
    known = values[answered(values)]
    if known.size == 0:
        return {"mean": None, "low": None, "high": None}
    low, high = np.quantile(known, [0.025, 0.975])
    mean = np.exp(np.log(known).mean()) if ratio else known.mean()
    return {"mean": float(mean), "low": float(low), "high": float(high)}


def point_of(values: np.ndarray) -> dict[str, float | int | None]:
    """A point of a curve over trials, withheld where too many have none: those left are not like them."""
    nothing: dict[str, float | None] = {"mean": None, "low": None, "high": None}
    found = nothing if too_many_missing(values) else range_of(values)
    return {**found, "without_answer": int(np.sum(~answered(values)))}


def monte_carlo_se(values: np.ndarray, ratio: bool = False) -> float | None:
    """Standard error of the mean over replicates; of a geometric mean by the delta method.

    ``s/√n``, and ``mean · s(log)/√n``; ``None`` with fewer than two answers.
    """
    known = values[answered(values)]
    if known.size < 2:
        return None
    if ratio:
        log = np.log(known)
        return float(np.exp(log.mean()) * log.std(ddof=1) / np.sqrt(log.size))
    return float(known.std(ddof=1) / np.sqrt(known.size))


def pooled(a: Answers, ratio: bool) -> dict[str, float | None]:
    """The number of all people of all trials together, and its Monte Carlo standard error.

    ``r = ΣY/ΣT`` over trials for each side; a contrast is treated over control for ratios, else treated minus
    control. No trial is left out, whatever it found. Covariates are not adjusted for; of a hazard ratio it is
    the ratio of first fractures per year without one.
    ``se(r) = √(m/(m-1)·Σ(Y - r·T)²)/ΣT`` over m trials; sides add on the log scale for ratios.

    Source:
        Cochran WG. Sampling Techniques. 3rd ed. Wiley, 1977, chapter 6 (ratio of sums).
    """
    total, weight = a.total.sum(axis=0), a.weight.sum(axis=0)
    nothing: dict[str, float | None] = {"value": None, "monte_carlo_se": None}
    if (weight <= 0).any() or (ratio and (total <= 0).any()):
        return nothing
    rate, m = total / weight, len(a.total)
    scatter = ((a.total - rate * a.weight) ** 2).sum(axis=0)
    se = np.sqrt(m / (m - 1) * scatter) / weight if m > 1 else np.full(len(rate), np.nan)
    if len(rate) == 1:
        value, error = rate[0], se[0]
    elif ratio:
        value = rate[0] / rate[1]
        error = value * np.hypot(*(se / rate))
    else:
        value, error = rate[0] - rate[1], np.hypot(*se)
    return {"value": float(value), "monte_carlo_se": float(error) if np.isfinite(error) else None}


def verdict(
    simulated: dict[str, float | None],
    published: Published | None,
    said: Said | None = None,
    null: float = 0.0,
    *,
    withheld: bool = False,
) -> str:
    """Whether the simulated mean lies inside the published 95 % interval.

    Words are held against the range over trials: "no clear difference" agrees if it holds ``null``, which is
    so when a trial of this size would more often miss than find a difference. ``withheld``: too many trials
    gave no answer for the others to be judged by.
    """
    mean, low, high = (simulated[name] for name in ("mean", "low", "high"))
    if mean is None or low is None or high is None:
        return NO_ANSWER
    if published is None and said is not None:
        agrees = {"rose": low > null, "fell": high < null, "no clear difference": low <= null <= high}
        return NOT_JUDGED if withheld else INSIDE if agrees[said.words] else OUTSIDE
    if published is None:
        return NOT_PUBLISHED
    if published.low is None or published.high is None:
        return NO_INTERVAL
    return NOT_JUDGED if withheld else INSIDE if published.low <= mean <= published.high else OUTSIDE


def near_limit(
    values: np.ndarray, ratio: bool, published: Published | None, said: Said | None, null: float
) -> bool | None:
    """Whether a verdict may turn by chance of the simulation alone; ``None`` where that cannot be told.

    The mean lies within ``STANDARD_ERRORS`` Monte Carlo standard errors of a published limit; of words, the
    share of trials beyond ``null`` lies as near to the 2.5 % at which the range ends, ``√(p(1-p)/n)``.
    """
    known = values[answered(values)]
    if known.size < 2:
        return None
    if published is not None:
        error, mean = monte_carlo_se(known, ratio), range_of(known, ratio)["mean"]
        assert error is not None and mean is not None
        limits = [limit for limit in (published.low, published.high) if limit is not None]
        return any(abs(mean - limit) <= STANDARD_ERRORS * error for limit in limits)
    if said is None:
        return None
    band = STANDARD_ERRORS * np.sqrt(0.025 * 0.975 / known.size)
    sides = {"rose": (known <= null,), "fell": (known >= null,)}
    beyond = sides.get(said.words, (known < null, known > null))
    return any(abs(float(np.mean(side)) - 0.025) <= band for side in beyond)


def endpoint_rows(endpoint: Endpoint, results: Results) -> list[dict[str, Any]]:
    """Rows of ``results.json`` for one endpoint, one per arm and contrast."""
    rows, ratio = [], endpoint.kind in RATIO_KINDS
    null = 1.0 if ratio else 0.0
    for arm, answers in results.items():
        published = next((p for p in endpoint.published if p.arm == arm), None)
        said = next((s for s in endpoint.said if s.arm == arm), None)
        values = answers.value
        simulated = range_of(values, ratio=ratio)
        judged = verdict(simulated, published, said, null, withheld=too_many_missing(values))
        sure = judged in (INSIDE, OUTSIDE)
        rows.append(
            {
                "id": endpoint.id,
                "label": endpoint.label,
                "arm": arm,
                "time_months": endpoint.months,
                "unit": unit(endpoint),
                "simulated": simulated,
                "monte_carlo_se": monte_carlo_se(values, ratio),
                "pooled": pooled(answers, ratio),
                "replicates": len(values),
                "replicates_without_answer": int(np.sum(~answered(values))),
                "notes": dict(Counter(note for note in answers.note if note)),
                "published": published.model_dump(include={"value", "low", "high", "source"})
                if published
                else None,
                "said": said.model_dump(include={"words", "source"}) if said else None,
                "fractures_in_trials": pooled_trials.beside(endpoint.kind),
                "verdict": judged,
                "near_limit": near_limit(values, ratio, published, said, null) if sure else None,
            }
        )
    return rows
