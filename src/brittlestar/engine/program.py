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
from brittlestar.engine.follow import Here
from brittlestar.engine.intake import Care
from brittlestar.engine.parameters import Parameters
from brittlestar.engine.readout import outputs
from brittlestar.engine.rest import at_entry, rest
from brittlestar.engine.state import People, State, Traits, traits
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
        infused=pick(now.infused),
    )


class Inputs(NamedTuple):
    """What a program reads, as arrays or as their shapes."""

    people: Any
    """:class:`People`"""
    plan: Any
    """row of the schedules of each person [patient]"""
    schedules: Any
    """:class:`Schedules`"""
    rows: Any
    """healthy references, from :func:`brittlestar.engine.forcing.table`"""
    p: Any
    """:class:`Parameters`, drugs restricted to those of the run"""
    days: Any
    """length of a step"""
    seed: Any
    """key of the fracture fates"""


class Moving(NamedTuple):
    """What changes from step to step."""

    x: State
    here: Here
    number: Array
    """steps so far"""


def begin(people: People, rows: Array, p: Parameters, seed: Array, shape: Shape) -> tuple[Traits, Moving]:
    """Everyone's constants, and everyone at entry."""
    tr, person = traits(people, p), people.id.astype(jnp.uint32)
    first = jnp.full((len(SITES), *person.shape), jnp.inf)
    if shape.fates:
        first = first_waits(seed, person)
    x = rest(people.age_years, tr, rows, p, first)
    return tr, Moving(x, at_entry(x, people.age_years, tr, rows, p), jnp.zeros(()))


def one_step(
    now: Moving,
    schedules: Schedules,
    people: People,
    plan: Array,
    tr: Traits,
    rows: Array,
    p: Parameters,
    days: Array,
    seed: Array,
    shape: Shape,
) -> tuple[Moving, Array]:
    """Everyone a step later, and their fracture marks [site, patient]; schedules are those of the step."""
    draw = partial(further_waits, seed, people.id.astype(jnp.uint32)) if shape.fates else None
    end = people.age_years + (now.number + 1.0) * days / DAYS_PER_YEAR
    care = _care(schedules, plan)
    x, here, marks = step(now.x, now.here, end, care, tr, rows, p, days, shape.substeps, draw)
    return Moving(x, here, now.number + 1.0), marks


def observe(now: Moving, tr: Traits, p: Parameters, shape: Shape) -> dict[str, Array]:
    """The outputs of the shape [patient]."""
    return outputs(now.x, now.here.a, now.here.y, tr, p, shape.outputs)


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
    tr, start = begin(people, rows, p, seed, shape)

    def one(carry: Moving, now: Schedules) -> tuple[Moving, Array]:
        return one_step(carry, now, people, plan, tr, rows, p, days, seed, shape)

    def until_output(carry: Moving, now: Schedules) -> tuple[Moving, tuple[dict[str, Array], Array]]:
        carry, marks = jax.lax.scan(one, carry, now)
        return carry, (observe(carry, tr, p, shape), marks)

    _, (later, marks) = jax.lax.scan(until_output, start, schedules)
    first = observe(start, tr, p, shape)
    values = {name: jnp.concatenate([first[name][None], later[name]]) for name in shape.outputs}
    return values, marks.reshape(-1, *marks.shape[2:])


@lru_cache(maxsize=64)
def compiled(shape: Shape) -> Any:
    """The jitted program of a shape; XLA compiles it once per array shape."""
    return jax.jit(partial(course, shape=shape))
