"""What the screen of plans side by side shows: courses, counts out of 100, uncertainty."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from brittlestar._shared import words
from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.of_100 import OF, RANGE
from brittlestar._shared.of_100 import people as people_of_100
from brittlestar.care import Plan
from brittlestar.charts.person import EXPECTED
from brittlestar.comparison.lives import Lives
from brittlestar.comparison.notes import FRACTURES_IN_TRIALS
from brittlestar.comparison.quantities import rows
from brittlestar.outcomes import pooled_trials
from brittlestar.people.person import Person
from brittlestar.web import kept_lives, pictures, question, uncertainty
from brittlestar.web.counted import both_ways, fewer, signed, some
from brittlestar.web.kept_lives import Still, always
from brittlestar.web.requests import Compare

MOST_DOTS = 50
"""Dots of a picture of counts, each for the same share of people."""

SOME, SPINE, COUNT = "with_fracture", "with_vertebral_fracture", "fractures"
"""Rows that the first lines tell."""

PITCH = 18
"""Width of a column of dots: on a telephone its letters are then as large as those of other charts."""

Rows = Mapping[str, Mapping[str, Any]]
"""Rows of a comparison by id."""


def answer(asked: Compare, still: Still = always) -> dict[str, Any]:
    """Everything but what the science leaves open, for people like this under each plan; ready for JSON.

    Args:
        asked: the question.
        still: told of progress; what it raises ends the work.
    """
    found = question.found(asked, still)
    lives, person = found.lives, found.question.person
    told = rows(lives, next(iter(lives)))
    by_id = {row["id"]: row for row in told}
    first = next(iter(lives.values())).course
    bands = {label: _bands(one) for label, one in lives.items()}
    reference = first["ls_median"][:, 0], first["ls_sd"][:, 0]
    drugs = any(plan.drugs for plan in found.plans.values())
    notes = question.notes(asked, found)
    return {
        "schema": "brittlestar/page/2",
        "asked": asked.model_dump(mode="json"),
        "manifest": question.origin(asked, found),
        "years": asked.years,
        "people": found.question.people,
        "plans": {label: plan.in_words() for label, plan in found.plans.items()},
        "question": question.in_words(asked, found.plans),
        "dates": found.dates,
        "charts": pictures.filled(
            person.age + first.time_years, bands, reference, 12 * found.question.grid.per_month
        ),
        "told": [*_told(by_id, asked.years), *(_ratios(by_id) if drugs else ())],
        "caution": FRACTURES_IN_TRIALS if drugs else "",
        "outside": [note for note in notes if note.startswith(question.OUTSIDE)],
        "short": _short(by_id, asked.years),
        "said": {label: both_ways(cell) for label, cell in by_id[SOME]["cells"].items()},
        "icons": {label: round(cell["mean"]) for label, cell in by_id[SOME]["cells"].items()},
        "drawn": {label: _icons(round(cell["mean"])) for label, cell in by_id[SOME]["cells"].items()},
        "dots": _dots(lives, by_id),
        "numbers": told,
        "table": hundred(told),
        "burden": [_burden(label, one.plan, person, asked.years) for label, one in lives.items()],
        "notes": notes,
        "closing": CLOSING,
    }


def ranges(asked: Compare, still: Still = always) -> dict[str, Any]:
    """How sure the differences are, in numbers and words."""
    found = uncertainty.ranges(asked, still)
    return found | {"rows": [_in_words(row) for row in found["rows"]]}


def whole(asked: Compare, still: Still = always) -> dict[str, Any]:
    """All that the screen shows in the end: the answer, and how sure it is."""
    return {**answer(asked, still), "ranges": ranges(asked, still)}


def _in_words(row: Mapping[str, Any]) -> dict[str, Any]:
    places, shown = row["places"], {}
    said = fewer if row["unit"] == f"of {OF}" else words.interval
    for plan, cell in row["plans"].items():
        mean = cell["mean"]
        shown[plan] = {
            "numbers": cell,
            "mean": said(mean, mean, places) if said is fewer else words.number(mean, places),
            **{key: said(cell[key][0], cell[key][1], places) for key in ("chance", "people", "science")},
        }
    return {key: row[key] for key in ("id", "label", "unit")} | {"plans": shown}


def _bands(one: Lives) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Mean and 95 % range over people of every output that is drawn."""
    outputs = pictures.with_total(one.course.outputs)
    return {name: _mean_and_range(one, outputs[name]) for name in (*kept_lives.SHOWN, EXPECTED)}


def _mean_and_range(one: Lives, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    over = one.question.over_people(values)
    low, high = over.quantile(RANGE)
    return over.mean(), low, high


def _circles(centres: Sequence[tuple[float, float]], r: float) -> str:
    """Circles as one path."""
    return "".join(f"M{x - r:g} {y:g}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0" for x, y in centres)


@cache
def _icons(n: int) -> dict[str, str]:
    """A hundred figures, n of them marked, as paths."""
    at = [(i % 10 * 20 + 10, i // 10 * 20 + 10) for i in range(OF)]
    crosses = "".join(f"M{x - 4} {y - 4}l8 8m0 -8l-8 8" for x, y in at[:n])
    return {"broke": _circles(at[:n], 7.5), "crosses": crosses, "whole": _circles(at[n:], 6.5)}


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
        f"with {label} as few as {some(low)}, or "
        + ("no fewer than without at all" if high >= none else f"as many as {some(high)}")
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
        over = found[label].question.over_people(values)
        at = over.quantile(tuple((np.arange(MOST_DOTS) + 0.5) / MOST_DOTS))
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
    said = some(cell["mean"]) if name in (SOME, SPINE) else people_of_100(cell)
    if cell["chance"] is None:
        return {**cell, "said": said, "chance": ""}
    low, high = cell["chance"]
    return {**cell, "said": said, "chance": words.interval(low, high, 0) if low != high else ""}


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
