"""Mechanostat: load, the strain osteocytes remember, and muscle."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


class Mechanics(NamedTuple):
    """Parameters of ``mechanics.toml`` (1/day, day)."""

    f1: ArrayLike
    f2: ArrayLike
    f3: ArrayLike
    f2M: ArrayLike
    f2L: ArrayLike
    Tmem: ArrayLike
    k_lean: ArrayLike
    lean_rest: ArrayLike
    imm_V: ArrayLike
    imm_M: ArrayLike
    imm_L: ArrayLike
    load_least: ArrayLike
    load_most: ArrayLike


def activity(planned: Array, immobilised: Array, p: Mechanics) -> Array:
    """Load multipliers [site, patient]: planned activity less the effect of one immobilised limb.

    Never nothing (breath, muscle tone and being moved load bone at complete rest) and never more than
    ``load_most``, whatever a plan multiplies.
    """
    less = jnp.stack([jnp.asarray(p.imm_V), jnp.asarray(p.imm_M), jnp.asarray(p.imm_L)])[:, None]
    return jnp.clip(planned * (1.0 - less * immobilised), p.load_least, p.load_most)


def remodelling_gains(stimulus: Array, p: Mechanics) -> tuple[Array, Array]:
    """Mechanical gains of resorption and formation.

    e = x/x_mem - 1; resorption 1 + f2 min(max(-e, 0), 1); formation 1 + f1 clip(e, 0, 1) - f3 clip(-e, 0, 1).

    Args:
        stimulus: strain x = activity muscle / bone amount, over the strain x_mem that osteocytes are used to
            [site, patient].
    """
    e = stimulus - 1.0
    over, under = jnp.clip(e, 0.0, 1.0), jnp.clip(-e, 0.0, 1.0)
    site = jnp.stack([jnp.ones_like(jnp.asarray(p.f2M)), jnp.asarray(p.f2M), jnp.asarray(p.f2L)])[:, None]
    return 1.0 + p.f2 * site * under, 1.0 + p.f1 * over - p.f3 * under


def lean_target(lean_type: Array, limb_activity: Array, p: Mechanics) -> Array:
    """Muscle the limbs keep at this activity, relative to expected weight."""
    return lean_type * (p.lean_rest + (1.0 - p.lean_rest) * limb_activity)
