"""Checks of calcium, vitamin D and exercise: what they do by themselves, and together with a drug."""

from brittlestar.evidence.leaflet.bone_and_drugs import ALL_TYPES, CHILDREN, UNTREATED, beyond
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.published import near
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import NOTHING, Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result

POOR = Group(8.0, ALL_TYPES, n=30, traits=(("calcium_mg_per_day", 400.0), ("vitamin_d_nmol_per_l", 25.0)))
"""Children with little calcium and vitamin D."""

CALCIUM, VITAMIN_D, EXERCISE = "calcium 500 mg/day", "vitamin D 800 IU/day", "weight-bearing-exercise"
EVERYTHING = f"{CALCIUM}, {VITAMIN_D}, {EXERCISE}"
DRUG = "zoledronate 0.05 mg/kg iv every 6 months"
ALONE = {name: GroupUnderPlan(POOR, name) for name in (CALCIUM, VITAMIN_D, EXERCISE, EVERYTHING)}
NONE = GroupUnderPlan(POOR, NOTHING)
ON_DRUG = GroupUnderPlan(POOR, DRUG)
WITH = {
    name: GroupUnderPlan(POOR, f"{DRUG}, {name}")
    for name in (f"{CALCIUM}, {VITAMIN_D}", EXERCISE, EVERYTHING)
}
WELL_FED = GroupUnderPlan(CHILDREN, f"{CALCIUM}, {VITAMIN_D}")

GIRLS = Group(11.06, "healthy", n=55, female=1.0)
GIRLS_CALCIUM, GIRLS_NONE = GroupUnderPlan(GIRLS, CALCIUM), GroupUnderPlan(GIRLS)
TRIAL_D = Group((6.0, 18.99), "referral", n=30)
HIGH_D, LOW_D = (
    GroupUnderPlan(TRIAL_D, "vitamin D 2000 IU/day"),
    GroupUnderPlan(TRIAL_D, "vitamin D 400 IU/day"),
)
MEN = Group(35.0, "healthy", n=4, female=0.0, variation=0.0)
IN_BED = GroupUnderPlan(MEN, "activity vertebral x0.4 metaphyseal x0.3 long-bone x0.4 for 17 weeks")
PUBLISHED = (GIRLS_CALCIUM, GIRLS_NONE, HIGH_D, LOW_D, IN_BED)

RISE_WITHIN = 10.0
"""nmol/L: allowed distance of the rise of 25-hydroxyvitamin D; no spread was read."""


def against_trials(w: SimulatedGroups) -> tuple[list[Claim], list[Number]]:
    """Calcium in healthy girls, vitamin D in osteogenesis imperfecta, bed rest: simulated and published."""
    girls = Number.of_mean(
        "calcium in healthy girls: total body in 2 years, against none",
        beyond(w[GIRLS_CALCIUM], w[GIRLS_NONE], "tblh_ratio", 2.0),
        "%",
        **near("calcium-girls"),
    )
    vitamin = Number.of_mean(
        "vitamin D 2000 against 400 IU a day: Z-score in a year",
        w[HIGH_D].change("ls_z", 1.0) - w[LOW_D].change("ls_z", 1.0),
        "SD",
        **near("vitamin-d"),
    )
    high, low = (
        result("vitamin_d_oi", "vitamin_d_rise_nmol_per_l", arm=arm).value or 0.0 for arm in ("high", "low")
    )
    rise = Number.of_mean(
        "vitamin D 2000 against 400 IU a day: 25-hydroxyvitamin D",
        w[HIGH_D].at("vitamin_d_nmol_per_l", 1.0) - w[LOW_D].at("vitamin_d_nmol_per_l", 1.0),
        "nmol/L",
        published=high - low,
        published_low=high - low - RISE_WITHIN,
        published_high=high - low + RISE_WITHIN,
        source=cite("vitamin_d_oi"),
    )
    bed = Number(
        "17 weeks in bed: spine",
        float(w[IN_BED].change("ls_abmd", 3.9 / 12.0, percent=True).mean()),
        "%",
        **near("bed-rest-spine"),
    )
    held = [
        Claim("calcium in healthy girls: total body as in a trial", girls.inside),
        Claim("vitamin D in children with usual levels: no difference of Z, as in a trial", vitamin.inside),
        Claim("vitamin D: rise in blood within 10 nmol/L of that trial", rise.inside),
        Claim("unloading: loss at the spine in bed as measured", bed.inside),
    ]
    return held, [girls, vitamin, rise, bed]


SOURCES = ("calcium_girls", "vitamin_d_oi", "bed_rest_1990")
NOTES = (
    "All three published numbers were used in the calibration; none is of a child with osteogenesis "
    "imperfecta who exercised, and the load of an exercise programme is assumed (15 % more on limbs, 5 % on "
    "the spine).",
    "Children with little: 400 mg of calcium a day and 25 nmol/L of 25-hydroxyvitamin D, assumed; no trial "
    "that was read gave them supplements, so the size of the gain is the model's.",
)


@check("S41", NONE, *ALONE.values(), UNTREATED, WELL_FED, *PUBLISHED)
def support_by_itself(w: SimulatedGroups) -> Finding:
    """Calcium, vitamin D and exercise without drug, in children who have little, and in others.

    Limits: each by itself raises density, with its interval (total body for exercise and the spine for the
    others, where they act most); together they do no less than any one of them.
    """
    alone = {
        name: Number.of_mean(
            f"little before, no drug: {name}",
            beyond(w[arm], w[NONE], "tblh_ratio" if name == EXERCISE else "ls_abmd"),
            "%",
        )
        for name, arm in ALONE.items()
    }
    fed = Number.of_mean(
        "usual before, no drug: calcium and vitamin D", beyond(w[WELL_FED], w[UNTREATED], "ls_abmd"), "%"
    )
    trials, numbers = against_trials(w)
    calcium, vitamin, exercise, everything = alone.values()
    best = max(beyond(w[ALONE[name]], w[NONE], "ls_abmd").mean() for name in (CALCIUM, VITAMIN_D, EXERCISE))
    return Finding(
        summary="In children who have little of it, calcium alone raises spine density by "
        f"{calcium.value:.1f} % in four years and vitamin D alone by {vitamin.value:.1f} %; weight-bearing "
        f"exercise raises total-body density by {exercise.value:.1f} %; all three together raise the spine "
        f"by {everything.value:.1f} %. Children with usual supply gain {fed.value:.1f} % from calcium and "
        "vitamin D.",
        statement=[
            *(Claim(f"{name}: density rises", (number.low or 0.0) > 0) for name, number in alone.items()),
            Claim("together they do no less than the best of them", (everything.value or 0.0) >= best),
        ],
        evidence=trials,
        numbers=[*alone.values(), fed, *numbers],
        sources=[cite(name) for name in SOURCES],
        notes=[
            *NOTES,
            "Whoever has enough gains little from more: a trial of vitamin D in osteogenesis imperfecta saw "
            "no difference of density.",
        ],
        chart=dots(
            "No drug, four years: density against nothing",
            "%",
            {n.label.split(": ")[1]: (n.value, n.low, n.high) for n in alone.values()},
        ),
    )


@check("S31", NONE, ON_DRUG, *WITH.values(), ALONE[EVERYTHING], *PUBLISHED)
def support_with_drug(w: SimulatedGroups) -> Finding:
    """The same with zoledronate: is the most gained with all of them?

    Limits: the drug raises density; drug with calcium and vitamin D, and drug with all three, raise it more
    than the drug alone, and exercise that of the total body, each with its interval; drug with all is at
    least as good as either alone. The interaction is what support adds on the drug less what it adds
    without, in per cent of the density of nothing at all.
    """
    drug = beyond(w[ON_DRUG], w[NONE], "ls_abmd")
    drug_only = Number.of_mean("little before: drug alone", drug, "%")
    added = {
        name: Number.of_mean(
            f"little before, on drug: {name} adds",
            beyond(w[arm], w[ON_DRUG], "tblh_ratio" if name == EXERCISE else "ls_abmd"),
            "%",
        )
        for name, arm in WITH.items()
    }
    both, support = (
        beyond(w[WITH[EVERYTHING]], w[NONE], "ls_abmd"),
        beyond(w[ALONE[EVERYTHING]], w[NONE], "ls_abmd"),
    )
    interaction = Number.of_mean("interaction of drug and support", both - drug - support, "points")
    together = Number.of_mean("little before: drug with all", both, "%")
    trials, numbers = against_trials(w)
    return Finding(
        summary=f"In children with little calcium and vitamin D zoledronate alone raises spine density by "
        f"{drug_only.value:.0f} % in four years against nothing; with calcium, vitamin D and exercise by "
        f"{together.value:.0f} %. Support without the drug gives {support.mean():.1f} %: on the drug it adds "
        f"{interaction.value:+.1f} points to that.",
        statement=[
            Claim("the drug raises density", (drug_only.low or 0.0) > 0),
            *(
                Claim(f"on drug, {name}: more than the drug alone", (n.low or 0.0) > 0)
                for name, n in added.items()
            ),
            Claim("drug with all is the best", both.mean() > max(drug.mean(), support.mean())),
        ],
        evidence=trials,
        numbers=[drug_only, together, *added.values(), interaction, *numbers],
        sources=[cite(name) for name in SOURCES],
        notes=[
            *NOTES,
            "No trial was found that gave a bisphosphonate with and without calcium, vitamin D or exercise: "
            "how they act together is the model's.",
        ],
        chart=dots(
            "Four years, children with little calcium and vitamin D: density against nothing",
            "%",
            {
                "support alone": (float(support.mean()), None, None),
                "drug alone": (drug_only.value, drug_only.low, drug_only.high),
                "drug and support": (together.value, together.low, together.high),
            },
        ),
    )
