"""The endpoints of a protocol, analysed as published, for many replicates in one call.

Arrays are [replicate, place]: every replicate has the same number of people. People who took no dose are left
out (the analysis set of the trials: randomised and at least one dose).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brittlestar.outcomes.fracture import SITES
from brittlestar.trials import statistics
from brittlestar.trials.measure import Records
from brittlestar.trials.protocol import Endpoint, Protocol
from brittlestar.trials.recruit import Enrolled

Results = dict[str, np.ndarray]
"""Arm (or ``difference``) -> estimate of every replicate [replicate]; NaN where a trial gave no answer."""


@dataclass(frozen=True)
class Trials:
    """Replicates side by side."""

    arm: np.ndarray
    """index of the arm [replicate, place]; -1 for people outside the analysis set"""
    stratum: np.ndarray
    months: dict[str, np.ndarray]
    values: dict[str, np.ndarray]
    """measure -> [visit, replicate, place]"""
    followed: np.ndarray
    """months under observation [replicate, place]"""
    person: np.ndarray
    """flat place (replicate x size + place) of every counted fracture"""
    month: np.ndarray
    """month of every counted fracture"""
    site: np.ndarray
    """its site, an index of ``outcomes.fracture.SITES``"""

    @property
    def shape(self) -> tuple[int, int]:
        """Replicates and people in each."""
        return self.arm.shape  # type: ignore[return-value]


def side_by_side(enrolled: Enrolled, records: Records, replicates: int) -> Trials:
    """Reshape flat people to [replicate, place]."""
    size = (replicates, -1)
    arm = np.where(records.treated, enrolled.arm, -1)
    keep = records.treated[records.fracture_person]
    return Trials(
        arm=arm.reshape(size),
        stratum=enrolled.stratum.reshape(size),
        months=records.months,
        values={k: v.reshape(len(v), *arm.reshape(size).shape) for k, v in records.values.items()},
        followed=records.followed_months.reshape(size),
        person=records.fracture_person[keep],
        month=records.fracture_month[keep],
        site=records.fracture_site[keep],
    )


def _two_arms(t: Trials, protocol: Protocol, treated: int) -> np.ndarray:
    """1 treated, 0 control, NaN everyone else [replicate, place]."""
    code = np.full(t.arm.shape, np.nan)
    code[t.arm == protocol.control], code[t.arm == treated] = 0.0, 1.0
    return code


def outcome(e: Endpoint, first: np.ndarray, now: np.ndarray) -> np.ndarray:
    """What an endpoint makes of two visits; a value that starts at 0 has no change in per cent: NaN."""
    if e.kind == "value":
        return now
    if e.kind == "change":
        return now - first
    return 100.0 * (now / np.where(first == 0.0, np.nan, first) - 1.0)


def _measured(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    assert e.measure is not None and e.month is not None
    visits = t.months[e.measure]
    first, now = (t.values[e.measure][int(np.searchsorted(visits, m))] for m in (e.from_month, e.month))
    y = outcome(e, first, now)
    columns = {"baseline": first, "age_stratum": t.stratum.astype(float)}
    covariates = np.stack([columns[name] for name in e.adjust], axis=-1) if e.adjust else None
    results: Results = {}
    for treated, contrast in protocol.contrasts:
        fit = statistics.ancova_batch(y, _two_arms(t, protocol, treated), covariates)
        results[contrast] = fit.difference.value
        results[protocol.arms[treated].id] = fit.treated.value
        results.setdefault(protocol.arms[protocol.control].id, fit.control.value)
    if not results:
        inside = np.where(t.arm == 0, y, np.nan)
        results[protocol.arms[0].id] = np.nanmean(inside, axis=1)
    return results


@dataclass(frozen=True)
class Window:
    """Fractures between two months, time counted from the window's start."""

    at_risk: np.ndarray
    """years at risk [replicate, place]; NaN outside the analysis set or not there at the start"""
    count: np.ndarray
    """fractures [replicate, place]"""
    first: np.ndarray
    """years to the first fracture or to the end of observation"""
    person: np.ndarray
    """flat place of every fracture in the window"""
    time: np.ndarray
    """its time in years from the window's start"""


def window(t: Trials, start: float, end: float, sites: tuple[str, ...] = ()) -> Window:
    """Fractures (of some sites, or all) and time at risk in months ``start`` to ``end``."""
    length = np.minimum(t.followed, end) - start
    there = (t.arm >= 0) & (length > 0)
    inside = (t.month > start) & (t.month <= end) & there.ravel()[t.person]
    if sites:
        inside &= np.isin(t.site, [SITES.index(site) for site in sites])
    person, time = t.person[inside], (t.month[inside] - start) / 12.0
    at_risk = np.where(there, length / 12.0, np.nan)
    count = np.where(there, np.bincount(person, minlength=t.arm.size).reshape(t.arm.shape), np.nan)
    first = at_risk.ravel().copy()
    np.minimum.at(first, person, time)
    return Window(at_risk, count, first.reshape(t.arm.shape), person, time)


def _per_arm(protocol: Protocol, t: Trials, value: Callable[[np.ndarray], np.ndarray]) -> Results:
    return {arm.id: value(t.arm == i) for i, arm in enumerate(protocol.arms)}


def _proportions(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    """Share with at least one fracture; people who left early without one count as without."""
    assert e.window is not None
    w = window(t, *e.window, e.sites)
    return _per_arm(
        protocol, t, lambda arm: _ratio(np.sum((w.count > 0) & arm, 1), np.sum((w.count >= 0) & arm, 1))
    )


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(b > 0, a / np.where(b > 0, b, 1), np.nan)


def _rates(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    assert e.window is not None
    w = window(t, *e.window, e.sites)
    count, time = np.nan_to_num(w.count), np.nan_to_num(w.at_risk)
    return _per_arm(protocol, t, lambda arm: _ratio(np.sum(count * arm, 1), np.sum(time * arm, 1)))


def _contrasts(protocol: Protocol, value: Callable[[int], np.ndarray]) -> Results:
    return {contrast: value(treated) for treated, contrast in protocol.contrasts}


def _ratio_to_control(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    """Mean of an arm over the mean of the control arm at one visit."""
    assert e.measure is not None and e.month is not None
    now = t.values[e.measure][int(np.searchsorted(t.months[e.measure], e.month))]
    there = np.isfinite(now)

    def mean(i: int) -> np.ndarray:
        mine = (t.arm == i) & there
        return _ratio(np.where(mine, now, 0.0).sum(1), mine.sum(1))

    return _contrasts(protocol, lambda treated: _ratio(mean(treated), mean(protocol.control)))


def _hazard_ratio(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    assert e.window is not None
    w = window(t, *e.window, e.sites)
    event = np.where(np.isnan(w.count), np.nan, w.count > 0)

    def one(treated: int) -> np.ndarray:
        arm = _two_arms(t, protocol, treated)
        time = np.where(np.isnan(arm), np.nan, w.first)
        return statistics.cox_batch(time, event, arm).value

    return _contrasts(protocol, one)


def _risk_ratio(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    shares = _proportions(e, t, protocol)
    control = shares[protocol.arms[protocol.control].id]
    return _contrasts(protocol, lambda treated: _ratio(shares[protocol.arms[treated].id], control))


def _rate_ratio_nb(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    assert e.window is not None
    w = window(t, *e.window, e.sites)

    def one(treated: int) -> np.ndarray:
        arm = _two_arms(t, protocol, treated)
        count = np.where(np.isnan(arm), np.nan, w.count)
        return statistics.negative_binomial_batch(count, w.at_risk, arm).rate_ratio.value

    return _contrasts(protocol, one)


def _rows(w: Window, chosen: np.ndarray) -> tuple[np.ndarray, statistics.Intervals]:
    """Counting-process rows of the chosen people and the replicate of each row."""
    rows = statistics.intervals(w.person, w.time, np.where(chosen, w.at_risk, np.nan))
    return rows.id // chosen.shape[1], rows


def _rate_ratio_lwyy(e: Endpoint, t: Trials, protocol: Protocol) -> Results:
    assert e.window is not None
    w = window(t, *e.window, e.sites)

    def one(treated: int) -> np.ndarray:
        arm = _two_arms(t, protocol, treated)
        trial, r = _rows(w, np.isfinite(arm))
        x = arm.ravel()[r.id]
        fit = statistics.andersen_gill_batch(trial, r.id, r.start, r.stop, r.event, x, trials=len(arm))
        return fit.robust.value

    return _contrasts(protocol, one)


_ANALYSES: dict[str, Callable[[Endpoint, Trials, Protocol], Results]] = {
    "value": _measured,
    "change": _measured,
    "pct_change": _measured,
    "ratio_to_control": _ratio_to_control,
    "proportion_fractured": _proportions,
    "fracture_rate": _rates,
    "hazard_ratio": _hazard_ratio,
    "risk_ratio": _risk_ratio,
    "rate_ratio_nb": _rate_ratio_nb,
    "rate_ratio_lwyy": _rate_ratio_lwyy,
}


def analyse(endpoint: Endpoint, t: Trials, protocol: Protocol) -> Results:
    """Estimates of one endpoint in every replicate, by arm and for the contrast with control."""
    return _ANALYSES[endpoint.kind](endpoint, t, protocol)


def fracture_curves(t: Trials, protocol: Protocol, months: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Share still without a fracture and mean cumulative count, by arm [replicate, month]."""
    w = window(t, 0.0, float(months[-1]))
    at = months / 12.0
    curves: dict[str, dict[str, np.ndarray]] = {"free": {}, "mcf": {}}
    for i, arm in enumerate(protocol.arms):
        mine = t.arm == i
        time = np.where(mine, w.first, np.nan)
        event = np.where(mine, w.count > 0, np.nan)
        curves["free"][arm.id] = statistics.kaplan_meier_batch(time, event, at).value
        trial, r = _rows(w, mine)
        mcf = statistics.mean_cumulative_function_batch(
            trial, r.id, r.start, r.stop, r.event, at, trials=len(mine)
        )
        curves["mcf"][arm.id] = mcf.value
    return curves
