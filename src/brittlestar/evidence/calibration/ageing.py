"""How bone ages in healthy people: five numbers, fitted to the density reference and to the menopause.

They are solved from the healthy course alone, before the calibration and without any treated person: spine
bone mass without a reference curve (structure times mineral) against the medians of the density reference,
the loss around the final menstrual period, and the rise of resorption.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.optimize import least_squares

from brittlestar.bone.mineral import mean_mineral
from brittlestar.evidence.calibration.free_parameters import leaf
from brittlestar.model.healthy import PER_YEAR, Healthy
from brittlestar.model.healthy_table import Reference, load_reference, table
from brittlestar.model.parameters import Parameters, default_parameters

NUMBERS = (
    "turnover.menopause_turnover",
    "turnover.menopause_balance",
    "turnover.menopause_loss",
    "turnover.ageing_balance",
    "trabecular.kper",
)
"""What is fitted."""

YOUNG = 25.0
OLD = (35.0, 45.0, 55.0, 65.0, 75.0)
"""Ages whose bone mass is held to the density reference, relative to the young."""

REFERENCE_SD = 0.01
"""Of a ratio of two medians: their sampling."""


def numbers_in(p: Parameters) -> dict[str, float]:
    """The five numbers of a parameter set, in the units of their files."""
    return {path: leaf(path).get(p) for path in NUMBERS}


def with_numbers(values: Mapping[str, float]) -> Parameters:
    """The shipped parameters with these numbers of ageing, in the units of their files.

    Raises:
        InputError: a path that leads to no number.
    """
    p = default_parameters()
    for path, value in values.items():
        p = leaf(path).put(p, np.asarray(value))
    return p


def healthy_rows(reference: Reference, p: Parameters) -> Healthy:
    """The healthy person [sex, age]."""
    return Healthy(*jnp.moveaxis(table(reference, p), -1, 0))


def spine_bone_mass(a: Healthy, p: Parameters) -> Array:
    """Spine bone mass [sex, age] over that of the young, without any reference curve.

    [th n h/(n h)_young + (1 - th) w/w_young] times mean mineral over that of the young.
    """
    young = round(YOUNG * PER_YEAR)

    def over_young(x: Array) -> Array:
        return x / x[:, young][:, None]

    c = mean_mineral(a.mu_v, p.mineral)
    amount = p.scanner.th * over_young(a.n * a.h) + (1.0 - p.scanner.th) * over_young(a.w)
    return jnp.asarray(amount * over_young(c))


def misfits(values: Any, reference: Reference, base: Parameters) -> Array:
    """Model minus published in SD, then the priors.

    Published: density reference at :data:`OLD`; loss of spine density of 7.4 % from one year before to two
    after the final period and of 10.6 % over the ten years around it (PMID 21976317); ln of resorption after
    over before 0.5, SD 0.25 (PMID 8573404 and a Korean reference interval).
    """
    leaves = [leaf(path) for path in NUMBERS]
    p = base
    for one, value in zip(leaves, values, strict=True):
        p = one.put(p, jnp.exp(value))
    a = healthy_rows(reference, p)
    mass, M = spine_bone_mass(a, p), jnp.asarray(reference.abmd_median)
    final = p.turnover.menopause_age

    def at(row: Array, age: Any) -> Array:
        return jnp.interp(age, jnp.arange(row.shape[0]) / PER_YEAR, row)

    old = jnp.array(OLD)
    found = [(at(mass[sex], old) - at(M[sex], old) / at(M[sex], YOUNG)) / REFERENCE_SD for sex in (0, 1)]
    loss = [100.0 * (at(mass[1], final + after) / at(mass[1], final - before) - 1.0) for before, after in
            ((1.0, 2.0), (5.0, 5.0))]  # fmt: skip
    rise = jnp.log(at(a.A[1], final + 5.0) / at(a.A[1], final - 5.0))
    around = jnp.array([(loss[0] + 7.4) / 0.7, (loss[1] + 10.6) / 1.0, (rise - 0.5) / 0.25])
    priors = [(value - np.log(one.prior.centre)) / one.prior.log_sd for one, value in zip(leaves, values)]
    return jnp.concatenate([*found, around, jnp.stack(priors)])


def fit_ageing(base: Parameters | None = None, density: str = "default") -> dict[str, float]:
    """The five numbers in the units of their files, from their prior centres."""
    p, reference = base or default_parameters(), load_reference(density)
    start = np.log([leaf(path).prior.centre for path in NUMBERS])
    run = jax.jit(lambda values: misfits(values, reference, p))
    slopes = jax.jit(jax.jacfwd(lambda values: misfits(values, reference, p)))
    found = least_squares(
        lambda v: np.asarray(run(v)),
        start,
        jac=lambda v: np.asarray(slopes(v)),  # type: ignore[arg-type]
        method="lm",
    )
    return {path: float(np.exp(value)) for path, value in zip(NUMBERS, found.x, strict=True)}
