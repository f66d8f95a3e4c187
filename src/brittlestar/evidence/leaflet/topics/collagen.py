"""What the drugs leave as it is: collagen, muscle, stature, joints."""

import numpy as np

from brittlestar.evidence.leaflet.charts import dots, lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import percent_beyond
from brittlestar.evidence.leaflet.groups import (
    AT_ENTRY,
    CLINICAL,
    EIGHT_PAMIDRONATE,
    EIGHT_UNTREATED,
    EIGHT_YEARS,
    POISE_TABLETS,
    TYPES,
)
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import all_of, between, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import as_published, value_of
from brittlestar.evidence.simulated_groups import Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.evidence.studies.study import sources
from brittlestar.model.outputs import UNITS
from brittlestar.people.reference import height_z

HEALTHY = Group(8.0, "healthy", n=48).untreated()
STOPPED = EIGHT_YEARS.under("zoledronate 0.05 mg/kg iv every 6 months for 1 year")


def measure_cure(groups: SimulatedGroups) -> Measured:
    """Toughness and density in %, turnover regained after stopping in %, fractures a year."""
    treated, untreated = groups[EIGHT_PAMIDRONATE], groups[EIGHT_UNTREATED]
    stopped, healthy = groups[STOPPED], groups[HEALTHY]
    of_healthy = Number.of_mean(treated.at("toughness", 4.0))
    lost = 1.0 - stopped.mean_over("turnover_ratio", 1.0)
    regained = 1.0 - (1.0 - stopped.at("turnover_ratio", 4.0)) / np.maximum(lost, 1e-3)
    broken = (groups[POISE_TABLETS].fractures(3.0, 1.0, CLINICAL) > 0).astype(float)
    seen = value_of("poise2013", "pct_with_clinical_fracture_y2_3", arm="risedronate")
    return Measured(
        dense=Number.of_mean(percent_beyond(treated, untreated, "ls_abmd")),
        tough=Number.of_mean(percent_beyond(treated, untreated, "toughness")),
        of_healthy=of_healthy,
        percent_of_healthy=100 * float(of_healthy),
        turnover_lost=lost.mean(),
        regained=Number.of_mean(100.0 * regained),
        fractures=Number.of_mean(treated.expected_fractures(4.0) / 4.0),
        fractures_healthy=healthy.expected_fractures(4.0).mean() / 4.0,
        broken=Number.of_group(100.0 * broken, 87, published=seen, source=cite("poise2013")),
        chart=lines(treated.years, {name: treated[name] for name in ("ls_ratio", "toughness")}),
    )


def judge_cure(m: Measured) -> Judged:
    """Toughness rises by no more than 1 % and stays under 0.7 of healthy (types I to III have at most 0.6).

    Three years after the last infusion turnover has regained at least half of what it had lost; treated
    children break bones more than twice as often as healthy ones.
    """
    return Judged(
        statement=dict(
            dense=m.dense.above(0),
            not_tougher=m.tough.below(1.0),
            under_healthy=m.of_healthy.below(0.7),
            regained=all_of([more(m.turnover_lost, 0.1), m.regained.above(50)]),
            fractures=more(m.fractures, 2.0 * m.fractures_healthy),
        ),
        evidence=dict(still_break=m.broken.covers),
    )


RESTING = EIGHT_YEARS.under("activity x0.7")


def measure_stature(groups: SimulatedGroups) -> Measured:
    """Height Z by type in SD, muscle by type as a share of healthy, what less use of muscle does in %."""
    jain, reach = sources()["JAIN19"], limit("S22.height")
    height, muscle = {}, {}
    for kind, group in AT_ENTRY.items():
        run = groups[group]
        z, _ = height_z(run.cohort.sex, run.cohort.age_years, run.at("height_cm", 0.0))
        low, high = np.quantile(z, [0.025, 0.975])
        seen = value_of("growth", f"median_height_z_{kind}")
        height[kind] = Number(
            float(np.median(z)),
            low,
            high,
            "95 % of people",
            **as_published(seen, seen - reach[kind], seen + reach[kind], f"{jain.what}, {jain.address}"),
        )
        muscle[kind] = Number.of_mean(run.at("muscle", 0.0))
    less = {
        name: Number.of_mean(percent_beyond(groups[RESTING], groups[EIGHT_UNTREATED], name))
        for name in ("muscle", "limb_ratio")
    }
    return Measured(
        height=height,
        muscle=muscle,
        muscle_percent={kind: 100 * float(number) for kind, number in muscle.items()},
        less=less,
        limb_loss=-float(less["limb_ratio"]),
        jain=f"{jain.what}, {jain.address}",
        chart=dots(
            {
                (kind, which): value
                for kind, n in height.items()
                for which, value in (("", n), (" (published)", (n.published, None, None)))
            }
        ),
    )


def judge_stature(m: Measured) -> Judged:
    """Each type is shorter and has less muscle than healthy, with its interval.

    A child who uses its limbs less has less muscle and less bone. Evidence: median height Z by type.
    """
    return Judged(
        statement=dict(
            shorter={kind: less(m.height[kind], -0.5) for kind in TYPES},
            weaker={kind: m.muscle[kind].below(1.0) for kind in TYPES},
            by_severity=all_of(between(by["IV"], by["III"], by["I"]) for by in (m.height, m.muscle)),
            less_load=all_of(change.below(0) for change in m.less.values()),
        ),
        evidence=dict(height={kind: m.height[kind].inside for kind in TYPES}),
    )


OF_BONE = (
    "ls_", "tblh_", "limb_", "ctx", "ntx", "p1np", "bsap", "resorption", "formation", "turnover",
    "bone_volume", "tb_", "ct_wi", "bfr", "porosity", "mineral", "strength", "toughness", "microdamage",
    "cavity", "hip_", "neck_", "radius_", "bone_mass", "femur_", "tibia_", "vertebral_failure",
    "drug_", "calcium_change", "pth", "pain", "hazard_", "expected_fractures_", "fractures_",
)  # fmt: skip
"""Outputs that a drug for bone may change: bone, its blood markers, the drug itself, fractures and pain."""


def measure_untouched(groups: SimulatedGroups) -> Measured:
    """Which outputs differ between treated and untreated people, by more than a millionth.

    Only people without a leg fracture in either course: a cast changes muscle, drug or not.
    """
    treated, untreated = groups[EIGHT_PAMIDRONATE], groups[EIGHT_UNTREATED]
    legs = [one.fractures(4.1, sites=("lower_limb",)) for one in (treated, untreated)]
    whole = legs[0] + legs[1] == 0
    changed = [
        name for name in UNITS if np.max(np.abs(treated[name][:, whole] - untreated[name][:, whole])) > 1e-6
    ]
    same = [name for name in UNITS if name not in changed]
    return Measured(
        outputs=len(UNITS),
        muscle=Number.of_mean(percent_beyond(treated, untreated, "muscle")[whole]),
        changed=changed,
        differ=len(changed),
        whole=int(whole.sum()),
        same=set(same),
        same_names=", ".join(same),
        outside=[name for name in changed if not name.startswith(OF_BONE)],
        of_joints=[
            name for name in UNITS if any(word in name for word in ("joint", "tendon", "ligament", "laxity"))
        ],
        no_effect=result("letocha2005", "no_effect").text or "",
    )


def judge_untouched(m: Measured) -> Judged:
    """Whatever differs is bone, blood, drug, fracture or pain; muscle, height and weight stay."""
    bone_changes = "resorption" in m.changed
    return Judged(
        statement=dict(
            bone_changes=all_of(["ls_abmd" in m.changed, bone_changes]),
            nothing_else=not m.outside,
            the_rest_stays={"muscle", "height_cm", "weight_kg"} <= m.same,
            no_joints=not m.of_joints,
        ),
        evidence=dict(
            as_in_a_trial=all_of(
                [
                    all_of(word in m.no_effect for word in ("strength", "growth")),
                    {"muscle", "height_cm"} <= m.same,
                    bone_changes,
                ]
            )
        ),
    )


CHECKS = (
    StatementCheck(
        "S20", (EIGHT_PAMIDRONATE, EIGHT_UNTREATED, HEALTHY, STOPPED, POISE_TABLETS), measure_cure, judge_cure
    ),
    StatementCheck(
        "S22", (*AT_ENTRY.values(), HEALTHY, EIGHT_UNTREATED, RESTING), measure_stature, judge_stature
    ),
    StatementCheck("S24", (EIGHT_PAMIDRONATE, EIGHT_UNTREATED), measure_untouched, judge_untouched),
)
