"""The shipped posterior as parameter sets: what the data leave open, ready for use without a fit."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import numpy as np

from brittlestar._shared.chance import normal
from brittlestar._shared.errors import InputError, nearest
from brittlestar.drugs.catalogue import DRUGS, FACTSHEET_DRUGS, facts
from brittlestar.evidence.calibration.free_parameters import (
    FreeParameter,
    free_parameters,
    prior_centres,
    prior_log_sds,
    with_theta,
)
from brittlestar.evidence.calibration.importance import Draws, copies, standard_normal
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.rivals import rivals
from brittlestar.model.parameters import Parameters, default_parameters

SCHEMA = "brittlestar/ensemble/1"
KEEP = 200
"""Parameter sets in the ensemble: so many that resampling adds little to what its draws are worth."""

SEED = 1
"""Key of its draws."""

DIGITS = 6
"""Decimals of ln of a parameter: far below its uncertainty."""


@dataclass(frozen=True)
class Ensemble:
    """Equally probable parameter sets, repeated ones with more weight."""

    free: tuple[FreeParameter, ...]
    theta: np.ndarray
    """ln of the free parameters [set, parameter]"""
    weight: np.ndarray
    """sums to 1 [set]"""
    base: Parameters
    """values of all other parameters"""
    worth: float = float("nan")
    """independent draws that would say as much of the posterior; no number of sets taken from it says more"""

    def __len__(self) -> int:
        return len(self.theta)

    def parameters(self, i: int) -> Parameters:
        """The whole parameter set of one member."""
        found = with_unfitted_potency(with_theta(self.base, self.free, self.theta[i]), i)
        return jax.tree.map(np.asarray, found)

    def pick(self, count: int) -> np.ndarray:
        """Members that stand for the whole in proportion to their weight, spread evenly over it [count].

        Members come in the order of their first principal direction, so that neighbours are alike and a comb
        over the weights covers what is uncertain.
        """
        spread = self.theta - self.weight @ self.theta
        scaled = spread / np.maximum(spread.std(axis=0), 1e-12)
        order = np.argsort(np.linalg.svd(scaled, full_matrices=False)[0][:, 0])
        ends = np.cumsum(self.weight[order])
        return order[np.searchsorted(ends, (np.arange(count) + 0.5) / count * ends[-1])]


def with_unfitted_potency(p: Parameters, member: int) -> Parameters:
    """The parameters with the potency of each drug outside the factsheet drawn from its own prior.

    EC50_scale = value exp(SD z), with the SD of the drug's file and z keyed by drug and member: no fit has
    seen these drugs, so a set knows no more of them than that. The drugs of the factsheet keep their numbers.

    Args:
        p: a member of an ensemble.
        member: its index.
    """
    scale = np.array(p.drugs.EC50_scale)
    for drug in (drug for drug in DRUGS if drug not in FACTSHEET_DRUGS):
        own = facts(drug)["EC50_scale"]
        z = normal(SEED, member, f"potency of {drug}")
        scale[DRUGS.index(drug)] = own.internal * np.exp((own.log_sd or 0.0) * z)
    return p._replace(drugs=p.drugs._replace(EC50_scale=scale))


def to_dict(draws: Draws, free: tuple[FreeParameter, ...], *, seed: int, keep: int = KEEP) -> dict[str, Any]:
    """What the ensemble's file holds."""
    count = copies(draws.weight, keep, seed)
    chosen = np.flatnonzero(count)
    theta = prior_centres(free) + prior_log_sds(free) * draws.z[chosen]
    return {
        "schema": SCHEMA,
        "draws": len(draws.z),
        "seed": seed,
        "effective": round(draws.effective, 1),
        "pareto_k": round(draws.pareto_k, 3),
        "parameters": [one.id for one in free],
        "copies": count[chosen].tolist(),
        "theta": np.round(theta, DIGITS).tolist(),
    }


def ensemble(rival: str | None = None) -> Ensemble:
    """The posterior as parameter sets.

    Args:
        rival: name of a rival mechanism (see :func:`brittlestar.evidence.calibration.rivals.rivals`). Its
            sets are drawn from the normal approximation at its own mode, all of the same weight: unlike the
            usual ones they are not weighted by what the model says of each.

    Raises:
        InputError: no such rival.
    """
    if rival is not None:
        return _under(rival)
    content = recorded("ensemble")
    weight = np.array(content["copies"], float)
    by_id = {one.id: one for one in free_parameters()}
    fitted = tuple(by_id[name] for name in content["parameters"])
    return Ensemble(
        fitted, np.array(content["theta"]), weight / weight.sum(), default_parameters(), content["effective"]
    )


@cache
def _under(rival: str) -> Ensemble:
    if rival not in rivals():
        raise InputError("rival", rival, nearest(rival, rivals()))
    one = rivals()[rival]
    mode = np.array([one.log_mode[parameter.id] for parameter in one.fitted])
    root = np.linalg.cholesky(np.array(one.log_covariance))
    theta = mode + standard_normal(KEEP, len(mode), SEED, "posterior draw") @ root.T
    return Ensemble(one.fitted, theta, np.full(KEEP, 1.0 / KEEP), one.law.base, KEEP)
