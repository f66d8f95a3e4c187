"""Golden runs: one TOML file says what to run, a JSON file of the same name holds what came out.

``scripts/update_golden.py`` rewrites the JSON files, and only when told to write.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import simulate_cohort, steps_for
from brittlestar.people.person import Person
from brittlestar.trials.run import run_trial

FOLDER = Path(__file__).parent / "golden"
RTOL = 1e-9


def configs() -> list[Path]:
    """Every golden configuration."""
    return sorted(FOLDER.glob("*.toml"))


def run(config: Path) -> dict[str, Any]:
    """What the configuration gives, as plain lists and numbers."""
    spec = tomllib.loads(config.read_text(encoding="utf-8"))
    if "trial" in spec:
        result = run_trial(**spec["trial"])
        return {
            f"{e['id']} {e['arm']} {e['time_months']:g}": list(e["simulated"].values())
            for e in result.endpoints
        }
    cohort = Person(**spec["person"]).to_cohort(draws=spec.get("draws", 1), seed=spec["seed"])
    run_spec = spec["run"]
    outputs, per = steps_for(run_spec["years"], run_spec["step_days"], run_spec["output_days"])
    plan = as_plan(run_spec["plan"])
    schedule = plan.schedule(
        outputs * per, run_spec["step_days"], age_years=spec["person"]["age"], drugs=DRUGS
    )
    course = simulate_cohort(
        cohort,
        [schedule],
        np.zeros(len(cohort), int),
        run_spec["years"],
        seed=spec["seed"],
        step_days=run_spec["step_days"],
        output_days=run_spec["output_days"],
        outputs=run_spec["outputs"],
    )
    found: dict[str, Any] = {name: course[name].tolist() for name in run_spec["outputs"]}
    found["fracture_years"] = course.fracture_years.tolist()
    found["fracture_site"] = course.fracture_site.tolist()
    return found


def reference(config: Path) -> dict[str, Any]:
    """The stored result of a configuration."""
    return json.loads(config.with_suffix(".json").read_text(encoding="utf-8"))


def differences(found: dict[str, Any], stored: dict[str, Any], rtol: float = RTOL) -> list[str]:
    """Every entry that differs, with its first place, both numbers and the relative difference."""
    lines = [f"{name}: only in one of the two" for name in sorted(set(found) ^ set(stored))]
    for name in sorted(set(found) & set(stored)):
        a = np.asarray(found[name], dtype=float)
        b = np.asarray(stored[name], dtype=float)
        if a.shape != b.shape:
            lines.append(f"{name}: shape {a.shape}, stored {b.shape}")
            continue
        bad = ~np.isclose(a, b, rtol=rtol, atol=1e-12, equal_nan=True)
        if bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            x, y = a[place], b[place]
            share = abs(x - y) / max(abs(y), 1e-300)
            lines.append(
                f"{name}{list(place)}: {x!r}, stored {y!r} (relative {share:.1e}); {int(bad.sum())} differ"
            )
    return lines
