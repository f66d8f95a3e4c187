"""Check of density against strength."""

import numpy as np
from scipy.stats import norm

from brittlestar.evidence.leaflet.bone_and_drugs import MONTREAL, UNTREATED, beyond
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite

LONG_BONES = ("lower_limb", "upper_limb")
ADULTS = Group(40.0, "I", n=40)
ADULTS_TREATED = GroupUnderPlan(ADULTS, "zoledronate-5mg-yearly")
ADULTS_UNTREATED = GroupUnderPlan(ADULTS)
SHRINERS = Group((4.0, 19.99), (("I", 26.0), ("III", 32.0), ("IV", 37.0)))
WARD = GroupUnderPlan(SHRINERS, "alendronate 5 mg daily below 40 kg, 10 mg daily above")
WARD_PLACEBO = GroupUnderPlan(SHRINERS, "placebo")
WARD_GROUPS = (109, 30)


@check("S28", MONTREAL, UNTREATED, ADULTS_TREATED, ADULTS_UNTREATED, WARD, WARD_PLACEBO)
def density_is_not_strength(w: SimulatedGroups) -> Finding:
    """Gains of density and of strength, each against the same people untreated, and where they part.

    Limits from the statement: strength of limb and of vertebra rise less than spine density, by the
    interval of the difference; in adults a denser spine goes with limb bone less tough. Evidence: Ward
    2011 saw density rise far above placebo and long-bone fractures alike; a simulated trial of that size
    must reach the first and miss the second more often than not.
    """
    treated, untreated = w[MONTREAL], w[UNTREATED]
    gain = {
        name: beyond(treated, untreated, name) for name in ("ls_abmd", "strength_limb", "strength_vertebral")
    }
    labels = {
        "ls_abmd": "spine density",
        "strength_limb": "limb strength",
        "strength_vertebral": "vertebral strength",
    }
    numbers = {
        name: Number.of_mean(f"children, pamidronate 4 years: {labels[name]}", values, "%")
        for name, values in gain.items()
    }
    short = {
        name: Number.of_mean(f"children: {labels[name]} less density", gain[name] - gain["ls_abmd"], "%")
        for name in ("strength_limb", "strength_vertebral")
    }
    adult = {
        name: Number.of_mean(
            f"adults, zoledronate 4 years: {label}", beyond(w[ADULTS_TREATED], w[ADULTS_UNTREATED], name), "%"
        )
        for name, label in (
            ("ls_abmd", "spine density"),
            ("strength_limb", "limb strength"),
            ("toughness", "toughness"),
        )
    }
    counts = [w[arm].fractures(2.0, sites=LONG_BONES) for arm in (WARD, WARD_PLACEBO)]
    spread = sum(c.var(ddof=1) / (n * c.mean() ** 2) for c, n in zip(counts, WARD_GROUPS))
    ratio = counts[0].mean() / counts[1].mean()
    power = float(norm.cdf(abs(np.log(ratio)) / np.sqrt(spread) - 1.96))
    rises = [w[arm].change("ls_abmd", 2.0, percent=True) for arm in (WARD, WARD_PLACEBO)]
    ward = Number.of_group(
        "alendronate 2 years: density beyond placebo",
        rises[0],
        WARD_GROUPS[0],
        "points",
        against=rises[1],
        m=WARD_GROUPS[1],
        **published("ward2011", "ls_abmd_pct_diff"),
    )
    return Finding(
        summary=f"In children on pamidronate for four years the spine is {numbers['ls_abmd'].value:.0f} % "
        f"denser than untreated; limbs are {numbers['strength_limb'].value:.0f} % and vertebrae "
        f"{numbers['strength_vertebral'].value:.0f} % stronger. In adults the two part: density "
        f"{adult['ls_abmd'].value:+.0f} %, limb strength {adult['strength_limb'].value:+.1f} %, toughness "
        f"{adult['toughness'].value:+.1f} %.",
        statement=[
            Claim("children: density rises", (numbers["ls_abmd"].low or 0.0) > 0),
            Claim(
                "children: limb strength rises less than density", (short["strength_limb"].high or 0.0) < 0
            ),
            Claim(
                "children: vertebral strength rises less than density",
                (short["strength_vertebral"].high or 0.0) < 0,
            ),
            Claim(
                "adults: density up, toughness down",
                (adult["ls_abmd"].low or 0.0) > 0 and (adult["toughness"].high or 0.0) < 0,
            ),
        ],
        evidence=[
            Claim(
                "alendronate: density above placebo, as in Ward 2011",
                rises[0].mean() > rises[1].mean() and ward.covers,
            ),
            Claim("long-bone fractures: a trial of that size mostly sees no difference", power < 0.5),
        ],
        numbers=[
            *numbers.values(),
            *short.values(),
            *adult.values(),
            ward,
            Number("long-bone fractures on alendronate over placebo", ratio, "x"),
            Number("chance that a trial of 109 and 30 sees the difference", 100 * power, "%"),
        ],
        sources=[cite("ward2011"), cite("setrusumab_p3")],
        notes=[
            "Strength by direct measurement in treated people was not found; strength here is computed from "
            "structure, mineral, porosity and matrix, with exponents of which two are from memory.",
            "In 2025 an antibody that builds bone raised density clearly and did not clearly lower "
            "fractures: the same point, made by another drug (see S42).",
            "Each per cent is of what the same people have untreated, which is much less than healthy.",
        ],
        chart=dots(
            "Gain over four years against no treatment",
            "%",
            {
                f"{who}: {n.label.split(': ')[1]}": (n.value, n.low, n.high)
                for who, found in (("children", numbers), ("adults", adult))
                for n in found.values()
            },
        ),
    )
