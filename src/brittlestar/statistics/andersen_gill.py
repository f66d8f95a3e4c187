"""Andersen-Gill rate ratio of recurrent events with a robust variance (LWYY)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics.estimates import Estimates, wald
from brittlestar.statistics.inputs import arm_codes
from brittlestar.statistics.intervals import Intervals
from brittlestar.statistics.risk_sets import fit_cox, risk_sets

ALIKE = 1e-7
"""Share of the naive standard error at which the robust one is the rounding of a sum of squares: √1e-14."""


def andersen_gill(rows: Intervals, treatment: ArrayLike) -> Estimates:
    """Rate ratio treated / control of recurrent events, proportional-rates model of Andersen-Gill and LWYY.

    β solves ``Σ_i ∫ (x_i - x̄(s)) dN_i(s) = 0`` with ``x̄ = n₁e^β / (n₀ + n₁e^β)``. Robust variance:
    ``Σ_i U_i² / I²`` with ``U_i = ∫ (x_i - x̄(s)) (dN_i(s) - Y_i(s)·e^{βx_i}·d(s)/S₀(s))``, summed over the
    rows of a person. People stay at risk after an event, so tied events take the Breslow form, in which the
    equation above holds for times on a grid as well; without ties Efron's form is the same.

    Args:
        rows: of people whose arm is known.
        treatment: 0 control, 1 treated [trial, person].

    Returns:
        Ratio with the robust ``se`` of its log.

    Source:
        Andersen and Gill 1982, doi:10.1214/aos/1176345976; Lin, Wei, Yang and Ying 2000,
        doi:10.1111/1467-9868.00259. Own code: the Python libraries tried give a wrong robust standard error
        for recurrent events (lifelines) or count people at risk at their own entry time (statsmodels).
    """
    (trials, people), trial = rows.shape, rows.trial
    treated = arm_codes(treatment, rows.shape).ravel()[rows.person] == 1
    sets = risk_sets(rows, treated)
    fit = fit_cox(sets, efron=False)
    ratio = np.exp(np.where(np.isfinite(fit.beta), fit.beta, 0.0))
    n0, n1 = sets.at_risk[0], sets.at_risk[1] * ratio[sets.trial]
    total = n0 + n1
    d = sets.events.sum(axis=0)
    share = n1 / total
    hazard, weighted = sets.running(d / total), sets.running(share * d / total)

    x = treated.astype(float)
    risk = np.where(treated, ratio[trial], 1.0)
    compensator = risk * (
        x * (hazard[sets.leaves] - hazard[sets.enters]) - (weighted[sets.leaves] - weighted[sets.enters])
    )
    own = np.zeros(len(x))
    fell = rows.event > 0
    own[fell] = rows.event[fell] * (x[fell] - share[sets.leaves[fell] - 1])
    score = np.bincount(rows.person, weights=own - compensator, minlength=trials * people)
    spread = np.bincount(np.repeat(np.arange(trials), people), weights=score**2, minlength=trials)
    with np.errstate(divide="ignore", invalid="ignore"):
        robust, naive = np.sqrt(spread) / fit.information, 1 / np.sqrt(fit.information)
    note = fit.note.copy()
    note[(fit.note == "") & ~(robust > ALIKE * naive)] = "people of an arm do not differ: no robust variance"
    return wald(fit.beta, robust, note, ratio=True)
