"""What many courses amount to by plan: moments, histograms and fractures, added up tile by tile.

A tile is up to :data:`TILE` people of one plan, next to one another in the order of plans and of people. Each
is summed up by itself and tiles are added in their order, so that sums depend neither on memory nor on how
many work on it. Numbers that are not finite are left out and not counted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from brittlestar.outcomes.fracture import SITES

TILE = 1024
"""People who are summed up at once."""


class Moments(NamedTuple):
    """Of numbers, entry by entry of any one shape, in double precision."""

    count: np.ndarray
    mean: np.ndarray
    """0 where there are none"""
    squares: np.ndarray
    """sum of the squares of what lies between a number and the mean"""
    least: np.ndarray
    most: np.ndarray


class Drawn(NamedTuple):
    """Histograms that are asked for: as many equal bins for each of these outputs."""

    ranges: Mapping[str, tuple[float, float]]
    """output -> from where to where"""
    bins: int

    def scale(self, name: str) -> tuple[float, float]:
        """Where an output's bins begin, and bins per unit."""
        low, high = self.ranges[name]
        return low, self.bins / (high - low)


class Part(NamedTuple):
    """What some people of one plan amount to."""

    moments: Moments
    """each [output, time]"""
    histograms: np.ndarray
    """whole numbers [output of those drawn, time, below + bins + above]"""
    fractures: np.ndarray
    """whole numbers [output interval, site]"""


class Tile(NamedTuple):
    """People of one plan who are summed up at once."""

    plan: int
    people: np.ndarray
    """their numbers"""


def tiles(plan: np.ndarray) -> list[Tile]:
    """Everybody, by the plan that each follows [person]."""
    order = np.argsort(plan, kind="stable")
    plans, first = np.unique(plan[order], return_index=True)
    return [
        Tile(int(one), mine[start : start + TILE])
        for one, mine in zip(plans, np.split(order, first[1:]), strict=True)
        for start in range(0, len(mine), TILE)
    ]


def portions(all_of_them: Sequence[Tile], room: int, needs: Callable[[Tile], int]) -> Iterator[list[Tile]]:
    """Tiles in their order, as many at once as have room, but at least one."""
    some: list[Tile] = []
    taken = 0
    for tile in all_of_them:
        if some and taken + needs(tile) > room:
            yield some
            some, taken = [], 0
        some.append(tile)
        taken += needs(tile)
    yield some


def together(one: Moments, other: Moments) -> Moments:
    """Moments of the numbers of both, after Chan, Golub and LeVeque.

    With d the difference of the means and n, m the counts, the mean moves by d m/(n + m) and the squares of
    both and d² n m/(n + m) add up.
    """
    count = one.count + other.count
    share, apart = other.count / np.maximum(count, 1.0), other.mean - one.mean
    return Moments(
        count,
        one.mean + apart * share,
        one.squares + other.squares + apart**2 * one.count * share,
        np.minimum(one.least, other.least),
        np.maximum(one.most, other.most),
    )


class Totals:
    """By plan what has been added up so far.

    Args:
        plans: how many there are.
    """

    def __init__(self, plans: int) -> None:
        self.parts: list[Part | None] = [None] * plans

    def add(self, plan: int, part: Part) -> None:
        """One more part of a plan, which comes after those before."""
        before = self.parts[plan]
        if before is not None:
            moments = together(before.moments, part.moments)
            part = Part(moments, before.histograms + part.histograms, before.fractures + part.fractures)
        self.parts[plan] = part


def moments_of(values: np.ndarray) -> Moments:
    """Of numbers [..., person]."""
    finite, there = np.isfinite(values), np.asarray(values, np.float64)
    whole = finite.all()

    def with_blanks(numbers: np.ndarray, blank: float) -> np.ndarray:
        return numbers if whole else np.where(finite, numbers, blank)

    count = finite.sum(-1).astype(np.float64)
    mean = with_blanks(there, 0.0).sum(-1) / np.maximum(count, 1.0)
    apart = with_blanks(there - mean[..., None], 0.0)
    least = with_blanks(there, np.inf).min(-1, initial=np.inf)
    most = with_blanks(there, -np.inf).max(-1, initial=-np.inf)
    return Moments(count, mean, np.einsum("...i,...i", apart, apart), least, most)


def histogram_of(values: np.ndarray, begin: float, scale: float, bins: int) -> np.ndarray:
    """How many numbers [time, person] are in each bin [time, below + bins + above].

    A bin holds where it begins and not where it ends, the last holds both.

    Args:
        values: numbers; those not finite are in no bin.
        begin: of the first bin.
        scale: bins per unit.
        bins: how many there are.
    """
    finite = np.isfinite(values)
    place = (np.where(finite, values, begin).astype(np.float64) - begin) * scale
    inside = np.minimum(np.clip(place, 0.0, bins).astype(np.int64), bins - 1) + 1
    slot = np.where(place < 0.0, 0, np.where(place > bins, bins + 1, inside))
    row = np.arange(len(values))[:, None] * (bins + 2)
    counts = np.bincount((slot + row)[finite], minlength=len(values) * (bins + 2))
    return counts.reshape(len(values), bins + 2)


def part_of(outputs: Mapping[str, np.ndarray], drawn: Drawn, fractures: np.ndarray) -> Part:
    """What people amount to.

    Args:
        outputs: name -> [time, person], in order.
        drawn: histograms that are asked for.
        fractures: whole numbers [output interval, site].
    """
    each = [moments_of(values) for values in outputs.values()]
    times = len(fractures) + 1
    histograms = [histogram_of(outputs[name], *drawn.scale(name), drawn.bins) for name in drawn.ranges]
    return Part(
        Moments(*(np.stack(column) for column in zip(*each, strict=True))),
        np.stack(histograms) if histograms else np.zeros((0, times, drawn.bins + 2), np.int64),
        fractures,
    )


def fractures_by_tile(
    when: np.ndarray, site: np.ndarray, person: np.ndarray, starts: np.ndarray, intervals: int
) -> np.ndarray:
    """Number of fractures [tile, interval, site].

    Args:
        when: output interval of each fracture.
        site: of each.
        person: of each.
        starts: first person of each tile.
        intervals: how many there are.
    """
    tile = np.searchsorted(starts, person, side="right") - 1
    found = np.zeros((len(starts), intervals, len(SITES)), np.int64)
    np.add.at(found, (tile, when, site), 1)
    return found
