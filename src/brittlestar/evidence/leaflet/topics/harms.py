"""Benefits and harms of the same children over the same years."""

import numpy as np

from brittlestar.aftermath import out_of_100
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import first_doses
from brittlestar.evidence.leaflet.groups import SEVERE_CHILDREN, SEVERE_UNTREATED, SEVERE_ZOLEDRONATE
from brittlestar.evidence.leaflet.margin import all_of, less
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import counted, of_count, people_in, value_of
from brittlestar.evidence.leaflet.topics.side_effects import CHILDREN_GIVEN, infusions_counted
from brittlestar.evidence.simulated_groups import Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite

NEEDS_CARE = ("symptomatic_calcium", "gut_stop", "late_fracture_union", "atypical_femur")
"""Harms beyond a blood test or a picture."""
DRAWN = ("vertebral", "acute_phase", "low_calcium", "symptomatic_calcium", "late_fracture_union")
SERIES = Group(SEVERE_CHILDREN.age, SEVERE_CHILDREN.types, n=50).under(
    "zoledronate 0.025 mg/kg iv every 3 months"
)
"""The median dose of the series."""


def measure_minor(groups: SimulatedGroups) -> Measured:
    """Benefits and harms out of the same 100 children over the same four years, and % of infusions."""
    run, none = groups[SEVERE_ZOLEDRONATE], groups[SEVERE_UNTREATED]
    after = run.after
    plan_of = after.setting.plan_index
    on, off = (f"plan {plan_of[one.place.start]}" for one in (run, none))
    rows = {row["id"]: row for row in out_of_100.rows(after, 4.0)}
    mean = {
        name: {id: row[plan]["mean"] for id, row in rows.items()} for name, plan in (("on", on), ("off", off))
    }

    given, series = first_doses(run), first_doses(groups[SERIES])
    early = series["number"] < 3
    reactions = after.parameters.reactions
    marked = float(reactions.severity[-1])
    symptomatic = series["low_calcium_chance"] * float(reactions.symptomatic)
    source, n = cite("acute_phase"), infusions_counted()

    def of_infusions(measure: str) -> dict[str, object]:
        return of_count(round(value_of("acute_phase", measure, arm=CHILDREN_GIVEN) / 100 * n), n, source)

    uk = people_in("acute_phase", "zoledronate_first_dose_UK_2024")
    high = 100 - value_of("acute_phase", "peak_PEWS_<=3_pct")
    shares = {
        "low_calcium": Number.of_mean(
            100 * series["low_calcium_chance"][early], **of_infusions("hypocalcaemia_pct_of_infusions")
        ),
        "low_phosphate": Number.of_mean(
            100 * series["low_phosphate_chance"][early], **of_infusions("hypophosphataemia_pct_of_infusions")
        ),
        "calcium_by_vein": Number.of_mean(
            100 * symptomatic[early],
            **of_count(*counted("acute_phase", "symptomatic_needing_iv_Ca", CHILDREN_GIVEN), source),
        ),
        "marked": Number(
            100 * marked * float(given["acute_phase_chance"][given["naive"]].mean()),
            **of_count(round(high / 100 * uk), uk, source),
        ),
    }
    ill = 100 * float(
        np.mean(
            1.0 - np.exp(np.bincount(given["person"], np.log1p(-marked * given["own_acute_phase_chance"])))
        )
    )
    return Measured(
        on=mean["on"],
        off=mean["off"],
        shares=shares,
        spared=mean["off"]["vertebral"] - mean["on"]["vertebral"],
        spared_any=mean["off"]["fracture"] - mean["on"]["fracture"],
        marked=ill,
        harm=sum(max(mean["on"][id] - mean["off"][id], 0.0) for id in NEEDS_CARE) + ill,
        units={(row["unit"], row["years"]) for row in rows.values()},
        kinds={row["kind"] for row in rows.values()},
        chart=dots(
            {
                (rows[id]["label"], name): (rows[id][plan]["mean"], *rows[id][plan]["chance"])
                for id in DRAWN
                for name, plan in (("zoledronate", on), ("no treatment", off))
            }
        ),
    )


def judge_minor(m: Measured) -> Judged:
    """Minor: extra people with a harm that needs care are fewer than people spared a fracture of a vertebra.

    Marked reactions are among the harms. Reactions are held against counts of two series, blood tests at the
    median dose of theirs.
    """
    return Judged(
        statement=dict(
            same_people=all_of([m.units == {("of 100", 4.0)}, m.kinds == {"benefit", "harm"}]),
            fewer=less(m.harm, m.spared),
        ),
        evidence=dict(shares={name: number.inside for name, number in m.shares.items()}),
    )


CHECKS = (StatementCheck("S33", (SEVERE_UNTREATED, SEVERE_ZOLEDRONATE, SERIES), measure_minor, judge_minor),)
