"""What a screen shows of one invented person under plans: courses, counts out of 100, uncertainty."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np

from brittlestar._shared.manifest import CLOSING, input_sha256, manifest
from brittlestar._shared.of_100 import OF, RANGE, by_chance
from brittlestar._shared.of_100 import people as people_of_100
from brittlestar.care import Plan
from brittlestar.charts import words
from brittlestar.comparison import rules
from brittlestar.comparison.notes import FRACTURES_IN_TRIALS, notes_on
from brittlestar.engine import default_parameters, fingerprint
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.person import Person
from brittlestar.web import live, pictures
from brittlestar.web.asked import Compare, Course, Explore
from brittlestar.web.live import DRAWS, Fates
from brittlestar.web.pictures import ALONE, EXPECTED, PLANS
from brittlestar.web.stride import STEP_DAYS, WEEKS

VERTEBRAL = SITES.index("vertebral")
MOST_DOTS = 50
"""Dots of a picture of counts, each for the same share of people."""

DRAWN = ("fracture", "vertebral")
"""Rows that count fates in place of chances."""

OUTSIDE = ("Extrapolated", "Dose ")
"""Notes that a reader must see first begin so: the answer rests on less than others do."""

PITCH = 18
"""Width of a column of dots: on a telephone its letters are then as large as those of other charts."""


def plans_of(asked: Explore | Compare) -> dict[str, Plan]:
    """Label -> plan, without treatment first."""
    activity = asked.person.activity_percent
    nothing = Course(drug="none").plan(activity)
    if isinstance(asked, Explore):
        plan = asked.plan.plan(activity)
        return dict(zip(ALONE, (plan.without_drugs() if plan.all_drugs else nothing, plan)))
    return dict(zip(PLANS, (nothing, *(one.plan(activity) for one in asked.plans))))


def dated(
    person: Person, plans: Mapping[str, Plan], years: int, seed: int
) -> tuple[dict[str, Plan], dict[str, list[str]]]:
    """The plans with the dates of their rules, and by plan what a reader is told of these dates."""
    found, told = {}, {}
    for label, plan in plans.items():
        found[label], rest = live.settled(person, plan, years, seed)
        told[label] = list(rules.said(found[label], person, float(years), rest))
    return found, {label: lines for label, lines in told.items() if lines}


def answer(asked: Explore | Compare) -> dict[str, Any]:
    """Everything that chance decides, for two hundred fates under each plan; ready for JSON."""
    person, given = asked.person.person(), plans_of(asked)
    plans, dates = dated(person, given, asked.years, asked.seed)
    found = dict(zip(plans, live.side_by_side(person, list(plans.values()), asked.years, asked.seed)))
    ages = person.age + next(iter(found.values())).course.time_years
    bands = {label: _bands(one) for label, one in found.items()}
    first = next(iter(found.values())).course
    reference = first["ls_median"][:, 0], first["ls_sd"][:, 0]
    notes = [
        re.sub("^Plan, ([a-z-]+):", lambda code: f"{words.capital(code[1].replace('-', ' '))}:", note)
        for label, plan in list(given.items())[1:]
        for note in notes_on(
            person, plan, float(asked.years), DRAWS, weight_kg=float(first["weight_kg"][0, 0])
        )
    ]
    return {
        "schema": "brittlestar/page/1",
        "asked": asked.model_dump(mode="json"),
        "manifest": _manifest(asked, person, given),
        "years": asked.years,
        "plans": {label: plan.in_words() for label, plan in given.items()},
        "dates": dates,
        "charts": pictures.filled(ages, bands, reference, WEEKS),
        "told": _told(found, asked.years),
        "caution": FRACTURES_IN_TRIALS if any(plan.drugs for plan in given.values()) else "",
        "outside": [note for note in dict.fromkeys(notes) if note.startswith(OUTSIDE)],
        "short": _short(found, asked.years),
        "said": {label: _both_ways(one.fractures(asked.years) > 0) for label, one in found.items()},
        "icons": {label: _share(one.fractures(asked.years) > 0) for label, one in found.items()},
        "drawn": {label: _icons(_share(one.fractures(asked.years) > 0)) for label, one in found.items()},
        "dots": _dots(found, asked.years),
        "table": hundred(found),
        "burden": [_burden(label, plan, person, asked.years) for label, plan in plans.items()],
        "bone": {label: _bone(one) for label, one in found.items()},
        "notes": list(dict.fromkeys(notes)),
        "closing": CLOSING,
    }


def whole(asked: Explore | Compare) -> dict[str, Any]:
    """All that a screen shows in the end: the answer, and how sure it is."""
    return {**answer(asked), "ranges": ranges(asked)}


@cache
def _origin() -> dict[str, Any]:
    """What is the same in the manifest of every answer of this process."""
    return manifest(seed=0, parameters=fingerprint(default_parameters()), inputs="")


def _manifest(asked: Explore | Compare, person: Person, plans: Mapping[str, Plan]) -> dict[str, Any]:
    inputs = {
        "person": asdict(person), "years": asked.years, "draws": DRAWS, "step_days": STEP_DAYS,
        "plans": {label: plan.model_dump(mode="json") for label, plan in plans.items()},
    }  # fmt: skip
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {**_origin(), "seed": asked.seed, "input_sha256": input_sha256(inputs), "created": now}


def _bands(one: Fates) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Mean and 95 % range over fates of every output that is drawn."""
    names = [name for name in live.SHOWN if not name.startswith(f"{EXPECTED}_")]
    outputs = {name: one.course[name] for name in names}
    count = _cumulative(one)
    return {name: _mean_and_range(values) for name, values in {**outputs, EXPECTED: count}.items()}


def _cumulative(one: Fates) -> np.ndarray:
    """Fractures of each fate up to each output time [T, DRAWS]."""
    c = one.course
    row = np.searchsorted(c.time_years, c.fracture_years - 1e-9)
    found = np.zeros((len(c.time_years), DRAWS))
    np.add.at(found, (np.minimum(row, len(found) - 1), c.fracture_person), 1.0)
    return found.cumsum(axis=0)


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


def _share(broke: np.ndarray) -> int:
    return round(OF * float(broke.mean()))


def _both_ways(broke: np.ndarray) -> tuple[str, str]:
    """People of 100 who did and who did not; never none and never all, which 200 fates cannot tell."""
    mean = OF * float(broke.mean())
    return _drawn(mean), _drawn(OF - mean)


def _drawn(mean: float) -> str:
    if mean <= 0.5:
        return "under 1"
    return f"over {OF - 1}" if mean >= OF - 0.5 else people_of_100({"mean": mean})


def _told(found: Mapping[str, Fates], years: int) -> list[str]:
    """The first lines: the same 100, the same years, both ways round."""
    over = f"in the next {years} years" if years > 1 else "in the next year"
    lines = []
    for what, sites in (("at least one bone", ()), ("a bone of the spine", (VERTEBRAL,))):
        shares = {label: _both_ways(one.fractures(years, sites) > 0) for label, one in found.items()}
        said = "; ".join(
            f"with {label}, {would} would and {not_} would not" for label, (would, not_) in shares.items()
        )
        lines.append(f"Of {OF} people like this, how many break {what} {over}? {words.capital(said)}.")
    return lines


def _short(found: Mapping[str, Fates], years: int) -> str:
    """The answer in one line, for a small screen."""
    said = (f"{label} {_both_ways(one.fractures(years) > 0)[0]}" for label, one in found.items())
    return f"Break a bone in {years} {'year' if years == 1 else 'years'}, out of {OF}: {'; '.join(said)}"


def _dots(found: Mapping[str, Fates], years: int) -> dict[str, Any]:
    """How many fractures people have: for each plan, dots at each count, one dot for each 2 of 100."""
    counts = {label: one.fractures(years) for label, one in found.items()}
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
        "mean": {label: float(v.mean()) for label, v in counts.items()},
    }


def hundred(found: Mapping[str, Fates]) -> list[dict[str, Any]]:
    """Benefit and harm by plan, all out of 100 people over the whole course, and the difference to none."""
    labels = list(found)
    told = {label: one.told for label, one in found.items()}
    # Whoever failed under one plan is left out under all, so that every column counts the same people.
    failed = np.unique(np.concatenate([one.course.failed for one in found.values()]))
    chances = {
        label: np.delete(np.array([values for *_, values, _ in rows]), failed, axis=1)
        for label, rows in told.items()
    }
    cells = {label: _cells(values) for label, values in chances.items()}
    apart = {label: _apart(chances[label] - chances[labels[0]]) for label in labels[1:]}
    table = [
        {
            "id": name,
            "label": label,
            "kind": kind,
            "note": note,
            "cells": {plan: cells[plan][i] for plan in labels},
            "differences": {plan: apart[plan][i] for plan in labels[1:]},
        }
        for i, (name, label, kind, _, note) in enumerate(told[labels[0]])
    ]
    for row in table:
        if row["id"] in DRAWN:
            for cell in row["cells"].values():
                cell["said"] = _drawn(cell["mean"])
    jaws = {label: one.jaw for label, one in found.items()}
    last = {key: jaws[labels[0]][key] for key in ("id", "label", "kind", "note")}
    for label, jaw in jaws.items():
        last.setdefault("cells", {})[label] = {
            "mean": None,
            "said": people_of_100(jaw[live.PLAN]),
            "chance": "",
        }
    return [*table, {**last, "differences": {}}]


def _cells(chances: np.ndarray) -> list[dict[str, Any]]:
    """People of 100 and the range of groups of 100, for the chances [outcome, fate] of one plan."""
    means = chances.mean(axis=1)
    lows, highs = by_chance(means)
    return [
        {
            "mean": OF * float(mean),
            "said": people_of_100({"mean": OF * float(mean)}),
            "chance": words.interval(float(low), float(high), 0) if low != high else "",
        }
        for mean, low, high in zip(means, lows, highs)
    ]


def _apart(d: np.ndarray) -> list[dict[str, Any]]:
    """Paired differences [outcome, fate] as people of 100: the mean and the 95 % range of groups of 100."""
    means = OF * d.mean(axis=1)
    reach = 1.96 * np.sqrt(np.maximum(np.abs(d).mean(axis=1) - d.mean(axis=1) ** 2, 0.0) * OF)
    # Where all go one way, so does every group.
    one_way = np.all(d >= 0, axis=1) | np.all(d <= 0, axis=1)
    drawn = np.sort(np.sign(means) * by_chance(np.abs(means) / OF), axis=0)
    lows = np.where(one_way, drawn[0], np.maximum(means - reach, -OF)) + 0.0
    highs = np.where(one_way, drawn[1], np.minimum(means + reach, OF)) + 0.0
    return [
        {"mean": mean, "low": low, "high": high, "said": signed(mean, low, high)}
        for mean, low, high in zip(means.tolist(), lows.tolist(), highs.tolist())
    ]


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


def _bone(one: Fates) -> dict[str, list[float]]:
    """What the drawing of bone moves with, over time."""
    names = {"removed": "resorption", "formed": "formation", "surface": "drug_surface_nmol",
             "buried": "drug_buried_nmol", "thickness": "tb_th_um"}  # fmt: skip
    return {
        key: pictures._short(one.course[name][:: pictures.SPARSE].mean(axis=1)) for key, name in names.items()
    }


Of = Callable[[Mapping[str, np.ndarray]], np.ndarray]


def _chance_of(sites: Sequence[str]) -> Of:
    # Exact for the sites together: no fracture has yet changed the hazard of someone without one.
    return lambda out: -OF * np.expm1(-sum(out[f"{EXPECTED}_{site}"][-1] for site in sites))


def _change(name: str) -> Of:
    return lambda out: out[name][-1] - out[name][0]


def _gain(name: str) -> Of:
    return lambda out: 100.0 * (out[name][-1] / out[name][0] - 1.0)


UNSURE: tuple[tuple[str, str, str, int, Of], ...] = (
    ("fracture", "people of 100 with at least one broken bone", "of 100", 0, _chance_of(SITES)),
    ("vertebral", "people of 100 with a broken bone of the spine", "of 100", 0, _chance_of(("vertebral",))),
    ("density", "gain of spine density", "%", 0, _gain("ls_abmd")),
    ("z", "change of the density Z-score", "SD", 1, _change("ls_z")),
    (
        "strength",
        "strength of arms and legs at the end",
        "of healthy",
        2,
        lambda out: out["strength_limb"][-1],
    ),
)
"""Outcomes whose three uncertainties are told apart."""


def ranges(asked: Explore | Compare) -> dict[str, Any]:
    """Each difference to no treatment with its three uncertainties, and bands over people like this."""
    person = asked.person.person()
    plans, _ = dated(person, plans_of(asked), asked.years, asked.seed)
    question = (person, list(plans.values()), asked.years, asked.seed)
    fates = dict(zip(plans, live.side_by_side(*question)))
    people = dict(zip(plans, live.unknown(*question)))
    science = dict(zip(plans, live.science(*question)))
    first, *others = plans
    rows = []
    for name, label, unit, places, of in UNSURE:
        base = {"people": of(people[first]), "science": of(science[first])}
        told: dict[str, Any] = {}
        for plan in others:
            apart = {
                "people": of(people[plan]) - base["people"],
                "science": of(science[plan]) - base["science"],
            }
            ends = {key: np.quantile(values, RANGE) for key, values in apart.items()}
            mean, low, high = _by_chance(name, fates[plan], fates[first], asked.years, of)
            span = _fewer if unit == "of 100" else words.interval
            told[plan] = {
                "mean": span(mean, mean, places) if span is _fewer else words.number(mean, places),
                "chance": span(low, high, places),
                **{key: span(float(pair[0]), float(pair[1]), places) for key, pair in ends.items()},
                "lower": round(OF * float((apart["people"] < 0).mean())),
            }
        rows.append({"id": name, "label": label, "unit": unit, "plans": told})
    ages = person.age + next(iter(fates.values())).course.time_years
    totals = {label: pictures.with_total(out) for label, out in people.items()}
    bands = {
        label: {
            name: _mean_and_range(values)
            for name, values in out.items()
            # Pain comes with fractures, and expected courses have none.
            if name != "pain" and f"{EXPECTED}_" not in name
        }
        for label, out in totals.items()
    }
    course = next(iter(fates.values())).course
    reference = course["ls_median"][:, 0], course["ls_sd"][:, 0]
    return {"rows": rows, "charts": pictures.filled(ages, bands, reference, WEEKS), "years": asked.years}


def _by_chance(name: str, one: Fates, other: Fates, years: int, of: Of) -> tuple[float, float, float]:
    """Mean difference and its range by chance: of groups of 100 for counts, of single fates else."""
    if name in ("fracture", "vertebral"):
        sites = (VERTEBRAL,) if name == "vertebral" else ()
        d = (one.fractures(years, sites) > 0).astype(float) - (other.fractures(years, sites) > 0)
        found = _apart(d[None])[0]
        return found["mean"], found["low"], found["high"]
    apart = of(one.course.outputs) - of(other.course.outputs)
    low, high = np.quantile(apart, RANGE)
    return float(apart.mean()), float(low), float(high)
