"""One person and one plan, as they are told, to the text of a file: SBML, or code of rxode2 or mrgsolve."""

import warnings
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import NOTE, commit, version
from brittlestar._shared.output import output_file
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import Plan, as_plan
from brittlestar.care.rest import as_far_as_known
from brittlestar.care.withheld import WHY, withheld
from brittlestar.comparison import compare
from brittlestar.engine import Parameters, default_parameters, fingerprint, match_baseline_z, outside_ranges
from brittlestar.exchange.model import OUTPUTS, ContinuousModel, continuous_model
from brittlestar.exchange.model_code import doses, mrgsolve, rxode2
from brittlestar.exchange.sbml_file import document
from brittlestar.people.person import Person

STEP_DAYS = 7.0
"""Care is constant within a step, as in a run of the engine."""

LANGUAGES = {"rxode2": rxode2, "mrgsolve": mrgsolve}


def outputs_told(plan: Any) -> tuple[str, ...]:
    """Outputs that a file under this plan holds: all but those whose balance nobody knows under its drugs.

    Args:
        plan: words, a published name, a file or a plan.

    Raises:
        InputError: a plan that cannot be.

    Example:
        >>> sorted(set(OUTPUTS) - set(outputs_told("teriparatide 20 ug/day")))
        ['calcium_change_mmol_per_l', 'pth_ratio']
    """
    silent = withheld(as_plan(plan))
    return tuple(name for name in OUTPUTS if name not in silent)


def model_of(
    person: Person,
    plan: Any,
    years: float,
    *,
    parameters: Parameters | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[ContinuousModel, Plan]:
    """The equations of the usual such person under a plan, and the plan with its dates.

    What the person was not told to be has the usual value of the type. Dates that wait for the course
    (healing, a Z-score) are those of :func:`brittlestar.comparison.compare`.

    Args:
        person: who.
        plan: words, a published name, a file or a plan.
        years: span of the file.
        parameters: the shipped set if left out.
        progress: called with (courses done, courses in all) while dates are sought.

    Raises:
        InputError: a plan that cannot be, years outside one day to 90, or past fractures.
        PlanWarning: what departs from labels or published use in the plan.
    """
    if not 1 / DAYS_PER_YEAR <= years <= 90:
        raise InputError("years", years, "accepted: one day (0.003) to 90 years")
    told = person.fractures_last_2_years
    if told is not None:
        usual = "accepted: none: the file holds one usual person, and fractures weigh many who differ"
        raise InputError("Person.fractures_last_2_years", told, usual)
    p = parameters or default_parameters()
    care = as_plan(plan)
    for warning in care.check():
        warnings.warn(warning, stacklevel=3)
    if care.is_open:
        care = compare(person, care, years, parameters=p, progress=progress).resolved
    cohort = person.to_cohort()
    if np.isfinite(cohort.baseline_z).any():
        cohort = match_baseline_z(cohort, cohort.baseline_z, p)
    steps = int(np.ceil(years * DAYS_PER_YEAR / STEP_DAYS - 1e-9))
    planned = care.schedule(steps, STEP_DAYS, person.age, care.drugs, person.sex)
    schedule = as_far_as_known(planned, person.age, person.sex)
    asked = {"parameters": p, "step_days": STEP_DAYS, "outputs": outputs_told(care)}
    return continuous_model(cohort, schedule, years, **asked), care


def sbml(
    person: Person,
    plan: Any,
    years: float,
    *,
    parameters: Parameters | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """The model of one person under one plan as SBML; arguments as for :func:`model_of`.

    Example:
        >>> text = sbml(Person(age=7, sex="female", oi_type="III"), "no treatment", 1)
        >>> text.count("<rateRule")
        38
    """
    model, care = model_of(person, plan, years, parameters=parameters, progress=progress)
    notes = _notes(person, care, years, parameters)
    return document(model, f"{person.oi_type}, {person.age:g} y, {person.sex}: {care.in_words()}", notes)


def _notes(person: Person, care: Plan, years: float, parameters: Parameters | None) -> tuple[str, ...]:
    told = ", ".join(
        f"{name} {value}" for name, value in vars(person).items() if value is not None and name != "oi_type"
    )
    used, words = fingerprint(parameters or default_parameters()), care.in_words()
    return (
        f"{NOTE.capitalize()}: {told}, OI type {person.oi_type}; plan: {words}; for {years:g} years.",
        "Time in days from entry. Everything drawn by chance has its usual value. Fractures are expected "
        "(Lam, expected_fractures) and do not happen in this file, so nothing follows from one.",
        *(f"Plan, {warning}." for warning in care.check() if warning.rule == "outside-the-factsheet"),
        *([f"Not in this file: {', '.join(silent)}, {WHY}."] if (silent := withheld(care)) else []),
        *outside_ranges(parameters or default_parameters()),
        f"brittlestar {version()}, commit {commit() or 'unknown'}, parameters {used}.",
    )


def export_sbml(
    path: str | PathLike[str],
    person: Person,
    plan: Any,
    years: float,
    *,
    parameters: Parameters | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write :func:`sbml` to a file, which appears whole or not at all.

    Raises:
        InputError: the file exists and ``force`` is not given, or cannot be written.
    """
    with output_file(path, force=force) as file:
        text = sbml(person, plan, years, parameters=parameters, progress=progress)
        file.write_text(text, encoding="utf-8")


def export_code(
    path: str | PathLike[str],
    person: Person,
    plan: Any,
    years: float,
    *,
    language: str = "rxode2",
    parameters: Parameters | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the model of one person under one plan as a model file, and its infusions as an event table.

    Args:
        path: of the model file; ``NAME.doses.csv`` stands beside it.
        person: who.
        plan: words, a published name, a file or a plan.
        years: span of the file.
        language: ``rxode2`` or ``mrgsolve``.
        parameters: the shipped set if left out.
        force: replace files that are there.
        progress: called with (courses done, courses in all) while dates are sought.

    Returns:
        The event table's place.

    Raises:
        InputError: another language, or files that exist or cannot be written.
    """
    if language not in LANGUAGES:
        raise InputError("language", language, nearest(language, LANGUAGES))
    place = Path(path)
    table = place.with_name(f"{place.stem}.doses.csv")
    with output_file(table, force=force) as records, output_file(place, force=force) as file:
        model, care = model_of(person, plan, years, parameters=parameters, progress=progress)
        file.write_text(LANGUAGES[language](model, _notes(person, care, years, parameters)), encoding="utf-8")
        doses(model).write_csv(records)
    return table
