"""Treated and untreated course of the same person: chance and what is unknown of the person kept apart."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from os import PathLike
from typing import Any

import numpy as np

from brittlestar._shared.arguments import real_between, seed_of, whole_between
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import manifest
from brittlestar._shared.parameters import DAYS_PER_YEAR
from brittlestar.care import Plan, PlanWarning, Regimen, as_plan
from brittlestar.comparison import rules
from brittlestar.comparison.burden import pairs_kept
from brittlestar.comparison.notes import notes_on, notes_on_z
from brittlestar.comparison.result import TREATED, UNTREATED, Comparison, Courses
from brittlestar.engine import (
    Course,
    Parameters,
    accepted_z,
    default_parameters,
    fingerprint,
    match_baseline_z,
    simulate_cohort,
    z_error,
)
from brittlestar.engine.aftermath import aftermath
from brittlestar.engine.given import Given
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person

MOST_DRAWS = 100_000
OUTPUTS_PER_YEAR = 12
MOST_CLEARANCE = 300.0


def compare(
    person: Person | Mapping[str, Any] | None = None,
    plan: Plan | Regimen | str | PathLike[str] | None = None,
    years: float | None = None,
    *,
    untreated: bool = True,
    draws: int = 200,
    people: int = 100,
    seed: int = 1,
    parameters: Parameters | None = None,
    step_days: float = 1.0,
    creatinine_clearance_ml_min: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    **traits: Any,
) -> Comparison:
    """The course of one person under a plan, beside that of the same person without treatment.

    Both courses meet the same chance: a fracture that would have come comes later, or not at all. The course
    without treatment has the same care (operations, supplements, activity) without the drugs; beside a plan
    that has no drug stands no care at all.

    Rules that wait for the course (a Z-score, healing seen) are dated for the usual such person: the median
    over fates, at monthly times for a Z-score. The plan is run, dated and run again until the dates come out
    as they went in, at most ``MOST_ROUNDS`` times; everybody then follows these dates. A note says them.

    Args:
        person: a :class:`Person` or its fields as a mapping; or give its fields by keyword.
        plan: a plan, words, a published regimen's name, or the path of a TOML file.
        years: length of both courses.
        untreated: whether to run the course without treatment too.
        draws: fates of the person who is usual in everything not told (what chance does).
        people: people who share all that is told and differ in the rest, each without chance (what is
            unknown of the person does); 0 leaves this out.
        seed: key of all chance, 0 to 2**32 - 1.
        parameters: the shipped set if left out.
        step_days: longest step; steps are cut so that the course ends at ``years``. A week changes
            little but pain, which starts at the end of the step in which a fracture comes.
        creatinine_clearance_ml_min: of the person, for a warning where labels withhold a drug; the course
            does not use it.
        progress: called with (courses done, courses in all); a plan that is run again adds courses.
        **traits: fields of :class:`Person`.

    Raises:
        InputError: anything no person, plan or course can have.

    Example:
        >>> compare(age=7, sex="female", oi_type="III", years=3,
        ...         plan="zoledronate 0.05 mg/kg iv every 6 months for 3 years").summary()  # doctest: +SKIP
    """
    who = _person(person, traits)
    care = _plan(_given("plan", plan, "words, a published name or a Plan"))
    span = _years(_given("years", years, "a number of years"))
    draws, people = _count("draws", draws, 1), _count("people", people, 0)
    step_days = real_between(step_days, 1 / 24, 28, "step_days", "an hour (0.042) to 28 days")
    seed = seed_of(seed)
    p = default_parameters() if parameters is None else parameters
    clearance = _clearance(creatinine_clearance_ml_min)
    other = {UNTREATED: beside(care)} if untreated else {}

    drawn = who.to_cohort(draws=max(people, 2), seed=seed).take(np.arange(people))
    usual, others = _matched((who.to_cohort(seed=seed), drawn), p)
    fates = Cohort(
        *(
            np.arange(draws) if f.name == "id" else np.repeat(getattr(usual, f.name), draws)
            for f in fields(usual)
        )
    )
    width, before = 1 + len(other), 0

    def report(done: int, _: int) -> None:
        if progress:
            progress(before + done, before + width * (draws + people))

    run = {"years": span, "who": who, "seed": seed, "parameters": p, "step_days": step_days}
    dated, settled = care, False
    for _ in range(rules.MOST_ROUNDS):
        plans = {TREATED: dated, **other}
        tiled, schedules, course = _run(fates, plans, fates=True, progress=report, **run)
        chance = Courses.split(course, tuple(plans), draws)
        given = [Given.from_plan(one, table) for one, table in zip(plans.values(), schedules)]
        index = np.repeat(np.arange(width), draws)
        after = aftermath(tiled, pairs_kept(course, draws), given, index, seed=seed)
        shown = rules.dated(care, dated, after, draws, who) if care.is_open else dated
        if settled := shown == dated:
            break
        dated, before = shown, before + width * draws
    unknown = None
    if people:
        before += width * draws
        *_, expected = _run(others, plans, fates=False, progress=report, **run)
        unknown = Courses.split(expected, tuple(plans), people)
    inputs = {
        "person": asdict(who),
        "plan": care.model_dump(mode="json"),
        "years": span,
        "untreated": untreated,
        "draws": draws,
        "people": people,
        "step_days": step_days,
        "creatinine_clearance_ml_min": clearance,
    }
    weight = float(np.nanmean(chance.outputs[TREATED]["weight_kg"][0]))
    notes = notes_on(who, care, span, draws, other.get(UNTREATED), clearance, weight)
    return Comparison(
        person=who,
        plan=care,
        resolved=plans[TREATED],
        beside=other.get(UNTREATED),
        years=span,
        chance=chance,
        unknown=unknown,
        after=after,
        notes=(*rules.said(plans[TREATED], who, span, settled), *notes, *notes_on_z(who, chance)),
        manifest=manifest(seed=seed, parameters=fingerprint(p), inputs=inputs),
    )


def beside(plan: Plan) -> Plan:
    """The plan without treatment: the same care without the drugs, or none if it has no drug."""
    return plan.without_drugs() if plan.all_drugs else Plan()


def _run(
    cohort: Cohort,
    plans: Mapping[str, Plan],
    *,
    years: float,
    who: Person,
    seed: int,
    parameters: Parameters,
    step_days: float,
    fates: bool,
    progress: Callable[[int, int], None],
) -> tuple[Any, list[Any], Course]:
    """The people once per plan, what each plan gives, and the course of all side by side."""
    outputs = max(round(years * OUTPUTS_PER_YEAR), 1)
    output_days = years * DAYS_PER_YEAR / outputs
    per = int(np.ceil(output_days / step_days - 1e-9))
    step = output_days / per
    drugs = next(iter(plans.values())).drugs
    n = len(cohort)
    schedules: list[Any] = [
        plan.schedule(outputs * per, step, who.age, drugs, who.sex) for plan in plans.values()
    ]
    tiled = cohort.under_each(len(plans))
    course = simulate_cohort(
        tiled,
        schedules,
        np.repeat(np.arange(len(plans)), n),
        years,
        seed=seed,
        parameters=parameters,
        step_days=step,
        output_days=output_days,
        fates=fates,
        progress=progress,
    )
    return tiled, schedules, course


def _matched(cohorts: tuple[Cohort, ...], parameters: Parameters) -> tuple[Cohort, ...]:
    """The same people with the Z-score that was measured; refused where one cannot have it."""
    z = float(cohorts[0].baseline_z[0])
    if np.isnan(z):
        return cohorts
    low, high = accepted_z(*cohorts, parameters=parameters)
    if not low <= z <= high:
        raise z_error(z, low, high)
    return tuple(match_baseline_z(one, z, parameters) if len(one) else one for one in cohorts)


def _person(person: Person | Mapping[str, Any] | None, traits: dict[str, Any]) -> Person:
    if isinstance(person, Person):
        if traits:
            raise InputError("compare", sorted(traits), "accepted: a Person or its fields, not both")
        return replace(person)
    if person is not None and not isinstance(person, Mapping):
        raise InputError("person", person, "accepted: a Person, or its fields such as age=7, sex='female'")
    told = {**(person or {}), **traits}
    known = [field.name for field in fields(Person)]
    for name in told:
        if name not in known:
            raise InputError("person", name, nearest(str(name), known))
    for name in ("age", "sex", "oi_type"):
        if told.get(name) is None:
            raise InputError(f"Person.{name}", None, "missing: age, sex and oi_type are needed")
    return Person(**told)


def _plan(value: Any) -> Plan:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlanWarning)  # said in the notes of the result instead
        return as_plan(value)


def _given(name: str, value: Any, accepted: str) -> Any:
    if value is None:
        raise InputError(name, None, f"missing; accepted: {accepted}")
    return value


def _years(value: Any) -> float:
    return real_between(value, 1 / DAYS_PER_YEAR, 80, "years", "one day (0.003) to 80 years")


def _clearance(value: Any) -> float | None:
    if value is None:
        return None
    where, accepted = "creatinine_clearance_ml_min", f"more than 0, at most {MOST_CLEARANCE:g} mL/min"
    return real_between(value, 5e-324, MOST_CLEARANCE, where, accepted)


def _count(name: str, value: Any, least: int) -> int:
    return whole_between(value, least, MOST_DRAWS, name)
