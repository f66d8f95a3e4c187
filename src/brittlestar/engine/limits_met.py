"""Where a course met a limit of physics: it goes on, and says so by name."""

from collections.abc import Mapping

import numpy as np

from brittlestar._shared.level_off import held_back
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.model.parameters import Parameters
from brittlestar.outcomes.fracture import SITES

NEEDED = (*(f"hazard_{site}" for site in SITES), "ls_z", "calcium_change_mmol_per_l")
"""Outputs of a course that have a limit."""

WORTH_SAYING = 0.01
"""Share that a limit takes away before it is said."""


LIMITS = ("fracture-ceiling", "density-ceiling", "calcium-limit")
"""Their names, in the order of :func:`held`."""

OF = ("fractures a year", "SD of spine density", "mmol/L of change of ionised calcium")
"""What each of them limits."""


def held(outputs: Mapping[str, np.ndarray], p: Parameters) -> np.ndarray:
    """Of each limit: courses that it held back, and by what share of a number at most [limit, 2].

    Args:
        outputs: of a course [T, person], as many of the hazards, ``ls_z`` and the change of ionised calcium
            as it holds.
        p: parameters of the run.
    """
    hazards = [outputs[f"hazard_{site}"] for site in SITES if f"hazard_{site}" in outputs]
    change = outputs.get("calcium_change_mmol_per_l")
    values = (
        np.sum(hazards, axis=0) if hazards else None,
        outputs.get("ls_z"),
        None if change is None else np.abs(change),
    )
    found = np.zeros((len(LIMITS), 2))
    for row, (one, (low, high)) in enumerate(zip(values, _bounds(p), strict=True)):
        if one is not None:
            share = np.atleast_1d(np.nanmax(held_back(one, low, high), axis=0))
            found[row] = np.sum(share > WORTH_SAYING), np.max(share)
    return found


def said(held: np.ndarray, courses: int, p: Parameters) -> dict[str, str]:
    """Name of each limit that acted -> a sentence; nothing where none did.

    Args:
        held: from :func:`held`, of any number of runs: courses added up, the largest share.
        courses: in all.
        p: parameters of the runs.
    """
    return {
        name: f"above {low:g} {unit}, more than anybody was seen with, numbers level off at {high:g}; "
        f"without that they would be higher by up to {100.0 * share / (1.0 - share):.0f} %, in {int(acted)} "
        f"of {courses} courses. Such a course says nothing of real people"
        for name, unit, (low, high), (acted, share) in zip(LIMITS, OF, _bounds(p), held, strict=True)
        if acted
    }


def limits_met(outputs: Mapping[str, np.ndarray], p: Parameters) -> tuple[str, ...]:
    """One sentence per limit that held back more than :data:`WORTH_SAYING` of somebody's number.

    Args:
        outputs: of a course [T, person], as for :func:`held`.
        p: parameters of the run.
    """
    courses = max((np.shape(values)[-1] for values in outputs.values() if np.ndim(values) > 1), default=1)
    found = said(held(outputs, p), courses, p)
    return tuple(f"Limit, {name}: {sentence} (source: assumed)." for name, sentence in found.items())


def _bounds(p: Parameters) -> tuple[tuple[float, float], ...]:
    """Where each limit begins, and what it never passes."""
    pairs = (
        (p.fracture.h_free * DAYS_PER_YEAR, p.fracture.h_most * DAYS_PER_YEAR),
        (p.scanner.Z_free, p.scanner.Z_most),
        (p.markers.Ca_free, p.markers.Ca_most),
    )
    return tuple((float(np.asarray(low)), float(np.asarray(high))) for low, high in pairs)
