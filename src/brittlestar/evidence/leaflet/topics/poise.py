"""POISE again, and why risk fell before density rose."""

import numpy as np

from brittlestar.engine import with_values
from brittlestar.evidence.leaflet.charts import dots, lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.endpoints import endpoint, number_of
from brittlestar.evidence.leaflet.groups import CLINICAL, POISE_MANY, POISE_MANY_TREATED
from brittlestar.evidence.leaflet.margin import less, more
from brittlestar.evidence.leaflet.published import value_of
from brittlestar.evidence.leaflet.rivals import POISE_FEW, POISE_FEW_TREATED, RIVAL_GROUPS
from brittlestar.evidence.simulated_groups import GroupUnderPlan, SimulatedGroups
from brittlestar.trials.summary import INSIDE, OUTSIDE

ENDPOINTS = {
    "density": ("ls_abmd_pct_change", "difference"),
    "broken_risedronate": ("proportion_fractured", "risedronate"),
    "broken_placebo": ("proportion_fractured", "placebo"),
    "share": ("risk_ratio", "difference"),
    "hazard": ("hazard_ratio", "difference"),
    "rate": ("rate_ratio", "difference"),
}
"""Endpoint and arm of the protocol."""


def measure_poise(groups: SimulatedGroups) -> Measured:
    """POISE again and again with new children: points of density, shares, and ratios over placebo."""
    trial = groups.trial("poise")
    rows = {name: endpoint(trial, *where) for name, where in ENDPOINTS.items()}
    numbers = {name: number_of(row) for name, row in rows.items()}
    ratios = {name: numbers[name] for name in ("share", "hazard")}
    return Measured(
        endpoints=numbers,
        broken={arm: 100 * float(numbers[f"broken_{arm}"]) for arm in ("placebo", "risedronate")},
        inside={
            name: row["verdict"] == INSIDE
            for name, row in rows.items()
            if row["verdict"] in (INSIDE, OUTSIDE)
        },
        pooled_rate=value_of("hald2015", "RR_fracture_rate"),
        pooled_share=value_of("hald2015", "RR_proportion_with_fracture"),
        chart=dots(
            {("simulated", name): number for name, number in ratios.items()}
            | {
                ("published", name): (n.published, n.published_low, n.published_high)
                for name, n in ratios.items()
            }
        ),
    )


def judge_poise(m: Measured) -> Judged:
    """ "Half" is a ratio of at most 0.6, nearer to a half than to a third less.

    Evidence: published values with their intervals (limits of derived numbers as stated in the protocol).
    """
    return Judged(
        statement=dict(
            share=less(m.endpoints["share"], 0.6),
            hazard=less(m.endpoints["hazard"], 0.6),
            density=m.endpoints["density"].above(0),
        ),
        evidence=dict(inside=m.inside),
    )


MONTHS = (1.5, 3.0, 6.0, 12.0, 24.0, 48.0)


def log_ratio(groups: SimulatedGroups, treated: GroupUnderPlan, untreated: GroupUnderPlan) -> np.ndarray:
    """ln of the clinical hazard of the treated over that of the untreated [T]."""
    one, other = (
        sum(groups[group][f"hazard_{site}"].mean(axis=1) for site in CLINICAL)
        for group in (treated, untreated)
    )
    return np.log(one / other)


def measure_early_fall(groups: SimulatedGroups) -> Measured:
    """Hazard over time with quiet remodelling and without, and the share (%) that each explains."""
    without_pits = SimulatedGroups(
        RIVAL_GROUPS,
        seed=groups.seed,
        parameters=with_values(groups.parameters, fracture__gL=0.0, fracture__gV=0.0),
    )
    t = groups[POISE_FEW].years
    both, strength = (log_ratio(one, POISE_FEW_TREATED, POISE_FEW) for one in (groups, without_pits))
    many = log_ratio(groups, POISE_MANY_TREATED, POISE_MANY)
    gain = groups[POISE_MANY_TREATED]["ls_abmd"].mean(axis=1) - groups[POISE_MANY]["ls_abmd"].mean(axis=1)

    def at(values: np.ndarray, years: float) -> float:
        return float(np.interp(years, t, values))

    courses = {"many": many, "both": both, "strength": strength}
    first = t <= 2.0
    return Measured(
        hazard={
            (name, m): float(np.exp(at(values, m / 12))) for name, values in courses.items() for m in MONTHS
        },
        explained={m: 100 * (1 - at(strength, m / 12) / at(both, m / 12)) for m in MONTHS},
        done={name: 100 * (at(v, 0.25) / at(v, 1.0)) for name, v in (("risk", many), ("density", gain))},
        chart=lines(
            12 * t[first],
            {
                "both": np.exp(both[first]),
                "stronger": np.exp(strength[first]),
                "fewer_pits": np.exp((both - strength)[first]),
            },
        ),
    )


def judge_early_fall(m: Measured) -> Judged:
    """Risk falls "before" density if at 3 months the hazard has half of its fall of one year.

    And more of it than density has of its gain. Evidence: the curves of POISE were told to part after six
    weeks; by 3 months (an output every 4 weeks) the hazard must be lower, by how much no trial reported.
    """
    return Judged(
        statement=dict(
            half_is_there=more(m.done["risk"], 50),
            before_density=more(m.done["risk"], m.done["density"]),
            fewer_cells=more(m.explained[3.0], 50),
            more_bone_later=less(m.explained[48.0], m.explained[3.0]),
        ),
        evidence=dict(lower=less(m.hazard["many", 3.0], 1)),
    )


CHECKS = (
    StatementCheck("S36", (), measure_poise, judge_poise),
    StatementCheck(
        "S37", (*RIVAL_GROUPS, POISE_MANY, POISE_MANY_TREATED), measure_early_fall, judge_early_fall
    ),
)
