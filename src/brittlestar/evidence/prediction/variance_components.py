"""What makes a prediction wide: parameter sets, people as assumed, groups of people, fates of one group."""

from typing import NamedTuple

import numpy as np
from scipy.special import fdtr

AS_ASSUMED = "people_as_assumed"
"""Name of the variance by what a protocol leaves open of its people."""

RESAMPLED = 200
"""Times the parameter sets are drawn anew for limits of the parts: a 5 % limit is then one of ten draws."""

TAIL = 0.05
"""A part is resolved where less than this share of the resampled estimates are 0."""


class Part(NamedTuple):
    """Variance of one source."""

    variance: float
    below: float | None
    """where it cannot be told from 0: the variance that it is below in 19 of 20 resamples; None where
    it can"""


def resolved_parts(x: np.ndarray, seed: int = 1, inputs: np.ndarray | None = None) -> dict[str, Part]:
    """Each variance of :func:`split_variance`, or what it is below where so few runs do not show it.

    What inputs explain is resolved where F = (explained/p)/(rest/df) is above its 95 % quantile for none:
    sets drawn anew repeat one another, and a regression on them always finds something.

    Args:
        x: [set, group, fate].
        seed: of the resampling of whole sets.
        inputs: of each set, as :func:`split_variance`.
    """
    found = split_variance(x, inputs)
    pick = np.random.default_rng(seed).integers(len(x), size=(RESAMPLED, len(x)))
    again = [split_variance(x[which], None if inputs is None else inputs[which]) for which in pick]
    parts = {}
    for name, variance in found.items():
        values = np.array([one[name] for one in again])
        seen = variance > 0.0 and np.mean(values <= 0.0) < TAIL
        if name == AS_ASSUMED:
            if inputs is None or not inputs.shape[1]:
                parts[name] = Part(0.0, None)
                continue
            means = mean_known(mean_known(x, 2), 1)
            seen = _explained(means, inputs)[1] > 1.0 - TAIL
            if np.isfinite(means).sum() < inputs.shape[1] + 3:
                # Too few sets to tell it from anything else between them.
                values = np.append(values, [np.nanvar(means)] * len(values))
        most = max(variance, float(np.quantile(values, 1.0 - TAIL)))
        parts[name] = Part(variance, None if seen else most)
    return parts


def split_variance(x: np.ndarray, inputs: np.ndarray | None = None) -> dict[str, float]:
    """Variance between parameter sets, groups of people, and fates of one group; and by open inputs.

    Nested analysis of variance of x [set, group, fate]; NaN where a trial gave no answer and takes no part.
    Each level's variance of means holds its share of the levels below: ``var(group means) = people +
    chance·mean(1/fates)``, and so on. Estimates below zero, and those that nothing determines, count as zero.

    Where each set was run with inputs of its own the part of the variance between sets that a linear
    regression on them explains is that of people as assumed; the rest, a bend among it, is the posterior's.

    Args:
        x: runs.
        inputs: what was drawn of the protocol for each set [set, input]; none where nothing is open.
    """
    there = np.isfinite(x)
    fates = there.sum(axis=2)
    groups = (fates > 0).sum(axis=1)
    per_group = np.where(fates > 0, 1.0 / np.maximum(fates, 1), 0.0)
    group_means = mean_known(x, 2)
    set_means = mean_known(group_means, 1)
    some = groups > 0
    chance = _within(x, fates)
    in_group_means = per_group.sum() / max((fates > 0).sum(), 1)
    people = max(0.0, _within(group_means, groups) - chance * in_group_means)
    if some.sum() < 2:
        return {"chance": chance, "people": people, AS_ASSUMED: 0.0, "posterior": 0.0}
    total = float(np.var(set_means[some], ddof=1))
    of_people = float(np.mean(1.0 / groups[some]))
    of_chance = float(np.mean(per_group.sum(axis=1)[some] / groups[some] ** 2))
    assumed = 0.0 if inputs is None else _explained(set_means, inputs)[0]
    return {
        "chance": chance,
        "people": people,
        AS_ASSUMED: assumed,
        "posterior": max(0.0, total - assumed - people * of_people - chance * of_chance),
    }


def _explained(means: np.ndarray, inputs: np.ndarray) -> tuple[float, float]:
    """Variance of means of sets that their inputs explain, less what chance would; and the share of F below.

    (SSR - p SSE/df)/(n - 1), p the rank of the inputs and df = n - 1 - p; nothing where df is below 1.
    """
    there = np.isfinite(means)
    y, z = means[there], inputs[there]
    if len(y) < 2:
        return 0.0, 0.0
    y, z = y - y.mean(), z - z.mean(axis=0)
    slopes, _, rank, _ = np.linalg.lstsq(z, y, rcond=None)
    df = len(y) - 1 - int(rank)
    if rank == 0 or df < 1:
        return 0.0, 0.0
    along = z @ slopes
    explained, rest = float(along @ along), float((y - along) @ (y - along)) / df
    below = float(fdtr(rank, df, explained / rank / rest)) if rest > 0.0 else 1.0
    return max(0.0, (explained - rank * rest) / (len(y) - 1)), below


def mean_known(x: np.ndarray, axis: int) -> np.ndarray:
    """Mean over an axis of what is there; NaN where nothing is."""
    there = np.isfinite(x)
    count = there.sum(axis=axis)
    return np.where(count > 0, np.where(there, x, 0.0).sum(axis=axis) / np.maximum(count, 1), np.nan)


def _within(x: np.ndarray, count: np.ndarray) -> float:
    """Mean variance over the last axis, of those of whom there are two or more."""
    enough = count > 1
    off = np.where(np.isfinite(x), x - mean_known(x, -1)[..., None], 0.0)
    variance = (off**2).sum(axis=-1) / np.maximum(count - 1, 1)
    return float(variance[enough].mean()) if enough.any() else 0.0


def set_error(x: np.ndarray) -> float:
    """Monte Carlo standard error of a mean over parameter sets; rival laws are not in it."""
    means = mean_known(mean_known(x, 2), 1)
    means = means[np.isfinite(means)]
    return float(means.std(ddof=1) / np.sqrt(means.size)) if means.size > 1 else np.nan


def limit_errors(draws: np.ndarray, of_set: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Monte Carlo standard errors of quantiles of draws that come in sets [share].

    With F_s the share of a set's draws below the quantile q: SE(q) = SD(F_s)/sqrt(sets) dq/dp, dq/dp from the
    quantiles 2 points of 100 to either side. Sets count as independent draws. Where they repeat the members
    of an ensemble, or its members weigh unequally, the error of the ensemble itself is not in it.

    Args:
        draws: of the whole mixture.
        of_set: which parameter set each came from.
        shares: of the draws below each quantile.
    """
    sets, place = np.unique(of_set, return_inverse=True)
    if len(sets) < 2:
        return np.full(len(shares), np.nan)
    count = np.bincount(place)
    errors = []
    for p in shares:
        q, low, high = np.quantile(draws, (p, max(p - 0.02, 0.0), min(p + 0.02, 1.0)))
        below = np.bincount(place, draws <= q) / count
        slope = (high - low) / (min(p + 0.02, 1.0) - max(p - 0.02, 0.0))
        errors.append(float(below.std(ddof=1)) / len(sets) ** 0.5 * slope)
    return np.array(errors)
