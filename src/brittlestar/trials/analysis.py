"""The endpoints of a protocol, analysed as published, for many replicates in one call.

Arrays are [replicate, place]: every replicate has the same number of people. People who took no dose are left
out (the analysis set of the trials: randomised and at least one dose). ``trial``, ``predict`` and ``power``
all ask :func:`analyse`; there is no second analysis.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from brittlestar import statistics
from brittlestar.trials.comparisons import centre, compare, data_of, ratio, rows_of
from brittlestar.trials.endpoint import CONTRAST_KINDS, WINDOW_KINDS, Endpoint
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.replicates import Trials, window


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
    d = data_of(endpoint, t, protocol)
    sums = [d.sums(t.arm == i) for i in range(len(protocol.arms))]
    results: Results = {}
    adjusted: dict[int, statistics.Estimates] = {}
    for treated, contrast in protocol.contrasts:
        found = compare(d, _two_arms(t, protocol, treated))
        e = found.estimates
        value = np.where(e.value > 0, e.value, np.nan) if endpoint.kind in CONTRAST_KINDS else e.value
        results[contrast] = _answers(value, e.p_value, e.note, sums[treated], sums[protocol.control])
        if found.arms is not None:
            adjusted[treated] = found.arms[0]
            adjusted.setdefault(protocol.control, found.arms[1])
    if endpoint.kind in CONTRAST_KINDS:
        return results
    for i, arm in enumerate(protocol.arms):
        mine, none = t.arm == i, np.full(len(t.arm), np.nan)
        mean = ratio(*sums[i]) if endpoint.statistic == "mean" else centre(endpoint, d.amount, mine)
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
        curves["mcf"][arm.id] = statistics.mean_cumulative_function(rows_of(w, mine), at)
    return curves
