"""The endpoints of a protocol, analysed as published, for many replicates in one call.

Arrays are [replicate, place]: every replicate has the same number of people. People who took no dose are left
out (the analysis set of the trials: randomised and at least one dose). ``trial``, ``predict`` and ``power``
all ask :func:`analyse`; there is no second analysis.
"""

import numpy as np

from brittlestar import statistics
from brittlestar.trials.answers import Answers, Results
from brittlestar.trials.comparisons import Data, centre, compare, data_of, own_past, ratio, rows_of
from brittlestar.trials.crossover import crossover
from brittlestar.trials.endpoint import CONTRAST_KINDS, RATIO_KINDS, WINDOW_KINDS, Endpoint
from brittlestar.trials.interim import Stopped, at_month, looked_at, stopped
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import Interim
from brittlestar.trials.replicates import Trials, window


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

    The endpoint of interim looks is told as it was found when its trial stopped; see
    :func:`~brittlestar.trials.interim.stopped`.
    """
    plan = protocol.design.interim
    if plan is not None and (endpoint.id, endpoint.months) == (plan.endpoint, looked_at(protocol).months):
        return when_stopped(endpoint, t, protocol, plan).results
    return _analyse(endpoint, t, protocol)


def when_stopped(endpoint: Endpoint, t: Trials, protocol: Protocol, plan: Interim) -> Stopped:
    """The endpoint at every look, and as it was found at the look at which each trial stopped."""
    return stopped(plan, [_analyse(endpoint, at_month(t, month), protocol) for month in plan.months])


def _analyse(endpoint: Endpoint, t: Trials, protocol: Protocol) -> Results:
    """The estimates from all that trials hold.

    An arm has its own answer where the endpoint is a mean, a share or a rate, and none where it is a ratio. A
    ratio is an answer if it is above 0 and finite: an arm without an event determines none.
    """
    if endpoint.second_period is not None:
        return _analyse_crossover(endpoint, t, protocol)
    d = data_of(endpoint, t, protocol)
    sums = [d.sums(t.arm == i) for i in range(len(protocol.arms))]
    results: Results = {}
    adjusted: dict[int, statistics.Estimates] = {}
    for treated, contrast in protocol.contrasts:
        found = compare(d, _two_arms(t, protocol, treated))
        e = found.estimates
        value = np.where(e.value > 0, e.value, np.nan) if endpoint.kind in RATIO_KINDS else e.value
        sides = (sums[treated], sums[protocol.control])
        if endpoint.kind == "rate_ratio_before":
            # A ratio of two arms' ratios is not one of two sums.
            sides = [(np.zeros(len(t.arm)), np.zeros(len(t.arm)))] * 2
        results[contrast] = _answers(value, e.p_value, e.note, *sides)
        if found.arms is not None:
            adjusted[treated] = found.arms[0]
            adjusted.setdefault(protocol.control, found.arms[1])
    if endpoint.kind in CONTRAST_KINDS:
        return results
    # A change is tested against none: in a trial of one arm the past of its people is the control.
    changed = endpoint.tested_alone
    for i, arm in enumerate(protocol.arms):
        mine, none = t.arm == i, np.full(len(t.arm), np.nan)
        if endpoint.kind == "rate_ratio_before":
            own = own_past(d, mine)
            results[arm.id] = _answers(own.value, own.p_value, own.note, sums[i], _past(d, mine))
            continue
        mean = ratio(*sums[i]) if endpoint.statistic == "mean" else centre(endpoint, d.amount, mine)
        if i in adjusted:
            tested = adjusted[i].p_value if changed else none
            results[arm.id] = _answers(adjusted[i].value, tested, adjusted[i].note, sums[i])
        else:
            tested = statistics.mean_change(np.where(mine, d.amount, np.nan)).p_value if changed else none
            nobody = "nobody at risk" if endpoint.kind in WINDOW_KINDS else "nobody was measured"
            results[arm.id] = _answers(mean, tested, np.where(np.isnan(mean), nobody, ""), sums[i])
    return results


def _past(d: Data, mine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fractures and years before entry of an arm [replicate]."""
    assert d.before is not None
    known = mine & np.isfinite(d.before)
    return np.where(known, d.before, 0.0).sum(axis=1), d.before_years * known.sum(axis=1)


def _analyse_crossover(endpoint: Endpoint, t: Trials, protocol: Protocol) -> Results:
    """Both periods pooled; nothing is pooled over trials, for no sum over people makes these numbers."""
    (treated, contrast), *_ = protocol.contrasts
    found = crossover(endpoint, t, protocol, _two_arms(t, protocol, treated))
    nothing, none = (np.zeros(len(t.arm)), np.zeros(len(t.arm))), np.full(len(t.arm), np.nan)
    e, quiet = found.difference, np.full(len(t.arm), "", dtype=object)
    return {
        contrast: _answers(e.value, e.p_value, e.note, nothing, nothing),
        protocol.arms[treated].id: _answers(found.treated, none, quiet, nothing),
        protocol.arms[protocol.control].id: _answers(found.control, none, quiet, nothing),
    }


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
        curves["mcf"][arm.id] = statistics.mean_cumulative_function(rows_of(w, mine), at)
    return curves
