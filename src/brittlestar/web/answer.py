"""The answer of the first screen: one plan beside no treatment, in the form of :mod:`answer_schema`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill
from brittlestar.care import Plan
from brittlestar.care.doses import dose_days, tablet_periods
from brittlestar.charts.person import EXPECTED
from brittlestar.comparison.lives import Lives
from brittlestar.comparison.over_people import effective
from brittlestar.comparison.quantities import rows
from brittlestar.engine import UNITS
from brittlestar.outcomes import pooled_trials
from brittlestar.outcomes.fracture import SITES
from brittlestar.outcomes.metaphysis import Metaphysis, growth_mm
from brittlestar.people.person import Person
from brittlestar.web import answer_schema as told
from brittlestar.web import question, uncertainty
from brittlestar.web.kept_lives import Still, always
from brittlestar.web.question import PLAN, UNTREATED, Found
from brittlestar.web.requests import Explore

TIMES = 160
"""Most intervals between the times of a course: a drawing shows no more."""

MOST_OF = (0.1, 0.9)
"""Ends of a band that 8 of 10 people lie in."""

FIFTIETHS = tuple((k + 0.5) / 50 for k in range(50))
"""The middle person of each fiftieth: a dot stands for 2 of 100."""

DRAWN = (
    "ls_abmd", "ls_z", "resorption", "formation", "drug_surface_nmol", "drug_buried_nmol",
    "strength_vertebral", "strength_limb", "pain", "height_cm", "tb_th_um", "bone_volume_fraction", EXPECTED,
)  # fmt: skip
"""Outputs that are drawn over time."""

BEYOND = {
    "dose-above-published": "dose-above", "year-above-published": "dose-above",
    "more-often-than-published": "dose-above", "dose-below-published": "dose-below",
}  # fmt: skip
"""Departures of a plan beyond which the trials' ratio is not carried."""

SIDES: dict[str, told.Side] = {UNTREATED: "untreated", PLAN: "plan"}


def answer(asked: Explore, still: Still = always) -> told.Answer:
    """What happens to people like this with the plan and without.

    Args:
        asked: the question.
        still: told of progress; what it raises ends the work.

    Raises:
        InputError: a person or plan that none can be, or more work than a page may ask for.
    """
    found = question.found(asked, still)
    lives: dict[told.Side, Lives] = {SIDES[label]: one for label, one in found.lives.items()}
    by_id = {row["id"]: row for row in rows(found.lives, UNTREATED)}
    notes = question.notes(asked, found)
    return told.Answer(
        schema="brittlestar/answer/1",
        asked=asked,
        manifest=question.origin(asked, found),
        people=found.question.people,
        effective=effective(found.question.weight, found.question.people),
        plan=_plan(lives["plan"].plan, asked, found),
        fractures=_fractures(by_id["fractures"]["cells"], lives, asked, found),
        course=_course(lives),
        rows=[_row(row) for row in by_id.values() if "kind" in row or row["id"].startswith("with_")],
        outside=[note for note in notes if note.startswith(question.OUTSIDE)],
        dates=found.dates.get(PLAN, []),
        notes=notes,
    )


def sure(asked: Explore, still: Still = always) -> told.Sure:
    """How sure the differences of the answer are."""
    found = uncertainty.ranges(asked, still)
    kept = ("id", "unit", "places")
    return told.Sure(
        rows=[
            told.Difference(
                **{key: row[key] for key in kept},
                **row["plans"][PLAN],
                population={SIDES[label]: ends for label, ends in row["population"].items() if ends},
            )
            for row in found["rows"]
        ],
        lower=found["lower"][PLAN],
        sets=found["sets"],
    )


def whole(asked: Explore, still: Still = always) -> dict[str, Any]:
    """The answer and how sure it is, ready for JSON."""
    one = answer(asked, still).model_dump(mode="json", by_alias=True)
    return one | {"sure": sure(asked, still).model_dump(mode="json")}


def _plan(plan: Plan, asked: Explore, found: Found) -> told.Plan:
    person, years = found.question.person, float(asked.years)
    end = years * DAYS_PER_YEAR
    given = sorted({day for day, _ in dose_days(plan, end, person.age, person.sex)})
    stop = plan.stop_day(person.age, person.sex)
    windows = sorted(
        (start / DAYS_PER_YEAR, min(until, end) / DAYS_PER_YEAR)
        for regimen in plan.regimens
        for period in tablet_periods(regimen, person.age, plan.held, stop)
        for start, until in period.windows
        if start < min(until, end)
    )
    visits = plan.visits(years, person.age, person.sex)
    return told.Plan(
        words=found.plans[PLAN].in_words(),
        drugs=list(plan.all_drugs),
        biologics=bool(plan.biologics),
        given_years=[round(day / DAYS_PER_YEAR, 4) for day in given],
        tablets_years=[[round(a, 4), round(b, 4)] for a, b in windows],
        clinic_days=len(visits),
        visits=[told.ClinicDay(day=int(one.day), what=list(one.what)) for one in visits],
        outside=_outside(plan, person, years),
    )


def _outside(plan: Plan, person: Person, years: float) -> list[str]:
    rules = {warning.rule for warning in plan.check(age_years=person.age, years=years)}
    return [rule for rule in BEYOND if rule in rules]


def _fractures(
    cells: Mapping[str, Any], lives: Mapping[told.Side, Lives], asked: Explore, found: Found
) -> told.Fractures:
    years, over = float(asked.years), found.question.over_people
    untreated = cells[UNTREATED]["mean"] / years
    ends = {side: [end / years for end in cells[label]["population"]] for label, side in SIDES.items()}
    why = no_trials(lives["plan"].plan, found.question.person, years)
    return told.Fractures(
        untreated=untreated,
        plan=cells[PLAN]["mean"] / years,
        population=ends["plan"] if lives["plan"].plan.all_drugs else None,
        untreated_population=ends["untreated"],
        trials=None if why else _by_trials(untreated),
        no_trials=why,
        told_2_years=asked.person.fractures_last_2_years,
        untreated_outside_spine=float(over(_outside_spine(lives["untreated"])).mean()) / years,
        counts={
            side: over(one.fractures()).quantile(FIFTIETHS).astype(int).tolist()
            for side, one in lives.items()
        },
    )


def _outside_spine(one: Lives) -> np.ndarray:
    """Fractures expected in the whole course but those of the spine [person]."""
    sites = [site for site in SITES if site != "vertebral"]
    return np.sum([one.course[f"{EXPECTED}_{site}"][-1] for site in sites], axis=0)


def no_trials(plan: Plan, person: Person, years: float) -> Any:
    """Why trials of bisphosphonates do not speak of a plan; None where they do."""
    if not plan.all_drugs:
        return "no-drug"
    if person.oi_type == "healthy":
        return "without-oi"
    if plan.biologics:
        return "other-drugs"
    return next((BEYOND[rule] for rule in _outside(plan, person, years)), None)


def _by_trials(untreated: float) -> told.Trials:
    mean, low, high = (untreated * factor for factor in pooled_trials.RATE_RATIO)
    return told.Trials(
        mean=mean,
        low=low,
        high=high,
        ratio=list(pooled_trials.RATE_RATIO),
        without_outlier=list(pooled_trials.WITHOUT_OUTLIER),
    )


def _course(lives: Mapping[told.Side, Lives]) -> told.Course:
    untreated = lives["untreated"].course
    times = len(untreated.time_years)
    kept = slice(None, None, -(-(times - 1) // TIMES))
    height = lives["untreated"].question.over_people(untreated["height_cm"][kept]).mean()
    grown = growth_mm(height, fill(Metaphysis))
    sofar: dict[told.Side, np.ndarray] = {
        side: _so_far(one, untreated.time_years[kept]) for side, one in lives.items()
    }
    outputs = {side: _with_total(one.course.outputs) for side, one in lives.items()}

    def quantity(name: str) -> told.Quantity:
        bands = {side: _band(lives[side], outputs[side][name][kept]) for side in lives}
        return told.Quantity(unit=UNITS.get(name, "count"), **bands)

    return told.Course(
        time_years=untreated.time_years[kept].round(4).tolist(),
        healthy=told.Healthy(
            median=_short(untreated["ls_median"][kept, 0]),
            sd=_short(untreated["ls_sd"][kept, 0]),
        ),
        quantities={name: quantity(name) for name in DRAWN},
        fractures_low={side: ends[0].astype(int).tolist() for side, ends in sofar.items()},
        fractures_high={side: ends[1].astype(int).tolist() for side, ends in sofar.items()},
        growth_mm=(grown - grown[0]).round(2).tolist(),
        metaphysis_width={
            side: _short(one.question.over_people(one.after.metaphysis_width[kept]).mean())
            for side, one in lives.items()
        },
    )


def _band(one: Lives, values: np.ndarray) -> told.Band:
    over = one.question.over_people(values)
    low, high = over.quantile(MOST_OF)
    return told.Band(mean=_short(over.mean()), low=_short(low), high=_short(high))


def _so_far(one: Lives, times: np.ndarray) -> np.ndarray:
    """Ends of how many fractures people have had by each time [end, T]."""
    counts = np.zeros((len(times) + 1, one.question.people))
    np.add.at(counts, (np.searchsorted(times, one.course.fracture_years), one.course.fracture_person), 1)
    return one.question.over_people(np.cumsum(counts[:-1], axis=0)).quantile(MOST_OF)


def _short(values: np.ndarray) -> list[float]:
    """Numbers at five significant digits, to keep an answer small."""
    scale = 10.0 ** (4 - np.floor(np.log10(np.maximum(np.abs(values), 1e-12))))
    return (np.round(values * scale) / scale).tolist()


def _with_total(outputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs with expected fractures of all sites together."""
    return {**outputs, EXPECTED: sum((outputs[f"{EXPECTED}_{site}"] for site in SITES), np.zeros(()))}


def _row(row: Mapping[str, Any]) -> told.Row:
    cells = {
        SIDES[label]: told.Count(mean=cell["mean"], at_most=cell.get("at_most"), chance=cell["chance"])
        for label, cell in row["cells"].items()
    }
    assumed = "assumed" in row.get("note", "")
    apart = row["differences"][PLAN]["mean"]
    return told.Row(id=row["id"], kind=row.get("kind", "benefit"), difference=apart, assumed=assumed, **cells)
