"""How sure an answer is: each difference to no treatment with its three ranges, all about the same mean."""

from typing import Any

import numpy as np

from brittlestar._shared.of_100 import OF
from brittlestar.comparison.quantities import rows
from brittlestar.comparison.science import with_span
from brittlestar.web import kept_lives, question
from brittlestar.web.kept_lives import Still, always
from brittlestar.web.requests import Explore

TOLD: tuple[tuple[str, str, str, int], ...] = (
    ("with_fracture", "people of 100 with at least one broken bone", "of 100", 0),
    ("with_vertebral_fracture", "people of 100 with a broken bone of the spine", "of 100", 0),
    ("fractures", "broken bones of a person", "number", 1),
    ("ls_abmd_gain", "gain of spine density", "%", 0),
    ("ls_z_gain", "change of the density Z-score", "SD", 1),
    ("strength_limb_end", "strength of arms and legs at the end", "of healthy", 2),
)
"""Rows whose three uncertainties are told apart: id, label, unit and decimals."""


def ranges(asked: Explore, still: Still = always) -> dict[str, Any]:
    """Each difference to no treatment: ``mean``, ``chance``, ``people`` and ``science``, by row and plan.

    Of fractures ``population`` too: of the plan, and of no treatment under its own label; see
    :func:`brittlestar.comparison.science.with_span`.

    Args:
        asked: the question.
        still: told of progress; what it raises ends the work.
    """
    found = question.found(asked, still)
    base, *others = found.lives
    by_id = {row["id"]: row for row in rows(found.lives, base)}
    plans = {label: one.plan for label, one in found.lives.items()}
    sets = kept_lives.sets_apart(found.question, plans, still)
    told = []
    for name, label, unit, places in TOLD:
        cells, apart = by_id[name]["cells"], by_id[name]["differences"]
        with_span(name, cells, apart, sets, base)
        shown = {
            plan: {
                "mean": apart[plan]["mean"],
                "chance": apart[plan]["chance"],
                "people": apart[plan]["person"],
                "science": apart[plan]["science"],
            }
            for plan in others
        }
        ends = {plan: cell.get("population") for plan, cell in cells.items()}
        told.append(
            {"id": name, "label": label, "unit": unit, "places": places, "plans": shown, "population": ends}
        )
    over, untreated = found.question.over_people, found.lives[base].hazard
    lower = {
        plan: round(OF * float(over(np.asarray(found.lives[plan].hazard < untreated, float)).mean()))
        for plan in others
    }
    return {"rows": told, "lower": lower, "sets": len(sets[base]["fractures"]) - 1, "years": asked.years}
