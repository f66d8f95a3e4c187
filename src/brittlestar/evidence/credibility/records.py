"""Rows read from what other parts of the program recorded: numbers, calibration, statistics, what is open."""

import tomllib
from collections import Counter
from importlib import resources
from typing import Any

import numpy as np
from scipy.stats import chi2

from brittlestar._shared.parameter_files import every_parameter
from brittlestar.evidence.calibration.free_parameters import free_parameters, shipped_theta
from brittlestar.evidence.calibration.mode import NOT_LEARNED
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.credibility.row import Row, Settings, judged, left_out, not_run
from brittlestar.evidence.studies.split import changed_studies, split
from brittlestar.statistics.pooling import pool
from brittlestar.trials.power.check import check

NINETY = 1.645
"""Half-width of a central 90 % interval, in SD."""


def parameter_counts() -> dict[str, Any]:
    """How many numbers there are, by status and file, and which are assumed."""
    groups = every_parameter()
    every = Counter(row.status for rows in groups.values() for row in rows.values())
    return {
        "total": sum(every.values()),
        "by_status": dict(every),
        "files": {
            name: dict(Counter(row.status for row in rows.values())) | {"total": len(rows)}
            for name, rows in groups.items()
        },
        "assumed": [
            {"file": name, "name": row.name, "unit": row.unit, "meaning": row.meaning}
            for name, rows in groups.items()
            for row in rows.values()
            if row.status == "assumed"
        ],
    }


def numbers(_: Settings) -> list[Row]:
    """Every number has a source or says that it has none."""
    every = [row for rows in every_parameter().values() for row in rows.values()]
    bare = [row.name for row in every if not row.source.strip()]
    assumed = sum(row.status == "assumed" for row in every)
    return [
        judged(
            "sources",
            "numbers",
            "Every number has a source, or says that it is assumed or calibrated",
            method="all parameter files",
            threshold="none without",
            value=f"{len(bare)} of {len(every)} without; {assumed} are assumed",
            passed=not bare,
        )
    ]


def not_learned() -> list[dict[str, Any]]:
    """Calibrated parameters with posterior over prior SD, those that the data taught least first."""
    found = recorded("posterior")
    ratio = np.sqrt(np.diag(np.asarray(found["log_covariance"]))) / np.asarray(found["log_prior_sd"])
    rows = [
        {"parameter": name, "ratio": float(r), "learned": bool(r <= NOT_LEARNED)}
        for name, r in zip(found["parameters"], ratio, strict=True)
    ]
    return sorted(rows, key=lambda row: -row["ratio"])


def calibration(_: Settings) -> list[Row]:
    """The split is as frozen, the shipped numbers are those of the fit, the fit as good as its errors."""
    found, changed = recorded("posterior"), changed_studies()
    fitted = set(found["fitted"])
    misfit = np.array([row["misfit"] for row in found["fit"] if row["id"] in fitted])
    inside = int(np.sum(np.abs(misfit) <= NINETY))
    free = free_parameters()
    same = found["parameters"] == [one.id for one in free]
    off = 1.0
    if same:
        off = float(np.max(np.abs(np.expm1(np.asarray(found["log_mode"]) - shipped_theta(free)))))
    df = found["fitted_targets"] - found["learned_directions"]
    limit = float(chi2.ppf(0.95, df))
    sum_said, limit_said = apart(found["chi2"], limit)
    worst = sorted(found["fit"], key=lambda row: -abs(row["misfit"]))[:5]
    far = ", ".join(f"{row['id']} {row['misfit']:+.1f} SD" for row in worst)
    return [
        judged(
            "split",
            "calibration",
            "No study has changed since the split was frozen",
            method="SHA-256 of every study file",
            threshold="none changed",
            value=f"{len(changed)} changed, version {split().version}",
            passed=not changed,
        ),
        judged(
            "shipped",
            "calibration",
            "The numbers in use are those of the calibration",
            method="parameter files against the recorded mode",
            threshold="relative difference at most 1e-4",
            value=f"{off:.1e}" if same else "other parameters",
            passed=same and off <= 1e-4,
        ),
        judged(
            "misfit",
            "calibration",
            "The fit is as good as the errors of its targets allow",
            method=f"sum of squared misfits of {found['fitted_targets']} targets, "
            f"{found['learned_directions']:.1f} directions learned",
            threshold=f"at most {limit_said}, the 95 % point of chi-squared with {df:.1f} degrees of freedom",
            value=sum_said,
            passed=found["chi2"] <= limit,
            note=f"farthest: {far}",
        ),
        judged(
            "inside",
            "calibration",
            "Targets lie in the 90 % range of their own error about the model",
            method="fitted targets; those only looked at are not counted",
            threshold="at least 80 of 100",
            value=f"{inside} of {len(misfit)}",
            passed=inside >= 0.8 * len(misfit),
        ),
        _truths(),
    ]


def apart(value: float, limit: float) -> tuple[str, str]:
    """A value and its limit with one decimal, or with as many as it takes to see which is larger."""
    for digits in range(1, 7):
        said = f"{value:.{digits}f}", f"{limit:.{digits}f}"
        if said[0] != said[1]:
            break
    return said


def _truths() -> Row:
    """Whether the posterior finds known truths, as the last calibration recorded it."""
    claim = "The posterior finds known truths about as often as it says"
    found = recorded("ensemble").get("truths")
    if found is None:
        cure = "brittlestar calibrate --write"
        return not_run(
            "truths", "calibration", claim, why="not recorded with the shipped ensemble", cure=cure
        )
    limits = (0.8, 0.97)
    told = [
        f"{name} {100 * one['inside_90']:.1f} of 100 of {one['truths']} ({one['simulations']} simulations)"
        for name, one in found.items()
    ]
    return judged(
        "truths",
        "calibration",
        claim,
        method="data simulated from known parameters, on the linear model and with the model itself",
        threshold=f"{100 * limits[0]:.0f} to {100 * limits[1]:.0f} of 100 truths inside 90 % intervals",
        value="; ".join(told),
        passed=all(limits[0] <= one["inside_90"] <= limits[1] for one in found.values()),
    )


def statistics(s: Settings) -> list[Row]:
    """Analyses against theory."""
    y, error = np.array([0.1, 0.5, -0.2, 0.9]), 0.2
    tau2 = pool(y, np.full(4, error)).tau2
    off = abs(tau2 - (np.var(y, ddof=1) - error**2))
    rows = [
        judged(
            "pooling",
            "statistics",
            "Pooling gives the closed form where one exists",
            method="four studies of equal error",
            threshold="between-study variance within 1e-8",
            value=f"{off:.1e}",
            passed=off <= 1e-8,
        )
    ]
    if s.quick:
        return [*rows, left_out("power_formula", "statistics", "Simulated power is that of the formula")]
    for row in check(seed=s.seed):
        rows.append(
            judged(
                row["id"],
                "statistics",
                row["label"],
                method=f"{row['replicates']} simulated trials, negative binomial counts",
                threshold=row["accepted"],
                value=f"{row['value']:.4f}, expected {row['expected']:.4f}",
                passed=row["status"] == "PASS",
                seed=s.seed,
            )
        )
    return rows


def table(name: str) -> dict[str, dict[str, Any]]:
    """One of the tables of this room: ``contexts``, ``limits`` or ``open``."""
    file = resources.files("brittlestar.evidence.credibility").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def open_rows(_: Settings) -> list[Row]:
    """What nothing in the program can check, and why."""
    return [
        Row(id, row["group"], row["claim"], "", "", "", row["status"], note=row["why"], cure=row["cure"])
        for id, row in table("open").items()
    ]
