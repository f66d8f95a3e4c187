"""Random legal people under 26 plans: no course that is not finite, every physical bound held.

``python scripts/random_people.py --people 22000 --seed 1 --years 3`` prints the bounds, a line per plan and
what was found. Exit status 1 if anything lies beyond a bound.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import legal_people


def main() -> int:
    """Run, print, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=22_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--years", type=float, default=3.0)
    parser.add_argument("--step-days", type=float, default=7.0)
    asked = parser.parse_args()
    print("Bounds (everything else: finite, not negative):")
    for name, bound in legal_people.bounds().items():
        print(f"  {name:34} {bound.low:g} to {bound.high:g}: {bound.why}")
    people, broken, begun = legal_people.legal_people(asked.people, asked.seed), 0, time.perf_counter()
    for plan in legal_people.PLANS:
        outputs = legal_people.courses(people, plan, asked.years, asked.step_days)
        lines = legal_people.beyond(outputs)
        not_finite = np.any([~np.isfinite(v).all(axis=0) for v in outputs.values()], axis=0).sum()
        print(f"{plan}: {len(people)} courses, {not_finite} not finite, {len(lines)} bounds broken")
        for line in lines:
            print(f"  {line}")
        broken += len(lines)
    seconds = time.perf_counter() - begun
    total = len(people) * len(legal_people.PLANS)
    print(f"{total} courses of {asked.years:g} years, {broken} bounds broken, {seconds:.0f} s")
    return int(broken > 0)


if __name__ == "__main__":
    raise SystemExit(main())
