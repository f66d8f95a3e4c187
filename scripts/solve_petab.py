"""Every model of an exported calibration solved by other programs, and held to the fit's own equations.

Usage: brittlestar export petab --out DIR
       python scripts/solve_petab.py DIR [--write] [--minutes 30]

Each model is solved at the nominal values by ``tests/sbml_in_python.py`` and SciPy, and by COPASI in a
process of its own, which has so many minutes. Beside the values of each target stand those of the
differential equations, solved by diffrax, and of the fit, which steps by weeks. ``--write`` keeps all of it
in ``tests/data/petab_solved.json``, which tests hold to its limits. Needs the extras ``exchange`` and
``exchange-test``; COPASI takes minutes of the larger models, all else takes a few.
"""

import argparse
import json
import sys
from multiprocessing import TimeoutError, get_context
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import petab_solved as solved  # noqa: E402
import sbml_in_python  # noqa: E402
from brittlestar.engine import default_parameters, fingerprint  # noqa: E402
from brittlestar.evidence.calibration.continuous_courses import ContinuousCourses  # noqa: E402
from brittlestar.evidence.calibration.native_courses import NativeCourses  # noqa: E402
from brittlestar.evidence.calibration.points import fit_targets  # noqa: E402
from brittlestar.evidence.calibration.targets import Target  # noqa: E402
from brittlestar.exchange.petab.export import recorded_covariance  # noqa: E402
from brittlestar.exchange.petab.fitted_numbers import as_fitted, fitted_by_name  # noqa: E402
from brittlestar.exchange.petab.problem import found_as, petab_id  # noqa: E402

Values = dict[tuple[str, float], dict[str, float]]

RECORD = ROOT / "tests" / "data" / "petab_solved.json"


def by_files(folder: Path, days: dict[str, set[float]], minutes: float) -> tuple[Values, Values]:
    """Values of targets by model and day: by the reader in ``tests``, and by COPASI where it ended."""
    own, copasi = {}, {}
    for model, asked in days.items():
        text = (folder / f"{model}.xml").read_text(encoding="utf-8")
        own |= {(model, day): values for day, values in sbml_in_python.Model(text).solved(asked).items()}
        with get_context("spawn").Pool(1) as alone:
            try:
                found = alone.apply_async(solved.by_copasi, (text, asked)).get(60.0 * minutes)
            except TimeoutError:
                print(f"{model}: COPASI did not end within {minutes:g} minutes", flush=True)
                continue
        copasi |= {(model, day): values for day, values in found.items()}
        print(f"{model}: solved by both", flush=True)
    return own, copasi


def by_equations(chosen: tuple[Target, ...]) -> tuple[dict[str, float], dict[str, float]]:
    """Values of targets by the differential equations, and by the weekly step."""
    known, p = fit_targets(), as_fitted()
    whole = known.model_copy(update={"targets": chosen})
    weekly = NativeCourses(whole, p)
    by_week = solved.on_scale_of_errors(weekly, weekly.flat, whole)
    # At entry both are the untreated balance in closed form.
    later = known.model_copy(update={"targets": tuple(one for one in chosen if one.months > 0.0)})
    continuous = ContinuousCourses(later, p)
    return by_week | solved.on_scale_of_errors(continuous, continuous.flat, later), by_week


def record(folder: Path, minutes: float) -> dict[str, object]:
    """Targets by id, and the objective."""
    from petab import v2 as petab

    tables = petab.Problem.from_yaml(folder / "problem.yaml")
    wrong = tables.validate()
    if wrong:
        raise SystemExit(f"the linter of petab finds: {wrong}")
    rows = tables.measurement_df.set_index("observableId")
    of = {f"observed_{petab_id(one.id)}": one for one in fit_targets().fitted}
    chosen = tuple(of[name] for name in rows.index)
    days: dict[str, set[float]] = {}
    for _, row in rows.iterrows():
        days.setdefault(str(row["modelId"]), set()).add(float(row["time"]))
    own, copasi = by_files(folder, days, minutes)
    continuous, weekly = by_equations(chosen)
    targets, values = {}, {}
    for target, (_, row) in zip(chosen, rows.iterrows(), strict=True):
        name, place = f"value_of_{petab_id(target.id)}", (str(row["modelId"]), float(row["time"]))
        values[name] = own[place][name]
        targets[target.id] = {
            "model": place[0],
            "day": place[1],
            "sd": target.sd,
            "file": values[name],
            "copasi": copasi[place][name] if place in copasi else None,
            "equations": continuous[target.id],
            "weekly": weekly[target.id],
        }
    theta = {name: float(value) for name, value in tables.parameter_df["nominalValue"].items()}
    used = [one for one in fitted_by_name(in_time=False) if one.id in theta]
    covariance = recorded_covariance([one.id for one in chosen])
    gaps = np.array([found_as(one) - continuous[one.id] for one in chosen])
    ours = solved.objective_of_the_fit(gaps, covariance, used, theta)
    theirs = solved.objective_of_petab(tables, values, theta)
    print(f"objective {theirs!r}, by the equations {ours!r}")
    return {
        "parameters": fingerprint(default_parameters()),
        "numbers": [one.id for one in used],
        "objective": theirs,
        "targets": targets,
    }


def main() -> None:
    """Solve, print, and keep it if asked to."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("problem", type=Path, help="directory that `brittlestar export petab` wrote")
    asked.add_argument("--write", action="store_true", help=f"keep it in {RECORD.relative_to(ROOT)}")
    asked.add_argument("--minutes", type=float, default=30.0, help="that COPASI has for a model")
    given = asked.parse_args()
    found = record(given.problem, given.minutes)
    print(json.dumps(found, indent=1))
    if given.write:
        RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
