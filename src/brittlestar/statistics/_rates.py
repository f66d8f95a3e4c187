"""Event counts over different times at risk: rates of the arms and their ratio, without a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri

from brittlestar._shared.errors import InputError
from brittlestar.statistics._design import covariate_array
from brittlestar.statistics._estimate import (
    Booleans,
    Estimate,
    Estimates,
    Floats,
    empty_notes,
    quantile,
    wald,
)
from brittlestar.statistics._inputs import arm_codes, numbers, per_person, whole_numbers

_NO_SCATTER = 1e-12


def event_rate(count: ArrayLike, time: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Events per unit of time at risk in one arm, ``r = Σy/ΣT``, with a variance robust to heterogeneity.

    ``se(log r) = √(m/(m-1) · Σ(y - r·T)²) / Σy`` over m people (linearised ratio of sums). Without events the
    rate is 0 and the limits are Poisson's exact ones, 0 and ``χ²(level', 2)/(2ΣT)``.

    Args:
        count: events of each person [person]; NaN where missing.
        time: time at risk of each person, above 0 [person].
        level: confidence level.

    Returns:
        The rate per unit of ``time``; ``se`` of its log.

    Source:
        Cochran WG. Sampling Techniques. 3rd ed. Wiley, 1977, chapter 6 (ratio of sums); exact Poisson limits:
        Garwood F. Biometrika 1936;28:437-442.
    """
    quantile(level)
    count, time, _, _, known = complete_counts(count, time, 0.0, None, 1)
    rate, se, note = _log_rate(count[None], time[None], known[None])
    n, excluded = int(known.sum()), int((~known).sum())
    if n and count[known].sum() == 0:
        upper = float(chdtri(2, (1 - level) / 2)) / 2 / float(time[known].sum())
        return Estimate(0.0, 0.0, upper, np.nan, n, False, "no events: exact Poisson limits", excluded)
    # A rate has no null value to be tested against.
    return replace(wald(rate, se, n, note, excluded, level=level, ratio=True)[0], p_value=np.nan)


def arm_rates(
    count: ArrayLike, time: ArrayLike, treatment: ArrayLike, *, level: float = 0.95
) -> tuple[Estimate, Estimate]:
    """`event_rate` of control and of treated."""
    count = numbers("count", count)
    arm = arm_codes(treatment, count.shape)
    time = per_person("time", time, count.shape)
    control, treated = (event_rate(count[arm == code], time[arm == code], level=level) for code in (0, 1))
    return control, treated


def marginal_rate_ratio(
    count: ArrayLike, time: ArrayLike, treatment: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Ratio of the two arms' rates (`event_rate`), treated / control, with robust variance and no model.

    Args:
        count, time, level: as in `event_rate`.
        treatment: 0 control, 1 treated [person].
    """
    count = numbers("count", count)
    arm = arm_codes(treatment, count.shape)
    return marginal_rate_ratio_batch(
        count[None], per_person("time", time, count.shape)[None], arm[None], level=level
    )[0]


def marginal_rate_ratio_batch(
    count: ArrayLike, time: ArrayLike, treatment: ArrayLike, *, level: float = 0.95
) -> Estimates:
    """`marginal_rate_ratio` of many trials: ``count`` [trial, person], others [person] or [trial, person]."""
    count, time, arm, _, known = complete_counts(count, time, treatment, None, 2)
    control, se0, note0 = _log_rate(count, time, known & (arm == 0))
    treated, se1, note1 = _log_rate(count, time, known & (arm == 1))
    note = np.where(note0 != "", "control: " + note0, np.where(note1 != "", "treated: " + note1, ""))
    n = known.sum(axis=1)
    return wald(treated - control, np.hypot(se0, se1), n, note, count.shape[1] - n, level=level, ratio=True)


def rate_difference_batch(
    count: ArrayLike, time: ArrayLike, treatment: ArrayLike, *, level: float = 0.95
) -> Estimates:
    """Difference of the two arms' rates (`event_rate`), treated - control, of many trials.

    ``se² = se₁² + se₀²`` with ``se(r) = √(m/(m-1) · Σ(y - r·T)²) / ΣT`` of each arm. Rates that do not
    scatter, such as two rates of 0, keep their difference and have no interval and no test.

    Args:
        count: events [trial, person]; NaN where missing.
        time: time at risk, above 0, [person] or [trial, person].
        treatment: 0 control, 1 treated, as ``time``.
        level: confidence level.

    Source:
        Cochran WG. Sampling Techniques. 3rd ed. Wiley, 1977, chapter 6 (ratio of sums).
    """
    count, time, arm, _, known = complete_counts(count, time, treatment, None, 2)
    rates, variances = [], []
    for code in (1, 0):
        mine = known & (arm == code)
        y, t, m = np.where(mine, count, 0.0), np.where(mine, time, 0.0), mine.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = y.sum(axis=1) / t.sum(axis=1)
            rates.append(rate)
            scatter = ((y - rate[:, None] * t) ** 2).sum(axis=1)
            variances.append(m / (m - 1) * scatter / t.sum(axis=1) ** 2)
    note, n = empty_notes(len(count)), known.sum(axis=1)
    note[~np.isfinite(rates[0] - rates[1])] = "no people in one arm"
    found = wald(rates[0] - rates[1], np.sqrt(variances[0] + variances[1]), n, note, count.shape[1] - n,
                 level=level)  # fmt: skip
    return replace(found, value=np.where(note == "", rates[0] - rates[1], np.nan))


def complete_counts(
    count: ArrayLike, time: ArrayLike, treatment: ArrayLike, covariates: ArrayLike | None, dimensions: int
) -> tuple[Floats, Floats, Floats, Floats, Booleans]:
    """Counts, time at risk, arm, covariates, and who has them all; [person] or [trial, person]."""
    count = numbers("count", count)
    if count.ndim != dimensions:
        wanted = "one number per person" if dimensions == 1 else "an array [trial, person]"
        raise InputError("count", f"shape {count.shape}", wanted)
    count = whole_numbers("count", count, count.shape)
    time = per_person("time", time, count.shape)
    if (time < 0).any():
        raise InputError("time", float(time[time < 0][0]), "time at risk from 0 up")
    arm = arm_codes(treatment, count.shape)
    z = covariate_array(covariates, count.shape)
    known = (
        np.isfinite(count) & np.isfinite(time) & (time > 0) & np.isfinite(arm) & np.isfinite(z).all(axis=-1)
    )
    return count, time, arm, z, known


def _log_rate(count: Floats, time: Floats, known: Booleans) -> tuple[Floats, Floats, np.ndarray]:
    """Log rate, its robust standard error, and why there is none, per trial."""
    y, t, m = np.where(known, count, 0.0), np.where(known, time, 0.0), known.sum(axis=1)
    events, exposure = y.sum(axis=1), t.sum(axis=1)
    note = empty_notes(len(y))
    note[m == 1] = "one person"
    note[events == 0] = "no events"
    note[m == 0] = "no complete observations"
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = events / exposure
        residual = y - rate[:, None] * t
        scatter = (residual**2).sum(axis=1)
        scatter = np.where(scatter <= (_NO_SCATTER * events) ** 2, 0.0, scatter)
        se = np.sqrt(m / (m - 1) * scatter) / events
        return np.where(note == "", np.log(rate), np.nan), se, note
