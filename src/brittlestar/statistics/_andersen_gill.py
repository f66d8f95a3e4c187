"""Andersen-Gill (LWYY) rate ratio of recurrent events, naive and robust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics._counting_process import counting_rows
from brittlestar.statistics._estimate import Estimate, Estimates, wald
from brittlestar.statistics._inputs import numbers
from brittlestar.statistics._risk_sets import fit_cox

_ALIKE = 1e-7  # share of the naive standard error at which the robust one is rounding


@dataclass(frozen=True, slots=True)
class RateRatio:
    """Andersen-Gill rate ratio treated / control.

    Attributes:
        robust: interval and p-value from the variance that is robust to dependence within a person (LWYY).
        naive: the same ratio with the variance of a Poisson-type process, too small for heterogeneous people.
    """

    robust: Estimate
    naive: Estimate


@dataclass(frozen=True, slots=True)
class RateRatios:
    """`RateRatio` of many trials."""

    robust: Estimates
    naive: Estimates

    def __len__(self) -> int:
        return len(self.robust)

    def __getitem__(self, index: int) -> RateRatio:
        return RateRatio(self.robust[index], self.naive[index])


def andersen_gill(
    id: ArrayLike,
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    treatment: ArrayLike,
    *,
    level: float = 0.95,
) -> RateRatio:
    """Rate ratio treated / control of recurrent events, proportional-rates model of Andersen-Gill and LWYY.

    β solves ``Σ_i ∫ (x_i - x̄(s)) dN_i(s) = 0`` with ``x̄ = n₁e^β / (n₀ + n₁e^β)``. Naive variance: 1/I(β).
    Robust: ``Σ_i U_i² / I²`` with ``U_i = ∫ (x_i - x̄(s)) (dN_i(s) - Y_i(s)·e^{βx_i}·d(s)/S₀(s))``, summed
    over the rows of a person. People stay at risk after an event, so tied events take the Breslow form, in
    which the equation above holds for times on a grid as well; without ties Efron's form is the same.

    Args:
        id: person of each row [row].
        start, stop: the row is at risk over (start, stop] [row]; NaN where missing.
        event: events at stop: 0, 1, or more at one instant [row].
        treatment: 0 control, 1 treated [row]; may change between rows of a person.
        level: confidence level.

    Returns:
        Ratio with ``se`` of its log, robust and naive. ``n`` counts people, ``excluded`` rows.

    Source:
        Andersen and Gill 1982, doi:10.1214/aos/1176345976; Lin, Wei, Yang and Ying 2000,
        doi:10.1111/1467-9868.00259. Own code: the Python libraries tried give a wrong robust standard error
        for recurrent events (lifelines) or count people at risk at their own entry time (statsmodels).
    """
    trial = np.zeros_like(numbers("stop", stop))
    return andersen_gill_batch(trial, id, start, stop, event, treatment, trials=1, level=level)[0]


def andersen_gill_batch(
    trial: ArrayLike,
    id: ArrayLike,
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    treatment: ArrayLike,
    *,
    trials: int,
    level: float = 0.95,
) -> RateRatios:
    """`andersen_gill` of many trials: rows of all trials one after another.

    Args:
        trial: trial of each row, 0..trials-1 [row]. ``id`` need only be unique within a trial.
        id, start, stop, event, treatment, level: as there.
        trials: number of trials.
    """
    rows = counting_rows(trial, id, start, stop, event, treatment, trials)
    sets = rows.sets()
    fit = fit_cox(sets, efron=False)
    ratio = np.exp(np.where(np.isfinite(fit.beta), fit.beta, 0.0))
    n0, n1 = sets.at_risk[0], sets.at_risk[1] * ratio[sets.trial]
    total = n0 + n1
    d = sets.events.sum(axis=0)
    share = n1 / total
    hazard, weighted = sets.running(d / total), sets.running(share * d / total)

    x = rows.treated.astype(float)
    risk = np.where(rows.treated, ratio[rows.trial], 1.0)
    compensator = risk * (
        x * (hazard[sets.leaves] - hazard[sets.enters]) - (weighted[sets.leaves] - weighted[sets.enters])
    )
    own = np.zeros(len(x))
    fell = rows.event > 0
    own[fell] = rows.event[fell] * (x[fell] - share[sets.leaves[fell] - 1])
    score = np.bincount(rows.person, weights=own - compensator, minlength=len(rows.trial_of_person))
    spread = np.bincount(rows.trial_of_person, weights=score**2, minlength=trials)
    with np.errstate(divide="ignore", invalid="ignore"):
        robust, naive = np.sqrt(spread) / fit.information, 1 / np.sqrt(fit.information)
    alike = fit.note.copy()
    alike[(fit.note == "") & ~(robust > _ALIKE * naive)] = (
        "people of an arm do not differ: no robust variance"
    )
    common = {"n": rows.people, "excluded": rows.excluded, "level": level, "ratio": True}
    return RateRatios(
        wald(fit.beta, robust, note=alike, **common), wald(fit.beta, naive, note=fit.note, **common)
    )
