"""What an endpoint makes of every person, and how two arms of such numbers are compared."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from brittlestar import statistics
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.replicates import Trials, Window, window


def outcome(e: Endpoint, first: np.ndarray, now: np.ndarray) -> np.ndarray:
    """What an endpoint makes of two visits; a value that starts at 0 has no change in per cent: NaN."""
    if e.kind in ("value", "ratio_to_control"):
        return now
    if e.kind == "change":
        return now - first
    return 100.0 * (now / np.where(first == 0.0, np.nan, first) - 1.0)


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a/b; NaN where there is nothing to divide by."""
    return np.where(b > 0, a / np.where(b > 0, b, 1), np.nan)


def logarithm(e: Endpoint, amount: np.ndarray) -> np.ndarray:
    """ln of an amount above 0, for pct_change of the ratio to before; NaN of any other amount."""
    x = 1.0 + amount / 100.0 if e.kind == "pct_change" else amount
    return np.log(np.where(x > 0, x, np.nan))


def from_logarithm(e: Endpoint, log: np.ndarray) -> np.ndarray:
    """The amount whose :func:`logarithm` this is."""
    return 100.0 * np.expm1(log) if e.kind == "pct_change" else np.exp(log)


def centre(e: Endpoint, amount: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Mean, median or geometric mean over the last axis of those inside; NaN where nobody is.

    Args:
        e: the endpoint, which says which of them.
        amount: of every person [..., person]; NaN who was not measured.
        inside: who belongs to the arm, broadcast against it.
    """
    mine = inside & np.isfinite(amount)
    if e.statistic == "median":
        return statistics.median(np.where(mine, amount, np.nan))
    x = logarithm(e, amount) if e.statistic == "geometric_mean" else amount
    mine &= np.isfinite(x)
    mean = ratio(np.where(mine, x, 0.0).sum(axis=-1), mine.sum(axis=-1))
    return from_logarithm(e, mean) if e.statistic == "geometric_mean" else mean


@dataclass(frozen=True)
class Data:
    """What an endpoint makes of every person [replicate, place]; NaN who has no part in it."""

    endpoint: Endpoint
    amount: np.ndarray
    """the measured value, whether or how often someone fractured"""
    weight: np.ndarray
    """1, or years"""
    window: Window | None = None
    covariates: np.ndarray | None = None
    """[replicate, place, column]"""
    before: np.ndarray | None = None
    """fractures before entry"""
    before_years: float = 0.0
    """over which they are counted"""

    def sums(self, arm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Amount and weight of an arm [replicate]; nothing where sums do not make the number of an arm."""
        if self.endpoint.statistic != "mean":
            return np.zeros(len(arm)), np.zeros(len(arm))
        mine = arm & np.isfinite(self.amount)
        return np.where(mine, self.amount, 0.0).sum(axis=1), np.where(mine, self.weight, 0.0).sum(axis=1)


def data_of(e: Endpoint, t: Trials, protocol: Protocol) -> Data:
    """What an endpoint makes of everybody in the analysis set of trials."""
    if e.window is not None:
        w = window(t, *e.window, e.sites)
        if e.kind == "rate_ratio_before":
            assert t.history is not None
            before = np.where(np.isfinite(w.count), t.history, np.nan)
            return Data(
                e, w.count, w.at_risk, w, before=before, before_years=protocol.population.history_years
            )
        if e.kind in ("proportion_fractured", "risk_ratio"):
            # People who left early without a fracture count as without.
            return Data(e, w.event, np.ones(t.shape), w)
        if e.kind == "hazard_ratio":
            return Data(e, w.event, w.first, w)
        return Data(e, w.count, w.at_risk, w)
    assert e.measure is not None and e.month is not None
    first, now = (t.at(e.measure, month) for month in (e.from_month, e.month))
    columns: dict[str, Callable[[], np.ndarray]] = {
        "baseline": lambda: (np.log(first) if e.statistic == "geometric_mean" else first)[..., None],
        "age_stratum": lambda: statistics.indicators(
            t.stratum, np.arange(len(protocol.design.age_strata) + 1)
        ),
    }
    adjust = dict.fromkeys(e.adjust)
    covariates = np.concatenate([columns[name]() for name in adjust], axis=-1) if adjust else None
    inside = np.where(t.arm >= 0, outcome(e, first, now), np.nan)
    return Data(e, inside, np.ones(t.shape), covariates=covariates)


@dataclass(frozen=True)
class Compared:
    """Treated against control; ``arms`` are adjusted means of treated and control, if there are any."""

    estimates: statistics.Estimates
    arms: tuple[statistics.Estimates, statistics.Estimates] | None = None


def _means(d: Data, arm: np.ndarray) -> Compared:
    fit = statistics.ancova(d.amount, arm, d.covariates)
    return Compared(fit.difference, (fit.treated, fit.control) if d.covariates is not None else None)


def _ratio_of_means(d: Data, arm: np.ndarray) -> Compared:
    """Mean over mean; "the ratio is 1" is tested as "the means are equal", by Student's t."""
    fit = statistics.ancova(d.amount, arm).difference
    (total, people), (total0, people0) = d.sums(arm == 1), d.sums(arm == 0)
    found = ratio(ratio(total, people), ratio(total0, people0))
    note = np.where(
        np.isfinite(found), "", np.where(fit.note == "", "mean of control is not above 0", fit.note)
    )
    return Compared(replace(fit, value=found, note=note.astype(object)))


def _medians(d: Data, arm: np.ndarray) -> Compared:
    found = statistics.medians(d.amount, arm)
    if d.endpoint.kind == "ratio_to_control":
        return Compared(replace(found.difference, value=ratio(found.treated, found.control)))
    return Compared(found.difference)


def _geometric_means(d: Data, arm: np.ndarray) -> Compared:
    """Differences of logarithms are tested; told is the ratio of geometric means, or their difference."""
    e = d.endpoint
    fit = statistics.ancova(logarithm(e, d.amount), arm, d.covariates)
    if e.kind == "ratio_to_control":
        return Compared(replace(fit.difference, value=np.exp(fit.difference.value)))
    treated, control = (replace(a, value=from_logarithm(e, a.value)) for a in (fit.treated, fit.control))
    difference = replace(fit.difference, value=treated.value - control.value)
    return Compared(difference, (treated, control) if d.covariates is not None else None)


def _proportions(d: Data, arm: np.ndarray) -> tuple[statistics.Proportion, statistics.Proportion]:
    """Fractured of all people, of treated and of control."""
    treated, control = (statistics.Proportion.of(*d.sums(arm == code)) for code in (1, 0))
    return treated, control


def _shares(d: Data, arm: np.ndarray) -> Compared:
    return Compared(statistics.risk_difference(*_proportions(d, arm)))


def _risks(d: Data, arm: np.ndarray) -> Compared:
    """Ratio of shares; 1, with nothing to test, where everybody had a fracture."""
    treated, control = _proportions(d, arm)
    found = statistics.risk_ratio(treated, control)
    everybody = (
        (treated.people > 0)
        & (control.people > 0)
        & (treated.events == treated.people)
        & (control.events == control.people)
    )
    return Compared(replace(found, value=np.where(everybody, 1.0, found.value)))


def _rates(d: Data, arm: np.ndarray) -> Compared:
    return Compared(statistics.rate_difference(d.amount, d.weight, arm))


def _hazards(d: Data, arm: np.ndarray) -> Compared:
    assert d.window is not None
    return Compared(statistics.cox(np.where(np.isnan(arm), np.nan, d.window.first), d.amount, arm))


def _negative_binomial(d: Data, arm: np.ndarray) -> Compared:
    count = np.where(np.isnan(arm), np.nan, d.amount)
    return Compared(statistics.negative_binomial(count, d.weight, arm).rate_ratio)


def rows_of(w: Window, chosen: np.ndarray) -> statistics.Intervals:
    """Counting-process rows of the chosen people."""
    return statistics.intervals(w.person, w.time, np.where(chosen, w.at_risk, np.nan))


def _recurrent(d: Data, arm: np.ndarray) -> Compared:
    assert d.window is not None
    return Compared(statistics.andersen_gill(rows_of(d.window, np.isfinite(arm)), arm))


def own_past(d: Data, inside: np.ndarray) -> statistics.Estimates:
    """Rate of an arm over its own rate before entry; its test that both are alike."""
    assert d.before is not None
    count = np.where(inside, d.amount, np.nan)
    return statistics.rate_ratio(*statistics.log_rate_ratio(count, d.weight, d.before, d.before_years))


def _ratios_to_own_past(d: Data, arm: np.ndarray) -> Compared:
    """Ratio of the two arms' ratios to their own past."""
    assert d.before is not None
    parts = [
        statistics.log_rate_ratio(np.where(arm == code, d.amount, np.nan), d.weight, d.before, d.before_years)
        for code in (1, 0)
    ]
    (log, variance), (log0, variance0) = parts
    with np.errstate(invalid="ignore"):
        return Compared(statistics.rate_ratio(log - log0, variance + variance0))


_COMPARISONS: dict[str, Callable[[Data, np.ndarray], Compared]] = {
    "value": _means,
    "change": _means,
    "pct_change": _means,
    "ratio_to_control": _ratio_of_means,
    "proportion_fractured": _shares,
    "fracture_rate": _rates,
    "hazard_ratio": _hazards,
    "risk_ratio": _risks,
    "rate_ratio_nb": _negative_binomial,
    "rate_ratio_lwyy": _recurrent,
    "rate_ratio_before": _ratios_to_own_past,
}


def compare(d: Data, arm: np.ndarray) -> Compared:
    """Treated against control as the endpoint asks.

    Args:
        d: what the endpoint makes of everybody.
        arm: 1 treated, 0 control, NaN everyone else [replicate, place].
    """
    by_statistic = {"median": _medians, "geometric_mean": _geometric_means}
    return by_statistic.get(d.endpoint.statistic, _COMPARISONS[d.endpoint.kind])(d, arm)
