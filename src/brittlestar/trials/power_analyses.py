"""The tests whose power is asked for: density by ANCOVA, first and recurrent fractures."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brittlestar.trials import statistics
from brittlestar.trials.analysis import Trials, _rows, outcome, window
from brittlestar.trials.protocol import Endpoint, Protocol

LEVEL = 0.05
DENSITY = ("ls_abmd", "ls_z", "tb_z")

Answer = tuple[np.ndarray, np.ndarray]
"""Two-sided p-value and whether the estimate favours the treated [trial]; NaN where a trial has no answer."""


@dataclass(frozen=True)
class Analysis:
    """One analysis at the end of a trial of so many months."""

    id: str
    label: str
    months: float
    run: Callable[[Trials], Answer]


def _ancova(e: Endpoint, months: float) -> Callable[[Trials], Answer]:
    def run(t: Trials) -> Answer:
        assert e.measure is not None
        first, now = t.values[e.measure][0], t.values[e.measure][np.searchsorted(t.months[e.measure], months)]
        columns = {"baseline": first, "age_stratum": t.stratum.astype(float)}
        z = np.stack([columns[name] for name in e.adjust], axis=-1) if e.adjust else None
        fit = statistics.ancova_batch(outcome(e, first, now), _arm(t), z).difference
        return fit.p_value, fit.value > 0.0

    return run


def _arm(t: Trials) -> np.ndarray:
    return np.where(t.arm < 0, np.nan, t.arm)


def _first(months: float) -> Callable[[Trials], Answer]:
    def run(t: Trials) -> Answer:
        w = window(t, 0.0, months)
        event = np.where(np.isnan(w.count), np.nan, w.count > 0)
        fit = statistics.cox_batch(w.first, event, _arm(t))
        return fit.p_value, fit.value < 1.0

    return run


def _recurrent(months: float) -> Callable[[Trials], Answer]:
    def run(t: Trials) -> Answer:
        w = window(t, 0.0, months)
        fit = statistics.negative_binomial_batch(w.count, w.at_risk, _arm(t)).rate_ratio
        return fit.p_value, fit.value < 1.0

    return run


def _robust(months: float) -> Callable[[Trials], Answer]:
    def run(t: Trials) -> Answer:
        w, arm = window(t, 0.0, months), _arm(t)
        trial, rows = _rows(w, np.isfinite(arm))
        fit = statistics.andersen_gill_batch(
            trial, rows.id, rows.start, rows.stop, rows.event, arm.ravel()[rows.id], trials=len(arm)
        ).robust
        return fit.p_value, fit.value < 1.0

    return run


FRACTURES = (
    ("first", "First fracture (Cox)", _first),
    ("recurrent_nb", "Recurrent fractures (negative binomial)", _recurrent),
    ("recurrent_lwyy", "Recurrent fractures (Andersen-Gill, robust)", _robust),
)


def durations(protocol: Protocol) -> list[float]:
    """Months at which a trial may end: whole years while the arms differ, or its own length if shorter."""
    years = protocol.design.blinded_years or protocol.design.years
    return [12.0 * year for year in range(1, int(years) + 1)] or [12.0 * years]


def analyses(protocol: Protocol, months: float) -> list[Analysis]:
    """Every test at one duration: each density measure that is measured then, and fractures."""
    found: dict[str, Analysis] = {}
    for e in protocol.endpoints:
        if e.measure not in DENSITY or e.kind == "value" or e.id in found:
            continue
        visits = {m for group in protocol.visits if e.measure in group.measures for m in group.months}
        if months in visits:
            found[e.id] = Analysis(e.id, e.label, months, _ancova(e, months))
    for name, label, make in FRACTURES:
        found[name] = Analysis(name, label, months, make(months))
    return list(found.values())


def rejected(answer: Answer, level: float, favour: bool) -> np.ndarray:
    """Whether each trial rejects "no effect" at this level; with ``favour`` only in favour of the treated."""
    p, better = answer
    return (p < level) & (better | (not favour))
