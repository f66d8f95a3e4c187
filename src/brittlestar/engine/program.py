"""The compiled program: a batch of people through all steps, outputs at chosen steps.

One program per shape: people come in batches of fixed size, so results do not depend on how many there are
or in which order. Rows that nobody needs (drugs not given, infusions not planned) are left out when traced.
"""

from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.model.amounts_given import Care
from brittlestar.model.at_rest import at_entry, rest
from brittlestar.model.fates import first_waits, further_waits
from brittlestar.model.outputs import outputs
from brittlestar.model.parameters import Parameters
from brittlestar.model.rounds import Here
from brittlestar.model.state import People, State, Traits, traits
from brittlestar.model.step import step
from brittlestar.outcomes.fracture import SITES


class Shape(NamedTuple):
    """What is fixed when the program is compiled."""

    rows_per_output: int
    substeps: int
    cuts: bool
    """whether a row can be cut: there are infusions, tablets, or outputs between steps"""
    fates: bool
    outputs: tuple[str, ...]


def _of_each(care: Care, plan: Array) -> Care:
    """Each patient's care of a row, patients last, from that of the plans."""
    return Care(*(jnp.moveaxis(table[plan], 0, -1) for table in care))


class Inputs(NamedTuple):
    """What a program reads, as arrays or as their shapes."""

    people: Any
    """:class:`People`"""
    plan: Any
    """row of the schedules of each person [patient]"""
    care: Any
    """:class:`Care` of every plan [output, row, plan, ...]"""
    pieces: Any
    """pieces of the rows that are cut, from :mod:`brittlestar.engine.care_tables`"""
    rows: Any
    """healthy references, from :func:`brittlestar.model.healthy.table`"""
    p: Any
    """:class:`Parameters`, drugs restricted to those of the run"""
    days: Any
    """length of a whole step"""
    seed: Any
    """key of the fracture fates"""


class Moving(NamedTuple):
    """What changes from step to step."""

    x: State
    here: Here


def begin(people: People, rows: Array, p: Parameters, seed: Array, shape: Shape) -> tuple[Traits, Moving]:
    """Everyone's constants, and everyone at entry."""
    tr, person = traits(people, p), people.id.astype(jnp.uint32)
    first = jnp.full((len(SITES), *person.shape), jnp.inf)
    if shape.fates:
        first = first_waits(seed, person)
    x = rest(people.age_years, tr, rows, p, first)
    return tr, Moving(x, at_entry(x, people.age_years, tr, rows, p))


def one_row(
    now: Moving,
    care: Care,
    people: People,
    plan: Array,
    tr: Traits,
    pieces: Array,
    rows: Array,
    p: Parameters,
    days: Array,
    seed: Array,
    shape: Shape,
) -> tuple[Moving, Array]:
    """Everyone a row of time later, and their fracture marks [site, patient]; care is that of the row."""
    draw = partial(further_waits, seed, people.id.astype(jnp.uint32)) if shape.fates else None
    mine = _of_each(care, plan)
    end = people.age_years + mine.end_day / DAYS_PER_YEAR
    x, here, marks = step(
        now.x, now.here, end, mine, tr, rows, pieces, p, days, shape.substeps, shape.cuts, draw
    )
    return Moving(x, here), marks


def observe(now: Moving, tr: Traits, p: Parameters, shape: Shape) -> dict[str, Array]:
    """The outputs of the shape [patient]."""
    return outputs(now.x, now.here.a, now.here.y, tr, p, shape.outputs)


def course(
    people: People,
    plan: Array,
    care: Care,
    pieces: Array,
    rows: Array,
    p: Parameters,
    days: Array,
    seed: Array,
    shape: Shape,
) -> tuple[dict[str, Array], Array]:
    """Outputs [output time, patient], the first at entry, and fracture marks [row, site, patient].

    A mark is 0, or 1 to 255 as the share of the row that had passed when the fracture came.
    """
    tr, start = begin(people, rows, p, seed, shape)

    def one(carry: Moving, now: Care) -> tuple[Moving, Array]:
        return one_row(carry, now, people, plan, tr, pieces, rows, p, days, seed, shape)

    def until_output(carry: Moving, now: Care) -> tuple[Moving, tuple[dict[str, Array], Array]]:
        carry, marks = jax.lax.scan(one, carry, now)
        return carry, (observe(carry, tr, p, shape), marks)

    _, (later, marks) = jax.lax.scan(until_output, start, care)
    first = observe(start, tr, p, shape)
    values = {name: jnp.concatenate([first[name][None], later[name]]) for name in shape.outputs}
    return values, marks.reshape(-1, *marks.shape[2:])


@lru_cache(maxsize=64)
def compiled(shape: Shape) -> Any:
    """The jitted program of a shape; XLA compiles it once per array shape."""
    return jax.jit(partial(course, shape=shape))
