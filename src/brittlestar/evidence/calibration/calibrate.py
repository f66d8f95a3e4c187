"""Calibration as one call: most probable parameters, what was learned, and every misfit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from brittlestar.engine.native.compiler.machine import vector_bits
from brittlestar.evidence.calibration.ageing import numbers_in
from brittlestar.evidence.calibration.free_parameters import (
    FreeParameter,
    free_parameters,
    shipped_theta,
    with_theta,
)
from brittlestar.evidence.calibration.misfits import SharedMisfits
from brittlestar.evidence.calibration.mode import NOT_LEARNED, Posterior, fit
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.recorded import VECTORS
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.calibration.typical_people import how_people_differ
from brittlestar.evidence.studies.split import changed_studies, split
from brittlestar.model.healthy_table import load_reference
from brittlestar.model.parameters import Parameters, default_parameters

FAR = 1.5
"""Misfits beyond this many SD are pointed out."""


@dataclass(frozen=True)
class Calibration:
    """What a calibration found."""

    targets: Targets
    free: tuple[FreeParameter, ...]
    posterior: Posterior
    before: np.ndarray
    """ln of the parameters in use when it ran"""
    model: np.ndarray
    """the model's value of every target at the mode"""
    residuals: np.ndarray
    """(model - observed)/SD of every target at the mode"""
    model_before: np.ndarray
    residuals_before: np.ndarray
    chi2: float
    """sum of squares of the fitted targets at the mode, their errors made independent"""
    chi2_before: float
    """the same at the parameters in use"""
    covariance: np.ndarray
    """of the errors of the fitted targets, each on its own scale"""
    input_sd: np.ndarray
    """what is open in the inputs of every target moves it by so much"""
    parameters: Parameters
    """the whole parameter set at the mode"""
    split_version: int

    def slopes(self) -> np.ndarray:
        """Derivatives of fitted targets in their SDs by parameters in prior SDs [target, parameter]."""
        sd = np.array([target.sd for target in self.targets.fitted])
        return np.linalg.cholesky(self.covariance) @ self.posterior.slopes / sd[:, None]

    def correlated_errors(self) -> list[list[float]]:
        """Covariance of fitted targets' errors in their SDs, lower triangle: row, column, value if not 0."""
        sd = np.array([target.sd for target in self.targets.fitted])
        scaled = self.covariance / np.outer(sd, sd)
        rows, columns = np.nonzero(np.tril(scaled))
        return [
            [int(i), int(j), float(np.round(scaled[i, j], 6))] for i, j in zip(rows, columns, strict=True)
        ]

    def fit_table(self) -> pl.DataFrame:
        """Every target: observed, model before and after, misfit in SD, and where the SD comes from."""
        rows = [
            {
                "target": target.label,
                "id": target.id,
                "study": self.targets.study_of(target),
                "observed": target.observed,
                "sampling": target.sampling,
                "judgement": target.judgement,
                "sd": target.sd,
                "input_sd": float(self.input_sd[i]),
                "before": self.model_before[i],
                "misfit_before": self.residuals_before[i],
                "model": self.model[i],
                "misfit": self.residuals[i],
                "use": target.use,
            }
            for i, target in enumerate(self.targets.targets)
        ]
        return pl.DataFrame(rows)

    def parameter_table(self) -> pl.DataFrame:
        """Every free parameter: prior, value in use, mode, 90 % interval, and whether it was learned."""
        post = self.posterior
        rows = [
            {
                "parameter": one.id,
                "prior": one.prior.centre,
                "prior_log_sd": one.prior.log_sd,
                "before": float(np.exp(self.before[i])),
                "mode": float(np.exp(post.mode[i])),
                "low": float(np.exp(post.mode[i] - 1.645 * post.sd[i])),
                "high": float(np.exp(post.mode[i] + 1.645 * post.sd[i])),
                "log_sd": post.sd[i],
                "ratio": post.ratio[i],
                "learned": "not learned" if post.ratio[i] > NOT_LEARNED else "",
                "origin": one.prior.origin,
            }
            for i, one in enumerate(self.free)
        ]
        return pl.DataFrame(rows)

    def direction_table(self) -> pl.DataFrame:
        """Directions of parameter space, best known first: posterior over prior SD and the largest shares."""
        rows = []
        for ratio, vector in self.posterior.directions():
            largest = np.argsort(-np.abs(vector))[:4]
            words = ", ".join(f"{vector[i]:+.2f} {self.posterior.ids[i]}" for i in largest)
            rows.append({"ratio": ratio, "direction": words})
        return pl.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """The posterior and the fit as plain data."""
        post = self.posterior
        return {
            "schema": "brittlestar/calibration/2",
            "split_version": self.split_version,
            VECTORS: vector_bits(),
            "chi2": self.chi2,
            "fitted_targets": len(self.targets.fitted),
            "learned_directions": post.learned_directions,
            "parameters": list(post.ids),
            "log_mode": post.mode.tolist(),
            "log_covariance": post.covariance.tolist(),
            "log_prior_centre": post.centre.tolist(),
            "log_prior_sd": post.prior_sd.tolist(),
            "fitted": [target.id for target in self.targets.fitted],
            "slopes": np.round(self.slopes(), 5).tolist(),
            "errors": self.correlated_errors(),
            "fit": self.fit_table().select("id", "observed", "sd", "model", "misfit").to_dicts(),
            "ageing": numbers_in(self.parameters),
            "people": how_people_differ(),
        }


def calibrate(
    *,
    targets: Targets | None = None,
    free: Sequence[FreeParameter] | None = None,
    base: Parameters | None = None,
    density: str = "default",
    start: np.ndarray | None = None,
    most: int = 40,
    progress: Callable[[int, float], None] | None = None,
    misfits: SharedMisfits | None = None,
) -> Calibration:
    """Fit the free parameters to the calibration targets.

    Deterministic: the same files give the same numbers. Starts from the prior centres, so that the result
    does not depend on the values in use except through parameters that are not free.

    Args:
        targets: defaults to the shipped ones.
        free: parameters with their priors; defaults to the shipped ones.
        base: values of all other parameters; defaults to the shipped set.
        density: name of the spine-density reference.
        start: ln of the parameters to begin with; defaults to the prior centres.
        most: evaluations after which it stops.
        progress: called with the number of evaluations and the sum of squares, priors included.
        misfits: compiled for these targets over at least these parameters; ``density`` then has no say.

    Raises:
        InputError: a target of a study that may not be fitted to.
        RuntimeError: a study file differs from the frozen split.
    """
    changed = changed_studies()
    if changed:
        raise RuntimeError(f"study files differ from the frozen split: {', '.join(changed)}")
    found, own = targets or fit_targets(), tuple(free or free_parameters())
    base = base or default_parameters()
    misfits = misfits or SharedMisfits(found, own, load_reference(density))
    held = [one.shipped for one in misfits.free]
    all_targets = misfits.of_some(misfits.all, own, base, held)
    fitted = misfits.of_some(misfits.fitted, own, base, held)
    before = shipped_theta(own)
    posterior = fit(fitted, own, start=start, most=most, progress=progress)
    return Calibration(
        targets=found,
        free=own,
        posterior=posterior,
        before=before,
        model=all_targets.model(posterior.mode),
        residuals=all_targets.misfits(posterior.mode),
        model_before=all_targets.model(before),
        residuals_before=all_targets.misfits(before),
        chi2=float(np.sum(fitted.residuals(posterior.mode) ** 2)),
        chi2_before=float(np.sum(fitted.residuals(before) ** 2)),
        covariance=misfits.fitted.covariance,
        input_sd=np.sqrt(np.diag(misfits.inputs)),
        parameters=with_theta(base, own, posterior.mode),
        split_version=split().version,
    )
