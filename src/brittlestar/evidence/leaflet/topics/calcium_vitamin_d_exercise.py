"""Calcium, vitamin D and exercise: what they do by themselves, and together with a drug."""

from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import difference, percent_beyond
from brittlestar.evidence.leaflet.groups import ALL_TYPES, EIGHT_UNTREATED, EIGHT_YEARS, ZOLEDRONATE
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import as_published, near, value_of
from brittlestar.evidence.simulated_groups import Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite

POOR = Group(8.0, ALL_TYPES, n=30, traits=(("calcium_mg_per_day", 400.0), ("vitamin_d_nmol_per_l", 25.0)))
"""Children with little calcium and vitamin D."""

CALCIUM, VITAMIN_D, EXERCISE = "calcium 500 mg/day", "vitamin D 800 IU/day", "weight-bearing-exercise"
EVERYTHING = f"{CALCIUM}, {VITAMIN_D}, {EXERCISE}"
NOTHING = POOR.untreated()
ALONE = {
    "calcium": POOR.under(CALCIUM),
    "vitamin_d": POOR.under(VITAMIN_D),
    "exercise": POOR.under(EXERCISE),
    "all": POOR.under(EVERYTHING),
}
DRUG = POOR.under(ZOLEDRONATE)
WITH_DRUG = {
    "calcium_vitamin_d": POOR.under(f"{ZOLEDRONATE}, {CALCIUM}, {VITAMIN_D}"),
    "exercise": POOR.under(f"{ZOLEDRONATE}, {EXERCISE}"),
    "all": POOR.under(f"{ZOLEDRONATE}, {EVERYTHING}"),
}
WELL_FED = EIGHT_YEARS.under(f"{CALCIUM}, {VITAMIN_D}")

GIRLS = Group(11.06, "healthy", n=55, female=1.0)
GIRLS_CALCIUM, GIRLS_NONE = GIRLS.under(CALCIUM), GIRLS.untreated()
TRIAL_D = Group((6.0, 18.99), "referral", n=30)
HIGH_D, LOW_D = TRIAL_D.under("vitamin D 2000 IU/day"), TRIAL_D.under("vitamin D 400 IU/day")
IN_BED = Group(35.0, "healthy", n=4, female=0.0, variation=0.0).under(
    "activity vertebral x0.4 metaphyseal x0.3 long-bone x0.4 for 17 weeks"
)
PUBLISHED = (GIRLS_CALCIUM, GIRLS_NONE, HIGH_D, LOW_D, IN_BED)


def gains(
    groups: SimulatedGroups, with_: dict[str, GroupUnderPlan], none: GroupUnderPlan
) -> dict[str, Number]:
    """Density gained in 4 years against none, %: of the total body for exercise, else of the spine."""
    where = {name: "tblh_ratio" if name == "exercise" else "ls_abmd" for name in with_}
    return {
        name: Number.of_mean(percent_beyond(groups[group], groups[none], where[name]))
        for name, group in with_.items()
    }


def against_trials(groups: SimulatedGroups) -> dict[str, Number]:
    """Calcium in healthy girls (%), vitamin D in osteogenesis imperfecta (SD, nmol/L), bed rest (%)."""
    high, low = groups[HIGH_D], groups[LOW_D]
    rise = value_of("vitamin_d_oi", "vitamin_d_rise_nmol_per_l", arm="high") - value_of(
        "vitamin_d_oi", "vitamin_d_rise_nmol_per_l", arm="low"
    )
    reach = limit("S31.rise")
    girls = percent_beyond(groups[GIRLS_CALCIUM], groups[GIRLS_NONE], "tblh_ratio", 2.0)
    bed = groups[IN_BED].change("ls_abmd", 3.9 / 12.0, percent=True)
    return {
        "girls": Number.of_mean(girls, **near("calcium-girls")),
        "z": Number.of_mean(high.change("ls_z", 1.0) - low.change("ls_z", 1.0), **near("vitamin-d")),
        "rise": Number.of_mean(
            difference(high, low, "vitamin_d_nmol_per_l", 1.0),
            **as_published(rise, rise - reach, rise + reach, cite("vitamin_d_oi")),
        ),
        "bed": Number(float(bed.mean()), **near("bed-rest-spine")),
    }


def measure_alone(groups: SimulatedGroups) -> Measured:
    """Without drug, in children who have little and in others: density gained in four years, %."""
    alone = gains(groups, ALONE, NOTHING)
    fed = percent_beyond(groups[WELL_FED], groups[EIGHT_UNTREATED], "ls_abmd")
    none = groups[NOTHING]
    single = [percent_beyond(groups[ALONE[name]], none, "ls_abmd").mean() for name in ALONE if name != "all"]
    return Measured(
        alone=alone, best=max(single), fed=Number.of_mean(fed), **against_trials(groups), chart=dots(alone)
    )


def judge_alone(m: Measured) -> Judged:
    """Each by itself raises density, with its interval, where it acts most; all do no less than any one."""
    return Judged(
        statement=dict(
            rises={name: gain.above(0) for name, gain in m.alone.items()},
            together=more(m.alone["all"], m.best),
        ),
        evidence=dict(girls=m.girls.inside, z=m.z.inside, rise=m.rise.inside, bed=m.bed.inside),
    )


def measure_with_drug(groups: SimulatedGroups) -> Measured:
    """The same with zoledronate: density gained in four years, %.

    The interaction is what support adds on the drug less what it adds without, in per cent of the density of
    nothing at all.
    """
    none = groups[NOTHING]
    drug, both, support = (
        percent_beyond(groups[group], none, "ls_abmd") for group in (DRUG, WITH_DRUG["all"], ALONE["all"])
    )
    drug_alone, together = Number.of_mean(drug), Number.of_mean(both)
    return Measured(
        drug=drug_alone,
        together=together,
        added=gains(groups, WITH_DRUG, DRUG),
        interaction=Number.of_mean(both - drug - support),
        support=support.mean(),
        **against_trials(groups),
        chart=dots({"support": support.mean(), "drug": drug_alone, "both": together}),
    )


def judge_with_drug(m: Measured) -> Judged:
    """Drug with calcium and vitamin D, with exercise and with all raise density more than the drug alone.

    Each with its interval; drug with all is at least as good as either alone.
    """
    return Judged(
        statement=dict(
            drug=m.drug.above(0),
            added={name: gain.above(0) for name, gain in m.added.items()},
            best=more(m.together, max(float(m.drug), m.support)),
        ),
        evidence=dict(girls=m.girls.inside, z=m.z.inside, rise=m.rise.inside, bed=m.bed.inside),
    )


CHECKS = (
    StatementCheck(
        "S41", (NOTHING, *ALONE.values(), EIGHT_UNTREATED, WELL_FED, *PUBLISHED), measure_alone, judge_alone
    ),
    StatementCheck(
        "S31",
        (NOTHING, DRUG, *WITH_DRUG.values(), ALONE["all"], *PUBLISHED),
        measure_with_drug,
        judge_with_drug,
    ),
)
