"""The same people and plan, run by the engine and by solvers of other projects, for compare_solvers.py.

Care is infusions at the start of every stretch of 24 weeks, so that a stretch is smooth and outputs every 4
weeks fall on its ends. Every solver is given its best: one call a stretch, output times inside a call,
equations compiled, state packed in one vector.
"""

from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.integrate import solve_ivp

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import simulate_cohort
from brittlestar.exchange.model import OUTPUTS, continuous_model
from brittlestar.exchange.sbml_file import document
from brittlestar.model.at_rest import rest
from brittlestar.model.equations import EVENTS_ONLY, infused, rates
from brittlestar.model.healthy_table import load_reference, table
from brittlestar.model.outputs import read
from brittlestar.model.parameters import default_parameters
from brittlestar.model.reference_solution import stretches
from brittlestar.model.state import People, Person, State, of_each, traits
from brittlestar.people.sampling import sample_cohort
from scales import over_scale

PLAN = "zoledronate 0.05 mg/kg iv every 24 weeks"
STRETCH, STRETCHES, OUTPUT_DAYS, STEP_DAYS = 168.0, 6, 28.0, 7.0
DAYS = STRETCH * STRETCHES
YEARS = DAYS / DAYS_PER_YEAR
PER = round(STRETCH / OUTPUT_DAYS)

Course = np.ndarray
"""[output, time, person] after entry, every 4 weeks, before the infusion of that day"""


@dataclass
class Problem:
    """People and their plan."""

    people: int
    seed: int = 1

    @cached_property
    def cohort(self) -> Any:
        return sample_cohort(self.people, seed=self.seed, age_years=(4.0, 15.0), types="referral")

    @cached_property
    def schedule(self) -> Any:
        return as_plan(PLAN).schedule(round(DAYS / STEP_DAYS), STEP_DAYS, drugs=("zoledronate",))

    def engine(self, people: int, step_days: float = STEP_DAYS, **how: Any) -> Course:
        """The engine's step, all outputs, on one core; ``how`` as for ``simulate_cohort``."""
        schedule = as_plan(PLAN).schedule(round(DAYS / step_days), step_days, drugs=DRUGS)
        found = simulate_cohort(
            self.cohort.take(np.arange(people)), [schedule], np.zeros(people, int), YEARS,
            step_days=step_days, output_days=OUTPUT_DAYS, outputs=OUTPUTS, fates=False, workers=1, **how,
        )  # fmt: skip
        return np.stack([found[name][1:] for name in OUTPUTS])

    def text(self, person: int) -> str:
        """One person's SBML."""
        one = self.cohort.take(np.array([person]))
        return document(continuous_model(one, self.schedule, YEARS), f"person {person}")


class Equations:
    """The continuous system of one person, packed, as compiled functions."""

    def __init__(self, problem: Problem):
        p = default_parameters()
        self.rows = table(load_reference(), p)
        pick = np.array([DRUGS.index(drug) for drug in problem.schedule.drugs])
        self.p = p._replace(drugs=type(p.drugs)(*(np.asarray(column)[pick][:, None] for column in p.drugs)))
        through, first = stretches([problem.schedule], round(DAYS / STEP_DAYS), STEP_DAYS), np.zeros(1, int)
        for name, values in through.care._asdict().items():
            assert (values == values[:1]).all(), f"{name} changes within the plan"
        self.care = of_each(jax.tree.map(lambda v: v[0], through.care), first)
        given = np.flatnonzero(through.doses.any(axis=(1, 2, 3, 4)))
        assert np.allclose(through.start[given], STRETCH * np.arange(STRETCHES))
        self.doses = jnp.stack([of_each(through.doses[k], first) for k in given])
        self.people = People._make(np.asarray(getattr(problem.cohort, name)) for name in People._fields)
        *_, x0 = self.start(self.person(0))
        self.fixed = {name: getattr(x0, name) for name in EVENTS_ONLY}
        _, self.unpack = ravel_pytree(self._moving(x0))

    def person(self, i: int) -> People:
        return People(*(field[i : i + 1] for field in self.people))

    def start(self, person: People) -> tuple[Any, Any, State]:
        tr = traits(person, self.p)
        return tr, person.age_years, rest(person.age_years, tr, self.rows, self.p, jnp.full((4, 1), jnp.inf))

    @staticmethod
    def who(tr: Any, entry: Any) -> Person:
        """One person; neither chance nor the number of the plan is read."""
        return Person(jnp.zeros(1, jnp.uint32), jnp.zeros(1, int), entry, tr)

    @staticmethod
    def _moving(x: State) -> dict[str, Any]:
        return {name: value for name, value in x._asdict().items() if name not in EVENTS_ONLY}

    def packed(self, x: State) -> Any:
        return ravel_pytree(self._moving(x))[0]

    def state(self, y: Any) -> State:
        return State(**self.unpack(y), **self.fixed)

    def field(self, day: Any, y: Any, tr: Any, entry: Any) -> Any:
        return self.packed(rates(day, self.state(y), self.care, self.who(tr, entry), self.rows, self.p))

    def infused(self, day: Any, y: Any, doses: Any, tr: Any, entry: Any) -> Any:
        return self.packed(infused(day, self.state(y), doses, self.who(tr, entry), self.rows, self.p))

    def outputs(self, days: Any, y: Any, tr: Any, entry: Any) -> Any:
        """[output, time] of packed states [time, state]."""

        def one(day: Any, y: Any) -> Any:
            found = read(self.state(y), entry + day / DAYS_PER_YEAR, tr, self.rows, self.p, OUTPUTS)
            return jnp.stack([found[name][0] for name in OUTPUTS])

        return jax.vmap(one, out_axes=1)(days, y)


def with_diffrax(equations: Equations, solver: Any) -> Callable[[People, float], Any]:
    """Compiled course of one person at a tolerance: [output, time]; to be mapped over people or not."""

    def course(person: People, tolerance: Any) -> Any:
        tr, entry, x0 = equations.start(person)
        control = diffrax.PIDController(rtol=tolerance, atol=1e-3 * tolerance)
        term = diffrax.ODETerm(lambda day, y, _: equations.field(day, y, tr, entry))

        def through(y: Any, now: Any) -> Any:
            start, doses = now
            y = equations.infused(start, y, doses, tr, entry)
            days = start + OUTPUT_DAYS * jnp.arange(1.0, PER + 1)
            found = diffrax.diffeqsolve(
                term, solver, start, start + STRETCH, None, y, saveat=diffrax.SaveAt(ts=days),
                stepsize_controller=control, max_steps=1_000_000,
            )  # fmt: skip
            assert found.ys is not None
            return found.ys[-1], equations.outputs(days, found.ys, tr, entry)

        starts = STRETCH * jnp.arange(float(STRETCHES))
        _, out = jax.lax.scan(through, equations.packed(x0), (starts, equations.doses))
        return jnp.moveaxis(out, 0, 1).reshape(len(OUTPUTS), STRETCHES * PER)

    return course


def with_lsoda(equations: Equations, people: int) -> Callable[[float], Course]:
    """SciPy's LSODA on the compiled rates, one person after the other."""
    field, infused = jax.jit(equations.field), jax.jit(equations.infused)
    outputs, doses = jax.jit(equations.outputs), np.asarray(equations.doses)

    @jax.jit
    def start(person: People) -> tuple[Any, Any, Any]:
        tr, entry, x0 = equations.start(person)
        return tr, entry, equations.packed(x0)

    def course(tolerance: float) -> Course:
        found = []
        for i in range(people):
            tr, entry, y = start(equations.person(i))
            parts = []
            for k in range(STRETCHES):
                day = k * STRETCH
                y = np.asarray(infused(day, y, doses[k], tr, entry))
                done = solve_ivp(
                    lambda t, y: np.asarray(field(t, y, tr, entry)),  # noqa: B023
                    (day, day + STRETCH), y, "LSODA",
                    t_eval=day + OUTPUT_DAYS * np.arange(1.0, PER + 1), rtol=tolerance, atol=1e-3 * tolerance,
                )  # fmt: skip
                y = done.y[:, -1]
                parts.append(outputs(done.t, done.y.T, tr, entry))
            found.append(np.concatenate([np.asarray(part) for part in parts], axis=1))
        return np.stack(found, axis=-1)

    return course


def with_roadrunner(texts: list[str]) -> Callable[[float, float], Course]:
    """libRoadRunner (CVODE) on each person's exported file, loaded and compiled beforehand."""
    import roadrunner

    loaded = [roadrunner.RoadRunner(text) for text in texts]
    points = round(DAYS / OUTPUT_DAYS) + 1

    def course(relative: float, absolute: float) -> Course:
        found = []
        for model in loaded:
            model.reset()
            model.integrator.relative_tolerance = relative
            model.integrator.absolute_tolerance = absolute
            model.integrator.maximum_num_steps = 1_000_000
            out = np.asarray(model.simulate(0.0, DAYS, points, list(OUTPUTS)))
            found.append(out[1:].T)
        return np.stack(found, axis=-1)

    return course


def bone_models(name: str) -> Callable[[], None]:
    """A model of the package bone-models over the same span, with its own load case and its own tolerance.

    Args:
        name: "lemaire" (three cell populations, the quickest) or "martinez_reina" (mineral, denosumab).
    """
    from importlib import import_module

    cases = import_module(f"bone_models.load_cases.{name}_load_cases")
    model = import_module(f"bone_models.models.{name}_model")
    words = name.title()
    case = getattr(cases, f"{words}_Load_Case" if name != "lemaire" else "Lemaire_Load_Case_1")
    kind = getattr(model, f"{words}_Model")

    def course() -> None:
        with redirect_stdout(StringIO()):
            kind(case()).solve_bone_cell_population_model((0.0, DAYS))

    return course


def errors(found: Course, true: Course) -> tuple[float, float]:
    """Largest and median error over outputs, times and people, each over its scale (``scales.py``).

    Days of an infusion are left out: some tools read before it, some after.
    """
    relative = np.stack([over_scale(name, found[i], true[i]) for i, name in enumerate(OUTPUTS)])
    smooth = np.arange(1, true.shape[1] + 1) % PER != 0
    relative = relative[:, smooth]
    return float(np.nanmax(relative)) if np.isfinite(relative).all() else float("inf"), float(
        np.median(relative)
    )
