"""What is not known: parameter sets that fit as well, and what a trial of a given size would see."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Parameters, default_parameters, fingerprint
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.free_parameters import Leaf, shipped_theta
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.simulated_groups import GroupUnderPlan, SimulatedGroups
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


BY_LAW = "least to most by law"

LEAST_WEIGHT = 0.01
"""Of a law that takes part in a mixture: what weighs less moves no answer that is told."""


def laws(p: Parameters) -> dict[str, Parameters]:
    """The laws that the data cannot tell apart, each at its own mode; ``usual`` is ``p``.

    Of other parameters than the shipped ones (something is switched off) no law was fitted: ``usual`` alone.
    """
    found = {"usual": p}
    if fingerprint(p) == fingerprint(default_parameters()):
        heavy = (name for name, weight in weights().items() if weight >= LEAST_WEIGHT)
        found |= {name: rivals()[name].parameters for name in heavy if name != "usual"}
    return found


def mixed(values: Mapping[str, float]) -> float:
    """An answer mixed over laws by their evidence: law -> value."""
    share = np.array([weights()[name] for name in values])
    return float(share @ np.array(list(values.values())) / share.sum())


def over_laws[Found](
    groups: SimulatedGroups, asked: Sequence[GroupUnderPlan], of: Callable[[SimulatedGroups], Found]
) -> dict[str, Found]:
    """Law -> what is found in these groups under it; ``usual`` is found in those that are there."""
    known = laws(groups.parameters)
    others = [
        SimulatedGroups(asked, seed=groups.seed, parameters=p) for law, p in known.items() if law != "usual"
    ]
    return dict(zip(known, map(of, (groups, *others))))


def spread_of_effect(ratio: float) -> float:
    """SD, on ln scale, of the effect on fractures from one trial's population to another's.

    Args:
        ratio: hazard with treatment over that without, for a spread in proportion to the effect.
    """
    known = between_trials()["fracture effect"]
    return known.kept.rms * (abs(float(np.log(ratio))) if known.relative else 1.0)


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
