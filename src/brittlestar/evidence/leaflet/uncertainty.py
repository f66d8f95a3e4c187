"""What is not known: parameter sets that fit as well, and what a trial of a given size would see."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Parameters
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.free_parameters import Leaf, shipped_theta
from brittlestar.people.oi_types import TYPES
from brittlestar.trials.power.formula import Scenario, wald_power


def rival_parameters(p: Parameters, count: int) -> list[Parameters]:
    """Sets around ``p`` that differ from it as the posterior ensemble differs from the shipped set.

    Every calibrated number is multiplied by its ratio in a member of the ensemble, so that whatever was
    switched off in ``p`` stays off.

    Args:
        p: the set in the middle.
        count: how many members, spread evenly over the ensemble.
    """
    members = ensemble()
    found = []
    for shifts in members.theta[members.pick(count)] - shipped_theta(members.free):
        q = jax.tree.map(lambda leaf: np.array(leaf, np.float64), p)
        for parameter, shift in zip(members.free, shifts, strict=True):
            for leaf, _ in parameter.values(1.0):
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


def share_of_studies(
    seed: int, treated: np.ndarray, control: np.ndarray, n: int, m: int, studies: int = 2000
) -> float:
    """Share of studies of n and m people, drawn with replacement, that find fewer at p < 0.05, two-sided."""
    draw = np.random.default_rng(seed)
    a = draw.choice(treated, (studies, n)).mean(axis=1)
    b = draw.choice(control, (studies, m)).mean(axis=1)
    p = (n * a + m * b) / (n + m)
    se = np.sqrt(np.maximum(p * (1.0 - p), 1e-12) * (1.0 / n + 1.0 / m))
    return float(np.mean((b - a) / se > 1.96))


def under_each[Found](parameters: Sequence[Parameters], run: Callable[[Parameters], Found]) -> list[Found]:
    """What a run finds under each parameter set: the first compiles, then the cores share the rest."""
    first, *others = parameters
    found = [run(first)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return found + list(pool.map(run, others))
