"""Full fits without one study, where the linear step to them may fail: ``refits.json`` of the package."""

from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar._shared.result_files import as_json
from brittlestar.evidence.calibration.free_parameters import free_parameters, prior_centres, prior_log_sds
from brittlestar.evidence.calibration.kinds import per_unit
from brittlestar.evidence.calibration.left_out import FAR, LeftOut, left_out
from brittlestar.evidence.calibration.misfits import Misfits, SharedMisfits
from brittlestar.evidence.calibration.nearby_mode import refit
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.model.parameters import default_parameters, identity

SCHEMA = "brittlestar/refits/1"


def flagged() -> tuple[str, ...]:
    """Studies that decided more than half of what they are held against, by the shipped calibration."""
    told = left_out(recorded("posterior"))
    return tuple(dict.fromkeys(one.study for one in told if one.leverage > FAR))


def refits(progress: Callable[[str, int, float], None] | None = None) -> dict[str, Any]:
    """Content of ``refits.json``: for each flagged study what a fit to all others says of its results.

    Args:
        progress: called after every run with the study, its number and the misfit of the others.
    """
    targets, usual = fit_targets(), recorded("posterior")
    misfits = SharedMisfits(targets, free_parameters())
    studies = [targets.study_of(target) for target in targets.fitted]
    found = {}
    for study in flagged():
        own = np.array([name == study for name in studies])
        tell = (lambda count, total, study=study: progress(study, count, total)) if progress else None
        found[study] = fit_without(own, misfits.fitted, usual, tell)
    return {"schema": SCHEMA, "parameters": identity(default_parameters())[:2], "studies": found}


def fitted_anew(one: LeftOut) -> LeftOut:
    """A study by the full fit without it in place of the linear step; as it is where no fit was made."""
    told = recorded("refits")["studies"].get(one.study)
    if told is None:
        return one
    at = [told["results"].index(target.id) for target in one.targets]
    unit = np.array([target.sd / per_unit(target) for target in one.targets])
    spread = np.array(told["covariance"])[np.ix_(at, at)] * np.outer(unit, unit)
    return replace(one, gap=np.array(told["misfits"])[at] * unit, covariance=spread)


def write(found: dict[str, Any]) -> Path:
    """Put what was found into the package."""
    file = Path(str(resources.files(__package__).joinpath("refits.json")))
    file.write_text(as_json(found), encoding="utf-8")
    return file


def fit_without(
    own: np.ndarray,
    misfits: Misfits,
    usual: dict[str, Any],
    progress: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """The mode of the other studies from the usual one on, and what it says of the study's own results.

    Args:
        own: which of the fitted targets are the study's.
        misfits: of all fitted targets.
        usual: content of ``posterior.json``; the fit sets out from its mode and slopes.
        progress: called after every run with its number and the misfit of the others.
    """
    free = free_parameters()
    centre, sd = prior_centres(free), prior_log_sds(free)
    root = np.linalg.cholesky(misfits.covariance)
    whiten = np.linalg.inv(np.linalg.cholesky(misfits.covariance[np.ix_(~own, ~own)]))

    count = 0

    def gaps(z: np.ndarray) -> np.ndarray:
        return root @ misfits.residuals(centre + sd * z)

    def of_others(z: np.ndarray) -> np.ndarray:
        nonlocal count
        count, found = count + 1, whiten @ gaps(z)[~own]
        if progress:
            progress(count, float(found @ found))
        return found

    def slopes(z: np.ndarray) -> np.ndarray:
        return root @ misfits.jacobian(centre + sd * z) * sd

    start = (np.array(usual["log_mode"]) - centre) / sd
    found = refit(
        of_others,
        whiten @ (np.array(usual["slopes"]) * misfits.sd[:, None])[~own],
        start,
        slopes_at=lambda z: whiten @ slopes(z)[~own],
    )
    by_parameter, unit = slopes(found.z)[own], misfits.sd[own]
    spread = by_parameter @ found.covariance @ by_parameter.T / np.outer(unit, unit)
    return {
        "results": [target.id for target, mine in zip(misfits.targets, own, strict=True) if mine],
        "misfits": (gaps(found.z)[own] / unit).tolist(),
        "covariance": spread.tolist(),
        "chi2": float(found.residuals @ found.residuals),
        "moved": float(np.sqrt(np.mean((found.z - start) ** 2))),
        "runs": found.runs,
        "converged": found.converged,
    }
