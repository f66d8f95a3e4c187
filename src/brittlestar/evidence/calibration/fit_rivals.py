"""Fits of the rival laws: each from the usual mode on, and the evidence for it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from brittlestar.evidence.calibration.free_parameters import (
    FreeParameter,
    free_parameters,
    prior_centres,
    prior_log_sds,
)
from brittlestar.evidence.calibration.misfits import SharedMisfits
from brittlestar.evidence.calibration.mode import Posterior
from brittlestar.evidence.calibration.nearby_mode import refit
from brittlestar.evidence.calibration.rivals import Law, laws
from brittlestar.model.parameters import Parameters

FIRST_STEP = 0.05
"""Prior SDs to either side over which a new parameter's slope is first measured: the error falls with its
square, later steps correct it, and slopes at the mode end the fit."""


def log_evidence(residuals: np.ndarray, z: np.ndarray, slopes: np.ndarray) -> float:
    """ln of the integral of likelihood times prior by Laplace: -(r.r + z.z)/2 - ln det(J'J + 1)/2.

    Up to a constant of the data. Parameters that the data leave alone cost nothing.
    """
    _, determinant = np.linalg.slogdet(slopes.T @ slopes + np.eye(len(z)))
    return float(-0.5 * (residuals @ residuals + z @ z + determinant))


def free_under_any_law() -> tuple[FreeParameter, ...]:
    """All parameters that any law fits: one list for all laws, so that they share their programs."""
    usual = {one.id: one for one in free_parameters()}
    return tuple((usual | {one.id: one for law in laws().values() for one in law.free}).values())


def fit_rival(law: Law, misfits: SharedMisfits, usual: Posterior, base: Parameters) -> dict[str, Any]:
    """Fit one rival from the usual mode on; with the slopes at its own mode.

    Args:
        law: the rival.
        misfits: calibration targets over :func:`free_under_any_law`.
        usual: the fit of the usual law.
        base: values of all that is not free.

    Returns:
        What its place in ``rivals.json`` holds.
    """
    place = {name: i for i, name in enumerate(usual.ids)}
    centre, sd = prior_centres(law.free), prior_log_sds(law.free)
    held = [law.value(one) for one in misfits.free]
    part = misfits.of_some(misfits.fitted, law.free, law.upon(base), held)

    def residuals(z: np.ndarray) -> np.ndarray:
        return part.residuals(centre + sd * z)

    begin = [usual.mode[place[p.id]] if p.id in place else c for p, c in zip(law.free, centre, strict=True)]
    start = (np.array(begin) - centre) / sd
    columns = [
        usual.slopes[:, place[one.id]] if one.id in place else _slope(residuals, start, i)
        for i, one in enumerate(law.free)
    ]
    found = refit(
        residuals, np.stack(columns, axis=1), start, slopes_at=lambda z: part.jacobian(centre + sd * z) * sd
    )
    return {
        "log_mode": dict(zip([p.id for p in law.free], (centre + sd * found.z).tolist(), strict=True)),
        "log_covariance": (np.outer(sd, sd) * found.covariance).tolist(),
        "chi2": float(found.residuals @ found.residuals),
        "prior_cost": float(found.z @ found.z),
        "log_evidence": log_evidence(found.residuals, found.z, found.slopes),
        "misfits": dict(
            zip([t.id for t in part.whole.targets], part.misfits(centre + sd * found.z).tolist(), strict=True)
        ),
        "converged": found.converged,
    }


def _slope(residuals: Callable[[np.ndarray], np.ndarray], z: np.ndarray, i: int) -> np.ndarray:
    step = FIRST_STEP * np.eye(len(z))[i]
    return (residuals(z + step) - residuals(z - step)) / (2.0 * FIRST_STEP)
