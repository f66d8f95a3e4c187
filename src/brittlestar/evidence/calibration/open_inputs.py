"""What a paper leaves open of its people and visits: how far that moves each target."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Target, Targets
from brittlestar.evidence.calibration.typical_courses import TypicalReadings
from brittlestar.statistics.shares import share_covariance

COLUMN = {"types": "oi_type", "ages": "age_years"}
"""What may be open -> the trait of typical people whose shares then are a distribution."""


def input_covariance(
    found: Targets, chosen: Sequence[Target], sim: TypicalReadings, flat: np.ndarray
) -> np.ndarray:
    """Covariance of targets by what is open in their inputs, each on its own scale [target, target].

    Shares w of types or ages that are not published are Dirichlet around those stated, worth so many people
    n, see :func:`~brittlestar.statistics.shares.share_covariance`. All targets of a cohort have its shares in
    common, so their covariance is S Cov(w) S', S the slopes of the targets by the shares. A visit within a
    window adds the variance of a uniform time, (y_end - y_start)^2/12, to the target alone.

    Args:
        found: the cohorts.
        chosen: targets, of these cohorts.
        sim: who stands for each arm, and where readings sit.
        flat: the readings at which slopes are taken.
    """
    C = np.zeros((len(chosen), len(chosen)))
    for name, cohort in found.cohorts.items():
        rows = [i for i, target in enumerate(chosen) if name in [arm for arm, _ in target.arms]]
        for what, known in cohort.open.items() if rows else ():
            S, w = _slopes_by_shares(name, COLUMN[what], [chosen[i] for i in rows], sim, flat)
            C[np.ix_(rows, rows)] += S @ share_covariance(w, known) @ S.T
    for i, target in enumerate(chosen):
        if target.window:
            start, end = (float(scaled(one, target_value(one, sim, flat))) for one in target.visits)
            C[i, i] += (end - start) ** 2 / 12.0
    return C


def _slopes_by_shares(
    cohort: str, column: str, chosen: Sequence[Target], sim: TypicalReadings, flat: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of targets by the shares of a trait's values in one cohort [target, value]; the shares."""
    arms = {arm: sim.people[arm] for target in chosen for arm in target.arms if arm[0] == cohort}
    of = {arm: np.unique(typical.people[column], return_inverse=True)[1] for arm, typical in arms.items()}
    arm, typical = next(iter(arms.items()))
    shares = np.bincount(of[arm], typical.weight)

    def values(w: Array) -> Array:
        weight = {arm: one.weight * (w / shares)[of[arm]] for arm, one in arms.items()}
        return jnp.stack([scaled(target, target_value(target, sim, flat, weight)) for target in chosen])

    return np.asarray(jax.jacfwd(values)(jnp.asarray(shares))), shares
