"""What is not known: parameter sets that fit as well, and what a trial of a given size would see."""

import json
from functools import cache
from importlib import resources

import jax
import numpy as np

from brittlestar._shared.chance import normal
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Parameters
from brittlestar.evidence.priors import Leaf, priors
from brittlestar.people.oi_types import TYPES
from brittlestar.trials.power_formula import Scenario, wald_power


@cache
def _spread() -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the calibrated parameters and a square root of the covariance of their logarithms."""
    text = resources.files("brittlestar.evidence").joinpath("posterior.json").read_text(encoding="utf-8")
    fitted = json.loads(text)
    return tuple(fitted["parameters"]), np.linalg.cholesky(np.array(fitted["log_covariance"]))


def rival_parameters(p: Parameters, draws: int, seed: int) -> list[Parameters]:
    """Sets around ``p`` that differ from it as the calibration leaves open.

    Every calibrated number is multiplied by e^d with d drawn from the covariance of the calibration, so that
    whatever was switched off in ``p`` stays off.

    Args:
        p: the set in the middle.
        draws: how many.
        seed: key of chance.
    """
    names, root = _spread()
    known = {prior.id: prior for prior in priors()}
    z = normal(seed, np.arange(draws)[:, None], "rival parameters", np.arange(len(names))[None, :])
    found = []
    for shifts in z @ root.T:
        q = jax.tree.map(lambda leaf: np.array(leaf, np.float64), p)
        for name, shift in zip(names, shifts, strict=True):
            for leaf, _ in known[name].values(1.0):
                q = _times(q, leaf, float(np.exp(shift)))
        found.append(q)
    return found


def _times(p: Parameters, leaf: Leaf, factor: float) -> Parameters:
    group = getattr(p, leaf.group)
    value = np.array(getattr(group, leaf.name), np.float64)
    if leaf.member is None:
        value = value * factor
    else:
        value[(DRUGS if leaf.group == "drugs" else TYPES).index(leaf.member)] *= factor
    return p._replace(**{leaf.group: group._replace(**{leaf.name: value})})


def chance_to_see(
    counts: np.ndarray, ratio: float, controls: int, treated: int, years: float, level: float = 0.05
) -> float:
    """Power of a trial of recurrent fractures whose controls fracture like these untreated people.

    Args:
        counts: fractures of untreated people over ``years``; gives rate and dispersion.
        ratio: rate of the treated over that of the controls.
        controls: people without treatment.
        treated: people with it.
        years: length of the trial.
        level: two-sided.
    """
    mean = float(counts.mean())
    dispersion = max((float(counts.var(ddof=1)) - mean) / mean**2, 0.05)
    return wald_power(Scenario(controls, treated, mean / years, ratio, dispersion, years), level)
