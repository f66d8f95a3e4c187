"""What makes a prediction wide: variance between parameter sets, groups of people and fates of one group."""

import numpy as np


def split_variance(x: np.ndarray) -> dict[str, float]:
    """Variance between parameter sets, between groups of people, and between fates of one group.

    Nested analysis of variance of x [set, group, fate]; NaN where a trial gave no answer and takes no part.
    Each level's variance of means holds its share of the levels below: ``var(group means) = people +
    chance·mean(1/fates)``, and so on. Estimates below zero, and those that nothing determines, count as zero.
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
        return {"chance": chance, "people": people, "posterior": 0.0}
    total = float(np.var(set_means[some], ddof=1))
    of_people = float(np.mean(1.0 / groups[some]))
    of_chance = float(np.mean(per_group.sum(axis=1)[some] / groups[some] ** 2))
    return {
        "chance": chance,
        "people": people,
        "posterior": max(0.0, total - people * of_people - chance * of_chance),
    }


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
