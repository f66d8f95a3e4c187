"""The compiled program: a batch of people through all steps, outputs at chosen steps.

One program per shape: people come in batches of fixed size, so results do not depend on how many there are
or in which order. Rows that nobody needs (drugs not given, infusions not planned) are left out when traced.
"""

from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from brittlestar._shared.parameters import DAYS_PER_YEAR
from brittlestar.engine.fates import first_waits, further_waits
from brittlestar.engine.intake import Care
from brittlestar.engine.parameters import Parameters
from brittlestar.engine.readout import read
from brittlestar.engine.rest import at_entry, rest
from brittlestar.engine.state import People, traits
from brittlestar.engine.step import step
from brittlestar.outcomes.fracture import SITES


class Shape(NamedTuple):
    """What is fixed when the program is compiled."""

    steps_per_output: int
    substeps: int
    fates: bool
    outputs: tuple[str, ...]


class Schedules(NamedTuple):
    """Care of every plan at every step, [step, plan, ...]; drugs are those of the run."""

    iv: Array
    """[output, step, plan, 5, dose]"""
    iv_day: Array
    """[output, step, plan, dose]"""
    iv_drug: Array
    """[output, step, plan, dose]"""
    oral: Array
    """[output, step, plan, 4, drug]"""
    calcium: Array
    """[output, step, plan]"""
    D25: Array
    """[output, step, plan]"""
    activity: Array
    """[output, step, plan, 3]"""
    immobilised: Array
    """[output, step, plan]"""
    rankl: Array
    """[output, step, plan]"""
    formation: Array
    """[output, step, plan]"""
    limb_hazard: Array
    """[output, step, plan]"""
    infused: Array
    """an infusion in this step or just before it [output, step, plan]"""


def _care(now: Schedules, plan: Array) -> Care:
    """Each patient's row of the schedules at one step, patients last."""

    def pick(rows: Array) -> Array:
        return jnp.moveaxis(rows[plan], 0, -1)

    infused = pick(now.infused)
    return Care(
        iv_mg=pick(now.iv),
        iv_day=pick(now.iv_day),
        iv_drug=pick(now.iv_drug),
        oral_mg_per_day=pick(now.oral),
        calcium=pick(now.calcium),
        D25=pick(now.D25),
        activity=pick(now.activity),
        immobilised=pick(now.immobilised),
        rankl=pick(now.rankl),
        formation=pick(now.formation),
        limb_hazard=pick(now.limb_hazard),
        infused=infused,
        any_infused=jnp.any(infused),
    )


def course(
    people: People,
    plan: Array,
    schedules: Schedules,
    rows: Array,
    p: Parameters,
    days: Array,
    seed: Array,
    shape: Shape,
) -> tuple[dict[str, Array], Array]:
    """Outputs [output time, patient], the first at entry, and fracture marks [step, site, patient].

    A mark is 0, or 1 to 255 as the share of the step that had passed when the fracture came.
    """
    tr = traits(people, p)
    person = people.id.astype(jnp.uint32)
    draw = partial(further_waits, seed, person) if shape.fates else None
    first = first_waits(seed, person) if shape.fates else jnp.full((len(SITES), *person.shape), jnp.inf)
    x0 = rest(people.age_years, tr, rows, p, first)

    def observe(x: Any, number: Array) -> dict[str, Array]:
        age = people.age_years + number * days / DAYS_PER_YEAR
        return read(x, age, tr, rows, p, shape.outputs)

    def one(carry: Any, now: Schedules) -> tuple[Any, Array]:
        x, here, number = carry
        end = people.age_years + (number + 1.0) * days / DAYS_PER_YEAR
        x, here, marks = step(x, here, end, _care(now, plan), tr, rows, p, days, shape.substeps, draw)
        return (x, here, number + 1.0), marks

    def until_output(carry: Any, now: Schedules) -> tuple[Any, tuple[dict[str, Array], Array]]:
        carry, marks = jax.lax.scan(one, carry, now)
        x, _, number = carry
        return carry, (observe(x, number), marks)

    start = (x0, at_entry(x0, people.age_years, tr, rows, p), jnp.zeros(()))
    _, (later, marks) = jax.lax.scan(until_output, start, schedules)
    now = observe(x0, jnp.zeros(()))
    outputs = {name: jnp.concatenate([now[name][None], later[name]]) for name in shape.outputs}
    return outputs, marks.reshape(-1, *marks.shape[2:])


@lru_cache(maxsize=64)
def compiled(shape: Shape) -> Any:
    """The jitted program of a shape; XLA compiles it once per array shape."""
    return jax.jit(partial(course, shape=shape))
