"""What of spine density is a person's own and a scanner's: a slow random walk, and the error of a scan."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.chance import normal
from brittlestar._shared.parameter_files import fill


class Scan(NamedTuple):
    """Numbers of ``scan.toml``."""

    dxa_error: np.ndarray
    walk: np.ndarray
    walk_puberty: np.ndarray
    puberty: np.ndarray


STEPS = 12
"""Of the walk in a year; between them it is linear."""


def density_walk(years: Any, ids: Any, age_years: Any, seed: int) -> np.ndarray:
    """Own density over that of the course computed, 1 at entry [time, person]: the mean over people stays 1.

    W(t) = e^{b(t) - var b(t)/2}, b a random walk with SD q in a year; q is larger in puberty, even beside
    what its timing does. The steps are keyed by person, so density walks the same way under every plan.

    Args:
        years: since entry, one or several [time], or everybody's own [time, person].
        ids: of the people [person].
        age_years: at entry [person].
        seed: key of all chance.
    """
    s, years = fill(Scan), np.atleast_1d(np.asarray(years, np.float64))
    ids, age = np.asarray(ids), np.asarray(age_years, np.float64)
    step = np.arange(int(np.ceil(years.max(initial=0.0) * STEPS - 1e-9)))[:, None]
    now = age + (step + 0.5) / STEPS
    sd = np.where((now >= s.puberty[0]) & (now < s.puberty[1]), s.walk_puberty, s.walk) / np.sqrt(STEPS)
    start = np.zeros((1, ids.size))
    ln = np.concatenate([start, np.cumsum(sd * normal(seed, ids, "density walk", step) - sd**2 / 2, axis=0)])
    row = np.minimum((years * STEPS).astype(int), max(len(step) - 1, 0))
    last = np.minimum(row + 1, len(step))
    share = years * STEPS - row
    if years.ndim == 1:
        below, above, share = ln[row], ln[last], share[:, None]
    else:
        below, above = (np.take_along_axis(ln, place, axis=0) for place in (row, last))
    return np.exp((1.0 - share) * below + share * above)


def walked(outputs: Mapping[str, np.ndarray], walk: np.ndarray) -> dict[str, np.ndarray]:
    """Outputs of a course with its spine density times a walk of the same shape; the others as they were.

    Args:
        outputs: with ``ls_abmd`` and ``ls_sd`` if ``ls_z`` is among them.
        walk: of :func:`density_walk`.
    """
    found = dict(outputs)
    for name in ("ls_abmd", "ls_bmad", "ls_ratio"):
        if name in outputs:
            found[name] = outputs[name] * walk
    if "ls_z" in outputs:
        found["ls_z"] = outputs["ls_z"] + outputs["ls_abmd"] * (walk - 1.0) / outputs["ls_sd"]
    return found
