"""Density, pain and fractures, each against what was seen of it."""

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import JUST_BEFORE, WEEK, change_beyond, levels_of_pain
from brittlestar.evidence.leaflet.groups import (
    CLEARLY,
    POISE_PLACEBO,
    POISE_TABLETS,
    SEVERE_PAMIDRONATE,
    SEVERE_UNTREATED,
)
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import between, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.uncertainty import share_of_studies
from brittlestar.evidence.simulated_groups import SimulatedGroups

CYCLE = 121.75 / DAYS_PER_YEAR
"""Years from one course of pamidronate to the next."""


def measure_outcomes(groups: SimulatedGroups) -> Measured:
    """Density in %, pain of 10, fractures of the first year, and the share of studies that see fewer."""
    none, drip = groups[SEVERE_UNTREATED], groups[SEVERE_PAMIDRONATE]
    tablets, placebo = groups[POISE_TABLETS], groups[POISE_PLACEBO]
    gain = change_beyond(tablets, placebo, "ls_abmd", 1.0, percent=True)
    on, off = (arm.expected_fractures(1.0).mean() for arm in (tablets, placebo))
    ratio = Number(on / off, **published("hald2015", "RR_fracture_rate"))
    some = share_of_studies(groups.seed, tablets.fractures(1.0) > 0, placebo.fractures(1.0) > 0, 94, 49)
    fourth, fifth = 3 * CYCLE, 4 * CYCLE
    around = [fourth - JUST_BEFORE, fourth + WEEK, fourth + 4 * WEEK, fifth - JUST_BEFORE]
    ((before, week, month, again),) = levels_of_pain(around, drip)
    relief = Number.of_mean(week - before)
    times = np.arange(0.0, fifth, 2 * WEEK)
    infused, untreated = levels_of_pain(times, drip, none)
    pain = [level[0] for level in levels_of_pain([1.0], tablets, placebo)]
    return Measured(
        gain=Number.of_mean(gain, **published("poise2013", "ls_abmd_pct_diff")),
        gain_by_drip=np.mean(change_beyond(drip, none, "ls_z", 1.0)),
        ratio=ratio,
        percent_fewer=100 * (1 - float(ratio)),
        fewer=on < CLEARLY * off,
        see_it=100 * some,
        relief=relief,
        fall=-float(relief),
        month=np.mean(month - before),
        left=Number.of_mean(again - before),
        apart=np.mean(infused.mean(axis=0) - untreated.mean(axis=0)),
        tablets_pain=Number.of_group(pain[0], 109, against=pain[1], m=30),
        chart=lines(times, {"infusions": infused, "no treatment": untreated}),
    )


def judge_outcomes(m: Measured) -> Judged:
    """Pain has come back at the next infusion if less than a quarter of its relief is left.

    A trial "saw no difference" if the simulated one is smaller than a trial of that size sees.
    """
    return Judged(
        statement=dict(
            density=more(m.gain_by_drip, 0.25),
            pain=less(m.apart, 0),
            fractures=m.fewer,
            some_studies=between(m.see_it, 5, 95),
        ),
        evidence=dict(
            density=m.gain.inside,
            fractures=m.ratio.inside,
            relief=less(max(float(m.relief), m.month), 0),
            back=more(m.left, limit("S07.back") * float(m.relief)),
            tablets=m.tablets_pain.spans(0),
        ),
    )


CHECKS = (
    StatementCheck(
        "S07",
        (SEVERE_UNTREATED, SEVERE_PAMIDRONATE, POISE_TABLETS, POISE_PLACEBO),
        measure_outcomes,
        judge_outcomes,
    ),
)
