"""Manufactured solutions: a course is chosen, the input that makes it exact follows, the step has to find it.

Rates vary with time, so that closed forms do not apply; a step holds them at their middle values, as in the
engine, and its error must fall with the square of the step.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brittlestar._shared.parameter_files import fill
from brittlestar.bone.damage import Damage, cavity_burden
from brittlestar.drugs import disposition
from brittlestar.evidence.credibility.exact_answers import GROUP
from brittlestar.evidence.credibility.row import Row, Settings, judged

STEPS = (7.0, 3.5, 1.75)
DAYS = 364.0
LEAST_ORDER = 1.8
"""Observed order of convergence that counts as the second: halving twice leaves the next order in sight."""

FB = 0.4
"""Share of released drug that bone takes up again."""

Course = Callable[[Any], Any]


def _wave(mean: float, swing: float, days: float) -> Course:
    return lambda t: mean * (1.0 + swing * jnp.sin(2.0 * jnp.pi * t / days))


def _drug() -> tuple[Course, Course, Callable[[Any], Any], Course]:
    """Surface and buried drug that solve the equations, their rates, and the inflow that makes them do so.

    The buried amount D is chosen. D' = b S - r D gives S, and S' = inflow - (l + b) S + fb r D the inflow.
    """
    loss, burial, release = _wave(0.02, 0.3, 91.0), _wave(0.05, 0.3, 182.0), _wave(0.01, 0.4, 364.0)
    buried = _wave(500.0, 0.3, 182.0)

    def surface(t: Any) -> Any:
        return (jax.grad(buried)(t) + release(t) * buried(t)) / burial(t)

    def inflow(t: Any) -> Any:
        lost = (loss(t) + burial(t)) * surface(t)
        return jax.grad(surface)(t) + lost - FB * release(t) * buried(t)

    return surface, buried, lambda t: jnp.stack([loss(t), burial(t), release(t), FB]), inflow


def _times(step: float) -> tuple[np.ndarray, np.ndarray]:
    """Middles and ends of the steps of a year."""
    ends = step * np.arange(1.0, round(DAYS / step) + 1.0)
    return ends - 0.5 * step, ends


def _drug_error(step: float) -> float:
    """Largest error of either pool over its largest amount in a year."""
    surface, buried, rates, inflow = _drug()
    middles, ends = _times(step)

    def forward(pools: Any, now: Any) -> Any:
        (S, D), (rate, flow) = pools, now
        S, D, _ = disposition.transfer(S, D, flow, disposition.Rates(*rate), step)
        return (S, D), jnp.stack([S, D])

    begin = (surface(0.0), buried(0.0))
    _, found = jax.lax.scan(forward, begin, (jax.vmap(rates)(middles), jax.vmap(inflow)(middles)))
    true = jnp.stack([jax.vmap(surface)(ends), jax.vmap(buried)(ends)], axis=1)
    return float(jnp.max(jnp.abs(found - true) / jnp.abs(true).max(axis=0)))


def _cavity_error(step: float) -> float:
    """Largest error of the cavity burden over a year when turnover is what makes a wave of it exact."""
    p, burden = fill(Damage), _wave(1.0, 0.3, 182.0)
    middles, ends = _times(step)

    # K' = (rho - K)/tc
    turnover = jax.vmap(burden)(middles) + p.tc * jax.vmap(jax.grad(burden))(middles)

    def forward(K: Any, rho: Any) -> Any:
        K = cavity_burden(K, rho, step, p)
        return K, K

    _, found = jax.lax.scan(forward, burden(0.0), turnover)
    return float(jnp.max(jnp.abs(found - jax.vmap(burden)(ends))))


def manufactured(_: Settings) -> list[Row]:
    """One row per equation: error at three steps, and the order at which it falls."""
    rows = []
    for id, label, error in (
        ("made_drug", "drug on the surface and buried", _drug_error),
        ("made_cavity", "cavity burden", _cavity_error),
    ):
        e = [error(step) for step in STEPS]
        orders = [float(np.log2(a / b)) for a, b in pairwise(e)]
        rows.append(
            judged(
                id,
                GROUP,
                f"A course that was chosen beforehand is found again: {label}",
                method="manufactured solution: the input that makes a wave exact, rates varying, a year",
                threshold=f"error at 7 days below 0.01, order at least {LEAST_ORDER:g} down to 1.75 days",
                value=f"{e[0]:.1e}, order {', '.join(f'{x:.2f}' for x in orders)}",
                passed=e[0] < 0.01 and min(orders) >= LEAST_ORDER,
            )
        )
    return rows
