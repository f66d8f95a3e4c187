"""A tabulated curve as few cubics: exact where they meet, within a tolerance at every point of the table."""

from itertools import pairwise

import numpy as np

from brittlestar.exchange.expression import Graph, Value

TOLERANCE = 1e-6
"""Largest error at a point of the table over the largest value of the curve."""

Piece = tuple[float, float, np.ndarray]
"""Start, end, and the coefficients c of sum c_k (t - start)^k."""


def cubics(t: np.ndarray, y: np.ndarray, tolerance: float = TOLERANCE) -> list[Piece]:
    """Pieces over the range of t, each as long as the tolerance lets it be.

    A piece passes through its two ends, so the curve has no jumps; the rest of it is fitted to the points in
    between by least squares.

    Args:
        t: points, rising.
        y: values there.
        tolerance: largest error over the largest \\|y\\|.
    """
    allowed = tolerance * max(float(np.abs(y).max()), np.finfo(float).tiny)
    last, ends = len(t) - 1, [0]
    while ends[-1] < last:
        start = ends[-1]
        good, bad = start + 1, last + 1
        reach = 2
        while good < bad - 1:
            trial = min(start + reach, (good + bad) // 2) if bad <= last else min(start + reach, last)
            if _fit(t[start : trial + 1], y[start : trial + 1])[1] <= allowed:
                good, reach = trial, 2 * reach
            else:
                bad = trial
        ends.append(good)
    return [(t[a], t[b], _fit(t[a : b + 1], y[a : b + 1])[0]) for a, b in pairwise(ends)]


def _fit(t: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Coefficients in powers of t - t[0], and the largest error."""
    span = t[-1] - t[0]
    s = (t - t[0]) / span
    line = y[0] + (y[-1] - y[0]) * s
    bend = s * (1.0 - s)
    basis = np.stack([bend, bend * s], axis=1)
    c, d = np.linalg.lstsq(basis, y - line, rcond=None)[0] if len(t) > 3 else (0.0, 0.0)
    if len(t) == 3:
        c = (y[1] - line[1]) / bend[1]
    error = float(np.abs(line + basis @ (c, d) - y).max())
    powers = np.array([y[0], y[-1] - y[0] + c, d - c, -d])
    return powers / span ** np.arange(4), error


def curve(graph: Graph, t: Value, pieces: list[Piece]) -> Value:
    """The pieces as one expression of t: halved again and again, so that few comparisons find the piece."""
    if len(pieces) > 1:
        middle = len(pieces) // 2
        return graph.make(
            "piecewise",
            curve(graph, t, pieces[:middle]),
            graph.make("lt", t, float(pieces[middle][0])),
            curve(graph, t, pieces[middle:]),
        )
    start, _, powers = pieces[0]
    past = graph.make("minus", t, float(start))
    total: Value = float(powers[-1])
    for power in powers[-2::-1]:
        total = graph.make("plus", float(power), graph.make("times", past, total))
    return total
