"""Density against strength."""

import numpy as np
from scipy.stats import norm

from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import percent_beyond
from brittlestar.evidence.leaflet.groups import (
    EIGHT_PAMIDRONATE,
    EIGHT_UNTREATED,
    LONG_BONES,
    SHRINERS_PLACEBO,
    SHRINERS_TABLETS,
)
from brittlestar.evidence.leaflet.margin import all_of, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.simulated_groups import Group, SimulatedGroups

ADULTS_UNTREATED = Group(40.0, "I", n=40).untreated()
ADULTS_TREATED = ADULTS_UNTREATED.under("zoledronate-5mg-yearly")
SHRINERS_SIZE = (109, 30)
"""People on tablets and on placebo."""


def measure_strength(groups: SimulatedGroups) -> Measured:
    """Gains of density and of strength, % of the same people untreated; a trial as large as the Shriners'."""
    gain = {
        name: percent_beyond(groups[EIGHT_PAMIDRONATE], groups[EIGHT_UNTREATED], name)
        for name in ("ls_abmd", "strength_limb", "strength_vertebral")
    }
    children = {name: Number.of_mean(values) for name, values in gain.items()}
    adults = {
        name: Number.of_mean(percent_beyond(groups[ADULTS_TREATED], groups[ADULTS_UNTREATED], name))
        for name in ("ls_abmd", "strength_limb", "toughness")
    }
    trial = groups[SHRINERS_TABLETS], groups[SHRINERS_PLACEBO]
    counts = [arm.fractures(2.0, sites=LONG_BONES) for arm in trial]
    spread = sum(c.var(ddof=1) / (n * c.mean() ** 2) for c, n in zip(counts, SHRINERS_SIZE))
    ratio = counts[0].mean() / counts[1].mean()
    tablets, placebo = (arm.change("ls_abmd", 2.0, percent=True) for arm in trial)
    n, m = SHRINERS_SIZE
    beyond = Number.of_group(tablets, n, against=placebo, m=m, **published("ward2011", "ls_abmd_pct_diff"))
    return Measured(
        children=children,
        short={name: Number.of_mean(gain[name] - gain["ls_abmd"]) for name in gain if name != "ls_abmd"},
        adults=adults,
        tablets=beyond,
        fractures=ratio,
        power=100 * float(norm.cdf(abs(np.log(ratio)) / np.sqrt(spread) - 1.96)),
        chart=dots(
            {
                (who, name): number
                for who, found in (("children", children), ("adults", adults))
                for name, number in found.items()
            }
        ),
    )


def judge_strength(m: Measured) -> Judged:
    """Strength of limb and of vertebra rise less than spine density, by the interval of the difference.

    In adults a denser spine goes with limb bone less tough. Evidence: Ward 2011 saw density rise far above
    placebo and long-bone fractures alike; a simulated trial of that size must reach the first and miss the
    second more often than not.
    """
    return Judged(
        statement=dict(
            density_rises=m.children["ls_abmd"].above(0),
            limb=m.short["strength_limb"].below(0),
            vertebra=m.short["strength_vertebral"].below(0),
            adults=all_of([m.adults["ls_abmd"].above(0), m.adults["toughness"].below(0)]),
        ),
        evidence=dict(density=all_of([more(m.tablets, 0), m.tablets.covers]), fractures=less(m.power, 50)),
    )


CHECKS = (
    StatementCheck(
        "S28",
        (
            EIGHT_PAMIDRONATE,
            EIGHT_UNTREATED,
            ADULTS_TREATED,
            ADULTS_UNTREATED,
            SHRINERS_TABLETS,
            SHRINERS_PLACEBO,
        ),
        measure_strength,
        judge_strength,
    ),
)
