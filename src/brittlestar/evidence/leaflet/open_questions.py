"""The questions that the leaflet calls open: what the model says, and how far that moves.

Every quantity is worked out with the shipped parameters, with draws of the posterior, and under rival
mechanisms, one at a time. People and fates are the same each time, so that only the science differs.
"""

import os
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.words import capital
from brittlestar.engine import Parameters, default_parameters, with_values
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.uncertainty import rival_parameters
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result

DRAWS = 12
"""Posterior draws per question."""

_ALWAYS: dict[str, Callable[[Parameters], Parameters]] = {
    "turnover itself does not matter for fracture": lambda p: with_values(p, fracture__gK=0.0),
    "buried drug does not act": lambda p: with_values(p, shared__aD=0.0),
    "effect in proportion to drug": lambda p: with_values(p, shared__hill=1.0),
    "growth adds no trabeculae under drug": lambda p: with_values(p, trabecular__rho_s=0.0),
}
"""Rival mechanisms that every question meets."""

_DAMAGE: dict[str, Callable[[Parameters], Parameters]] = {
    "damage weakens bone four times as much": lambda p: with_values(
        p, damage__b1=4.0 * p.damage.b1, damage__b2=4.0 * p.damage.b2
    ),
    "bone clears damage half as fast": lambda p: with_values(p, damage__kr=0.5 * p.damage.kr),
}

FULL = "zoledronate 0.05 mg/kg iv every 6 months"
HALF = "zoledronate 0.025 mg/kg iv every 6 months"
TABLETS = "alendronate 5 mg daily below 40 kg, 10 mg daily above"
EXERCISE = "physiotherapy for 4 years"

CLINICAL = ("lower_limb", "upper_limb", "other")

SEVERE = Group(age=8.0, types="III", n=48)
MODERATE = Group(age=8.0, types="IV", n=48)
MILD = Group(age=8.0, types="I", n=96)
TODDLER = Group(age=2.0, types="III", n=48)
LONG = Group(age=5.0, types="IV", n=48)


@dataclass(frozen=True)
class Quantity:
    """One number that answers a question."""

    label: str
    unit: str
    of: Callable[[SimulatedGroups], float]
    change: bool = False
    """whether it says how much more or less"""

    def said(self, value: float) -> str:
        """The number in words."""
        size = f"{abs(value):.1f}" if abs(value) < 9.95 else f"{abs(value):.0f}"
        sign = "-" if value < 0 and not self.change else ""
        more = f" {'less' if value < 0 else 'more'}" if self.change else ""
        return f"{sign}{size}{' %' if self.unit == '%' else ''}{more}"


@dataclass(frozen=True)
class Question:
    """One open question; its words are in ``open_questions.toml``."""

    id: str
    arms: tuple[GroupUnderPlan, ...]
    quantities: tuple[Quantity, ...]
    """the first is the one whose movement is drawn"""
    rivals: dict[str, Callable[[Parameters], Parameters]]


def _gain(treated: FollowedGroup, untreated: FollowedGroup, name: str, years: float = 4.0) -> float:
    """How much higher the mean of an output is under treatment, %."""
    return 100.0 * float(treated.at(name, years).mean() / untreated.at(name, years).mean() - 1.0)


def _fewer(
    treated: FollowedGroup, untreated: FollowedGroup, *sites: str, years: float = 4.0, since: float = 0.0
) -> float:
    """How many fewer fractures are expected under treatment, %."""
    with_, without = (r.expected_fractures(years, since, sites).sum() for r in (treated, untreated))
    return 100.0 * float(1.0 - with_ / without)


def _per_hundred(run: FollowedGroup) -> float:
    """Fractures expected in 100 people over four years, those of vertebrae left out."""
    return 100.0 * float(run.expected_fractures(4.0, 0.0, CLINICAL).mean())


def _pair(who: Group, plan: str = FULL, years: float = 4.0) -> tuple[GroupUnderPlan, GroupUnderPlan]:
    return GroupUnderPlan(who, plan, years), GroupUnderPlan(who, years=years)


LONG_ON, LONG_OFF = _pair(LONG, years=18.0)
SEVERE_ON, SEVERE_OFF = _pair(SEVERE)
SEVERE_HALF, SEVERE_TABLETS = SEVERE_ON.under(HALF), SEVERE_ON.under(TABLETS)
MODERATE_ON, MODERATE_OFF = _pair(MODERATE)
MODERATE_EXERCISE = MODERATE_OFF.under(EXERCISE)
MODERATE_BOTH = MODERATE_ON.under(f"{FULL}, {EXERCISE}")
TODDLER_ON, TODDLER_OFF = _pair(TODDLER)
MILD_ON, MILD_OFF = _pair(MILD, TABLETS)
MILD_DRIP = MILD_ON.under(FULL)

QUESTIONS = (
    Question(
        "long-term-harm",
        (LONG_ON, LONG_OFF),
        (
            Quantity(
                "fewer limb fractures in years 14 to 18 of treatment",
                "%",
                lambda w: _fewer(w[LONG_ON], w[LONG_OFF], "lower_limb", "upper_limb", years=18.0, since=14.0),
            ),
            Quantity(
                "microdamage after 18 years against untreated",
                "%",
                lambda w: _gain(w[LONG_ON], w[LONG_OFF], "microdamage", 18.0),
                change=True,
            ),
            Quantity(
                "toughness after 18 years against untreated",
                "%",
                lambda w: _gain(w[LONG_ON], w[LONG_OFF], "toughness", 18.0),
                change=True,
            ),
        ),
        _DAMAGE,
    ),
    Question(
        "density-and-strength",
        (SEVERE_ON, SEVERE_OFF),
        (
            Quantity(
                "strength of a shin bone against untreated after 4 years",
                "%",
                lambda w: _gain(w[SEVERE_ON], w[SEVERE_OFF], "strength_limb"),
                change=True,
            ),
            Quantity(
                "strength of a vertebra against untreated after 4 years",
                "%",
                lambda w: _gain(w[SEVERE_ON], w[SEVERE_OFF], "strength_vertebral"),
                change=True,
            ),
            Quantity(
                "spine density against untreated after 4 years",
                "%",
                lambda w: _gain(w[SEVERE_ON], w[SEVERE_OFF], "ls_abmd"),
                change=True,
            ),
        ),
        _DAMAGE,
    ),
    Question(
        "matrix",
        (SEVERE_ON, SEVERE_OFF),
        (
            Quantity(
                "mineral per bone against untreated after 4 years",
                "%",
                lambda w: _gain(w[SEVERE_ON], w[SEVERE_OFF], "mineral_mean"),
                change=True,
            ),
            Quantity(
                "toughness against untreated after 4 years",
                "%",
                lambda w: _gain(w[SEVERE_ON], w[SEVERE_OFF], "toughness"),
                change=True,
            ),
        ),
        {
            **_DAMAGE,
            "mineral goes on rising half as fast": lambda p: with_values(p, mineral__k2=0.5 * p.mineral.k2),
        },
    ),
    Question(
        "spine-and-long-bones",
        (SEVERE_ON, SEVERE_OFF),
        (
            Quantity(
                "fewer leg fractures in 4 years",
                "%",
                lambda w: _fewer(w[SEVERE_ON], w[SEVERE_OFF], "lower_limb"),
            ),
            Quantity(
                "fewer vertebral fractures in 4 years",
                "%",
                lambda w: _fewer(w[SEVERE_ON], w[SEVERE_OFF], "vertebral"),
            ),
        ),
        {},
    ),
    Question(
        "physiotherapy",
        (MODERATE_ON, MODERATE_OFF, MODERATE_EXERCISE, MODERATE_BOTH),
        (
            Quantity(
                "limb strength with physiotherapy alone, against neither",
                "%",
                lambda w: _gain(w[MODERATE_EXERCISE], w[MODERATE_OFF], "strength_limb"),
                change=True,
            ),
            Quantity(
                "limb strength with both, against infusions alone",
                "%",
                lambda w: _gain(w[MODERATE_BOTH], w[MODERATE_ON], "strength_limb"),
                change=True,
            ),
        ),
        {
            "bone answers load half as much": lambda p: with_values(
                p, mechanics__f2=0.5 * p.mechanics.f2, mechanics__f3=0.5 * p.mechanics.f3
            )
        },
    ),
    Question(
        "dose-and-route",
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
        (
            Quantity(
                "effect of half the dose on spine density, of that of the full dose",
                "%",
                lambda w: (
                    100.0
                    * _gain(w[SEVERE_HALF], w[SEVERE_OFF], "ls_abmd")
                    / _gain(w[SEVERE_ON], w[SEVERE_OFF], "ls_abmd")
                ),
            ),
            Quantity(
                "effect of tablets of alendronate, of that of infusions of zoledronate",
                "%",
                lambda w: (
                    100.0
                    * _gain(w[SEVERE_TABLETS], w[SEVERE_OFF], "ls_abmd")
                    / _gain(w[SEVERE_ON], w[SEVERE_OFF], "ls_abmd")
                ),
            ),
            Quantity(
                "spine density against untreated after 4 years, type III from 8 years",
                "%",
                lambda w: _gain(w[SEVERE_ON], w[SEVERE_OFF], "ls_abmd"),
                change=True,
            ),
            Quantity(
                "the same, type IV from 8 years",
                "%",
                lambda w: _gain(w[MODERATE_ON], w[MODERATE_OFF], "ls_abmd"),
                change=True,
            ),
            Quantity(
                "the same, type III from 2 years",
                "%",
                lambda w: _gain(w[TODDLER_ON], w[TODDLER_OFF], "ls_abmd"),
                change=True,
            ),
        ),
        {},
    ),
    Question(
        "mild-disease",
        (MILD_ON, MILD_OFF, MILD_DRIP),
        (
            Quantity(
                "fewer fractures per 100 children of type I in 4 years, on tablets",
                "of 100",
                lambda w: _per_hundred(w[MILD_OFF]) - _per_hundred(w[MILD_ON]),
            ),
            Quantity(
                "the same, on infusions",
                "of 100",
                lambda w: _per_hundred(w[MILD_OFF]) - _per_hundred(w[MILD_DRIP]),
            ),
            Quantity(
                "fractures per 100 untreated children of type I in 4 years",
                "of 100",
                lambda w: _per_hundred(w[MILD_OFF]),
            ),
        ),
        {},
    ),
)


def pages(seed: int, parameters: Parameters | None = None, count: int = DRAWS) -> list[dict[str, Any]]:
    """One page per question: answer, what it rests on, and how far it moves.

    Args:
        seed: key of all chance.
        parameters: the set to start from; the shipped one if left out.
        count: posterior draws.
    """
    base = parameters if parameters is not None else default_parameters()
    arms = tuple(dict.fromkeys(arm for q in QUESTIONS for arm in q.arms))
    sets = [(None, base), *((str(i), p) for i, p in enumerate(rival_parameters(base, count)))]
    rivals = _ALWAYS | {name: change for q in QUESTIONS for name, change in q.rivals.items()}
    sets += [(name, change(base)) for name, change in rivals.items()]
    (_, first), *others = sets

    def values(p: Parameters) -> dict[str, tuple[float, ...]]:
        return _values(SimulatedGroups(arms, seed=seed, parameters=p))

    # The first compiles; then the machine's cores share the rest.
    found: dict[str | None, dict[str, tuple[float, ...]]] = {None: values(first)}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        names, rest = zip(*others)
        found |= dict(zip(names, pool.map(values, rest)))
    return [_page(q, found, count) for q in QUESTIONS]


def _values(w: SimulatedGroups) -> dict[str, tuple[float, ...]]:
    return {q.id: tuple(one.of(w) for one in q.quantities) for q in QUESTIONS}


@cache
def _words() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("open_questions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _trials() -> str:
    pooled = result("hald2015", "RR_fracture_rate")
    low, high = pooled.ci95 or (np.nan, np.nan)
    return f"rate ratio {pooled.value:.2f}, {low:.2f} to {high:.2f}"


def _page(q: Question, found: dict[str | None, dict[str, tuple[float, ...]]], count: int) -> dict[str, Any]:
    base, words = found[None][q.id], _words()[q.id]
    drawn = np.array([found[str(i)][q.id] for i in range(count)])
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    rivals = {name: found[name][q.id] for name in (*_ALWAYS, *q.rivals)}
    head = q.quantities[0]
    far = max(rivals, key=lambda name: abs(rivals[name][0] - base[0]))
    moves = (
        f"{head.label}: {head.said(base[0])}; {head.said(low[0])} to {head.said(high[0])} "
        f"in 9 of 10 parameter sets that fit the calibration data; furthest under the rival “{far}”: "
        f"{head.said(rivals[far][0])}."
    )
    chart = dots(
        capital(f"{head.label}: how far the answer moves"),
        f"{head.label} ({head.unit})",
        {
            "as shipped, 90 % by parameters": (base[0], low[0], high[0]),
            **{name: (values[0], None, None) for name, values in rivals.items()},
        },
    )
    return {
        "id": q.id,
        "question": words["question"],
        "answer": words["answer"].format(
            *(one.said(value) for value, one in zip(base, q.quantities)), trials=_trials()
        ),
        "rests_on": words["rests_on"],
        "moves": moves,
        "would_settle": words["would_settle"],
        "numbers": [
            {
                "label": one.label,
                "unit": one.unit,
                "value": value,
                "low": float(low[i]),
                "high": float(high[i]),
                "range_is": "90 % of posterior draws",
                "rivals": {name: values[i] for name, values in rivals.items()},
            }
            for i, (one, value) in enumerate(zip(q.quantities, base))
        ],
        "chart": chart,
    }


@check("S43", MILD_ON, MILD_OFF, SEVERE_TABLETS, SEVERE_OFF)
def questions_are_open(w: SimulatedGroups) -> Finding:
    """Whether the answers to the open questions move as much as the word "open" says.

    An answer moves where half or double of it, or a change of sign, lies within its reach over posterior
    draws and rivals. The evidence: fractures on tablets over those without, mild and severe together, against
    the pooled rate ratio of the controlled trials (Hald 2015), most of which gave tablets.
    """
    found = pages(w.seed, w.parameters)
    reach = [_reach(page["numbers"][0]) for page in found]
    far = sum(low <= 0.5 * value or high >= 2.0 * value for low, high, value in reach)
    treated = _per_hundred(w[MILD_ON]) + _per_hundred(w[SEVERE_TABLETS])
    untreated = _per_hundred(w[MILD_OFF]) + _per_hundred(w[SEVERE_OFF])
    ratio = Number(
        "fractures on tablets over those without, types I and III",
        treated / untreated,
        "ratio",
        **published("hald2015", "RR_fracture_rate"),
    )
    return Finding(
        summary=f"Each of the seven questions has a page. {far} of the 7 answers move by half or double, or "
        f"change sign, under other parameters or a rival mechanism. In the model tablets lower fractures to "
        f"{ratio.value:.2f} of those without; controlled trials together found {ratio.published:.2f}.",
        statement=[
            Claim("every answer moves under other parameters or rivals", all(b > a for a, b, _ in reach)),
            Claim("at least one answer moves by half or double, or changes sign", far > 0),
        ],
        evidence=[
            Claim("the effect on fractures lies inside the interval of the pooled trials", ratio.inside)
        ],
        numbers=[ratio],
        sources=[cite("hald2015")],
        pages=found,
    )


def _reach(number: dict[str, Any]) -> tuple[float, float, float]:
    values = [number["low"], number["high"], *number["rivals"].values()]
    sign = 1.0 if number["value"] >= 0 else -1.0
    ends = sorted(sign * value for value in values)
    return ends[0], ends[-1], abs(number["value"])
