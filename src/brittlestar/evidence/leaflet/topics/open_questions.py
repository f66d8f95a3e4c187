"""The questions that the leaflet calls open: what the model says, and how far that moves.

Every quantity is worked out with the shipped parameters, with draws of the posterior, and under rival
mechanisms, one at a time. People and fates are the same each time, so that only the science differs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.words import capital
from brittlestar.engine import Parameters, default_parameters, with_values
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.groups import ALENDRONATE, CLINICAL, ZOLEDRONATE
from brittlestar.evidence.leaflet.margin import more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.prose import all_words
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.uncertainty import rival_parameters, under_each
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, GroupUnderPlan, SimulatedGroups

DRAWS = 12
"""Posterior draws per question."""

Change = Callable[[Parameters], Parameters]
RIVALS: dict[str, Change] = {
    "no-turnover": lambda p: with_values(p, fracture__gK=0.0),
    "buried-inert": lambda p: with_values(p, shared__aD=0.0),
    "proportional": lambda p: with_values(p, shared__hill=1.0),
    "no-new-trabeculae": lambda p: with_values(p, trabecular__rho_s=0.0),
    "damage-weakens": lambda p: with_values(p, damage__b1=4.0 * p.damage.b1, damage__b2=4.0 * p.damage.b2),
    "damage-stays": lambda p: with_values(p, damage__kr=0.5 * p.damage.kr),
    "mineral-slower": lambda p: with_values(p, mineral__k2=0.5 * p.mineral.k2),
    "load-counts-half": lambda p: with_values(
        p, mechanics__f2=0.5 * p.mechanics.f2, mechanics__f3=0.5 * p.mechanics.f3
    ),
}
"""Rival mechanisms; what they are called is with the words."""
ALWAYS = ("no-turnover", "buried-inert", "proportional", "no-new-trabeculae")
"""Rivals that every question meets."""
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


@dataclass(frozen=True)
class Quantity:
    """One number that answers a question; its label and unit are with the words."""

    of: Callable[[SimulatedGroups], float]
    change: bool = False
    """whether it says how much more or less"""


@dataclass(frozen=True)
class Question:
    """One open question."""

    groups: tuple[GroupUnderPlan, ...]
    quantities: dict[str, Quantity]
    """the first is the one whose movement is drawn"""
    rivals: tuple[str, ...] = ()
    """beyond those that every question meets"""


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

    def of(groups: SimulatedGroups) -> float:
        on, off = (groups[g].expected_fractures(years, since, sites).sum() for g in (treated, untreated))
        return 100.0 * float(1.0 - on / off)

    return Quantity(of)


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
    return Quantity(lambda groups: per_hundred(groups[MILD_OFF]) - per_hundred(groups[plan]))


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

Values = dict[str, dict[str, float]]
"""Question -> quantity -> value."""


def pages(seed: int, parameters: Parameters | None = None, count: int = DRAWS) -> list[dict[str, Any]]:
    """One page per question: answer, what it rests on, and how far it moves.

    Args:
        seed: key of all chance.
        parameters: the set to start from; the shipped one if left out.
        count: posterior draws.
    """
    base = parameters if parameters is not None else default_parameters()
    asked = dict.fromkeys(group for question in QUESTIONS.values() for group in question.groups)

    def values(p: Parameters) -> Values:
        groups = SimulatedGroups(asked, seed=seed, parameters=p)
        return {
            id: {name: quantity.of(groups) for name, quantity in question.quantities.items()}
            for id, question in QUESTIONS.items()
        }

    rivals = (change(base) for change in RIVALS.values())
    shipped, *others = under_each([base, *rival_parameters(base, count), *rivals], values)
    return [
        page_of(
            id,
            shipped[id],
            [d[id] for d in others[:count]],
            dict(zip(RIVALS, (o[id] for o in others[count:]))),
        )
        for id in QUESTIONS
    ]


def page_of(
    id: str,
    shipped: Mapping[str, float],
    drawn: list[dict[str, float]],
    under_rival: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    """The page of a question.

    Args:
        id: of the question.
        shipped: quantity -> value with the parameters that ship.
        drawn: the same for each posterior draw.
        under_rival: rival -> the same.
    """
    frame = all_words()["S43"]["frame"]
    words, question = all_words()["S43"]["questions"][id], QUESTIONS[id]
    met = (*ALWAYS, *question.rivals)
    called = {rival: frame["rivals"][rival] for rival in met}

    def said(name: str, value: float) -> str:
        return in_words(value, words["numbers"][name][1], change=question.quantities[name].change)

    ends = {name: np.quantile([draw[name] for draw in drawn], [0.05, 0.95]) for name in shipped}
    head = next(iter(question.quantities))
    label, unit = words["numbers"][head]
    far = max(met, key=lambda rival: abs(under_rival[rival][head] - shipped[head]))
    chart = dots(
        {frame["shipped"]: (shipped[head], *ends[head])}
        | {called[rival]: (under_rival[rival][head], None, None) for rival in met}
    )
    return {
        "id": id,
        "question": words["question"],
        "answer": words["answer"].format(
            **{name: said(name, value) for name, value in shipped.items()}, trials=pooled()
        ),
        "rests_on": words["rests_on"],
        "moves": frame["moves"].format(
            label=label,
            shipped=said(head, shipped[head]),
            low=said(head, ends[head][0]),
            high=said(head, ends[head][1]),
            rival=called[far],
            furthest=said(head, under_rival[far][head]),
        ),
        "would_settle": words["would_settle"],
        "numbers": [
            {
                "label": words["numbers"][name][0],
                "unit": words["numbers"][name][1],
                "value": value,
                "low": float(ends[name][0]),
                "high": float(ends[name][1]),
                "range_is": frame["range_is"],
                "rivals": {called[rival]: under_rival[rival][name] for rival in met},
            }
            for name, value in shipped.items()
        ],
        "chart": chart | {"title": capital(frame["title"].format(label=label)), "y": f"{label} ({unit})"},
    }


def in_words(value: float, unit: str, *, change: bool) -> str:
    """A quantity in words, a change as so much more or less."""
    size = f"{abs(value):.1f}" if abs(value) < 9.95 else f"{abs(value):.0f}"
    sign = "-" if value < 0 and not change else ""
    more = f" {'less' if value < 0 else 'more'}" if change else ""
    return f"{sign}{size}{' %' if unit == '%' else ''}{more}"


def pooled() -> str:
    """What controlled trials together found of fractures."""
    found = published("hald2015", "RR_fracture_rate")
    return (
        f"rate ratio {found['published']:.2f}, {found['published_low']:.2f} to {found['published_high']:.2f}"
    )


def reach(number: Mapping[str, Any]) -> tuple[float, float, float]:
    """Least and most over posterior draws and rivals, and the size of the answer, all in its direction."""
    values = [number["low"], number["high"], *number["rivals"].values()]
    sign = 1.0 if number["value"] >= 0 else -1.0
    ends = sorted(sign * value for value in values)
    return ends[0], ends[-1], abs(number["value"])


def measure_openness(groups: SimulatedGroups) -> Measured:
    """How far the answers to the open questions move, and fractures on tablets over those without."""
    found = pages(groups.seed, groups.parameters)
    reaches = [reach(page["numbers"][0]) for page in found]
    treated = per_hundred(groups[MILD_ON]) + per_hundred(groups[SEVERE_TABLETS])
    untreated = per_hundred(groups[MILD_OFF]) + per_hundred(groups[SEVERE_OFF])
    return Measured(
        pages=found,
        all_move=all(high > low for low, high, _ in reaches),
        far=sum(low <= 0.5 * value or high >= 2.0 * value for low, high, value in reaches),
        ratio=Number(treated / untreated, **published("hald2015", "RR_fracture_rate")),
    )


def judge_openness(m: Measured) -> Judged:
    """An answer moves far where half or double of it, or a change of sign, lies within its reach.

    That is its reach over posterior draws and rivals. The evidence: fractures on tablets over those without,
    mild and severe together, against the pooled rate ratio of the controlled trials (Hald 2015), most of
    which gave tablets.
    """
    return Judged(statement=dict(move=m.all_move, far=more(m.far, 0)), evidence=dict(ratio=m.ratio.inside))


CHECKS = (
    StatementCheck("S43", (MILD_ON, MILD_OFF, SEVERE_TABLETS, SEVERE_OFF), measure_openness, judge_openness),
)
