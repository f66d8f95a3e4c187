"""Forecasts for one person: who reaches a normal density, and what a person's own scans tell of it."""

import numpy as np
from scipy.stats import chi2, norm

from brittlestar._shared.chance import normal
from brittlestar._shared.parameter_files import fill
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import percent
from brittlestar.evidence.leaflet.groups import BY_TYPE, BY_TYPE_TREATED, FROM_2_MONTREAL
from brittlestar.evidence.leaflet.margin import between, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import as_published, wilson
from brittlestar.evidence.simulated_groups import FollowedGroup, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.people.scan import Scan, density_walk, walked

NORMAL_Z = -2.0
"""Z-score from which density counts as normal: the lower 2.5 % of healthy people."""
TREATED_LONG = {"III": 14 / 36, "IV": 22 / 36}
"""Share of each type in the study of 36 people treated for 14.8 years."""


def z_of_a_person(group: FollowedGroup, years: float, seed: int, *, measured: bool) -> np.ndarray:
    """Z-score with the walk of a person's own, on request with the error of a scan [person]."""
    who = group.cohort
    walk = density_walk(years, who.id, who.age_years, seed)[0]
    spine = {name: group.at(name, years) for name in ("ls_z", "ls_abmd", "ls_sd")}
    z = walked(spine, walk)["ls_z"]
    if not measured:
        return z
    error = normal(seed, who.id, "leaflet scan", round(100 * years))
    return z + float(fill(Scan).dxa_error) * error / spine["ls_sd"]


def left_open(y: np.ndarray, *known: np.ndarray) -> float:
    """SD of y around its best linear forecast from what is known."""
    x = np.column_stack([np.ones_like(y), *known])
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(np.sqrt(residual @ residual / (len(y) - x.shape[1])))


def measure_forecasts(groups: SimulatedGroups) -> Measured:
    """People of 100 who reach a normal Z-score, and the SD of a forecast for one person."""
    seed = groups.seed
    end, untreated = (
        {kind: z_of_a_person(groups[group], 4.0, seed, measured=False) for kind, group in by.items()}
        for by in (BY_TYPE_TREATED, BY_TYPE)
    )
    y = end["IV"]
    first, year = (z_of_a_person(groups[BY_TYPE_TREATED["IV"]], t, seed, measured=True) for t in (0.0, 1.0))
    sd_open = {
        "type_age": float(y.std(ddof=1)),
        "first_scan": left_open(y, first),
        "second_scan": left_open(y, first, year),
    }
    told = result("palomo2015", "ls_z", months=177.6)
    mean, sd, source = float(told.value or 0), float(told.sd or 1), cite("palomo2015")
    long = {kind: groups[FROM_2_MONTREAL[kind]].at("ls_z", 14.8) for kind in TREATED_LONG}
    middle = sum(share * long[kind].mean() for kind, share in TREATED_LONG.items())
    variance = sum(
        share * (long[kind].var(ddof=1) + (long[kind].mean() - middle) ** 2)
        for kind, share in TREATED_LONG.items()
    )
    normal_long = sum(share * np.mean(long[kind] >= NORMAL_Z) for kind, share in TREATED_LONG.items())
    there = float(norm.sf((NORMAL_Z - mean) / sd))
    low, high = wilson(there, 36)
    sd_low, sd_high = (sd * float(np.sqrt(35 / chi2.ppf(q, 35))) for q in (0.975, 0.025))
    return Measured(
        reach=percent(np.concatenate(list(end.values())) >= NORMAL_Z),
        reach_untreated=percent(np.concatenate(list(untreated.values())) >= NORMAL_Z),
        z=y.mean(),
        half_range={name: 1.96 * value for name, value in sd_open.items()},
        sd_open=sd_open,
        end={kind: Number.of_people(values) for kind, values in end.items()},
        normal={kind: percent(values >= NORMAL_Z) for kind, values in end.items()},
        long_z=Number(middle, published=mean, source=source),
        long_normal=Number(100 * normal_long, **as_published(100 * there, 100 * low, 100 * high, source)),
        long_sd=Number(float(np.sqrt(variance)), **as_published(sd, sd_low, sd_high, source)),
        chart=dots(
            {name: (y.mean(), y.mean() - 1.96 * v, y.mean() + 1.96 * v) for name, v in sd_open.items()}
        ),
    )


def judge_forecasts(m: Measured) -> Judged:
    """ "Some" is 5 to 95 in 100 of the three types together.

    "No one can predict" is a 95 % range wider than 1 SD for a child whose type, age and first scan are known.
    Evidence: 36 people treated from before 5 years of age; limits by their number (Wilson for the share,
    chi-squared for the SD).
    """
    return Judged(
        statement=dict(
            some=between(m.reach, 5, 95),
            more_than_untreated=more(m.reach - m.reach_untreated, 10),
            wide=more(2 * m.half_range["first_scan"], 1.0),
        ),
        evidence=dict(normal=m.long_normal.inside, spread=m.long_sd.inside),
    )


CHECKS = (
    StatementCheck(
        "S26",
        (*BY_TYPE.values(), *BY_TYPE_TREATED.values(), FROM_2_MONTREAL["III"], FROM_2_MONTREAL["IV"]),
        measure_forecasts,
        judge_forecasts,
    ),
)
