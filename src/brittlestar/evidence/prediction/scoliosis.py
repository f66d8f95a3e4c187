"""The scoliosis cohorts beside the model that was built from them: said as it is, counted nowhere.

Two of the four gave the numbers of ``outcomes/spine.toml``, so agreement with them shows only that the layer
does what it was built to do. The other two do not tell the types of their patients, so the model answers with
a range over types.
"""

from typing import Any

import numpy as np

from brittlestar.evidence.simulated_groups import FollowedGroup, Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import result

MONTREAL = "montreal-pamidronate"
KINDS = ("I", "IV", "III")
START, PEOPLE, YEARS = 2.0, 200, 18.0
"""Age at which people are followed from, people of each type, years."""

GROWING = (2.0, 14.0)
"""Years of follow-up over which the gain of a curve is averaged: ages 4 to 16."""

EARLY = (0.0, 3.0)
"""Years after an early start in which curves were slower."""

BUILT = "its numbers are in spine.toml"
AGELESS = "its slopes are in spine.toml; age at which curves were counted not published"
MIXED = "types not published: range over types"


def _shares(run: FollowedGroup, years: float) -> np.ndarray:
    """Who has a curve after so many years [person]."""
    return run.cobb[np.searchsorted(run.years, years)] > 0


def _row(study: str, label: str, unit: str, found: float, model: list[float], why: str) -> dict[str, Any]:
    return {
        "study": study,
        "label": label,
        "unit": unit,
        "found": found,
        "model": [float(min(model)), float(max(model))],
        "why_not_counted": why,
    }


def scoliosis_rows(seed: int = 1) -> list[dict[str, Any]]:
    """Every usable number of the scoliosis cohorts and what the model says there.

    Args:
        seed: key of all chance.

    Returns:
        Rows with study, label, unit, found, model (one value twice, or a range over types) and why the row is
        not counted.
    """
    none = {kind: Group(START, kind, n=PEOPLE).untreated(YEARS) for kind in KINDS}
    treated = {kind: arm.under(MONTREAL) for kind, arm in none.items()}
    groups, rows = SimulatedGroups((*none.values(), *treated.values()), seed=seed), []

    def told(study: str, measure: str, arm: str | None = None) -> float:
        return float(result(study, measure, arm=arm).value or 0.0)

    for study, why in (("anissipour2014", AGELESS), ("sato2016", BUILT)):
        for kind in KINDS:
            share = 100.0 * float(_shares(groups[none[kind]], 11.9 - START).mean())
            found = told(study, "scoliosis_prevalence_pct", f"type_{kind}")
            label = f"with a curve at 12 years, type {kind}"
            rows.append(_row(study, label, "of 100", found, [share], why))
    speed = {kind: float(groups[none[kind]].curve_speed(*GROWING).mean()) for kind in KINDS}
    for kind in KINDS:
        found = told("anissipour2014", "progression_deg_per_y", f"type_{kind}")
        label = f"gain of a curve, type {kind}, untreated"
        rows.append(_row("anissipour2014", label, "degrees/y", found, [speed[kind]], BUILT))
    gain = [float(groups[arms["III"]].curve_speed(*EARLY).mean()) for arms in (treated, none)]
    found = told("anissipour2014", "progression_change_deg_per_y_type_III_start_<6y")
    label = "change of that gain by an early start, type III"
    rows.append(_row("anissipour2014", label, "degrees/y", found, [gain[0] - gain[1]], BUILT))
    found = told("chen2023_scoliosis", "progression_deg_per_y")
    label = "gain of a curve, all patients"
    rows.append(_row("chen2023_scoliosis", label, "degrees/y", found, list(speed.values()), MIXED))
    begun = []
    for kind in KINDS:
        at_start, later = (_shares(groups[treated[kind]], years) for years in (0.0, 50.0 / 12.0))
        begun.append(100.0 * float((later & ~at_start).sum() / (~at_start).sum()))
    found = told("kashii2019", "scoliosis_prevalence_pct")
    label = "with a curve after 50 months of pamidronate, none before"
    rows.append(_row("kashii2019", label, "of 100", found, begun, MIXED))
    return rows
