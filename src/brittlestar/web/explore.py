"""What a screen shows of one invented person under plans: courses, counts out of 100, uncertainty."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np

from brittlestar._shared import words
from brittlestar._shared.manifest import CLOSING, input_sha256, manifest
from brittlestar._shared.of_100 import OF, RANGE
from brittlestar._shared.of_100 import people as people_of_100
from brittlestar.care import Plan
from brittlestar.comparison import dating
from brittlestar.comparison.lives import Lives, Question
from brittlestar.comparison.notes import FRACTURES_IN_TRIALS, notes_on, notes_on_lives, notes_on_z
from brittlestar.comparison.quantities import rows
from brittlestar.comparison.science import span
from brittlestar.engine import default_parameters, identity
from brittlestar.outcomes import pooled_trials
from brittlestar.people.person import Person
from brittlestar.web import kept_lives, pictures
from brittlestar.web.kept_lives import Still, always
from brittlestar.web.pictures import ALONE, EXPECTED, PLANS
from brittlestar.web.requests import Compare, Course, Explore

MOST_DOTS = 50
"""Dots of a picture of counts, each for the same share of people."""

SOME, SPINE, COUNT = "with_fracture", "with_vertebral_fracture", "fractures"
"""Rows that the first lines tell."""

OUTSIDE = ("Extrapolated", "Dose ", "Outside the factsheet")
"""Notes that a reader must see first begin so: the answer rests on less than others do."""

PITCH = 18
"""Width of a column of dots: on a telephone its letters are then as large as those of other charts."""

Rows = Mapping[str, Mapping[str, Any]]
"""Rows of a comparison by id."""


def plans_of(asked: Explore | Compare) -> dict[str, Plan]:
    """Label -> plan, without treatment first."""
    activity = asked.person.activity_percent
    nothing = Course(drug="none").plan(activity)
    if isinstance(asked, Explore):
        plan = asked.plan.plan(activity)
        return dict(zip(ALONE, (plan.without_drugs() if plan.all_drugs else nothing, plan)))
    return dict(zip(PLANS, (nothing, *(one.plan(activity) for one in asked.plans))))


def dated(person: Person, found: Mapping[str, tuple[Lives, bool]], years: int) -> dict[str, list[str]]:
    """By plan what a reader is told of the dates of its rules."""
    told = {
        label: list(dating.said(one.plan, person, float(years), rest)) for label, (one, rest) in found.items()
    }
    return {label: lines for label, lines in told.items() if lines}


def answer(asked: Explore | Compare, still: Still = always) -> dict[str, Any]:
    """Everything but what the science leaves open, for people like this under each plan; ready for JSON.

    Args:
        asked: the question.
        still: told of progress; what it raises ends the work.
    """
    person, given = asked.person.person(), plans_of(asked)
    question = kept_lives.asked(person, asked.years, asked.seed)
    settled = kept_lives.side_by_side(question, given, still)
    found = {label: one for label, (one, _) in settled.items()}
    told = rows(found, next(iter(found)))
    by_id = {row["id"]: row for row in told}
    first = next(iter(found.values())).course
    ages = person.age + first.time_years
    bands = {label: _bands(one) for label, one in found.items()}
    reference = first["ls_median"][:, 0], first["ls_sd"][:, 0]
    weight = float(first["weight_kg"][0].mean())
    notes = [
        re.sub("^Plan, ([a-z-]+):", lambda code: f"{words.capital(code[1].replace('-', ' '))}:", note)
        for plan in list(given.values())[1:]
        for note in notes_on(person, plan, float(asked.years), question.people, weight_kg=weight)
    ]
    notes += (*notes_on_z(person, first), *notes_on_lives(person, found.values()))
    drugs = any(plan.drugs for plan in given.values())
    return {
        "schema": "brittlestar/page/2",
        "asked": asked.model_dump(mode="json"),
        "manifest": _manifest(asked, question, given),
        "years": asked.years,
        "people": question.people,
        "plans": {label: plan.in_words() for label, plan in given.items()},
        "question": _question(asked, given),
        "dates": dated(person, settled, asked.years),
        "charts": pictures.filled(ages, bands, reference, _rows_of_a_year(question)),
        "told": [*_told(by_id, asked.years), *(_ratios(by_id) if drugs else ())],
        "caution": FRACTURES_IN_TRIALS if drugs else "",
        "outside": [note for note in dict.fromkeys(notes) if note.startswith(OUTSIDE)],
        "short": _short(by_id, asked.years),
        "said": {label: both_ways(cell) for label, cell in by_id[SOME]["cells"].items()},
        "icons": {label: round(cell["mean"]) for label, cell in by_id[SOME]["cells"].items()},
        "drawn": {label: _icons(round(cell["mean"])) for label, cell in by_id[SOME]["cells"].items()},
        "dots": _dots(found, by_id),
        "numbers": told,
        "table": hundred(told),
        "burden": [_burden(label, one.plan, person, asked.years) for label, one in found.items()],
        "bone": {label: _bone(one) for label, one in found.items()},
        "notes": list(dict.fromkeys(notes)),
        "closing": CLOSING,
    }


def _question(asked: Explore | Compare, plans: Mapping[str, Plan]) -> str:
    """What was asked, in words: an answer says whose it is."""
    who = asked.person
    sex = {"female": "girl or woman", "male": "boy or man"}[who.sex]
    kind = "without OI" if who.oi_type == "healthy" else f"type {who.oi_type}"
    size = f", height {who.height_z:+g} SD" if who.height_z else ""
    care = "; ".join(f"{label}: {plan.in_words()}" for label, plan in list(plans.items())[1:])
    years = f"{asked.years} {'year' if asked.years == 1 else 'years'}"
    return (
        f"{sex} of {who.age:g} years, {kind}{size}, vitamin D {who.vitamin_d_nmol_per_l:g} nmol/L; {care}; "
        f"over {years}; seed {asked.seed}."
    )


def _rows_of_a_year(question: Question) -> int:
    return 12 * question.grid.per_month


def whole(asked: Explore | Compare, still: Still = always) -> dict[str, Any]:
    """All that a screen shows in the end: the answer, and how sure it is."""
    return {**answer(asked, still), "ranges": ranges(asked, still)}


@cache
def _origin() -> dict[str, Any]:
    """What is the same in the manifest of every answer of this process."""
    return manifest(seed=0, parameters=identity(default_parameters()), inputs="")


def _manifest(asked: Explore | Compare, question: Question, plans: Mapping[str, Plan]) -> dict[str, Any]:
    inputs = {
        "person": asdict(question.person), "years": asked.years, "draws": question.people,
        "step_days": question.step_days,
        "plans": {label: plan.model_dump(mode="json") for label, plan in plans.items()},
    }  # fmt: skip
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {**_origin(), "seed": asked.seed, "input_sha256": input_sha256(inputs), "created": now}


def _bands(one: Lives) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Mean and 95 % range over people of every output that is drawn."""
    outputs = pictures.with_total(one.course.outputs)
    return {name: _mean_and_range(outputs[name]) for name in (*kept_lives.SHOWN, EXPECTED)}


def _mean_and_range(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ordered = np.sort(values, axis=1)
    low, high = (int(np.floor(q * (values.shape[1] - 1))) for q in RANGE)
    return values.mean(axis=1), ordered[:, low], ordered[:, high]


def _circles(centres: Sequence[tuple[float, float]], r: float) -> str:
    """Circles as one path."""
    return "".join(f"M{x - r:g} {y:g}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0" for x, y in centres)


@cache
def _icons(n: int) -> dict[str, str]:
    """A hundred figures, n of them marked, as paths."""
    at = [(i % 10 * 20 + 10, i // 10 * 20 + 10) for i in range(OF)]
    crosses = "".join(f"M{x - 4} {y - 4}l8 8m0 -8l-8 8" for x, y in at[:n])
    return {"broke": _circles(at[:n], 7.5), "crosses": crosses, "whole": _circles(at[n:], 6.5)}


def both_ways(cell: Mapping[str, Any]) -> tuple[str, str]:
    """People of 100 who do and who do not; no chance is none and none is all."""
    return _some(cell["mean"]), _some(OF - cell["mean"])


def _some(mean: float) -> str:
    if mean <= 0.5:
        return "under 1"
    return f"over {OF - 1}" if mean >= OF - 0.5 else people_of_100({"mean": mean})


def _told(by_id: Rows, years: int) -> list[str]:
    """The first lines: the same 100, the same years, both ways round."""
    over = f"in the next {years} years" if years > 1 else "in the next year"
    lines = []
    for what, name in (("at least one bone", SOME), ("a bone of the spine", SPINE)):
        shares = {label: both_ways(cell) for label, cell in by_id[name]["cells"].items()}
        said = "; ".join(
            f"with {label}, {would} would and {not_} would not" for label, (would, not_) in shares.items()
        )
        lines.append(f"Of {OF} people like this, how many break {what} {over}? {words.capital(said)}.")
    lines[1:1] = _as_trials_differ(by_id)
    return lines


def _as_trials_differ(by_id: Rows) -> list[str]:
    """How many of 100 it could be with each plan, in a population as far off as trials are."""
    cells = by_id[SOME]["cells"]
    none = next(iter(cells.values()))["mean"]
    ends = {label: cell["population"] for label, cell in cells.items() if cell.get("population")}
    said = "; ".join(
        f"with {label} as few as {_some(low)}, or "
        + ("no fewer than without at all" if high >= none else f"as many as {_some(high)}")
        for label, (low, high) in ends.items()
    )
    return [f"As trials differ from one another, it could be {said}."] if said else []


def _ratios(by_id: Rows) -> list[str]:
    """Fractures with each plan over those without, and what trials found, in one line."""
    means = {label: cell["mean"] for label, cell in by_id[COUNT]["cells"].items()}
    (_, none), *others = means.items()
    if not none:
        return []
    said = "; ".join(f"with {label} {OF * mean / none:.0f}" for label, mean in others)
    trials = "{:.0f} ({:.0f} to {:.0f})".format(*(OF * x for x in pooled_trials.RATE_RATIO))
    return [
        f"Broken bones where there are {OF} without treatment: {said} in this model; "
        f"{trials} in trials of these drugs, all put together."
    ]


def _short(by_id: Rows, years: int) -> str:
    """The answer in one line, for a small screen."""
    said = (f"{label} {both_ways(cell)[0]}" for label, cell in by_id[SOME]["cells"].items())
    return f"Break a bone in {years} {'year' if years == 1 else 'years'}, out of {OF}: {'; '.join(said)}"


def _dots(found: Mapping[str, Lives], by_id: Rows) -> dict[str, Any]:
    """How many fractures the lives drawn have: for each plan, dots at each count, one for each 2 of 100."""
    counts = {label: one.fractures() for label, one in found.items()}
    most = int(max(values.max() for values in counts.values()))
    width = max(1, -(-(most + 1) // 14))
    bins = range(0, most + 1, width)
    heads = [str(b) if width == 1 else f"{b}–{b + width - 1}" for b in bins]
    dots = {}
    for label, values in counts.items():
        # The middle of each fiftieth of people, in order of their counts.
        at = np.sort(values)[((np.arange(MOST_DOTS) + 0.5) * len(values) / MOST_DOTS).astype(int)]
        dots[label] = [int(np.sum((at >= b) & (at < b + width))) for b in bins]
    most_dots = max(n for column in dots.values() for n in column)
    high = 7 * most_dots + 26
    drawn = {
        label: _circles(
            [(PITCH * i + PITCH / 2 + 4, high - 22 - 7 * k) for i, n in enumerate(column) for k in range(n)],
            3.2,
        )
        for label, column in dots.items()
    }
    return {
        "heads": heads,
        "dots": dots,
        "drawn": drawn,
        "high": high,
        "pitch": PITCH,
        "every": 1 if width == 1 else 3,
        "mean": {label: cell["mean"] for label, cell in by_id[COUNT]["cells"].items()},
    }


def hundred(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Benefit and harm by plan in words, all out of 100 people over the whole course, and the differences."""
    table = []
    for row in (row for row in told if row["unit"] == f"of {OF}"):
        shown = {"kind": "benefit", "note": ""} | {key: row[key] for key in row if key != "unit"}
        shown["cells"] = {label: _cell(row["id"], cell) for label, cell in row["cells"].items()}
        shown["differences"] = {
            label: {**cell, "said": signed(cell["mean"], *cell["chance"])}
            for label, cell in row["differences"].items()
            if cell["mean"] is not None
        }
        table.append(shown)
    return table


def _cell(name: str, cell: Mapping[str, Any]) -> dict[str, Any]:
    """People of 100 in words, and the range of groups of 100."""
    said = _some(cell["mean"]) if name in (SOME, SPINE) else people_of_100(cell)
    if cell["chance"] is None:
        return {**cell, "said": said, "chance": ""}
    low, high = cell["chance"]
    return {**cell, "said": said, "chance": words.interval(low, high, 0) if low != high else ""}


def signed(mean: float, low: float, high: float, places: int = 0) -> str:
    """A difference in words: "12 fewer (4 to 20 fewer)"."""

    def side(x: float) -> str:
        if round(x, places) == 0:
            return "no difference"
        return f"{words.number(abs(x), places)} {'fewer' if x < 0 else 'more'}"

    return (
        side(mean) if side(low) == side(high) == side(mean) else f"{side(mean)} ({_fewer(low, high, places)})"
    )


def _fewer(low: float, high: float, places: int) -> str:
    """A range of differences of counts in words: "14 to 30 fewer", "5 fewer to 3 more"."""
    ends = [round(x, places) for x in (low, high)]
    if ends[0] == ends[1]:
        return signed(low, low, low, places)
    if max(ends) <= 0 or min(ends) >= 0:
        near, far = sorted(map(abs, ends))
        said = f"{words.number(near, places)} to {words.number(far, places)}"
        return f"{said} {'fewer' if max(ends) <= 0 else 'more'}"
    return f"{words.number(-ends[0], places)} fewer to {words.number(ends[1], places)} more"


BY_NEEDLE = ("infusion", "injection")
"""Doses that a clinic gives."""


def _burden(label: str, plan: Plan, person: Person, years: int) -> dict[str, Any]:
    visits = plan.visits(float(years), person.age, person.sex)
    doses = plan.doses_per_year(float(years), person.age, person.sex)
    in_clinic = sum(row.total for row in doses if row.what in BY_NEEDLE)
    return {
        "plan": label,
        "visits": len(visits),
        "doses": in_clinic,
        "by_year": plan.doses_in_words(float(years), person.age, person.sex) if doses else "",
    }


def _bone(one: Lives) -> dict[str, list[float]]:
    """What the drawing of bone moves with, over time."""
    names = {"removed": "resorption", "formed": "formation", "surface": "drug_surface_nmol",
             "buried": "drug_buried_nmol", "thickness": "tb_th_um"}  # fmt: skip
    return {
        key: pictures.short(one.course[name][:: pictures.SPARSE].mean(axis=1)) for key, name in names.items()
    }


UNSURE: tuple[tuple[str, str, str, int], ...] = (
    (SOME, "people of 100 with at least one broken bone", "of 100", 0),
    (SPINE, "people of 100 with a broken bone of the spine", "of 100", 0),
    (COUNT, "broken bones of a person", "number", 1),
    ("ls_abmd_gain", "gain of spine density", "%", 0),
    ("ls_z_gain", "change of the density Z-score", "SD", 1),
    ("strength_limb_end", "strength of arms and legs at the end", "of healthy", 2),
)
"""Rows whose three uncertainties are told apart: id, label, unit and decimals."""


def ranges(asked: Explore | Compare, still: Still = always) -> dict[str, Any]:
    """Each difference to no treatment with its three ranges, all about the same mean."""
    person, given = asked.person.person(), plans_of(asked)
    question = kept_lives.asked(person, asked.years, asked.seed)
    settled = kept_lives.side_by_side(question, given, still)
    found = {label: one for label, (one, _) in settled.items()}
    base, *others = found
    by_id = {row["id"]: row for row in rows(found, base)}
    sets = kept_lives.sets_apart(question, {label: one.plan for label, one in found.items()}, still)
    told = []
    for name, label, unit, places in UNSURE:
        shown = {}
        for plan in others:
            cell = by_id[name]["differences"][plan]
            ends = {
                "chance": cell["chance"],
                "people": cell["person"],
                "science": span(name, cell["mean"], sets[plan], sets[base]),
            }
            said = _fewer if unit == "of 100" else words.interval
            mean = cell["mean"]
            shown[plan] = {
                "numbers": {"mean": mean, **ends},
                "mean": said(mean, mean, places) if said is _fewer else words.number(mean, places),
                **{key: said(low, high, places) for key, (low, high) in ends.items()},
            }
        told.append({"id": name, "label": label, "unit": unit, "plans": shown})
    lower = {plan: round(OF * float(np.mean(found[plan].hazard < found[base].hazard))) for plan in others}
    return {"rows": told, "lower": lower, "sets": kept_lives.SETS, "years": asked.years}
