"""Checks of what studies found: density, pain and fractures, and the two routes."""

from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.drugs.catalogue import facts
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result

SEVERE = (("III", 1.0), ("IV", 1.0))
CHILDREN = Group(age=(4.0, 12.0), types=SEVERE)
PAMIDRONATE = "pamidronate 1 mg/kg/day for 3 days every 4 months"
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months"
NOT_TREATED = GroupUnderPlan(CHILDREN)
INFUSED = GroupUnderPlan(CHILDREN, PAMIDRONATE)

POISE = Group(age=(4.0, 15.99), types=(("I", 121.0), ("III", 5.0), ("IV", 17.0)))
RISEDRONATE = "risedronate 2.5 mg daily below 30 kg, 5 mg daily above"
TABLETS = GroupUnderPlan(POISE, RISEDRONATE)
PLACEBO = GroupUnderPlan(POISE, "placebo")

CYCLE = 121.75 / DAYS_PER_YEAR
"""Years from one course of pamidronate to the next."""
WEEK = 7.0 / DAYS_PER_YEAR
JUST_BEFORE = 0.1 / DAYS_PER_YEAR
CLEARLY = 0.95
"""Fewer or less means by a twentieth at least: rounding is no effect."""


def levels_of_pain(years: Any, *runs: FollowedGroup) -> list[np.ndarray]:
    """Level of pain at these times [time, person], for each of several arms of one length."""
    everyone = runs[0].after.pain_level(years)
    return [everyone[:, run.place] for run in runs]


def share_of_studies(
    seed: int, treated: np.ndarray, control: np.ndarray, n: int, m: int, studies: int = 2000
) -> float:
    """Share of studies of n and m people, drawn with replacement, that find fewer at p < 0.05, two-sided."""
    draw = np.random.default_rng(seed)
    a = draw.choice(treated, (studies, n)).mean(axis=1)
    b = draw.choice(control, (studies, m)).mean(axis=1)
    p = (n * a + m * b) / (n + m)
    se = np.sqrt(np.maximum(p * (1.0 - p), 1e-12) * (1.0 / n + 1.0 / m))
    return float(np.mean((b - a) / se > 1.96))


@check("S07", NOT_TREATED, INFUSED, TABLETS, PLACEBO)
def three_outcomes(w: SimulatedGroups) -> Finding:
    """Density, pain and fractures, each against what was seen of it.

    Pain has come back at the next infusion if less than a quarter of its relief is left. A trial "saw no
    difference" if the simulated one is smaller than a trial of that size sees.
    """
    none, drip, tablet, placebo = w[NOT_TREATED], w[INFUSED], w[TABLETS], w[PLACEBO]
    gain = Number.of_mean(
        "density gained on tablets in a year beyond placebo",
        tablet.change("ls_abmd", 1.0, percent=True) - placebo.change("ls_abmd", 1.0, percent=True),
        "%",
        **published("poise2013", "ls_abmd_pct_diff"),
    )
    by_drip = drip.change("ls_z", 1.0) - none.change("ls_z", 1.0)
    rates = [run.expected_fractures(1.0).mean() for run in (tablet, placebo)]
    ratio = Number(
        "fractures on tablets over those on placebo, first year",
        rates[0] / rates[1],
        **published("hald2015", "RR_fracture_rate"),
    )
    some = share_of_studies(w.seed, tablet.fractures(1.0) > 0, placebo.fractures(1.0) > 0, 94, 49)
    fourth, fifth = 3 * CYCLE, 4 * CYCLE
    around = [fourth - JUST_BEFORE, fourth + WEEK, fourth + 4 * WEEK, fifth - JUST_BEFORE]
    (levels,) = levels_of_pain(around, drip)
    before, week, month, again = levels
    relief = Number.of_mean("pain a week after the fourth course, against before it", week - before, "of 10")
    left = Number.of_mean("pain before the fifth course, against before the fourth", again - before, "of 10")
    times = np.arange(0.0, fifth, 2 * WEEK)
    course: dict[str, np.ndarray] = dict(
        zip(("infusions", "no treatment"), levels_of_pain(times, drip, none))
    )
    apart = course["infusions"].mean(axis=0) - course["no treatment"].mean(axis=0)
    ward = [level[0] for level in levels_of_pain([1.0], tablet, placebo)]
    tablets_pain = Number.of_group(
        "pain after a year on tablets, against placebo", ward[0], 109, "of 10", against=ward[1], m=30
    )
    reach = (tablets_pain.high or 0.0) - float(tablets_pain)
    return Finding(
        summary=f"In a year tablets add {gain.value:.0f} % to spine density and leave "
        f"{100 * (1 - float(ratio)):.0f} % fewer fractures than placebo; a study as large as POISE would "
        f"see that in about {100 * some:.0f} of 100 repeats. After an infusion pain falls by "
        f"{-float(relief):.1f} of 10 points within a week and is mostly back before the next; tablets leave "
        "it as placebo does.",
        statement=[
            Claim("spine density rises more with infusions than without", np.mean(by_drip) > 0.25),
            Claim("pain over four courses is lower with infusions than without", np.mean(apart) < 0),
            Claim(
                "fewer fractures are expected with tablets than with placebo", rates[0] < CLEARLY * rates[1]
            ),
            Claim("some studies of that size would show it, not all (5 to 95 of 100)", 0.05 < some < 0.95),
        ],
        evidence=[
            Claim("density: gain within the interval of POISE", gain.inside),
            Claim("fractures: ratio within the interval of six pooled trials", ratio.inside),
            Claim(
                "pain: lower a week and a month after an infusion",
                max(np.mean(week - before), np.mean(month - before)) < 0,
            ),
            Claim("pain: back before the next infusion", float(left) > 0.25 * float(relief)),
            Claim(
                "pain: no difference that a trial of 109 and 30 on tablets would see",
                abs(float(tablets_pain)) < reach,
            ),
        ],
        numbers=[gain, ratio, relief, left, tablets_pain],
        sources=[cite(name) for name in ("poise2013", "hald2015", "pain", "ward2011", "letocha2005")],
        notes=[
            "Pain fell in series without a control group. Blinded or randomised trials saw no difference "
            "(Letocha 2005, Ward 2011): that pain goes down is not established. The sizes of the model's "
            "terms of pain are assumed."
        ],
        chart=lines("Pain over four courses of pamidronate", "years", "pain, 0 to 10", times, course),
    )


PK = Group(age=(4.0, 10.0), types="I", n=40, traits=(("adherence", 1.0), ("eta_absorption", 0.0)))
SWALLOWED = GroupUnderPlan(PK, "alendronate 5 mg/day", years=0.5)
WITH_FOOD = GroupUnderPlan(PK, "alendronate 5 mg/day with food", years=0.5)
HALF_TAKEN = GroupUnderPlan(
    Group(age=(4.0, 10.0), types="I", n=40, traits=(("adherence", 0.5), ("eta_absorption", 0.0))),
    "alendronate 5 mg/day",
    years=0.5,
)
DRIP_DAYS = GroupUnderPlan(PK, PAMIDRONATE, years=0.5)
PLAIN_DAYS = GroupUnderPlan(PK, years=0.5)


@check("S08", SWALLOWED, WITH_FOOD, HALF_TAKEN, DRIP_DAYS, PLAIN_DAYS)
def drip_or_mouth(w: SimulatedGroups) -> Finding:
    """How much drug reaches bone by each route, and how fast resorption falls.

    Bone takes no more than is absorbed, and at least half of that: half was in urine after five days.
    """
    mouth, food, half, drip, plain = (
        w[arm] for arm in (SWALLOWED, WITH_FOOD, HALF_TAKEN, DRIP_DAYS, PLAIN_DAYS)
    )
    last = float(plain.years[-1])

    def in_bone(run: FollowedGroup) -> np.ndarray:
        return np.sum(
            [run.at(f"drug_{where}_nmol", last) for where in ("surface", "buried", "released")], axis=0
        )

    tablets_nmol = 5e6 * last * DAYS_PER_YEAR / float(facts("alendronate")["molar_mass"].value)
    infused_nmol = 2 * 3e6 * mouth.at("weight_kg", last / 2) / float(facts("pamidronate")["molar_mass"].value)
    share = Number.of_people(
        "share of swallowed alendronate that reaches bone",
        100 * in_bone(mouth) / tablets_nmol,
        "%",
        **published("alendronate_pk_ward2005", "bioavailability_pct", arm="35mg_under_40kg"),
    )
    kept = Number.of_people(
        "share of infused pamidronate that reaches bone", 100 * in_bone(drip) / infused_nmol, "%"
    )
    lost = Number.of_mean(
        "drug in bone from tablets with food, over fasting", in_bone(food) / in_bone(mouth), "x"
    )
    bound = facts("alendronate")["with_food"]

    def fall(run: FollowedGroup) -> np.ndarray:
        return 1.0 - run["ctx"].mean(axis=1) / plain["ctx"].mean(axis=1)

    days = plain.years * DAYS_PER_YEAR
    falls = {"drip": fall(drip), "tablets": fall(mouth)}
    reached = {name: float(days[np.argmax(f >= 0.5 * f.max())]) for name, f in falls.items()}
    third_day = -100 * float(np.interp(3.0, days, falls["drip"]))
    marker = Number(
        "resorption marker on the third day of the drip",
        third_day,
        "%",
        **_range("rauch2003_metab", "uNTX_pct", months=0.1),
    )
    limits = result("alendronate_pk_ward2005", "bioavailability_pct", arm="35mg_under_40kg").ci95 or (
        0.0,
        0.0,
    )
    return Finding(
        summary=f"Of a drip {kept.value:.0f} % of the drug reaches bone, of a fasting tablet "
        f"{share.value:.2f} %, with food {100 * float(lost):.0f} % of that. Half of the fall of resorption "
        f"is there on day {reached['drip']:.0f} after a drip and on day {reached['tablets']:.0f} of tablets.",
        statement=[
            Claim("a drip lowers resorption", falls["drip"].max() > 0.2),
            Claim("tablets lower resorption", falls["tablets"].max() > 0.2),
            Claim("a drip acts sooner than tablets", reached["drip"] < reached["tablets"]),
            Claim(
                "half the tablets leave less than three quarters of the drug in bone",
                np.mean(in_bone(half) / in_bone(mouth)) < 0.75,
            ),
        ],
        evidence=[
            Claim(
                "what reaches bone is between half of the least and the most that is absorbed",
                0.5 * limits[0] <= float(share) <= limits[1],
            ),
            Claim(
                "with food no more than the least that food takes away",
                float(lost) <= float(bound.value) + 1e-9,
            ),
            Claim("fall of resorption in the first three days of a drip as published", marker.inside),
        ],
        numbers=[share, kept, lost, marker],
        sources=[cite("alendronate_pk_ward2005"), cite("rauch2003_metab"), bound.source],
        notes=[
            "How long an infusion takes changes how much the kidney tolerates, not how much reaches bone: "
            "plans shorter than a label allows are warned about.",
            "Markers of the study: urine NTX over four days of treatment, here serum CTX against untreated.",
        ],
        chart=lines("Resorption after the start", "days", "share lost", days, falls),
    )


def _range(name: str, measure: str, **which: Any) -> dict[str, Any]:
    """Published fields of a result that is printed as a range."""
    low, high = result(name, measure, **which).range or (None, None)
    return {"published_low": low, "published_high": high, "source": cite(name)}
