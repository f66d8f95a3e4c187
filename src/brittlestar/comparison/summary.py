"""The numbers of a comparison that people read: out of 100, over the same years, treated beside untreated."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from brittlestar._shared import of_100
from brittlestar._shared.of_100 import OF, RANGE, by_chance
from brittlestar.comparison import burden
from brittlestar.comparison.result import EXACT, TREATED, UNTREATED, Courses
from brittlestar.outcomes.fracture import SITES

if TYPE_CHECKING:
    from brittlestar.comparison.result import Comparison

Values = Callable[[Courses, str], np.ndarray]


def _at(name: str, row: int) -> Values:
    return lambda courses, plan: courses.outputs[plan][name][row]


def _change(name: str, percent: bool = False) -> Values:
    def values(courses: Courses, plan: str) -> np.ndarray:
        first, last = courses.outputs[plan][name][[0, -1]]
        return 100.0 * (last / first - 1.0) if percent else last - first

    return values


def _count(expected: bool) -> Values:
    return lambda courses, plan: courses.total(plan, "expected_fractures" if expected else "fractures")[-1]


_MEASURES: tuple[tuple[str, str, str, Values], ...] = (
    ("ls_abmd_start", "lumbar-spine density at the start", "g/cm2", _at("ls_abmd", 0)),
    ("ls_abmd_end", "lumbar-spine density at the end", "g/cm2", _at("ls_abmd", -1)),
    ("ls_abmd_gain", "gain of lumbar-spine density", "%", _change("ls_abmd", percent=True)),
    ("ls_z_start", "lumbar-spine Z-score at the start", "SD", _at("ls_z", 0)),
    ("ls_z_end", "lumbar-spine Z-score at the end", "SD", _at("ls_z", -1)),
    ("ls_z_gain", "change of the Z-score", "SD", _change("ls_z")),
    (
        "strength_vertebral_end",
        "strength of a vertebra at the end",
        "of healthy",
        _at("strength_vertebral", -1),
    ),
    ("pain_end", "pain at the end", "0-10", _at("pain", -1)),
    ("height_end", "height at the end", "cm", _at("height_cm", -1)),
)


def rows(comparison: "Comparison") -> list[dict[str, Any]]:
    """One row per number; see :meth:`Comparison.summary`."""
    found = [
        _share(comparison, "with_fracture", "people with at least one fracture", SITES),
        _share(comparison, "with_vertebral_fracture", "people with a vertebral fracture", ("vertebral",)),
        _row(comparison, "fractures", "fractures per person", "count", _count(False), _count(True)),
    ]
    found += [_row(comparison, name, label, unit, of) for name, label, unit, of in _MEASURES]
    return found + burden.rows(comparison.after, comparison.chance.plans)


def _interval(values: np.ndarray) -> list[float]:
    return [float(value) for value in np.quantile(values, RANGE, method=EXACT)]


def _cell(drawn: np.ndarray, people: np.ndarray | None, chance: list[float] | None = None) -> dict[str, Any]:
    spread = float(drawn.std(ddof=1)) if drawn.size > 1 else None
    return {
        "mean": float(drawn.mean()),
        "simulation_error": None if spread is None else spread / drawn.size**0.5,
        "chance": chance or _interval(drawn),
        "person": None if people is None else _interval(people),
    }


def _row(
    comparison: "Comparison", name: str, label: str, unit: str, drawn: Values, expected: Values | None = None
) -> dict[str, Any]:
    chance, unknown = comparison.chance, comparison.unknown
    by_plan = {plan: drawn(chance, plan) for plan in chance.plans}
    known = {plan: (expected or drawn)(unknown, plan) for plan in unknown.plans} if unknown else {}
    row = {"id": name, "label": label, "unit": unit}
    row |= {plan: _cell(by_plan[plan], known.get(plan)) for plan in chance.plans}
    if UNTREATED in by_plan:
        between = known[TREATED] - known[UNTREATED] if known else None
        row["difference"] = _cell(by_plan[TREATED] - by_plan[UNTREATED], between)
    return row


def _share(comparison: "Comparison", name: str, label: str, sites: tuple[str, ...]) -> dict[str, Any]:
    def happened(courses: Courses, plan: str) -> np.ndarray:
        total = sum(courses.outputs[plan][f"fractures_{site}"][-1] for site in sites)
        return OF * (np.asarray(total) > 0).astype(float)

    def probability(courses: Courses, plan: str) -> np.ndarray:
        # Exact for all sites together: no fracture has yet changed the hazard of someone without one.
        hazard = sum(courses.outputs[plan][f"expected_fractures_{site}"][-1] for site in sites)
        return -OF * np.expm1(-np.asarray(hazard))

    row = _row(comparison, name, label, f"of {OF}", happened, probability)
    for plan in comparison.chance.plans:
        row[plan]["chance"] = by_chance(row[plan]["mean"] / OF).tolist()
    if "difference" in row:
        # Of a group of OF, each with a paired outcome of -1, 0 or 1 person.
        apart = happened(comparison.chance, TREATED) - happened(comparison.chance, UNTREATED)
        mean, reach = float(apart.mean()), 1.96 * float(apart.std()) / OF**0.5
        row["difference"]["chance"] = [max(mean - reach, -OF), min(mean + reach, OF)]
    return row


def sentences(rows: list[dict[str, Any]], years: float) -> list[str]:
    """The first rows in words, the same denominator and years for both courses."""
    by_id = {row["id"]: row for row in rows}
    over = f"over {years:g} {'year' if years == 1 else 'years'}"

    def both(name: str, form: Callable[[float], str]) -> str:
        row = by_id[name]
        said = f"{form(row[TREATED]['mean'])} with the plan"
        return said + (f", {form(row[UNTREATED]['mean'])} without treatment" if UNTREATED in row else "")

    def people(x: float) -> str:
        return of_100.people({"mean": x})

    said = [
        f"Of {OF} such people {over}, at least one fracture: {both('with_fracture', people)}.",
        f"Of {OF} such people {over}, a vertebral fracture: {both('with_vertebral_fracture', people)}.",
        f"Fractures per person {over}, on average: {both('fractures', lambda x: f'{x:.2g}')}.",
        f"Lumbar-spine Z-score at the end: {both('ls_z_end', lambda x: f'{x:+.1f}')}.",
    ]
    brought = [
        row
        for row in rows
        if row.get("kind") == "harm" and (row.get("difference", row[TREATED])["mean"] or 0.0) >= 0.5
    ]
    if brought:
        # A harm whose size is assumed does not lead where one with data can.
        seen = [row for row in brought if "assumed" not in (row.get("note") or "")]
        worst = max(seen or brought, key=lambda row: row.get("difference", row[TREATED])["mean"])
        some = " of those whose size is not assumed" if 0 < len(seen) < len(brought) else ""
        what = f"the harm that treatment adds most often{some}, {worst['label']}"
        said.insert(2, f"Of {OF} such people {over}, {what}: {both(worst['id'], people)}.")
    return said
