"""Treated and untreated course of people like one person: what chance does and what is not told of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from os import PathLike
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.arguments import real_between, seed_of, whole_between
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import manifest
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import Plan, Regimen, as_plan
from brittlestar.comparison import dating
from brittlestar.comparison.lives import PEOPLE, STEP_DAYS, TREATED, UNTREATED, Lives, Question, follow
from brittlestar.comparison.notes import notes_on, notes_on_lives, notes_on_z
from brittlestar.comparison.result import Comparison
from brittlestar.engine import Parameters, default_parameters, fingerprints, identity, outside_ranges, sets_of
from brittlestar.model.parameter_sets import Told
from brittlestar.model.switches import in_words, named, switched_off
from brittlestar.people.person import Person

MOST_DRAWS = 100_000
MOST_SETS = 200
"""Parameter sets of one's own: as many as power takes."""

RANGE_OF_OWN = (
    "The range over parameters is that of {} parameter sets of one's own, the first of which is the centre."
)

MOST_CLEARANCE = 300.0
"""Most of what is accepted: the budget decides long before; no measured clearance in mL/min is higher."""


def compare(
    person: Person | Mapping[str, Any] | None = None,
    plan: Plan | Regimen | str | PathLike[str] | None = None,
    years: float | None = None,
    *,
    untreated: bool = True,
    draws: int = PEOPLE,
    people: int | None = None,
    seed: int = 1,
    parameters: Told = None,
    without: str | Sequence[str] = (),
    step_days: float = STEP_DAYS,
    creatinine_clearance_ml_min: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    sets: Callable[[], Sequence[Parameters]] = tuple,
    **traits: Any,
) -> Comparison:
    """People like one person under a plan, beside the same people without treatment.

    They share all that is told and differ in the rest; a Z-score and past fractures weigh them by how well
    they fit (:mod:`brittlestar.comparison.conditioning`). Each meets luck of their own, the same under both
    plans: a fracture that would have come comes later, or not at all. The course without treatment has the
    same care (operations, supplements, activity) without the drugs; beside a plan that has no drug stands no
    care at all.

    Rules that wait for the course (a Z-score, healing seen) are dated for the usual such person: the median
    over people, a Z-score at the times of the outputs. The plan is run, dated and run again until the dates
    come out as they went in, at most ``MOST_ROUNDS`` times; everybody then follows these dates. A note says
    them.

    Args:
        person: a :class:`Person` or its fields as a mapping; or give its fields by keyword.
        plan: a plan, words, a published regimen's name, or the path of a TOML file.
        years: length of both courses.
        untreated: whether to run the course without treatment too.
        draws: people who share all that is told and differ in the rest, each living one life.
        people: without effect; the people of ``draws`` differ in what was not told.
        seed: key of all chance, 0 to 2**32 - 1.
        parameters: a set or its name, or the path of a file of sets; the shipped set if left out. Of several,
            at most ``MOST_SETS``, the first is the centre of every number and all are its range.
        without: channels of the effect on fractures that are switched off: ``strength``, ``turnover``.
        step_days: longest step; steps are cut so that the course ends at ``years``.
        creatinine_clearance_ml_min: of the person, for a warning where labels withhold a drug; the course
            does not use it.
        progress: called with (courses done, courses in all); a plan that is run again adds courses.
        sets: makes parameter sets that the science leaves open, beside the shipped one; another set is taken
            as if known, and several of one's own are those that are open.
        **traits: fields of :class:`Person`.

    Raises:
        InputError: anything no person, plan or course can have, more work or memory than
            ``_shared.budget.COMMAND_LINE``, or people whose course is not finite.

    Example:
        >>> compare(age=7, sex="female", oi_type="III", years=3,
        ...         plan="zoledronate 0.05 mg/kg iv every 6 months for 3 years").summary()  # doctest: +SKIP
    """
    who = _person(person, traits)
    care = as_plan(_given("plan", plan, "words, a published name or a Plan"))
    span = _years(_given("years", years, "a number of years"))
    draws = _count("draws", draws, 1)
    if people is not None:
        _count("people", people, 0)
    step_days = real_between(step_days, 1 / 24, 28, "step_days", "an hour (0.042) to 28 days")
    seed = seed_of(seed)
    if not isinstance(untreated, bool):
        raise InputError("untreated", untreated, "accepted: True or False")
    switched = named(without)
    own = [switched_off(one, switched) for one in sets_of(parameters, MOST_SETS)]
    p = own[0]
    clearance = _clearance(creatinine_clearance_ml_min)
    plans = {TREATED: care} | ({UNTREATED: beside(care)} if untreated else {})
    asked = Question(who, span, people=draws, seed=seed, parameters=p, step_days=step_days)
    asked.check(tuple(plans.values()))

    runs = 0

    def told(done: int, of: int) -> None:
        if progress:
            progress(of * (runs - 1) + done, of * max(len(plans), runs))

    def run(one: Plan) -> Lives:
        nonlocal runs
        runs += 1
        return follow(asked, one, told)

    lives = {}
    lives[TREATED], settled = dating.settled(care, run)
    if untreated:
        lives[UNTREATED] = run(plans[UNTREATED])
    resolved, course = lives[TREATED].plan, lives[TREATED].course
    inputs = {
        "person": asdict(who),
        "plan": care.model_dump(mode="json"),
        "years": span,
        "untreated": untreated,
        "draws": draws,
        "step_days": step_days,
        "creatinine_clearance_ml_min": clearance,
    }
    inputs |= ({"without": switched} if switched else {}) | fingerprints(own)
    weight = float(asked.over_people(course["weight_kg"][0]).mean())
    notes = notes_on(who, care, span, draws, plans.get(UNTREATED), clearance, weight)
    about_lives = notes_on_lives(who, lives.values())
    about_z = notes_on_z(who, lives[UNTREATED].course, asked.weight) if untreated else ()
    return Comparison(
        person=who,
        plan=care,
        resolved=resolved,
        beside=plans.get(UNTREATED),
        years=span,
        lives=lives,
        notes=(
            *words.switched_off(in_words(switched)),
            *dating.said(resolved, who, span, settled),
            *([RANGE_OF_OWN.format(len(own))] if len(own) > 1 else []),
            *notes,
            *outside_ranges(p),
            *about_z,
            *about_lives,
        ),
        manifest=manifest(seed=seed, parameters=identity(p), inputs=inputs, sets=len(own)),
        sets=_open(own, sets),
    )


def _open(own: Sequence[Parameters], usual: Callable[[], Sequence[Parameters]]) -> Callable[[], Any]:
    """What makes the sets beside the first: the others that were told, or those beside the shipped one."""
    if len(own) > 1:
        return lambda: own[1:]
    return usual if identity(own[0]) == identity(default_parameters()) else tuple


def beside(plan: Plan) -> Plan:
    """The plan without treatment: the same care without the drugs, or none if it has no drug."""
    return plan.without_drugs() if plan.all_drugs else Plan()


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


def _given(name: str, value: Any, accepted: str) -> Any:
    if value is None:
        raise InputError(name, None, f"missing; accepted: {accepted}")
    return value


def _years(value: Any) -> float:
    return real_between(value, 1 / DAYS_PER_YEAR, 90, "years", "one day (0.003) to 90 years")


def _clearance(value: Any) -> float | None:
    if value is None:
        return None
    where, accepted = "creatinine_clearance_ml_min", f"more than 0, at most {MOST_CLEARANCE:g} mL/min"
    return real_between(value, 5e-324, MOST_CLEARANCE, where, accepted)


def _count(name: str, value: Any, least: int) -> int:
    return whole_between(value, least, MOST_DRAWS, name)
