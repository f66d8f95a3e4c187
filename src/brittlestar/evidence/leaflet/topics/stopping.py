"""What happens after treatment is stopped."""

import numpy as np

from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import difference
from brittlestar.evidence.leaflet.groups import ALL_TYPES, LONG_BONES, MONTREAL
from brittlestar.evidence.leaflet.margin import all_of, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import as_published, people_in, published, value_of, wilson
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite

START = 6.4
"""Age of everybody, years."""
NEVER = Group(START, ALL_TYPES, n=90).untreated(18.0)
STOPPED_GROWN = NEVER.under(f"{MONTREAL} for 10 years")
STOPPED_AT_9 = NEVER.under(f"{MONTREAL} for 2.6 years")
NOT_STOPPED = NEVER.under(MONTREAL)
STUDY = "robinson2019_stop"


def broken(group: FollowedGroup, until: float, share: str) -> Number:
    """Of 100 people, those with a long-bone fracture in two years, beside the share of 31 people."""
    seen = value_of(STUDY, share)
    low, high = wilson(seen / 100, 31)
    found = group.fractures(until, until - 2.0, LONG_BONES) > 0
    return Number(100 * np.mean(found), **as_published(seen, 100 * low, 100 * high, cite(STUDY)))


def measure_stop(groups: SimulatedGroups) -> Measured:
    """Four years after the stop, when grown and at 9 years: bone in %, Z-scores in SD, people of 100."""
    never, grown, young, on = (groups[g] for g in (NEVER, STOPPED_GROWN, STOPPED_AT_9, NOT_STOPPED))
    solid = 100 * ((1 - grown.at("porosity", 14.0)) / (1 - grown.at("porosity", 10.0)) - 1)
    metaphysis = grown.change("bone_volume_fraction_metaphysis", 14.0, 10.0, percent=True)
    spine = grown.change("ls_abmd", 14.0, 10.0, percent=True)

    def of_group(values: np.ndarray, measure: str) -> Number:
        return Number.of_group(values, people_in(STUDY, "stopped"), **published(STUDY, measure))

    return Measured(
        spine=of_group(spine, "ls_abmd_pct"),
        metaphysis=of_group(metaphysis, "radius_distal_trabecular_vBMD_pct"),
        solid=of_group(solid, "radius_cortical_vBMD_pct"),
        grown_z=Number.of_mean(grown.change("ls_z", 14.0, 10.0)),
        z_stopped=Number.of_mean(young.change("ls_z", 6.6, 2.6)),
        z_on=Number.of_mean(on.change("ls_z", 6.6, 2.6)),
        z_never=Number.of_mean(never.change("ls_z", 6.6, 2.6)),
        lead=Number.of_mean(difference(young, never, "ls_z", 2.6)),
        lead_left=Number.of_mean(difference(young, never, "ls_z", 6.6)),
        broken={
            "before": broken(grown, 10.0, "pct_new_long_bone_fracture_2y_before_stop"),
            "after": broken(grown, 14.0, "pct_new_long_bone_fracture_2y_last_2y"),
        },
        chart=lines(
            START + never.years,
            {"never": never["ls_z"], "at_9": young["ls_z"], "at_16": grown["ls_z"], "on": on["ls_z"]},
        ),
    )


def judge_stop(m: Measured) -> Judged:
    """A fall or rise counts from 3 % (least significant change of a spine scan, 0.028 g/cm2 near 1 g/cm2).

    Evidence gave means of 31 people without spread: a mean is met where simulated groups of that size fall;
    shares of people with fractures within Wilson limits of 31.
    """
    return Judged(
        statement=dict(
            spine_falls=less(m.spine, -3.0),
            metaphysis_falls=less(m.metaphysis, -3.0),
            falls_behind=all_of([less(m.z_stopped, 0), less(m.z_stopped, m.z_on)]),
            some_gain_is_left=more(m.lead_left, 0.2),
        ),
        evidence=dict(
            spine=m.spine.covers,
            metaphysis=m.metaphysis.covers,
            solid=m.solid.covers,
            broken=all_of(share.inside for share in m.broken.values()),
        ),
    )


CHECKS = (StatementCheck("S27", (NEVER, STOPPED_GROWN, STOPPED_AT_9, NOT_STOPPED), measure_stop, judge_stop),)
