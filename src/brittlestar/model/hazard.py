"""The fracture hazard of the present skeleton, for the step, the equations and the outputs."""

import jax.numpy as jnp
from jax import Array

from brittlestar.model.healthy import Healthy
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import Amounts, strengths
from brittlestar.model.state import State, Traits
from brittlestar.outcomes import fracture


def hazards(x: State, y: Amounts, a: Healthy, tr: Traits, p: Parameters) -> Array:
    """Fracture hazard by site [site, patient], per day."""
    s = strengths(x, y, a, tr, p)
    reference = jnp.stack([a.rate_LL, a.rate_UL, a.rate_oth, a.rate_V])
    channel = fracture.turnover_channel(x.K, tr.share, p.fracture)
    tough = s.toughness / tr.qK
    added, healthy = reference * tr.hazard, a.rate_healthy * tr.frailty
    return fracture.hazard(added, healthy, channel, x.recent, s.limb, s.vertebra, tough, tr.share, p.fracture)
