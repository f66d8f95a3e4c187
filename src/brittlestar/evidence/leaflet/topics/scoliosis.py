"""Scoliosis: onset and progression of curves by type and age at the start."""

import numpy as np

from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import percent
from brittlestar.evidence.leaflet.groups import FROM_2_MONTREAL, FROM_2_UNTREATED, MONTREAL, TYPES
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import all_of, between, close, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import published, value_of
from brittlestar.evidence.simulated_groups import SimulatedGroups

FROM_8 = FROM_2_UNTREATED["III"].under(f"{MONTREAL} from 6 years")
COHORTS = ("anissipour2014", "sato2016")


def measure_curves(groups: SimulatedGroups) -> Measured:
    """Degrees a year, and of 100 people those with a curve."""
    none = {kind: groups[group] for kind, group in FROM_2_UNTREATED.items()}
    early = {kind: groups[group] for kind, group in FROM_2_MONTREAL.items()}
    late = groups[FROM_8]
    at_start = {kind: one.curve_speed(0.0, 3.0) for kind, one in none.items()}
    at_start_early = {kind: one.curve_speed(0.0, 3.0) for kind, one in early.items()}
    of_type_iii = {"none": none["III"], "from_2": early["III"], "from_8": late}
    return Measured(
        speed={
            kind: Number.of_mean(
                one.curve_speed(2.0, 14.0),
                **published("anissipour2014", "progression_deg_per_y", arm=f"type_{kind}"),
            )
            for kind, one in none.items()
        },
        first_years=Number.of_mean(at_start["III"]),
        first_years_early=Number.of_mean(at_start_early["III"]),
        saved=at_start["III"].mean() - at_start_early["III"].mean(),
        saved_seen=abs(value_of("anissipour2014", "progression_change_deg_per_y_type_III_start_<6y")),
        early_ratio={kind: at_start_early[kind].mean() / at_start[kind].mean() for kind in ("I", "IV")},
        late_ratio=late.curve_speed(6.0, 9.0).mean() / none["III"].curve_speed(6.0, 9.0).mean(),
        grown={name: percent(one.cobb[-1] > 0) for name, one in of_type_iii.items()},
        at_12={
            kind: Number(
                percent(one.cobb[np.searchsorted(one.years, 9.9)] > 0),
                **published("sato2016", "scoliosis_prevalence_pct", arm=f"type_{kind}"),
            )
            for kind, one in none.items()
        },
        at_12_seen={
            kind: [value_of(cohort, "scoliosis_prevalence_pct", arm=f"type_{kind}") for cohort in COHORTS]
            for kind in TYPES
        },
        bend=Number.of_people(none["III"].cobb[-1]),
        bend_early=Number.of_people(early["III"].cobb[-1]),
        chart=lines(
            2.0 + none["III"].years,
            {"none": none["III"].cobb, "start_2": early["III"].cobb, "start_8": late.cobb},
        ),
    )


def judge_curves(m: Measured) -> Judged:
    """ "Delay" is a quarter less progression over the 3 years in which it was seen.

    "Prevent" is 10 in 100 fewer with a curve when grown (two standard errors of two groups of 100).
    """
    least, most = limit("S25.slower")
    fewer = m.grown["none"] - m.grown["from_2"]
    return Judged(
        statement=dict(delays=more(m.saved, 0.25 * float(m.first_years)), prevents=more(fewer, 10)),
        evidence=dict(
            speed=all_of(number.within_factor(limit("S25.speed")) for number in m.speed.values()),
            slower=between(m.saved, least * m.saved_seen, most * m.saved_seen),
            no_change=all_of(
                close(ratio, 1, limit("S25.no_change")) for ratio in (*m.early_ratio.values(), m.late_ratio)
            ),
            grown=close(fewer, 0.0, limit("S25.grown")),
            at_12=all_of(between(m.at_12[kind], min(seen), max(seen)) for kind, seen in m.at_12_seen.items()),
        ),
    )


CHECKS = (
    StatementCheck(
        "S25", (*FROM_2_UNTREATED.values(), *FROM_2_MONTREAL.values(), FROM_8), measure_curves, judge_curves
    ),
)
