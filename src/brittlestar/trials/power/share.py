"""The share of drawn trials that find an effect: each is analysed as ``trial`` analyses it, then counted."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from brittlestar.trials.analysis import analyse
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.power.endpoints import compared, found
from brittlestar.trials.power.pool import Draw, Pool
from brittlestar.trials.power.shifts import moved
from brittlestar.trials.protocol import DIFFERENCE
from brittlestar.trials.summary import unit

CERTAIN = 0.05
"""Chance of seeing none of n where the true share is as large as the limit that is told."""


class Tally(NamedTuple):
    """What trials of one pool found of one endpoint."""

    trials: int
    found: int
    without_answer: int
    """no test could be made, e.g. nobody fractured in one arm: counted as not finding an effect"""


def tally(pool: Pool, draw: Draw, asked: Sequence[Endpoint]) -> list[Tally]:
    """Draw trials, analyse each endpoint, and count: one tally per endpoint, in their order."""
    if len(draw.arms) == 1:
        protocol, name = pool.protocol, pool.protocol.arms[draw.arms[0]].id
    else:
        protocol, name = compared(pool.protocol, *draw.arms), DIFFERENCE
    hits, missing = np.zeros(len(asked), int), np.zeros(len(asked), int)
    off = [shift_of(pool, e, draw.arms) for e in asked]
    for batch in pool.trials(draw):
        for i, e in enumerate(asked):
            answers = analyse(e, moved(batch, e, off[i]), protocol)[name]
            hits[i] += np.sum(found(e, answers, either=draw.null))
            missing[i] += np.sum(np.isnan(answers.p_value))
    return [Tally(draw.trials, int(h), int(m)) for h, m in zip(hits, missing, strict=True)]


def shift_of(pool: Pool, e: Endpoint, arms: tuple[int, ...]) -> float:
    """What the pool's population moves an endpoint by, on the scale of work; 0 where two arms are one.

    The mean that an offset may be in proportion to is that of everybody of the pool.
    """
    first, last, alone = arms[0], arms[-1], len(arms) == 1
    if pool.shift is None or e.measure is None or (first == last and not alone):
        return 0.0
    treated = pool.protocol.arms[last].id
    protocol = pool.protocol if alone else compared(pool.protocol, *arms)
    answers = analyse(e, pool.everybody(arms), protocol)
    ratio = unit(e) == "ratio"

    def mean(name: str) -> float:
        value = float(answers[name].value[0]) if name in answers else np.nan
        return float(np.log(value)) if ratio and value > 0 else np.nan if ratio else value

    earlier = None if alone or pool.past is None else mean(pool.protocol.arms[first].id)
    by = pool.shift(e, treated, mean(treated if alone else DIFFERENCE), earlier)
    return by if np.isfinite(by) else 0.0


def share(pools: Sequence[Tally]) -> dict[str, Any]:
    """Share of trials that find an effect: mean over pools, its Monte Carlo error, range over pools.

    The larger of chance among the trials and scatter between the pools is the standard error. Where none or
    all of n trials found an effect ``limit`` is the exact one-sided 95 % limit, ``1 - 0.05^(1/n)`` or 1 less
    that.

    Source:
        Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    shares = [one.found / one.trials for one in pools]
    n, hits = sum(one.trials for one in pools), sum(one.found for one in pools)
    mean = float(np.mean(shares))
    chance = np.sqrt(max(mean * (1.0 - mean), 1.0 / n) / n)
    between = float(np.std(shares, ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else 0.0
    low, high = np.quantile(shares, [0.05, 0.95])
    beyond = 1.0 - CERTAIN ** (1.0 / n)
    return {
        "share": mean,
        "se": float(max(chance, between)),
        "low": float(low),
        "high": float(high),
        "limit": beyond if hits == 0 else 1.0 - beyond if hits == n else None,
        "trials": n,
        "without_answer": sum(one.without_answer for one in pools) / n,
    }
