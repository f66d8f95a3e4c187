"""Cohorts: pamidronate by drip, tablets, neridronate and zoledronic acid, as studies gave them.

A simulated mean meets a published one if the latter lies where 95 % of simulated groups of the study's size
do; where the study prints a 95 % interval, if the simulated mean lies inside that.
"""

import numpy as np

from brittlestar.evidence.leaflet.charts import beside_published, dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import change_beyond, percent_beyond
from brittlestar.evidence.leaflet.groups import (
    NERIDRONATE_FROM_BIRTH,
    NEWBORN,
    NEWBORN_UNTREATED,
    POISE_PLACEBO,
    POISE_TABLETS,
    SEVERE,
    SEVERE_UNTREATED,
    SEVERE_ZOLEDRONATE,
    SHRINERS_PLACEBO,
    SHRINERS_TABLETS,
    WOMEN,
    WOMEN_ONCE,
)
from brittlestar.evidence.leaflet.margin import less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import published, range_of, value_of
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite

INFANTS = Group((0.19, 1.73), (("III", 7.0), ("IV", 3.0)), n=60)
PLOTKIN = INFANTS.under("pamidronate 0.69 mg/kg/day for 3 days every 2 months")
PLOTKIN_NONE = INFANTS.untreated()
FIRST_YEAR = Group((0.08, 1.0), SEVERE, n=60)
LESS = FIRST_YEAR.under("pamidronate 0.5 mg/kg/day for 3 days every 3 months")
MORE = FIRST_YEAR.under("pamidronate 1 mg/kg/day for 3 days every 3 months")
FALK = Group((1.83, 14.0), SEVERE, n=60).under("pamidronate 1 mg/kg/day for 3 days every 3.8 months")
NIH = Group((4.0, 13.0), SEVERE, n=60)
LETOCHA = NIH.under("pamidronate 0.38 mg/kg/day for 3 days every 3 months")
LETOCHA_NONE = NIH.untreated()


def measure_pamidronate(groups: SimulatedGroups) -> Measured:
    """Infants and children with moderate and severe disease, as in four studies: Z in SD, density in %."""
    infants, none, falk = groups[PLOTKIN], groups[PLOTKIN_NONE], groups[FALK]
    less, more = (groups[arm].change("ls_abmd", 1.0, percent=True) for arm in (LESS, MORE))
    nih, nih_none = (groups[arm].change("ls_z", 1.0) for arm in (LETOCHA, LETOCHA_NONE))
    of_group = Number.of_group
    means = {
        "infants": of_group(
            infants.at("ls_z", 1.0),
            9,
            unit="SD",
            **published("plotkin2000", "ls_z", arm="pamidronate", months=12),
        ),
        "less": of_group(less, 6, unit="%", **published("senthilnathan2008", "ls_abmd_pct", arm="pam_6")),
        "more": of_group(more, 6, unit="%", **published("senthilnathan2008", "ls_abmd_pct", arm="pam_12")),
        "density": of_group(
            falk.change("ls_abmd", 2.0, percent=True) / 2,
            6,
            unit="%",
            **published("falk2003", "ls_abmd_pct_per_y"),
        ),
        "z": of_group(
            falk.change("ls_z", 2.0) / 2, 6, unit="SD", **published("falk2003", "ls_z_change_per_y")
        ),
        "randomised": of_group(
            nih, 9, against=nih_none, m=9, unit="SD", **published("letocha2005", "ls_z_change_diff")
        ),
    }
    low, high = range_of("plotkin2000", "ls_abmd_pct_range")
    gain, worse = infants.change("ls_z", 1.0), none.change("ls_z", 1.0)
    return Measured(
        means=means,
        met=sum(bool(n.covers) for n in means.values()),
        infants_beyond=of_group(gain, 9, against=worse, m=6),
        gain=Number(
            infants.change("ls_abmd", 1.0, percent=True).mean(), published_low=low, published_high=high
        ),
        untreated_z=worse.mean(),
        fractures=(infants.expected_fractures(1.0).mean(), none.expected_fractures(1.0).mean()),
        chart=dots(beside_published({name: n for name, n in means.items() if n.unit == "SD"})),
    )


def judge_pamidronate(m: Measured) -> Judged:
    """Treated infants and children gain more than untreated ones in 95 % of groups of the studies' size."""
    return Judged(
        statement=dict(infants=m.infants_beyond.above(0.0), children=m.means["randomised"].above(0.0)),
        evidence=dict(
            met={name: n.covers for name, n in m.means.items()},
            gain=m.gain.inside,
            dose=more(m.means["more"], m.means["less"]),
            untreated=less(m.untreated_z, 0),
            fractures=less(m.fractures[0], m.fractures[1]),
        ),
    )


MILDER = (("I", 22.0), ("III", 2.0), ("IV", 6.0))
YOUNGER = Group((4.0, 9.99), MILDER, n=50).under("alendronate 5 mg daily")
OLDER = Group((10.0, 16.0), MILDER, n=50).under("alendronate 10 mg daily")


def measure_tablets(groups: SimulatedGroups) -> Measured:
    """Risedronate in mostly mild, alendronate in severe and in mild disease: Z in SD, density in %."""
    poise = [groups[arm].change("ls_abmd", 1.0, percent=True) for arm in (POISE_TABLETS, POISE_PLACEBO)]
    ward = groups[SHRINERS_TABLETS], groups[SHRINERS_PLACEBO]
    dense, dense_placebo = (arm.change("ls_abmd", 2.0, percent=True) for arm in ward)
    mild = np.concatenate([groups[arm].change("ls_z", 1.0) for arm in (YOUNGER, OLDER)])
    before, after = (value_of("alendronate_30_2005", "ls_z", months=months) for months in (0, 12))
    of_group = Number.of_group
    means = {
        "risedronate": Number.of_mean(
            poise[0] - poise[1], unit="%", **published("poise2013", "ls_abmd_pct_diff")
        ),
        "severe": of_group(dense, 109, unit="%", **published("ward2011", "ls_abmd_pct", arm="alendronate")),
        "placebo": of_group(
            dense_placebo, 30, unit="%", **published("ward2011", "ls_abmd_pct", arm="placebo")
        ),
        "severe_z": of_group(
            ward[0].change("ls_z", 2.0),
            109,
            unit="SD",
            **published("ward2011", "ls_z_change", arm="alendronate"),
        ),
        "mild_z": of_group(mild, 30, unit="SD", published=after - before, source=cite("alendronate_30_2005")),
    }
    return Measured(
        means=means,
        risedronate_beyond=of_group(poise[0], 94, against=poise[1], m=49),
        alendronate_beyond=of_group(dense, 109, against=dense_placebo, m=30),
        chart=dots(beside_published({name: means[name] for name in ("risedronate", "severe", "placebo")})),
    )


def judge_tablets(m: Measured) -> Judged:
    """More density than placebo in 95 % of trials of the published size; mild disease gains from 0.25 SD."""
    return Judged(
        statement=dict(
            risedronate=m.risedronate_beyond.above(0.0),
            alendronate=m.alendronate_beyond.above(0.0),
            mild=more(m.means["mild_z"], 0.25),
        ),
        evidence=dict(
            risedronate=m.means["risedronate"].inside,
            met={name: n.covers for name, n in m.means.items() if name != "risedronate"},
        ),
    )


FROM_SIX_MONTHS = NEWBORN.under("neridronate 2 mg/kg/day for 2 days every 3 months from 6 months")
ITALIAN = Group((6.0, 18.0), (("I", 1.0), ("III", 1.0), ("IV", 1.0)), n=40)
NERIDRONATE_LATER = ITALIAN.under("neridronate 2 mg/kg every 3 months, max 100 mg")
ITALIAN_NONE = ITALIAN.untreated()
WOMEN_PLACEBO = WOMEN.under("placebo")


def measure_later(groups: SimulatedGroups) -> Measured:
    """Neridronate from birth, at 6 months and in later childhood; zoledronic acid in children and women.

    Z-scores in SD, a marker in %, expected fractures a person.
    """

    def broken(followed: FollowedGroup, since: float, to: float) -> float:
        return float(followed.expected_fractures(to, since).mean())

    newborns = {
        "birth": groups[NERIDRONATE_FROM_BIRTH],
        "six_months": groups[FROM_SIX_MONTHS],
        "none": groups[NEWBORN_UNTREATED],
    }
    rates = {
        half: {name: broken(one, since, since + 0.5) for name, one in newborns.items()}
        for half, since in (("first", 0.0), ("second", 0.5))
    }
    italian, italian_none = groups[NERIDRONATE_LATER], groups[ITALIAN_NONE]
    women = Number.of_mean(
        percent_beyond(groups[WOMEN_ONCE], groups[WOMEN_PLACEBO], "ctx", 3.0),
        **published("zoledronate_women", "ctx_pct_vs_placebo", months=36),
    )
    zoledronate = change_beyond(groups[SEVERE_ZOLEDRONATE], groups[SEVERE_UNTREATED], "ls_z", 1.0)
    return Measured(
        zoledronate=Number.of_mean(zoledronate),
        neridronate=Number.of_mean(change_beyond(italian, italian_none, "ls_z", 1.0)),
        women=women,
        women_fall=-float(women),
        women_fall_seen=-(women.published or 0.0),
        rates=rates,
        later=(broken(italian, 0.0, 3.0), broken(italian_none, 0.0, 3.0)),
        chart=dots({(half, name): rate for half, by in rates.items() for name, rate in by.items()}),
    )


def judge_later(m: Measured) -> Judged:
    """Density gained counts from 0.1 SD beyond none."""
    first, second = m.rates["first"], m.rates["second"]
    return Judged(
        statement=dict(neridronate=m.neridronate.above(0.1), zoledronate=m.zoledronate.above(0.1)),
        evidence=dict(
            from_birth=less(first["birth"], min(first["six_months"], first["none"])),
            by_then=less(max(second["birth"], second["six_months"]), second["none"]),
            later=less(m.later[0], m.later[1]),
            women=m.women.inside,
        ),
    )


CHECKS = (
    StatementCheck(
        "S09",
        (PLOTKIN, PLOTKIN_NONE, LESS, MORE, FALK, LETOCHA, LETOCHA_NONE),
        measure_pamidronate,
        judge_pamidronate,
    ),
    StatementCheck(
        "S10",
        (POISE_TABLETS, POISE_PLACEBO, SHRINERS_TABLETS, SHRINERS_PLACEBO, YOUNGER, OLDER),
        measure_tablets,
        judge_tablets,
    ),
    StatementCheck(
        "S11",
        (
            NERIDRONATE_FROM_BIRTH,
            FROM_SIX_MONTHS,
            NEWBORN_UNTREATED,
            NERIDRONATE_LATER,
            ITALIAN_NONE,
            WOMEN_ONCE,
            WOMEN_PLACEBO,
            SEVERE_ZOLEDRONATE,
            SEVERE_UNTREATED,
        ),
        measure_later,
        judge_later,
    ),
)
