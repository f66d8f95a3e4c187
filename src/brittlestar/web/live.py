"""One invented person under a plan: fates, what is unknown of the person, what science leaves open.

Every plan is run alone under keyed chance, so that fate k is the same under all of them, and a plan that was
run before is not run again.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.chance import normal
from brittlestar.care import Plan
from brittlestar.comparison import rules
from brittlestar.comparison.rules import MOST_ROUNDS
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, Parameters, default_parameters, match_baseline_z
from brittlestar.engine.aftermath import NEEDED, Aftermath, aftermath
from brittlestar.engine.given import Given
from brittlestar.engine.out_of_100 import _jaw, measures
from brittlestar.evidence.priors import priors, with_theta
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person
from brittlestar.web.stride import STEP_DAYS, WEEKS, advance

DRAWS = 200
PEOPLE = 100
"""People who share what was told and differ in the rest."""

SETS = 16
"""Parameter sets that fit the calibration about as well."""

PLAN = "plan"
SHOWN = (
    "ls_abmd", "ls_z", "ls_median", "ls_sd", "resorption", "formation", "drug_surface_nmol",
    "drug_buried_nmol", "strength_vertebral", "strength_limb", "pain", "height_cm", "tb_th_um",
    "turnover_ratio", *(f"expected_fractures_{site}" for site in SITES),
)  # fmt: skip
"""Outputs that a screen shows."""

OUTPUTS = tuple(dict.fromkeys((*SHOWN, *NEEDED)))


@dataclass(frozen=True)
class Fates:
    """Two hundred fates of one person under one plan."""

    plan: Plan
    course: Course
    after: Aftermath

    @cached_property
    def told(self) -> list[tuple[str, str, str, np.ndarray, str]]:
        """Benefits and harms over the whole course: id, label, kind, chance of each fate, note."""
        return measures(self.after, float(self.course.time_years[-1]))

    @cached_property
    def jaw(self) -> dict[str, Any]:
        """The harm that is known by a bound alone, under the label of the plan."""
        return _jaw(self.after, float(self.course.time_years[-1]), [PLAN])

    def fractures(self, years: float, sites: Sequence[int] = ()) -> np.ndarray:
        """Fractures of each fate up to a time [DRAWS]."""
        c = self.course
        keep = c.fracture_years <= years
        if sites:
            keep &= np.isin(c.fracture_site, sites)
        return np.bincount(c.fracture_person[keep], minlength=DRAWS)


def settled(person: Person, plan: Plan, years: int, seed: int) -> tuple[Plan, bool]:
    """The plan with the dates that its rules get, and whether they came to rest.

    A rule that waits for the course (a Z-score, healing seen) is dated for the usual such person: the plan is
    run, dated and run again until the dates come out as they went in.
    """
    dated = plan
    for _ in range(MOST_ROUNDS if plan.is_open else 0):
        shown = rules.dated(plan, dated, fates(person, dated, years, seed).after, DRAWS, person)
        if shown == dated:
            return dated, True
        dated = shown
    return dated, not plan.is_open


def fates(person: Person, plan: Plan, years: int, seed: int) -> Fates:
    """The person's fates under the plan; run once for the same question."""
    return _fates(person, plan.to_toml(), years, seed)


@lru_cache(maxsize=24)
def _fates(person: Person, text: str, years: int, seed: int) -> Fates:
    plan = Plan.from_toml(text)
    cohort = _same(person, seed)
    schedule = _schedule(person, plan, years)
    course = advance(cohort, [schedule], np.zeros(DRAWS, int), years, outputs=OUTPUTS, seed=seed)
    given = Given.from_plan(plan, schedule)
    return Fates(plan, course, aftermath(cohort, course, [given], np.zeros(DRAWS, int), seed=seed))


def side_by_side(person: Person, plans: Sequence[Plan], years: int, seed: int) -> list[Fates]:
    """Fates under several plans, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda plan: fates(person, plan, years, seed), plans))


@lru_cache(maxsize=16)
def _same(person: Person, seed: int) -> Cohort:
    """The usual such person, once per fate."""
    usual = _matched(person.to_cohort(seed=seed))
    return Cohort(
        *(
            np.arange(DRAWS) if f.name == "id" else np.repeat(getattr(usual, f.name), DRAWS)
            for f in fields(usual)
        )
    )


def _matched(cohort: Cohort, parameters: Parameters | None = None) -> Cohort:
    known = np.isfinite(cohort.baseline_z).any()
    return match_baseline_z(cohort, cohort.baseline_z, parameters) if known else cohort


def _schedule(person: Person, plan: Plan, years: int) -> object:
    return plan.schedule(years * WEEKS, STEP_DAYS, person.age, DRUGS, person.sex)


def _repeated(cohort: Cohort, times: int) -> Cohort:
    """Everyone as many times, each under an id of their own: no chance is drawn for them."""
    index = np.tile(np.arange(len(cohort)), times)
    own = {f.name: getattr(cohort, f.name)[index] for f in fields(cohort)}
    return Cohort(**{**own, "id": np.arange(len(index))})


def _expected(
    person: Person, cohort: Cohort, plans: Sequence[Plan], years: int, seed: int, p: Parameters | None
) -> list[dict[str, np.ndarray]]:
    """Expected outputs [T, person] under each plan."""
    n = len(cohort)
    tables = [_schedule(person, plan, years) for plan in plans]
    index = np.repeat(np.arange(len(plans)), n)
    people = _repeated(cohort, len(plans))
    course = advance(
        people, tables, index, years, outputs=SHOWN, seed=seed, fates=False, parameters=p, any_drug=True
    )
    return [
        {name: values[:, i * n : (i + 1) * n] for name, values in course.outputs.items()}
        for i in range(len(plans))
    ]


def unknown(person: Person, plans: Sequence[Plan], years: int, seed: int) -> list[dict[str, np.ndarray]]:
    """Expected courses of people who share all that was told and differ in the rest, [T, PEOPLE] per plan."""
    return _unknown(person, tuple(plan.to_toml() for plan in plans), years, seed)


@lru_cache(maxsize=6)
def _unknown(person: Person, texts: tuple[str, ...], years: int, seed: int) -> list[dict[str, np.ndarray]]:
    plans = [Plan.from_toml(text) for text in texts]
    others = _matched(person.to_cohort(draws=PEOPLE, seed=seed))
    return _expected(person, others, plans, years, seed, None)


def science(person: Person, plans: Sequence[Plan], years: int, seed: int) -> list[dict[str, np.ndarray]]:
    """Expected course of the usual such person under sets of the calibration, [T, SETS] per plan."""
    return _science(person, tuple(plan.to_toml() for plan in plans), years, seed)


@lru_cache(maxsize=6)
def _science(person: Person, texts: tuple[str, ...], years: int, seed: int) -> list[dict[str, np.ndarray]]:
    plans = [Plan.from_toml(text) for text in texts]

    def one(p: Parameters) -> list[dict[str, np.ndarray]]:
        usual = _matched(person.to_cohort(seed=seed), p)
        return _expected(person, usual, plans, years, seed, p)

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(one, rival_sets(seed)))
    return [
        {name: np.concatenate([run[i][name] for run in runs], axis=1) for name in SHOWN}
        for i in range(len(plans))
    ]


@cache
def rival_sets(seed: int) -> list[Parameters]:
    """Parameter sets from the normal posterior of the logarithms of the calibrated parameters."""
    text = resources.files("brittlestar.evidence").joinpath("posterior.json").read_text(encoding="utf-8")
    found, free = json.loads(text), {prior.id: prior for prior in priors()}
    order = [free[name] for name in found["parameters"]]
    root = np.linalg.cholesky(np.asarray(found["log_covariance"]))
    scores = normal(seed, np.arange(SETS)[:, None], "page, rival sets", np.arange(len(order))[None, :])
    p = default_parameters()
    return [with_theta(p, order, theta) for theta in np.asarray(found["log_mode"]) + scores @ root.T]
