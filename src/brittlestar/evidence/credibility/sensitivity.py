"""Global sensitivity: how much of each main output hangs on which calibrated parameter (Sobol indices)."""

import importlib
import importlib.util
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import default_parameters
from brittlestar.engine.care_tables import calendar, care_tables
from brittlestar.engine.program import Inputs, course
from brittlestar.evidence.calibration.free_parameters import (
    free_parameters,
    prior_log_sds,
    shipped_theta,
    with_theta,
)
from brittlestar.evidence.credibility.exact_answers import ZOLEDRONATE, people, schedule
from brittlestar.evidence.credibility.row import Row, Settings, judged, left_out, not_run
from brittlestar.model.healthy_table import load_reference, table
from brittlestar.model.row import Shape, Tables
from brittlestar.model.state import People

GROUP, CLAIM = "sensitivity", "Which parameters the main outputs hang on is known"
YEARS, STEP, PER = 2, 7.0, 4
CHILD = (8.0, "female", "IV")
WIDE = 1.645
"""Each ln(parameter) spans the central 90 % of its prior, about the value in use."""

AT_ONCE = 64
"""Parameter sets per call: one compiled shape, in little memory."""

OUTPUTS = (
    "ls_z",
    "bone_volume_fraction",
    "ctx",
    "expected_fractures_lower_limb",
    "expected_fractures_vertebral",
)
ANSWERS = (
    "gain in spine Z-score by treatment, 2 years",
    "trabecular bone volume treated over untreated, 2 years",
    "CTX treated over untreated, 2 years",
    "leg fractures treated over untreated, 2 years",
    "vertebral fractures treated over untreated, 2 years",
)


def compiled_answers() -> Any:
    """Compiled: ln of the free parameters [set, parameter] -> answers [set, answer]."""
    cohort = people(CHILD, CHILD)
    plans = [schedule(words, 26 * PER * YEARS // 2, STEP) for words in ("no treatment", ZOLEDRONATE)]
    used = [DRUGS.index("zoledronate")]
    times = calendar(STEP, np.arange(1, 26 * YEARS // 2 + 1) * PER * STEP)
    rows, pieces = care_tables(plans, times, used, STEP)
    who = People(*(jnp.asarray(getattr(cohort, name)) for name in People._fields))
    shape, reference, free = Shape(1, True, False, OUTPUTS), load_reference(), free_parameters()
    base = jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), default_parameters())

    def one(theta: Any) -> Any:
        p = with_theta(base, free, theta)
        references = table(reference, p)
        p = p._replace(drugs=type(p.drugs)(*(c[np.array(used)][:, None] for c in p.drugs)))
        tables = Tables(references, pieces, jnp.float64(STEP), jnp.uint32(1))
        out, _ = course(Inputs(who, jnp.arange(2), rows, tables, p), shape)
        z, volume, ctx, leg, spine = (out[name][-1] for name in OUTPUTS)
        return jnp.stack(
            [z[1] - z[0], volume[1] / volume[0], ctx[1] / ctx[0], leg[1] / leg[0], spine[1] / spine[0]]
        )

    return jax.jit(jax.vmap(one))


def sobol(samples: int, seed: int) -> dict[str, Any]:
    """First-order and total Sobol indices of every answer.

    Args:
        samples: 2^n points of the sequence; the model runs samples x (parameters + 2) times.
        seed: of the scrambling and of the bootstrap.

    Source: Saltelli's scheme as in SALib, doi:10.21105/joss.00097.
    """
    analyze = importlib.import_module("SALib.analyze.sobol").analyze
    sample = importlib.import_module("SALib.sample.sobol").sample
    free = free_parameters()
    middle = shipped_theta(free)
    reach = WIDE * prior_log_sds(free)
    problem = {
        "num_vars": len(free),
        "names": [one.id for one in free],
        "bounds": np.stack([middle - reach, middle + reach], axis=1).tolist(),
    }
    theta = sample(problem, samples, calc_second_order=False, seed=seed)
    run, filled = compiled_answers(), -len(theta) % AT_ONCE
    whole = np.concatenate([theta, np.repeat(theta[-1:], filled, axis=0)])
    answers = np.concatenate([np.asarray(run(part)) for part in np.split(whole, len(whole) // AT_ONCE)])
    answers = answers[: len(theta)]
    finite = bool(np.isfinite(answers).all())
    found = []
    for i, label in enumerate(ANSWERS if finite else ()):
        y = answers[:, i]
        index = analyze(problem, (y - y.mean()) / y.std(), calc_second_order=False, seed=seed)
        order = np.argsort(-np.asarray(index["ST"]))
        found.append(
            {
                "output": label,
                "mean": float(y.mean()),
                "sd": float(y.std()),
                "sum_first_order": float(np.sum(index["S1"])),
                "widest": float(np.max(index["ST_conf"])),
                "parameters": [
                    {
                        "parameter": free[j].id,
                        "first_order": float(index["S1"][j]),
                        "total": float(index["ST"][j]),
                        "half_width": float(index["ST_conf"][j]),
                    }
                    for j in order
                ],
            }
        )
    return {"samples": samples, "runs": len(theta), "finite": finite, "outputs": found}


def sensitivity(s: Settings) -> tuple[list[Row], dict[str, Any]]:
    """One row per main output, and the indices of all of them; empty where nothing was run."""
    if s.quick:
        return [left_out("sobol", GROUP, CLAIM)], {}
    if importlib.util.find_spec("SALib") is None:
        cure = "pip install 'brittlestar[calibration]'"
        return [not_run("sobol", GROUP, CLAIM, why="SALib is not installed", cure=cure)], {}
    indices = sobol(s.samples, s.seed)
    method = f"Sobol indices by SALib, {indices['samples']} samples, {indices['runs']} runs over the priors"
    rows = [
        judged(
            "finite",
            GROUP,
            "The model gives finite answers all over the priors",
            method=method,
            threshold="every run",
            value="all finite" if indices["finite"] else "not all finite",
            passed=indices["finite"],
            seed=s.seed,
        )
    ]
    for i, found in enumerate(indices["outputs"]):
        top = ", ".join(f"{p['parameter']} {p['total']:.2f}" for p in found["parameters"][:3])
        rows.append(
            judged(
                f"sobol_{i + 1}",
                GROUP,
                f"{CLAIM}: {found['output']}",
                method=method,
                threshold="no total index less sure than ± 0.25",
                value=f"most: {top}; widest ± {found['widest']:.2f}",
                passed=found["widest"] <= 0.25,
                seed=s.seed,
                note=f"first-order indices sum to {found['sum_first_order']:.2f}",
            )
        )
    return rows, indices
