"""Derive the load of weight-bearing exercise (``care/programmes.toml``) from trials in healthy children.

``python scripts/derive_exercise_load.py``: the loads of spine and limbs under which healthy children of 8 to
12 years gain, in a year of exercise beyond none, what 22 trials found (Specker 2015,
doi:10.1007/s11999-015-4467-7). Their differences are of bone mineral content; bone area did not differ, so
density is fitted. Trials lasted 3 to 36 months: a year is assumed. Least squares with the trials' standard
errors, by Newton's steps.
"""

import numpy as np

from brittlestar.care import as_plan
from brittlestar.engine import simulate_cohort
from brittlestar.people.person import Person

FOUND = {"ls_abmd": (1.7, 0.4, 3.1), "neck_density": (1.5, 0.5, 2.5), "tblh_ratio": (0.8, 0.3, 1.3)}
"""Percent gained beyond controls, with 95 % interval: spine, femoral neck, total body."""

AGES, SEXES, STEPS = (8.0, 10.0, 12.0), ("female", "male"), 52


def density(spine: float, limbs: float) -> np.ndarray:
    """Mean of each output after a year at these loads [output], % of the start."""
    words = f"activity vertebral x{spine:.6f} metaphyseal x{limbs:.6f} long-bone x{limbs:.6f}"
    step, ends = 365.25 / STEPS, []
    for age in AGES:
        for sex in SEXES:
            child = Person(age, sex, "healthy").to_cohort(draws=1)
            schedule = as_plan(words).schedule(STEPS, step, age, ("zoledronate",), sex)
            course = simulate_cohort(
                child, [schedule], np.zeros(1, int), 1.0, step_days=step, output_days=step * STEPS,
                outputs=tuple(FOUND), fates=False,
            )  # fmt: skip
            ends.append([100.0 * course[name][-1, 0] / course[name][0, 0] for name in FOUND])
    return np.mean(ends, axis=0)


def main() -> None:
    value, low, high = np.array(list(FOUND.values())).T
    weight = 3.92 / (high - low)
    none, load = density(1.0, 1.0), np.array([1.1, 1.1])
    for _ in range(3):
        gain, d = density(*load) - none, 0.02
        slope = np.array([density(*(load + d * unit)) - none - gain for unit in np.eye(2)]).T / d
        load = load + np.linalg.lstsq(weight[:, None] * slope, weight * (value - gain), rcond=None)[0]
    cov = np.linalg.inv((weight[:, None] * slope).T @ (weight[:, None] * slope))
    for name, one, sd in zip(("spine", "limbs"), load, np.sqrt(np.diag(cov)), strict=True):
        print(f"{name}: x{one:.3f} ({one - 1.96 * sd:.3f} to {one + 1.96 * sd:.3f})")
    for name, one in zip(FOUND, density(*load) - none, strict=True):
        print(f"{name}: {one:+.2f} %, found {FOUND[name][0]:+.2f} ({FOUND[name][1]} to {FOUND[name][2]})")


if __name__ == "__main__":
    main()
