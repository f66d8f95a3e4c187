"""Where a course met a limit of physics: it goes on, and says so by name."""

from collections.abc import Mapping

import numpy as np

from brittlestar._shared.level_off import held_back
from brittlestar._shared.parameters import DAYS_PER_YEAR
from brittlestar.engine.parameters import Parameters
from brittlestar.outcomes.fracture import SITES

NEEDED = (*(f"hazard_{site}" for site in SITES), "ls_z", "calcium_change_mmol_per_l")
"""Outputs of a course that have a limit."""

WORTH_SAYING = 0.01
"""Share that a limit takes away before it is said."""


def limits_met(outputs: Mapping[str, np.ndarray], p: Parameters) -> tuple[str, ...]:
    """One sentence per limit that held back more than :data:`WORTH_SAYING` of somebody's number.

    Args:
        outputs: of a course [T, person], as many of the hazards, ``ls_z`` and the change of ionised calcium
            as it holds.
        p: parameters of the run.
    """
    found: list[tuple[str, str, np.ndarray, float, float]] = []
    hazards = [outputs[f"hazard_{site}"] for site in SITES if f"hazard_{site}" in outputs]
    if hazards:
        low, high = (
            float(np.asarray(rate)) * DAYS_PER_YEAR for rate in (p.fracture.h_free, p.fracture.h_most)
        )
        found.append(("fracture-ceiling", "fractures a year", np.sum(hazards, axis=0), low, high))
    if "ls_z" in outputs:
        limits = float(np.asarray(p.scanner.Z_free)), float(np.asarray(p.scanner.Z_most))
        found.append(("density-ceiling", "SD of spine density", outputs["ls_z"], *limits))
    if "calcium_change_mmol_per_l" in outputs:
        change = np.abs(outputs["calcium_change_mmol_per_l"])
        limits = float(np.asarray(p.markers.Ca_free)), float(np.asarray(p.markers.Ca_most))
        found.append(("calcium-limit", "mmol/L of change of ionised calcium", change, *limits))
    return tuple(
        f"Limit, {name}: above {low:g} {unit}, more than anybody was seen with, numbers level off at "
        f"{high:g}; without that they would be higher by up to {met}. Such a course says nothing of real "
        "people (source: assumed)."
        for (name, unit, values, low, high) in found
        if (met := _met(values, low, high))
    )


def _met(values: np.ndarray, start: float, most: float) -> str:
    """For how many people the limit acted, in words; empty if for nobody."""
    share = np.nanmax(held_back(values, start, most), axis=0)
    acted = np.atleast_1d(share > WORTH_SAYING)
    if not acted.any():
        return ""
    return f"{100.0 * np.max(share / (1.0 - share)):.0f} %, in {int(acted.sum())} of {acted.size} courses"
