"""Hip density and fractures of adults without the disease: between people, and between drugs.

Held against SABRE, individual data of placebo-controlled trials of osteoporosis drugs, to which nothing is
fitted. The model has no fractures of the hip: those of the lower limb stand beside them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.points import points
from brittlestar.evidence.calibration.risk_by_density import drawn_women, risk_by_density
from brittlestar.evidence.calibration.targets import Target, Targets
from brittlestar.evidence.prediction.endpoint_spread import Offset, drawn
from brittlestar.evidence.prediction.fractures.drug_ratios import MIXED, SITES_OF
from brittlestar.evidence.prediction.fractures.ratios import EFFECT
from brittlestar.evidence.prediction.over_sets import OverSets, over_sets, values_of
from brittlestar.evidence.studies.look_up import result
from brittlestar.model.parameters import Parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.cohort import Cohort

GRADIENTS = {
    "non-vertebral": (SITES[:3], "nonvertebral_fracture_RR_per_SD_of_hip_abmd"),
    "hip (model: lower limb)": (SITES[:1], "hip_fracture_RR_per_SD_of_hip_abmd"),
    "vertebral": (SITES[3:], "vertebral_fracture_RR_per_SD_of_hip_abmd"),
}
"""Fractures -> sites of the model, and the published ratio per SD."""

MONTHS = 24.0

DRUGS = (
    ("Alendronate 5 mg a day", "pool_women", "alendronate 5 mg/day"),
    ("Alendronate 10 mg a day", "pool_women", "alendronate 10 mg/day"),
    ("Risedronate 5 mg a day", "pool_women", "risedronate 5 mg/day"),
    ("Zoledronate 5 mg a year", "horizon", "zoledronate 5 mg every year"),
    ("Ibandronate 3 mg every 3 months", "horizon", "ibandronate 3 mg every 3 months"),
    ("Neridronate 25 mg a month", "horizon", "neridronate 25 mg every month"),
    ("Denosumab 60 mg every 6 months", "freedom_test", "denosumab 60 mg every 6 months"),
)
"""Label, typical women (evidence/physiology/points.toml) and plan."""

THRESHOLDS = {
    "limb": ("nonvertebral", None),
    "vertebral": ("vertebral", "r2_of_hip_abmd_diff_and_vertebral_fractures"),
}
"""Site -> fractures as SABRE calls them, and its r2 between trials where it was read."""


def hip_density(sets: int, seed: int) -> dict[str, Any]:
    """Both comparisons: ``gradients`` between people, ``gains`` by drug and ``lines`` through them.

    Args:
        sets: parameter sets of the posterior.
        seed: key of all chance.
    """
    women = drawn_women(seed)
    between_people = over_sets(lambda p: gradients(women, p), sets)
    gains = gains_of(over_sets(values_of(gain_targets()), sets), seed)
    return {"gradients": _beside_published(between_people, seed), "gains": gains, "lines": lines(gains)}


def gradients(women: Cohort, p: Parameters) -> np.ndarray:
    """ln of the hazard ratio per SD less of hip density, by kind of fracture, then the same at one age."""
    sites = [sites for sites, _ in GRADIENTS.values()]
    return np.concatenate([risk_by_density(women, sites, p, one_age=one_age) for one_age in (False, True)])


def _beside_published(run: OverSets, seed: int) -> list[dict[str, Any]]:
    draws, kinds = run.drawn(MIXED, seed, "gradients"), len(GRADIENTS)
    return [
        {
            "fractures": name,
            "found": published(measure),
            "model": float(np.exp(run.mean[i])),
            "interval_90": np.exp(np.quantile(draws[:, i], (0.05, 0.95))).tolist(),
            "model_at_one_age": float(np.exp(run.mean[kinds + i])),
        }
        for i, (name, (_, measure)) in enumerate(GRADIENTS.items())
    ]


def gain_targets() -> Targets:
    """Of each drug the gain of hip density over none, and the ln ratios of limb and vertebral fractures."""
    known, rows = points().cohorts, []
    for i, (label, cohort, plan) in enumerate(DRUGS):
        shared: dict[str, Any] = {
            "label": label, "cohort": cohort, "plan": plan, "versus": "no treatment", "months": MONTHS,
            "observed": 0.0, "sampling": 1.0, "sampling_from": "size", "judgement": 0.0,
        }  # fmt: skip
        rows.append(
            Target(id=f"gain-{i}", output="hip_density", kind="pct_change", compare="difference", **shared)
        )
        rows += [
            Target(
                id=f"{site}-{i}", output="expected_fractures", sites=sites, kind="fractures", compare="log",
                **shared,
            )
            for site, sites in SITES_OF.items()
        ]  # fmt: skip
    return Targets(cohorts={cohort: known[cohort] for _, cohort, _ in DRUGS}, targets=tuple(rows))


def gains_of(run: OverSets, seed: int) -> list[dict[str, Any]]:
    """Of each drug gain and ratios with 95 % intervals, of the mean effect and in new people.

    From a gain of the published threshold on a trial finds fewer fractures, so ``above_threshold`` should go
    with an interval below 1. New people differ by tau, which comes from trials of people with the disease.
    """
    spread, draws = between_trials()[EFFECT], run.drawn(MIXED, seed, "gains")
    found = []
    for i, (label, _, _) in enumerate(DRUGS):
        at = 3 * i
        row: dict[str, Any] = {"drug": label, "gain_pct": float(run.mean[at])}
        for j, site in enumerate(SITES_OF, start=1):
            mean = float(run.mean[at + j])
            offset = Offset(EFFECT, abs(mean) if spread.relative else 1.0, spread.kept)
            people = draws[:, at + j] + drawn([offset], MIXED, seed, f"gain {label} {site}")
            effect_95, people_95 = (
                np.exp(np.quantile(one, (0.025, 0.975))).tolist() for one in (draws[:, at + j], people)
            )
            row[site] = {
                "ratio": float(np.exp(mean)),
                "effect_95": effect_95,
                "people_95": people_95,
                "above_threshold": row["gain_pct"] >= threshold(site),
            }
        found.append(row)
    return found


def threshold(site: str) -> float:
    """Gain of hip density in 24 months from which a trial finds fewer fractures, %, as published."""
    name, _ = THRESHOLDS[site]
    return published(f"hip_abmd_pct_diff_needed_for_fewer_{name}_fractures")


def published(measure: str) -> float:
    """A number of SABRE."""
    value = result("sabre", measure).value
    assert value is not None
    return value


def lines(gains: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By site the line of ln ratio on gain through the drugs: its r2, and the ratio at the threshold."""
    found = []
    for site, (name, of_r2) in THRESHOLDS.items():
        x = np.array([row["gain_pct"] for row in gains])
        y = np.log([row[site]["ratio"] for row in gains])
        slope, at_0 = np.polyfit(x, y, 1)
        agree = {
            interval: sum(row[site]["above_threshold"] == (row[site][interval][1] < 1.0) for row in gains)
            for interval in ("effect_95", "people_95")
        }
        needed = threshold(site)
        r2 = None if of_r2 is None else result("sabre", of_r2)
        found.append(
            {
                "fractures": name,
                "drugs": len(gains),
                "r2": float(np.corrcoef(x, y)[0, 1] ** 2),
                "found_r2": None if r2 is None else r2.value,
                "found_r2_95": None if r2 is None or r2.ci95 is None else list(r2.ci95),
                "ratio_per_1_pct": float(np.exp(slope)),
                "threshold_pct": needed,
                "ratio_at_threshold": float(np.exp(at_0 + slope * needed)),
                "agree": agree,
            }
        )
    return found
