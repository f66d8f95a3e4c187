"""Yes/no endpoints: proportions, risk ratio, risk difference, and the hazard ratio they imply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from brittlestar._shared.errors import InputError
from brittlestar.statistics._estimate import (
    Estimate,
    Estimates,
    Floats,
    Integers,
    empty_notes,
    quantile,
    wald,
)
from brittlestar.statistics._inputs import arm_codes, flags, numbers


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """People with the event, and people, in each arm; numbers, or arrays [trial].

    ``risk_ratio(*counts.table)`` and its siblings take them in this order.
    """

    events_treated: Integers
    n_treated: Integers
    events_control: Integers
    n_control: Integers
    excluded: Integers

    @property
    def table(self) -> tuple[Integers, Integers, Integers, Integers]:
        return self.events_treated, self.n_treated, self.events_control, self.n_control


def count_by_arm(event: ArrayLike, treatment: ArrayLike) -> ArmCounts:
    """Count people with an event in each arm.

    Args:
        event: 0 or 1, NaN where missing, [..., person].
        treatment: 0 control, 1 treated, NaN where missing, [person] or [..., person].
    """
    event = numbers("event", event)
    event = flags("event", event, event.shape)
    arm = arm_codes(treatment, event.shape)
    known = np.isfinite(event) & np.isfinite(arm)
    return ArmCounts(
        events_treated=(known & (arm == 1) & (event == 1)).sum(axis=-1),
        n_treated=(known & (arm == 1)).sum(axis=-1),
        events_control=(known & (arm == 0) & (event == 1)).sum(axis=-1),
        n_control=(known & (arm == 0)).sum(axis=-1),
        excluded=(~known).sum(axis=-1),
    )


def proportion(events: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> Estimate | Estimates:
    """Proportion with Wilson's score interval.

    Limits are the roots p of ``|events/n - p| = z·√(p(1-p)/n)``; ``se`` is √(p̂(1-p̂)/n).

    Args:
        events: people with the event; a number, or an array [trial].
        n: people; same shape.
        level: confidence level.

    Returns:
        `Estimate` for numbers, `Estimates` for arrays. No people gives NaN.

    Source:
        Wilson 1927, doi:10.1080/01621459.1927.10502953; computed by statsmodels.
    """
    from statsmodels.stats.proportion import proportion_confint

    (events, n), scalar = _tables(events, n)
    quantile(level)
    note = empty_notes(len(n))
    note[n == 0] = "no people"
    with np.errstate(invalid="ignore", divide="ignore"):
        p = events / n
        low, high = proportion_confint(events, n, alpha=1 - level, method="wilson")
        se = np.sqrt(p * (1 - p) / n)
    return _deliver(p, np.asarray(low), np.asarray(high), se, n, note, scalar)


def risk_ratio(
    events_treated: ArrayLike,
    n_treated: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    *,
    level: float = 0.95,
) -> Estimate | Estimates:
    """Risk ratio treated / control with the log (Katz) interval.

    ``se(log RR) = √(1/a - 1/n₁ + 1/b - 1/n₀)`` for a of n₁ treated and b of n₀ control people with the event.
    An arm without events leaves it undetermined (no continuity correction is made), and so does an event in
    everybody, where the standard error would be zero.

    Args:
        events_treated, n_treated, events_control, n_control: numbers, or arrays [trial].
        level: confidence level.

    Returns:
        The ratio, ``se`` of its log, Wald p-value.

    Source:
        Katz et al. 1978, doi:10.2307/2530610; interval computed by statsmodels.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    (a, n1, b, n0), scalar = _tables(events_treated, n_treated, events_control, n_control)
    note = _arm_notes(a, n1, b, n0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        se = np.sqrt(1 / a - 1 / n1 + 1 / b - 1 / n0)
        result = wald(np.log((a / n1) / (b / n0)), se, n1 + n0, note, 0, level=level, ratio=True)
        low, high = confint_proportions_2indep(a, n1, b, n0, method="log", compare="ratio", alpha=1 - level)
    low, high = (np.where(result.converged, limit, np.nan) for limit in (low, high))
    return _deliver(result.value, low, high, result.se, n1 + n0, result.note, scalar, p_value=result.p_value)


def risk_difference(
    events_treated: ArrayLike,
    n_treated: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    *,
    level: float = 0.95,
) -> Estimate | Estimates:
    """Risk difference treated - control with Newcombe's hybrid score interval.

    With Wilson limits (l₁, u₁), (l₀, u₀) of the two proportions, the limits are
    ``d - √((p₁-l₁)² + (u₀-p₀)²)`` and ``d + √((u₁-p₁)² + (p₀-l₀)²)``; defined also with 0 or all events.

    Args:
        events_treated, n_treated, events_control, n_control: numbers, or arrays [trial].
        level: confidence level.

    Returns:
        The difference, unpooled ``se``, and the p-value of Pearson's χ² without continuity correction (NaN
        when nobody or everybody had the event).

    Source:
        Newcombe 1998, method 10, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I;
        computed by statsmodels.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    (a, n1, b, n0), scalar = _tables(events_treated, n_treated, events_control, n_control)
    note = empty_notes(len(a))
    note[(n1 == 0) | (n0 == 0)] = "no people in one arm"
    quantile(level)
    with np.errstate(invalid="ignore", divide="ignore"):
        p1, p0, pooled = a / n1, b / n0, (a + b) / (n1 + n0)
        low, high = confint_proportions_2indep(
            a, n1, b, n0, method="newcomb", compare="diff", alpha=1 - level
        )
        se = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        p_value = chdtrc(1, (p1 - p0) ** 2 / (pooled * (1 - pooled) * (1 / n1 + 1 / n0)))
    return _deliver(p1 - p0, low, high, se, n1 + n0, note, scalar, p_value=p_value)


def cloglog_hazard_ratio(
    events_treated: ArrayLike,
    n_treated: ArrayLike,
    events_control: ArrayLike,
    n_control: ArrayLike,
    *,
    level: float = 0.95,
) -> Estimate | Estimates:
    """Hazard ratio from two proportions over one common follow-up, complementary log-log scale.

    Under proportional hazards ``log HR = log(-log(1-p₁)) - log(-log(1-p₀))``; by the delta method each term
    has variance ``p / (n·(1-p)·log²(1-p))``.

    Args:
        events_treated, n_treated, events_control, n_control: numbers, or arrays [trial].
        level: confidence level.

    Returns:
        The ratio, ``se`` of its log, Wald p-value; undetermined when an arm has nobody or everybody with the
        event.

    Source:
        Prentice RL, Gloeckler LA. Regression analysis of grouped survival data with application to breast
        cancer data. Biometrics 1978;34:57-67.
    """
    (a, n1, b, n0), scalar = _tables(events_treated, n_treated, events_control, n_control)
    note = _arm_notes(a, n1, b, n0)
    everybody = ((a == n1) | (b == n0)) & (note == "")
    note[everybody] = "everybody in one arm had the event"

    def transformed(events: Floats, n: Floats) -> tuple[Floats, Floats]:
        p = events / n
        return np.log(-np.log1p(-p)), p / (n * (1 - p) * np.log1p(-p) ** 2)

    with np.errstate(invalid="ignore", divide="ignore"):
        (treated, variance1), (control, variance0) = transformed(a, n1), transformed(b, n0)
        se = np.sqrt(variance1 + variance0)
        result = wald(treated - control, se, n1 + n0, note, 0, level=level, ratio=True)
    return result[0] if scalar else result


def _tables(*parts: ArrayLike) -> tuple[list[Floats], bool]:
    arrays = [numbers("counts", part) for part in parts]
    scalar = all(array.ndim == 0 for array in arrays)
    try:
        arrays = [np.atleast_1d(array) for array in np.broadcast_arrays(*arrays)]
    except ValueError:
        raise InputError("counts", [array.shape for array in arrays], "arrays of one shape") from None
    for events, n in zip(arrays[::2], arrays[1::2]):
        wrong = ~((events >= 0) & (events <= n))
        if wrong.any():
            found = f"{events[wrong][0]:g} of {n[wrong][0]:g}"
            raise InputError("counts", found, "events from 0 up to the number of people")
    return arrays, scalar


def _arm_notes(a: Floats, n1: Floats, b: Floats, n0: Floats):
    note = empty_notes(len(a))
    note[(a == n1) & (b == n0)] = "everybody had the event"
    note[(a == 0) | (b == 0)] = "no events in one arm"
    note[(a == 0) & (b == 0)] = "no events"
    note[(n1 == 0) | (n0 == 0)] = "no people in one arm"
    return note


def _deliver(value, low, high, se, n, note, scalar: bool, *, p_value=None) -> Estimate | Estimates:
    bad = note != ""
    value, low, high, se = (np.where(bad, np.nan, part) for part in (value, low, high, se))
    result = Estimates(
        value=value,
        low=low,
        high=high,
        se=se,
        n=n.astype(np.int64),
        converged=~bad,
        note=note,
        excluded=np.zeros(len(n), dtype=np.int64),
        p_value=np.full(len(n), np.nan) if p_value is None else np.where(bad, np.nan, p_value),
    )
    return result[0] if scalar else result
