"""Pain as a benefit of its own: relief against density, in time and from person to person."""

import re

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import JUST_BEFORE, WEEK, levels_of_pain
from brittlestar.evidence.leaflet.groups import (
    POISE_PLACEBO,
    POISE_TABLETS,
    SEVERE_PAMIDRONATE,
    SEVERE_UNTREATED,
    SEVERE_ZOLEDRONATE,
)
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import close, less
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.simulated_groups import SimulatedGroups

TRIALS = {
    "infusions": (SEVERE_PAMIDRONATE, SEVERE_UNTREATED, 9, 9),
    "tablets": (POISE_TABLETS, POISE_PLACEBO, 109, 30),
}
"""Treated, control, and how many of each the trial had."""


def measure_pain(groups: SimulatedGroups) -> Measured:
    """Pain of 10 points around an infusion at half a year, reported and true, and the gain in density."""
    on, none = groups[SEVERE_ZOLEDRONATE], groups[SEVERE_UNTREATED]
    quick = load("brittlestar.outcomes", "pain_report.toml")["quick"].note or ""
    times = [0.5 - JUST_BEFORE, 0.5 + WEEK, 1.0 - JUST_BEFORE]
    reports = np.median(on.after.pain_reported(times)[:, on.place], axis=1)
    seen = re.search(r"median (\d+) before, (\d+) after a week, (\d+) after six months", quick)
    usual = [float(group) for group in seen.groups()] if seen else []
    ((before, week, _),) = levels_of_pain(times, on)
    relief, gain = before - week, on.change("ls_z", 1.0, 0.5)
    cycle = np.arange(0.5 + WEEK, 1.0, 2 * WEEK)
    treated, untreated = levels_of_pain(cycle, on, none)
    apart = Number.of_mean(treated.mean(axis=0) - untreated.mean(axis=0))
    trials = {}
    for name, (one, other, n, m) in TRIALS.items():
        a, b = (level[0] for level in levels_of_pain([1.0 - JUST_BEFORE], groups[one], groups[other]))
        trials[name] = Number.of_group(a, n, against=b, m=m)
    return Measured(
        relief=relief.mean(),
        early_percent=100 * (on.change("ls_z", 0.5 + WEEK, 0.5).mean() / gain.mean()),
        together=float(np.corrcoef(relief, gain)[0, 1]),
        apart=apart,
        lower=-float(apart),
        reports=list(zip(("before", "a week after", "six months after"), reports, usual, strict=True)),
        trials=trials,
        quick=quick,
        chart=lines(cycle, {"zoledronate": treated, "no treatment": untreated}),
    )


def judge_pain(m: Measured) -> Judged:
    """Medians of reports meet published ones, which the parameter of quick relief names, within a point."""
    return Judged(
        statement=dict(
            lower=m.apart.below(0.0),
            before_density=less(m.early_percent, 20),
            apart=close(m.together, 0.0, 0.3),
        ),
        evidence=dict(
            reports={
                (when, at, seen): abs(at - seen) <= limit("S29.reports") for when, at, seen in m.reports
            },
            trials={name: number.spans(0.0) for name, number in m.trials.items()},
        ),
    )


CHECKS = (
    StatementCheck(
        "S29",
        (SEVERE_UNTREATED, SEVERE_ZOLEDRONATE, SEVERE_PAMIDRONATE, POISE_TABLETS, POISE_PLACEBO),
        measure_pain,
        judge_pain,
    ),
)
