"""The endpoints of a protocol, analysed as published, for many replicates in one call.

Arrays are [replicate, place]: every replicate has the same number of people. People who took no dose are left
out (the analysis set of the trials: randomised and at least one dose). ``trial``, ``predict`` and ``power``
all ask :func:`analyse`; there is no second analysis.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from brittlestar import statistics
from brittlestar.outcomes.fracture import SITES
from brittlestar.trials.endpoint import CONTRAST_KINDS, WINDOW_KINDS, Endpoint
from brittlestar.trials.measurement import Records
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.recruit import Enrolled


@dataclass(frozen=True)
class Answers:
    """One number of an endpoint in every replicate; arrays [replicate] unless said otherwise."""

    value: np.ndarray
    """the estimate; NaN where a trial gave no answer"""
    p_value: np.ndarray
    """two-sided, of "no difference"; NaN where nothing is compared or nothing can be told"""
    note: np.ndarray
    """why there is no answer, or how one was reached; "" where there is nothing to say"""
    total: np.ndarray
    """sum over people [replicate, side]: of the arm itself and, where arms are compared, of the control"""
    weight: np.ndarray
    """what the sum is divided by: people or years [replicate, side]"""

    @classmethod
    def join(cls, parts: Sequence["Answers"]) -> "Answers":
        """Several groups of replicates, one after the other."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


Results = dict[str, Answers]
"""Arm, or ``difference`` -> its answers."""


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

    def at(self, measure: str, month: float) -> np.ndarray:
        """A measure at a visit [replicate, place]."""
        return self.values[measure][int(np.searchsorted(self.months[measure], month))]


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


def outcome(e: Endpoint, first: np.ndarray, now: np.ndarray) -> np.ndarray:
    """What an endpoint makes of two visits; a value that starts at 0 has no change in per cent: NaN."""
    if e.kind in ("value", "ratio_to_control"):
        return now
    if e.kind == "change":
        return now - first
    return 100.0 * (now / np.where(first == 0.0, np.nan, first) - 1.0)


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

    @property
    def event(self) -> np.ndarray:
        """1 with a fracture, 0 without, NaN where nobody is at risk."""
        return np.where(np.isnan(self.count), np.nan, self.count > 0)


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


@dataclass(frozen=True)
class _Data:
    """What an endpoint makes of every person [replicate, place]; NaN who has no part in it."""

    amount: np.ndarray
    """the measured value, whether or how often someone fractured"""
    weight: np.ndarray
    """1, or years"""
    window: Window | None = None
    covariates: np.ndarray | None = None
    """[replicate, place, column]"""

    def sums(self, arm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Amount and weight of an arm [replicate]."""
        mine = arm & np.isfinite(self.amount)
        return np.where(mine, self.amount, 0.0).sum(axis=1), np.where(mine, self.weight, 0.0).sum(axis=1)


def _data(e: Endpoint, t: Trials, protocol: Protocol) -> _Data:
    if e.window is not None:
        w = window(t, *e.window, e.sites)
        if e.kind in ("proportion_fractured", "risk_ratio"):
            # People who left early without a fracture count as without.
            return _Data(w.event, np.ones(t.shape), w)
        if e.kind == "hazard_ratio":
            return _Data(w.event, w.first, w)
        return _Data(w.count, w.at_risk, w)
    assert e.measure is not None and e.month is not None
    first, now = (t.at(e.measure, month) for month in (e.from_month, e.month))
    columns: dict[str, Callable[[], np.ndarray]] = {
        "baseline": lambda: first[..., None],
        "age_stratum": lambda: statistics.indicators(
            t.stratum, np.arange(len(protocol.design.age_strata) + 1)
        ),
    }
    adjust = dict.fromkeys(e.adjust)
    covariates = np.concatenate([columns[name]() for name in adjust], axis=-1) if adjust else None
    inside = np.where(t.arm >= 0, outcome(e, first, now), np.nan)
    return _Data(inside, np.ones(t.shape), covariates=covariates)


@dataclass(frozen=True)
class _Compared:
    """Treated against control; ``arms`` are adjusted means of treated and control, if there are any."""

    estimates: statistics.Estimates
    arms: tuple[statistics.Estimates, statistics.Estimates] | None = None


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a/b; NaN where there is nothing to divide by."""
    return np.where(b > 0, a / np.where(b > 0, b, 1), np.nan)


def _means(d: _Data, arm: np.ndarray) -> _Compared:
    fit = statistics.ancova(d.amount, arm, d.covariates)
    return _Compared(fit.difference, (fit.treated, fit.control) if d.covariates is not None else None)


def _ratio_of_means(d: _Data, arm: np.ndarray) -> _Compared:
    """Mean over mean; "the ratio is 1" is tested as "the means are equal", by Student's t."""
    fit = statistics.ancova(d.amount, arm).difference
    (total, people), (total0, people0) = d.sums(arm == 1), d.sums(arm == 0)
    found = ratio(ratio(total, people), ratio(total0, people0))
    note = np.where(
        np.isfinite(found), "", np.where(fit.note == "", "mean of control is not above 0", fit.note)
    )
    return _Compared(replace(fit, value=found, note=note.astype(object)))


def _proportions(d: _Data, arm: np.ndarray) -> tuple[statistics.Proportion, statistics.Proportion]:
    """Fractured of all people, of treated and of control."""
    treated, control = (statistics.Proportion.of(*d.sums(arm == code)) for code in (1, 0))
    return treated, control


def _shares(d: _Data, arm: np.ndarray) -> _Compared:
    return _Compared(statistics.risk_difference(*_proportions(d, arm)))


def _risks(d: _Data, arm: np.ndarray) -> _Compared:
    """Ratio of shares; 1, with nothing to test, where everybody had a fracture."""
    treated, control = _proportions(d, arm)
    found = statistics.risk_ratio(treated, control)
    everybody = (
        (treated.people > 0)
        & (control.people > 0)
        & (treated.events == treated.people)
        & (control.events == control.people)
    )
    return _Compared(replace(found, value=np.where(everybody, 1.0, found.value)))


def _rates(d: _Data, arm: np.ndarray) -> _Compared:
    return _Compared(statistics.rate_difference(d.amount, d.weight, arm))


def _hazards(d: _Data, arm: np.ndarray) -> _Compared:
    assert d.window is not None
    return _Compared(statistics.cox(np.where(np.isnan(arm), np.nan, d.window.first), d.amount, arm))


def _negative_binomial(d: _Data, arm: np.ndarray) -> _Compared:
    count = np.where(np.isnan(arm), np.nan, d.amount)
    return _Compared(statistics.negative_binomial(count, d.weight, arm).rate_ratio)


def _rows(w: Window, chosen: np.ndarray) -> statistics.Intervals:
    """Counting-process rows of the chosen people."""
    return statistics.intervals(w.person, w.time, np.where(chosen, w.at_risk, np.nan))


def _recurrent(d: _Data, arm: np.ndarray) -> _Compared:
    assert d.window is not None
    return _Compared(statistics.andersen_gill(_rows(d.window, np.isfinite(arm)), arm))


_COMPARISONS: dict[str, Callable[[_Data, np.ndarray], _Compared]] = {
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
}


def _two_arms(t: Trials, protocol: Protocol, treated: int) -> np.ndarray:
    """1 treated, 0 control, NaN everyone else [replicate, place]."""
    code = np.full(t.arm.shape, np.nan)
    code[t.arm == protocol.control], code[t.arm == treated] = 0.0, 1.0
    return code


def _answers(value: np.ndarray, p_value: np.ndarray, note: np.ndarray, *sides: tuple) -> Answers:
    """Answers with a reason wherever there is none."""
    note = np.where(np.isnan(value) & (note == ""), "not determined by these data", note).astype(object)
    total, weight = (np.stack(parts, axis=1) for parts in zip(*sides, strict=True))
    return Answers(value, np.where(np.isnan(value), np.nan, p_value), note, total, weight)


def analyse(endpoint: Endpoint, t: Trials, protocol: Protocol) -> Results:
    """Estimates of one endpoint in every replicate, for the contrast with control and by arm.

    An arm has its own answer where the endpoint is a mean, a share or a rate, and none where it is a ratio. A
    ratio is an answer if it is above 0 and finite: an arm without an event determines none.
    """
    d = _data(endpoint, t, protocol)
    sums = [d.sums(t.arm == i) for i in range(len(protocol.arms))]
    results: Results = {}
    adjusted: dict[int, statistics.Estimates] = {}
    for treated, contrast in protocol.contrasts:
        found = _COMPARISONS[endpoint.kind](d, _two_arms(t, protocol, treated))
        e = found.estimates
        value = np.where(e.value > 0, e.value, np.nan) if endpoint.kind in CONTRAST_KINDS else e.value
        results[contrast] = _answers(value, e.p_value, e.note, sums[treated], sums[protocol.control])
        if found.arms is not None:
            adjusted[treated] = found.arms[0]
            adjusted.setdefault(protocol.control, found.arms[1])
    if endpoint.kind in CONTRAST_KINDS:
        return results
    for i, arm in enumerate(protocol.arms):
        mean, none = ratio(*sums[i]), np.full(len(t.arm), np.nan)
        if i in adjusted:
            results[arm.id] = _answers(adjusted[i].value, none, adjusted[i].note, sums[i])
        else:
            nobody = "nobody at risk" if endpoint.kind in WINDOW_KINDS else "nobody was measured"
            results[arm.id] = _answers(mean, none, np.where(np.isnan(mean), nobody, ""), sums[i])
    return results


def fracture_curves(t: Trials, protocol: Protocol, months: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Share still without a fracture and mean cumulative count, by arm [replicate, month]."""
    w = window(t, 0.0, float(months[-1]))
    at = months / 12.0
    curves: dict[str, dict[str, np.ndarray]] = {"free": {}, "mcf": {}}
    for i, arm in enumerate(protocol.arms):
        mine = t.arm == i
        time = np.where(mine, w.first, np.nan)
        event = np.where(mine, w.event, np.nan)
        curves["free"][arm.id] = statistics.kaplan_meier(time, event, at)
        curves["mcf"][arm.id] = statistics.mean_cumulative_function(_rows(w, mine), at)
    return curves
