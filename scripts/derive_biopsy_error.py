"""Derive how far one iliac biopsy is from its person (``trials/measurement.toml``): prints two SDs.

``python scripts/derive_biopsy_error.py``. A core of a few millimetres is not the whole crest: taken on both
sides of 27 people (doi:10.1016/8756-3282(88)90012-9), volume, thickness and number lie 11.5 % of their mean
on average from that mean, so SD = 0.115 pi^1/2 = 0.20 of one biopsy. They were adults. Of children is known
how much biopsies differ between people, healthy and with type I (points ``...-spread-...`` of
``evidence/physiology/points.toml``):

    SD^2 = SD_model^2 + error^2

with SD_model of the true structure of 2,000 drawn people over its mean. Least squares of ln SD with their
sampling errors; the two sides are one point more, for trabeculae. The cortex has an error of its own, since
one that is cut obliquely is wider; of it no two sides were read.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from brittlestar.engine import at_entry
from brittlestar.evidence.calibration.points import Point, Points, points
from brittlestar.evidence.calibration.risk_by_density import PEOPLE
from brittlestar.evidence.physiology.between_people import SEED
from brittlestar.trials.measures import MEASURES

TWO_SIDES = (0.115 * np.pi**0.5, (2 * 27) ** -0.5)
"""SD of one biopsy about the mean of both, and its relative error."""


def of_people(table: Points, point: Point) -> float:
    """SD over the mean of what the point measures, without error."""
    (name,) = MEASURES[point.measure].outputs
    true = at_entry(table.people[point.people].draw(PEOPLE, SEED), (name,))[name]
    return float(np.std(true, ddof=1) / np.mean(true))


def error(table: Points, measures: tuple[str, ...], sides: bool) -> float:
    """The error that tells the published SDs of these measures best."""
    mine = [one for one in table.points if one.statistic == "sd_over_mean" and one.measure in measures]
    model = np.array([of_people(table, one) for one in mine])
    for one, sd in zip(mine, model, strict=True):
        print(f"{one.id:26} published {one.observed:.3f}, model without error {sd:.3f}")
    seen, log_sd = np.array([one.observed for one in mine]), np.array([one.sd for one in mine])

    def misfit(e: float) -> float:
        off = np.log(np.hypot(model, e) / seen) / log_sd
        told = np.log(e / TWO_SIDES[0]) / TWO_SIDES[1] if sides else 0.0
        return float(off @ off + told**2)

    return float(minimize_scalar(misfit, bounds=(0.01, 1.0), method="bounded").x)


def main() -> None:
    """Print both errors."""
    table = points()
    print(f"biopsy_error {error(table, ('bone_volume_fraction', 'tb_th_um', 'tb_n'), True):.2f}")
    print(f"cortex_error {error(table, ('ct_wi_mm',), False):.2f}")


if __name__ == "__main__":
    main()
