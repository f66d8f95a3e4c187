"""The fracture hazard of the present skeleton, for the step, the equations and the outputs."""

import jax.numpy as jnp
from jax import Array

from brittlestar.bone import damage
from brittlestar.model.at_rest import untreated_log_strengths
from brittlestar.model.healthy import Body
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import Amounts, log_strengths, mineral_ratios
from brittlestar.model.state import State
from brittlestar.outcomes import fracture


def hazards(x: State, y: Amounts, body: Body, p: Parameters) -> Array:
    """Fracture hazard by site [site, patient], per day: what the person would meet untreated at this age, and
    what the present bone makes of it."""
    a, own, tr = body
    untreated = untreated_log_strengths(a, own, tr, p)
    now = log_strengths(x, y, a, tr, p)
    _, cL = mineral_ratios(x, a, tr, p)
    reference = jnp.stack([a.rate_LL, a.rate_UL, a.rate_oth, a.rate_V])
    added, healthy = reference * tr.hazard, a.rate_healthy * tr.frailty
    return fracture.hazard(
        fracture.untreated_hazard(added, healthy, *untreated, p.fracture),
        limb=now[0] - untreated[0],
        vertebra=now[1] - untreated[1],
        space=x.K,
        recent=x.recent,
        tough=damage.toughness(tr.qK, cL, x.d, p.damage) / tr.qK,
        reach=tr.reach,
        p=p.fracture,
    )
