"""Checks of what the drugs leave as it is: collagen, muscle, stature, joints."""

import numpy as np

from brittlestar.evidence.leaflet.balance import AT_ENTRY
from brittlestar.evidence.leaflet.bone_and_drugs import CHILDREN, MONTREAL, POISE, TYPES, UNTREATED, beyond
from brittlestar.evidence.leaflet.charts import dots, lines
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.evidence.studies.study import sources
from brittlestar.model.outputs import UNITS
from brittlestar.people.reference import height_z

JAIN = f"{sources()['JAIN19'].what}, {sources()['JAIN19'].address}"
CLINICAL = ("lower_limb", "upper_limb", "other")

HEALTHY = GroupUnderPlan(Group(8.0, "healthy", n=48))
TABLETS = GroupUnderPlan(POISE, "risedronate 2.5 mg daily below 30 kg, 5 mg daily above")
STOPPED = GroupUnderPlan(CHILDREN, "zoledronate 0.05 mg/kg iv every 6 months for 1 year")


@check("S20", MONTREAL, UNTREATED, HEALTHY, STOPPED, TABLETS)
def not_a_cure(w: SimulatedGroups) -> Finding:
    """Toughness, the recurrence of turnover after stopping, and fractures under treatment.

    Limits: toughness does not rise by more than 1 % and stays under 0.7 of healthy (types I to III have
    at most 0.6); three years after the last infusion turnover has regained at least half of what it had
    lost; treated children break bones more than twice as often as healthy ones.
    """
    treated, untreated, healthy, stopped = w[MONTREAL], w[UNTREATED], w[HEALTHY], w[STOPPED]
    tough = Number.of_mean(
        "toughness after 4 years, against no treatment", beyond(treated, untreated, "toughness"), "%"
    )
    of_healthy = Number.of_mean("toughness after 4 years, of healthy", treated.at("toughness", 4.0))
    dense = Number.of_mean(
        "spine density after 4 years, against no treatment", beyond(treated, untreated, "ls_abmd"), "%"
    )
    low = 1.0 - stopped.mean_over("turnover_ratio", 1.0)
    regained = Number.of_mean(
        "turnover regained three years after one year of zoledronate",
        100.0 * (1.0 - (1.0 - stopped.at("turnover_ratio", 4.0)) / np.maximum(low, 1e-3)),
        "%",
    )
    breaks = treated.expected_fractures(4.0) / 4.0
    usual = healthy.expected_fractures(4.0).mean() / 4.0
    often = Number.of_mean("fractures a year under treatment", breaks)
    share = (w[TABLETS].fractures(3.0, 1.0, CLINICAL) > 0).astype(float)
    seen = result("poise2013", "pct_with_clinical_fracture_y2_3", arm="risedronate")
    poise = Number.of_group(
        "risedronate, years 2 and 3: children with a fracture",
        100.0 * share,
        87,
        "%",
        published=seen.value,
        source=cite("poise2013"),
    )
    return Finding(
        summary=f"Four years of pamidronate make the spine {dense.value:.0f} % denser but the bone no "
        f"tougher ({tough.value:+.1f} %): it stays at {100 * (of_healthy.value or 0.0):.0f} % of healthy "
        f"toughness. Treated children still have {often.value:.2f} fractures a year, healthy ones "
        f"{usual:.2f}, and three years after treatment ends {regained.value:.0f} % of the fall of "
        "turnover is gone again.",
        statement=[
            Claim("the drug does raise density", (dense.low or 0.0) > 0),
            Claim("toughness does not rise", (tough.high or 0.0) < 1.0),
            Claim("toughness stays under 0.7 of healthy", (of_healthy.high or 1.0) < 0.7),
            Claim(
                "half of the fall of turnover is gone three years later",
                low.mean() > 0.1 and (regained.low or 0.0) > 50,
            ),
            Claim("more than twice the fractures of healthy children", breaks.mean() > 2.0 * usual),
        ],
        evidence=[
            Claim(
                "as many children as in POISE still broke a bone on risedronate in years 2 and 3",
                poise.covers,
            )
        ],
        numbers=[
            dense,
            tough,
            of_healthy,
            regained,
            often,
            Number("fractures a year, healthy", usual),
            poise,
        ],
        sources=[cite("poise2013"), cite("rauch2002_histo")],
        notes=[
            "Half of the fall of turnover gone after three years was expected beforehand; where more is "
            "left, the drug buried in bone lasts longer, which does not speak for a cure.",
            "That the quality of the matrix is one constant per type, which no drug changes, is an "
            "assumption of the model; no study that could be read measured collagen before and after.",
        ],
        chart=lines(
            "Pamidronate: density rises, toughness does not",
            "years",
            "of healthy",
            treated.years,
            {"spine density": treated["ls_ratio"], "toughness": treated["toughness"]},
        ),
    )


@check("S22", *AT_ENTRY.values(), HEALTHY, UNTREATED, GroupUnderPlan(CHILDREN, "activity x0.7"))
def stature_and_muscle(w: SimulatedGroups) -> Finding:
    """Height and muscle by type, and what less use of muscle does to bone.

    Limits from the statement: each type is shorter and has less muscle than healthy, with its interval; a
    child who uses its limbs less has less muscle and less bone. Evidence: median height Z by type within
    0.5 SD (types I and IV) or 1.5 SD (type III, where the reference ends).
    """
    height, muscle, close = {}, {}, {"I": 0.5, "IV": 0.5, "III": 1.5}
    for kind, arm in AT_ENTRY.items():
        run = w[arm]
        z, _ = height_z(run.cohort.sex, run.cohort.age_years, run.at("height_cm", 0.0))
        seen = result("growth", f"median_height_z_{kind}").value or 0.0
        height[kind] = Number(
            f"type {kind}: median height Z",
            float(np.median(z)),
            "SD",
            low=float(np.quantile(z, 0.025)),
            high=float(np.quantile(z, 0.975)),
            range_is="95 % of people",
            published=seen,
            published_low=seen - close[kind],
            published_high=seen + close[kind],
            source=JAIN,
        )
        muscle[kind] = Number.of_mean(f"type {kind}: muscle, of healthy", run.at("muscle", 0.0))
    rest, usual = w[GroupUnderPlan(CHILDREN, "activity x0.7")], w[UNTREATED]
    less = {
        name: Number.of_mean(f"{label} after 4 years at 70 % of usual load", beyond(rest, usual, name), "%")
        for name, label in (("muscle", "muscle"), ("limb_ratio", "limb density"))
    }
    return Finding(
        summary="The collagen defect makes people short (median height Z "
        + ", ".join(f"{height[kind].value:.1f} in type {kind}" for kind in TYPES)
        + ") and their muscle weak ("
        + ", ".join(f"{100 * (muscle[kind].value or 0.0):.0f} %" for kind in TYPES)
        + f" of healthy). Less muscle means less load: at 70 % of usual load limb density is "
        f"{-(less['limb_ratio'].value or 0.0):.0f} % lower after four years. Joints are not part "
        "of the model.",
        statement=[
            *(
                Claim(f"type {kind}: shorter than the reference", (height[kind].value or 0.0) < -0.5)
                for kind in TYPES
            ),
            *(
                Claim(f"type {kind}: less muscle than healthy", (muscle[kind].high or 1.0) < 1.0)
                for kind in TYPES
            ),
            Claim(
                "the more severe the type, the shorter and the weaker",
                all(
                    (values["I"].value or 0.0) > (values["IV"].value or 0.0) > (values["III"].value or 0.0)
                    for values in (height, muscle)
                ),
            ),
            Claim("less load: less muscle and less bone", all((n.high or 0.0) < 0 for n in less.values())),
        ],
        evidence=[Claim(f"type {kind}: height as published", height[kind].inside) for kind in TYPES],
        numbers=[*height.values(), *muscle.values(), *less.values()],
        sources=[JAIN],
        notes=[
            "Height by type was set from the same publication; muscle by type is assumed.",
            "Loose joints have no counterpart in the model (see S24).",
            "A height Z under -5 lies outside the reference: a number for display only.",
        ],
        chart=dots(
            "Height Z-score by type",
            "SD",
            {
                f"type {kind}{which}": values
                for kind, n in height.items()
                for which, values in (
                    ("", (n.value, n.low, n.high)),
                    (" (published)", (n.published, None, None)),
                )
            },
        ),
    )


OF_BONE = (
    "ls_", "tblh_", "limb_", "ctx", "p1np", "bsap", "resorption", "formation", "turnover", "bone_volume",
    "tb_", "ct_wi", "bfr", "porosity", "mineral", "strength", "toughness", "microdamage", "cavity",
    "drug_", "calcium_change", "pth", "pain", "hazard_", "expected_fractures_", "fractures_",
)  # fmt: skip
"""Outputs that a drug for bone may change: bone, its blood markers, the drug itself, fractures and pain."""


@check("S24", MONTREAL, UNTREATED)
def joints_untouched(w: SimulatedGroups) -> Finding:
    """Which outputs differ between treated and untreated people.

    Only people without a leg fracture in either course: a cast changes muscle, drug or not. An output
    differs if it does so by more than a millionth. The statement holds if whatever differs is bone, blood,
    drug, fracture or pain, and what stays includes muscle, height and weight.
    """
    treated, untreated = w[MONTREAL], w[UNTREATED]
    whole = (
        treated.fractures(4.1, sites=("lower_limb",)) + untreated.fractures(4.1, sites=("lower_limb",))
    ) == 0
    differ = {
        name: float(np.max(np.abs(treated[name][:, whole] - untreated[name][:, whole]))) for name in UNITS
    }
    changed = [name for name, most in differ.items() if most > 1e-6]
    same = [name for name in UNITS if name not in changed]
    muscle = Number.of_mean(
        "muscle after 4 years, against no treatment, no leg fracture",
        beyond(treated, untreated, "muscle")[whole],
        "%",
    )
    outside = [name for name in changed if not name.startswith(OF_BONE)]
    return Finding(
        summary=f"Of {len(UNITS)} things that the model follows, pamidronate changes {len(changed)} in "
        f"{int(whole.sum())} children who broke no leg: bone, blood values, the drug itself, fractures and "
        f"pain. Muscle, height and weight are the same with and without it. The model has no joints "
        "or tendons, so nothing in it can tighten them.",
        statement=[
            Claim("the drug does change bone", "ls_abmd" in changed and "resorption" in changed),
            Claim("it changes nothing but bone, blood, drug, fractures and pain", not outside),
            Claim("muscle, height and weight stay", {"muscle", "height_cm", "weight_kg"} <= set(same)),
            Claim(
                "no output is of joints or tendons",
                not any(word in name for name in UNITS for word in ("joint", "tendon", "ligament", "laxity")),
            ),
        ],
        evidence=[
            Claim(
                "muscle strength and growth no different, as in a controlled trial of pamidronate",
                all(
                    word in (result("letocha2005", "no_effect").text or "") for word in ("strength", "growth")
                )
                and {"muscle", "height_cm"} <= set(same)
                and "resorption" in changed,
            )
        ],
        numbers=[
            muscle,
            Number("outputs that differ", len(changed)),
            Number("children without leg fracture", whole.sum()),
        ],
        sources=[cite("letocha2005")],
        notes=[
            "Outside the model: that joints and tendons are not affected is what the leaflet and the "
            "mechanism say; no study of joints under treatment was found.",
            "Same with and without the drug: " + ", ".join(same) + ".",
        ],
    )
