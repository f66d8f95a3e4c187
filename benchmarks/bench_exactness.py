"""What a weekly step and single precision cost in exactness, output by output.

    python benchmarks/bench_exactness.py            # a minute, held to benchmarks/results/exactness.json
    python benchmarks/bench_exactness.py --accept   # the same, and written there
    python benchmarks/bench_exactness.py --quick    # fewer people, held to nothing

The expected course in weekly steps beside that in steps of a day: the largest error of each output over its
scale (``scales.py``), of infants and of others, three years, without treatment, on tablets and on infusions;
and how far that is beyond what stands in ``exactness.json``: by more than 2e-4, and the exit status is 1.
Only ``--accept`` changes that file, so that many small steps are seen as the large one that they make.
Single precision beside double: the same largest difference, and fates of the same people: how many fractures
there are, and how many of them only one of the two has, or has in another step.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar._shared.manifest import commit, version
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, simulate_cohort, steps_for
from brittlestar.model.outputs import UNITS
from brittlestar.people.cohort import Cohort
from brittlestar.people.sampling import sample_cohort
from kernel import INFUSIONS, TABLETS, UNTREATED, YEARS
from scales import over_scale
from taking_turns import show

RESULTS = Path(__file__).resolve().parent / "results" / "exactness.json"
AGES = {"infants": (0.2, 1.0), "others": (1.0, 60.0)}
PLANS = (UNTREATED, TABLETS, INFUSIONS)
CONTINUOUS = tuple(name for name in UNITS if not name.startswith("fractures_"))
OUTPUT_DAYS = 28.0
BEYOND = 2e-4
"""Of its scale that an output may be further off than it was."""


def course(cohort: Cohort, step_days: float, **how: Any) -> Course:
    """Everybody under one of the plans, in equal parts."""
    count, per = steps_for(YEARS, step_days, OUTPUT_DAYS)
    schedules = [as_plan(plan).schedule(count * per, step_days, drugs=DRUGS) for plan in PLANS]
    index = np.arange(len(cohort)) * len(PLANS) // len(cohort)
    return simulate_cohort(
        cohort, schedules, index, YEARS, step_days=step_days, output_days=OUTPUT_DAYS, **how
    )


def apart(found: Course, true: Course) -> dict[str, float]:
    """Largest error of each output over its scale, after entry."""
    return {
        name: float(np.max(over_scale(name, found[name][1:].astype(np.float64), true[name][1:])))
        for name in CONTINUOUS
    }


def fates(one: Course, other: Course) -> dict[str, int]:
    """Fractures of two runs of the same people, and those that only one of them has in that step."""

    def which(run: Course) -> set[tuple[int, int, int]]:
        step = np.floor(run.fracture_years * 365.25 / 7.0 + 1e-6).astype(int)
        return set(zip(run.fracture_person.tolist(), run.fracture_site.tolist(), step.tolist(), strict=True))

    def counts(run: Course) -> np.ndarray:
        return np.bincount(run.fracture_person, minlength=people)

    people = next(iter(one.outputs.values())).shape[1]
    first, second = which(one), which(other)
    return {
        "people": people,
        "fractures": len(first),
        "only in double precision, or in another step": len(first - second),
        "only in single precision, or in another step": len(second - first),
        "people with another number of fractures": int(np.sum(counts(one) != counts(other))),
    }


def measured(many: int, of_fates: int) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Errors of each output by what makes them, and the fates that single precision changes.

    Args:
        many: people of each group whose expected course is followed.
        of_fates: people whose fractures are drawn.
    """
    groups = {name: sample_cohort(many, seed=1, age_years=ages) for name, ages in AGES.items()}
    found = {
        f"weekly steps, {name}": apart(course(people, 7.0, fates=False), course(people, 1.0, fates=False))
        for name, people in groups.items()
    }
    smooth = (course(groups["others"], 7.0, fates=False, precision=p) for p in ("float32", "float64"))
    found["single precision"] = apart(*smooth)
    everyone = sample_cohort(of_fates, seed=2, age_years=AGES["others"])
    double, single = (course(everyone, 7.0, precision=precision) for precision in ("float64", "float32"))
    outputs = {
        name: {by: float(f"{errors[name]:.2g}") for by, errors in found.items()} for name in CONTINUOUS
    }
    return outputs, fates(double, single)


def beyond(found: dict[str, float], kept: dict[str, float]) -> float:
    """How much further off an output is in weekly steps than is kept of it; all of it where nothing is."""
    further = (value - kept.get(by, 0.0) for by, value in found.items() if by.startswith("weekly"))
    return max(0.0, float(f"{max(further):.2g}"))


def main(argv: list[str] | None = None) -> int:
    """Measure and print; exit status 1 where an output is further off than what is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--quick", action="store_true", help="fewer people; nothing is judged")
    only.add_argument("--accept", action="store_true", help="keep what is found, to judge later runs by it")
    asked = parser.parse_args(argv)
    outputs, told = measured(*((48, 3000) if asked.quick else (768, 30_000)))
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))["outputs"] if RESULTS.exists() else {}
    rows = [
        {"output": name, **errors, "beyond what is kept": beyond(errors, kept.get(name, {}))}
        for name, errors in outputs.items()
    ]
    show("largest error over the scale of an output", sorted(rows, key=lambda r: -r["weekly steps, others"]))
    print(f"\nfates in single precision: {told}")
    if asked.accept:
        content = {"version": version(), "commit": commit(), "fates": told, "outputs": outputs}
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    judged = not asked.quick and not asked.accept
    return int(judged and any(row["beyond what is kept"] > BEYOND for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
