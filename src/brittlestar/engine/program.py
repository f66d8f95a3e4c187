"""The compiled program: a batch of people through all rows of time, outputs at chosen rows.

One program per shape: people come in batches of fixed size, so results do not depend on how many there are
or in which order. Rows that nobody needs (drugs not given, infusions not planned) are left out when traced.
"""

from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar.model.at_rest import rest
from brittlestar.model.fates import first_waits
from brittlestar.model.moment import Moment, moment_at
from brittlestar.model.outputs import outputs
from brittlestar.model.parameters import Parameters
from brittlestar.model.row import Row, Shape, Tables, through_row
from brittlestar.model.state import People, Person, of_each, traits
from brittlestar.outcomes.fracture import SITES


class Inputs(NamedTuple):
    """What a program reads, as arrays or as their shapes."""

    people: Any
    """:class:`~brittlestar.model.state.People`"""
    plan: Any
    """which plan each person follows [patient]"""
    rows: Any
    """:class:`~brittlestar.model.row.Row` of every plan [output, row, plan, ...]"""
    tables: Any
    """:class:`~brittlestar.model.row.Tables`"""
    p: Any
    """:class:`~brittlestar.model.parameters.Parameters`, drugs restricted to those of the run"""

    def of(self, who: np.ndarray) -> "Inputs":
        """The same of some people, by their numbers."""
        return self._replace(people=People(*(v[who] for v in self.people)), plan=self.plan[who])


def begin(people: People, plan: Array, tables: Tables, p: Parameters, shape: Shape) -> tuple[Person, Moment]:
    """Who everyone is, and everyone at entry."""
    person = Person(people.id.astype(jnp.uint32), plan, people.age_years, traits(people, p))
    first = jnp.full((len(SITES), *person.id.shape), jnp.inf)
    if shape.fates:
        first = first_waits(tables.seed, person.id)
    x = rest(person.entry_age, person.traits, tables.references, p, first)
    return person, moment_at(x, person.entry_age, person.traits, tables.references, p)


def one_row(
    now: Moment, row: Row, person: Person, tables: Tables, p: Parameters, shape: Shape
) -> tuple[Moment, Array]:
    """Everyone a row of time later, and their fracture marks [site, patient]; the row is of all plans."""
    return through_row(now, of_each(row, person.plan), person, tables, p, shape)


def observe(now: Moment, person: Person, p: Parameters, shape: Shape) -> dict[str, Array]:
    """The outputs of the shape [patient]."""
    return outputs(now, person.traits, p, shape.outputs)


def course(inputs: Inputs, shape: Shape) -> tuple[dict[str, Array], Array]:
    """Outputs [output time, patient], the first at entry, and fracture marks [row, site, patient].

    A mark is 0, or 1 to 255 as the share of the row that had passed when the fracture came.
    """
    tables, p = inputs.tables, inputs.p
    person, start = begin(inputs.people, inputs.plan, tables, p, shape)

    def one(now: Moment, row: Row) -> tuple[Moment, Array]:
        return one_row(now, row, person, tables, p, shape)

    def until_output(now: Moment, rows: Row) -> tuple[Moment, tuple[dict[str, Array], Array]]:
        now, marks = jax.lax.scan(one, now, rows)
        return now, (observe(now, person, p, shape), marks)

    _, (later, marks) = jax.lax.scan(until_output, start, inputs.rows)
    first = observe(start, person, p, shape)
    values = {name: jnp.concatenate([first[name][None], later[name]]) for name in shape.outputs}
    return values, marks.reshape(-1, *marks.shape[2:])


@lru_cache(maxsize=64)
def compiled(shape: Shape) -> Any:
    """The jitted program of a shape; XLA compiles it once per array shape."""
    return jax.jit(partial(course, shape=shape))
