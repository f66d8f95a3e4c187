"""Each bisphosphonate's place on one scale of potency: what the enzyme says, and what the fit made of it.

Half-effect exposure is EC50 = 0.5 nmol/day per nM of the IC50 of farnesyl pyrophosphate synthase, times a
factor that is calibrated. Were the enzyme all that matters, every factor would be the same. How far factors
lie apart tells how well the place on the scale predicts a drug from the others.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from brittlestar._shared.errors import InputError
from brittlestar.evidence.calibration.free_parameters import leaf

CALIBRATED = ("zoledronate", "pamidronate", "alendronate", "risedronate", "neridronate")
"""Drugs whose factor was fitted to trials; neridronate's IC50 is that of pamidronate (assumed)."""


class Place(NamedTuple):
    """Where a drug stands."""

    drug: str
    factor: float
    """calibrated, of the enzyme's half-effect exposure"""
    from_others: float
    """geometric mean of the factors of the other drugs"""
    low: float
    """of the 90 % interval of a drug that is drawn as they were"""
    high: float

    @property
    def inside(self) -> bool:
        """Whether the others predict it."""
        return self.low <= self.factor <= self.high


def places(factors: dict[str, float] | None = None) -> tuple[Place, ...]:
    """Each drug's factor, and what those of the others say of it: mean and Student-t interval of ln.

    Args:
        factors: by drug; defaults to the shipped ones.

    Raises:
        InputError: fewer than three drugs, of which two would tell no spread.
    """
    known = factors or {drug: leaf(f"drugs.EC50_scale.{drug}").shipped for drug in CALIBRATED}
    if len(known) < 3:
        raise InputError("factors", sorted(known), "accepted: three drugs or more")
    return tuple(
        _place(drug, known[drug], [v for other, v in known.items() if other != drug]) for drug in known
    )


def _place(drug: str, factor: float, others: Sequence[float]) -> Place:
    logs = np.log(others)
    centre = logs.mean()
    half = student.ppf(0.95, len(logs) - 1) * logs.std(ddof=1) * np.sqrt(1.0 + 1.0 / len(logs))
    return Place(drug, factor, *(float(v) for v in np.exp([centre, centre - half, centre + half])))
