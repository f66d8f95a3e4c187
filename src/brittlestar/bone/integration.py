"""Small functions that most bone equations share: exact relaxation and quadrature inside a step."""

from functools import cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike


def relax(x: ArrayLike, target: ArrayLike, decay: ArrayLike) -> Array:
    """Exact end value of x' = k (target - x) after time t, with decay = exp(-k t)."""
    return jnp.asarray(target + (x - target) * decay)


class Nodes(NamedTuple):
    """Quadrature on [0, 1] that also gives the integrals up to each of its own points."""

    at: np.ndarray
    """points [node]"""
    weight: np.ndarray
    """integral from 0 to 1 = sum of weight * value [node]"""
    until: np.ndarray
    """integral from 0 to point i = sum over j of until[i, j] * value j"""


@cache
def gauss(count: int, crowding: int = 1) -> Nodes:
    """Gauss points s_j of [0, 1] moved to s_j^crowding: crowding 2 or 3 gathers them after time 0.

    Exact for polynomials in t^(1/crowding) up to degree 2 count - crowding over the whole interval, up to
    count - 1 up to a point.
    """

    def points(n: int) -> tuple[np.ndarray, np.ndarray]:
        x, w = np.polynomial.legendre.leggauss(n)
        return 0.5 * (x + 1.0), 0.5 * w

    s, w = points(count)
    fine, fine_w = points(2 * count + crowding)

    def integral(end: float, j: int) -> float:
        others = np.delete(s, j)
        lagrange = np.prod((end * fine[:, None] - others) / (s[j] - others), axis=1)
        return float(np.sum(end * fine_w * lagrange * crowding * (end * fine) ** (crowding - 1)))

    until = np.array([[integral(end, j) for j in range(count)] for end in s])
    return Nodes(s**crowding, w * crowding * s ** (crowding - 1), until)


def driven(x: Array, k: Array, drive: Array, days: ArrayLike, nodes: Nodes) -> tuple[Array, Array]:
    """x' = drive - k x through a step, by the integrating factor e^{K}, K the integral of k.

    x(t) = x0 + e^{-K(t)} int_0^t e^{K(s)} (drive(s) - k(s) x0) ds; at rest it stays where it is, exactly.

    Args:
        x: value at the start [...].
        k: rate at the nodes [node, ...], 1/day.
        drive: source at the nodes [node, ...], per day.
        days: length of the step.
        nodes: the quadrature.

    Returns:
        Values at the nodes [node, ...] and at the end of the step.
    """
    K = days * weighted(nodes.until, k)
    grown = jnp.exp(K)
    pull = grown * (drive - k * x)
    inside = x + days * weighted(nodes.until, pull) / grown
    return inside, x + days * mean_of(pull, nodes) * jnp.exp(-days * mean_of(k, nodes))


def weighted(matrix: np.ndarray, values: Array) -> Array:
    """Rows of the matrix applied along the leading axis; few rows are written out, which is faster."""
    if len(matrix) > 3:
        wide = jnp.asarray(matrix, values.dtype).reshape(*matrix.shape, *[1] * (values.ndim - 1))
        return jnp.sum(wide * values, axis=1)
    return jnp.stack([sum(w * v for w, v in zip(row, values, strict=True)) for row in matrix])


def mean_of(values: Array, nodes: Nodes) -> Array:
    """Mean over the step of something known at the nodes, leading axis."""
    return jnp.asarray(sum(w * v for w, v in zip(nodes.weight, values, strict=True)))


def positive_power(x: Array, exponent: ArrayLike) -> Array:
    """x^exponent for x > 0 as exp(exponent ln x), with a finite derivative at x = 0 (value 0)."""
    safe = jnp.where(x > 0.0, x, 1.0)
    return jnp.where(x > 0.0, jnp.exp(exponent * jnp.log(safe)), 0.0)
