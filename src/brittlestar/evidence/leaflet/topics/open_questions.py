"""The questions that the leaflet calls open: what the model says, and how far that moves.

Each is a few quantities; ``open_pages`` works them out under other laws, parameters and switches.
"""

from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import fracture_ratio
from brittlestar.evidence.leaflet.groups import ALENDRONATE, CLINICAL, ZOLEDRONATE
from brittlestar.evidence.leaflet.margin import more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.open_pages import Quantity, Question, pages, reach
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.uncertainty import BY_LAW, mixed, over_laws
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, GroupUnderPlan, SimulatedGroups

DAMAGE = ("damage-weakens", "damage-stays")

HALF = "zoledronate 0.025 mg/kg iv every 6 months"
EXERCISE = "physiotherapy for 4 years"

LONG_OFF = Group(5.0, "IV", n=48).untreated(18.0)
LONG_ON = LONG_OFF.under(ZOLEDRONATE)
SEVERE_OFF = Group(8.0, "III", n=48).untreated()
SEVERE_ON, SEVERE_HALF, SEVERE_TABLETS = (SEVERE_OFF.under(plan) for plan in (ZOLEDRONATE, HALF, ALENDRONATE))
MODERATE_OFF = Group(8.0, "IV", n=48).untreated()
MODERATE_ON, MODERATE_EXERCISE, MODERATE_BOTH = (
    MODERATE_OFF.under(plan) for plan in (ZOLEDRONATE, EXERCISE, f"{ZOLEDRONATE}, {EXERCISE}")
)
TODDLER_OFF = Group(2.0, "III", n=48).untreated()
TODDLER_ON = TODDLER_OFF.under(ZOLEDRONATE)
MILD_OFF = Group(8.0, "I", n=96).untreated()
MILD_ON, MILD_DRIP = MILD_OFF.under(ALENDRONATE), MILD_OFF.under(ZOLEDRONATE)


def gain(treated: GroupUnderPlan, untreated: GroupUnderPlan, name: str, years: float = 4.0) -> Quantity:
    """How much higher the mean of an output is under treatment, %."""
    return Quantity(lambda groups: higher(groups[treated], groups[untreated], name, years), change=True)


def higher(treated: FollowedGroup, untreated: FollowedGroup, name: str, years: float = 4.0) -> float:
    """Mean of an output under treatment over that without, less 1, %."""
    return 100.0 * float(treated.at(name, years).mean() / untreated.at(name, years).mean() - 1.0)


def fewer(
    treated: GroupUnderPlan, untreated: GroupUnderPlan, *sites: str, years: float = 4.0, since: float = 0.0
) -> Quantity:
    """How many fewer fractures are expected under treatment, %."""

    def ratio(groups: SimulatedGroups) -> float:
        return fracture_ratio(groups[treated], groups[untreated], years, since, sites)

    return Quantity(
        lambda groups: 100.0 * (1.0 - ratio(groups)),
        ratio=ratio,
        at_ratio=lambda _, other: 100.0 * (1.0 - other),
    )


def of_full_effect(plan: GroupUnderPlan) -> Quantity:
    """Effect of a plan on spine density, % of that of the full dose of infusions."""

    def of(groups: SimulatedGroups) -> float:
        less, full = (higher(groups[g], groups[SEVERE_OFF], "ls_abmd") for g in (plan, SEVERE_ON))
        return 100.0 * less / full

    return Quantity(of)


def per_hundred(group: FollowedGroup) -> float:
    """Fractures expected in 100 people over four years, those of vertebrae left out."""
    return 100.0 * float(group.expected_fractures(4.0, 0.0, CLINICAL).mean())


def prevented(plan: GroupUnderPlan) -> Quantity:
    """Fractures prevented in 100 children with mild disease."""

    def at_ratio(groups: SimulatedGroups, ratio: float) -> float:
        return (1.0 - ratio) * per_hundred(groups[MILD_OFF])

    def ratio(groups: SimulatedGroups) -> float:
        return per_hundred(groups[plan]) / per_hundred(groups[MILD_OFF])

    return Quantity(lambda groups: at_ratio(groups, ratio(groups)), ratio=ratio, at_ratio=at_ratio)


QUESTIONS = {
    "long-term-harm": Question(
        (LONG_ON, LONG_OFF),
        {
            "fractures": fewer(LONG_ON, LONG_OFF, "lower_limb", "upper_limb", years=18.0, since=14.0),
            "microdamage": gain(LONG_ON, LONG_OFF, "microdamage", 18.0),
            "toughness": gain(LONG_ON, LONG_OFF, "toughness", 18.0),
        },
        DAMAGE,
    ),
    "density-and-strength": Question(
        (SEVERE_ON, SEVERE_OFF),
        {
            "limb": gain(SEVERE_ON, SEVERE_OFF, "strength_limb"),
            "vertebra": gain(SEVERE_ON, SEVERE_OFF, "strength_vertebral"),
            "density": gain(SEVERE_ON, SEVERE_OFF, "ls_abmd"),
        },
        DAMAGE,
    ),
    "matrix": Question(
        (SEVERE_ON, SEVERE_OFF),
        {
            "mineral": gain(SEVERE_ON, SEVERE_OFF, "mineral_mean"),
            "toughness": gain(SEVERE_ON, SEVERE_OFF, "toughness"),
        },
        (*DAMAGE, "mineral-slower"),
    ),
    "spine-and-long-bones": Question(
        (SEVERE_ON, SEVERE_OFF),
        {
            "leg": fewer(SEVERE_ON, SEVERE_OFF, "lower_limb"),
            "vertebra": fewer(SEVERE_ON, SEVERE_OFF, "vertebral"),
        },
    ),
    "physiotherapy": Question(
        (MODERATE_ON, MODERATE_OFF, MODERATE_EXERCISE, MODERATE_BOTH),
        {
            "alone": gain(MODERATE_EXERCISE, MODERATE_OFF, "strength_limb"),
            "on_drug": gain(MODERATE_BOTH, MODERATE_ON, "strength_limb"),
        },
        ("load-counts-half",),
    ),
    "dose-and-route": Question(
        (
            SEVERE_ON,
            SEVERE_OFF,
            SEVERE_HALF,
            SEVERE_TABLETS,
            MODERATE_ON,
            MODERATE_OFF,
            TODDLER_ON,
            TODDLER_OFF,
        ),
        {
            "half_dose": of_full_effect(SEVERE_HALF),
            "tablets": of_full_effect(SEVERE_TABLETS),
            "severe": gain(SEVERE_ON, SEVERE_OFF, "ls_abmd"),
            "moderate": gain(MODERATE_ON, MODERATE_OFF, "ls_abmd"),
            "toddlers": gain(TODDLER_ON, TODDLER_OFF, "ls_abmd"),
        },
    ),
    "mild-disease": Question(
        (MILD_ON, MILD_OFF, MILD_DRIP),
        {
            "tablets": prevented(MILD_ON),
            "infusions": prevented(MILD_DRIP),
            "untreated": Quantity(lambda groups: per_hundred(groups[MILD_OFF])),
        },
    ),
}


ON_TABLETS = (MILD_ON, MILD_OFF, SEVERE_TABLETS, SEVERE_OFF)


def ratio_on_tablets(groups: SimulatedGroups) -> float:
    """Fractures on tablets over those without, mild and severe together."""
    treated = per_hundred(groups[MILD_ON]) + per_hundred(groups[SEVERE_TABLETS])
    return treated / (per_hundred(groups[MILD_OFF]) + per_hundred(groups[SEVERE_OFF]))


def measure_openness(groups: SimulatedGroups) -> Measured:
    """How far the answers to the open questions move, and fractures on tablets over those without."""
    found = pages(QUESTIONS, groups.seed, groups.parameters)
    reaches = [reach(page["numbers"][0]) for page in found]
    ratio = over_laws(groups, ON_TABLETS, ratio_on_tablets)
    return Measured(
        pages=found,
        all_move=all(high > low for low, high, _ in reaches),
        far=sum(low <= 0.5 * value or high >= 2.0 * value for low, high, value in reaches),
        ratio=Number(
            mixed(ratio),
            min(ratio.values()),
            max(ratio.values()),
            BY_LAW,
            **published("hald2015", "RR_fracture_rate"),
        ),
    )


def judge_openness(m: Measured) -> Judged:
    """An answer moves far where half or double of it, or a change of sign, lies within its reach.

    That is its reach over laws, trials, posterior draws and switches. The evidence: fractures on tablets over
    those without, mild and severe together and mixed over laws, against the pooled rate ratio of the
    controlled trials (Hald 2015), most of which gave tablets.
    """
    return Judged(statement=dict(move=m.all_move, far=more(m.far, 0)), evidence=dict(ratio=m.ratio.inside))


CHECKS = (StatementCheck("S43", ON_TABLETS, measure_openness, judge_openness),)
