"""Pages of open questions: the answer, and how far laws, trials, parameters and switches move it.

People and fates are the same each time, so that only the science differs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.words import capital
from brittlestar.engine import Parameters, default_parameters, with_values
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.prose import all_words
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.uncertainty import (
    laws,
    mixed,
    rival_parameters,
    spread_of_effect,
    under_each,
)
from brittlestar.evidence.simulated_groups import GroupUnderPlan, SimulatedGroups

DRAWS = 12
"""Posterior draws per question."""

Change = Callable[[Parameters], Parameters]
SWITCHES: dict[str, Change] = {
    "no-turnover": lambda p: with_values(p, fracture__gL=0.0, fracture__gV=0.0),
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
"""Mechanisms switched off or changed, one at a time; what they are called is with the words."""
ALWAYS = ("no-turnover", "buried-inert", "proportional", "no-new-trabeculae")
"""Switches that every question meets."""

NINETY = 1.645
"""Half-width of a central 90 % interval, in SD."""


@dataclass(frozen=True)
class Quantity:
    """One number that answers a question; its label and unit are with the words."""

    of: Callable[[SimulatedGroups], float]
    change: bool = False
    """whether it says how much more or less"""
    ratio: Callable[[SimulatedGroups], float] | None = None
    """hazard with treatment over that without, if it is an effect on fractures"""
    at_ratio: Callable[[SimulatedGroups, float], float] | None = None
    """the number if that ratio were another"""


@dataclass(frozen=True)
class Question:
    """One open question."""

    groups: tuple[GroupUnderPlan, ...]
    quantities: dict[str, Quantity]
    """the first is the one whose movement is drawn"""
    switches: tuple[str, ...] = ()
    """beyond those that every question meets"""


Values = dict[str, float]
"""Quantity -> value."""


@dataclass(frozen=True)
class Answers:
    """Every value that a question takes: quantity -> value, or its ends."""

    shipped: Values
    by_law: Mapping[str, Values]
    """``usual`` is the shipped one"""
    between_trials: Mapping[str, tuple[float, float]]
    """90 % of the populations of trials, of effects on fractures"""
    drawn: Sequence[Values]
    """posterior draws: what the data leave open of the free parameters"""
    switched: Mapping[str, Values]

    def mixed(self, name: str) -> float:
        """A quantity mixed over laws by their evidence."""
        return mixed({law: values[name] for law, values in self.by_law.items()})

    def laws(self, name: str) -> tuple[float, float]:
        """Its least and most over laws."""
        values = [one[name] for one in self.by_law.values()]
        return min(values), max(values)

    def parameters(self, name: str) -> tuple[float, float]:
        """Its 90 % over posterior draws."""
        low, high = np.quantile([one[name] for one in self.drawn], [0.05, 0.95])
        return float(low), float(high)


def pages(
    questions: Mapping[str, Question], seed: int, parameters: Parameters | None = None, count: int = DRAWS
) -> list[dict[str, Any]]:
    """One page per question: answer, what it rests on, and how far it moves.

    Args:
        questions: by id.
        seed: key of all chance.
        parameters: the set to start from; the shipped one if left out.
        count: posterior draws.
    """
    base = parameters if parameters is not None else default_parameters()
    asked = dict.fromkeys(group for question in questions.values() for group in question.groups)

    def values(p: Parameters) -> tuple[dict[str, Values], dict[str, Any]]:
        groups = SimulatedGroups(asked, seed=seed, parameters=p)
        return (
            {
                id: {name: one.of(groups) for name, one in question.quantities.items()}
                for id, question in questions.items()
            },
            {id: _between_trials(question, groups) for id, question in questions.items()},
        )

    known = laws(base)
    others = [one for law, one in known.items() if law != "usual"]
    switched = (change(base) for change in SWITCHES.values())
    found = under_each([base, *others, *rival_parameters(base, count), *switched], values)
    told, trials = [one for one, _ in found], found[0][1]
    first, last = len(known), len(known) + count
    return [
        page_of(
            id,
            question,
            Answers(
                told[0][id],
                dict(zip(known, (one[id] for one in told[:first]))),
                trials[id],
                [one[id] for one in told[first:last]],
                dict(zip(SWITCHES, (one[id] for one in told[last:]))),
            ),
        )
        for id, question in questions.items()
    ]


def _between_trials(question: Question, groups: SimulatedGroups) -> dict[str, tuple[float, float]]:
    found = {}
    for name, one in question.quantities.items():
        if one.ratio is not None and one.at_ratio is not None:
            ratio = one.ratio(groups)
            reach = NINETY * spread_of_effect(ratio)
            ends = sorted(one.at_ratio(groups, ratio * np.exp(sign * reach)) for sign in (-1.0, 1.0))
            found[name] = (ends[0], ends[1])
    return found


def page_of(id: str, question: Question, answers: Answers) -> dict[str, Any]:
    """The page of a question."""
    frame = all_words()["S43"]["frame"]
    words, met = all_words()["S43"]["questions"][id], (*ALWAYS, *question.switches)
    called = {switch: frame["rivals"][switch] for switch in met}
    shipped, switched = answers.shipped, answers.switched

    def said(name: str, value: float) -> str:
        return in_words(value, words["numbers"][name][1], change=question.quantities[name].change)

    def span(name: str, ends: tuple[float, float]) -> str:
        return f"{said(name, ends[0])} to {said(name, ends[1])}"

    head = next(iter(question.quantities))
    label, unit = words["numbers"][head]
    far = max(met, key=lambda switch: abs(switched[switch][head] - shipped[head]))
    trials = answers.between_trials.get(head)
    moves = {
        "mixed": said(head, answers.mixed(head)),
        "laws": span(head, answers.laws(head)),
        "parameters": span(head, answers.parameters(head)),
        "trials": span(head, trials) if trials else frame["no_trials"],
        "switch": called[far],
        "furthest": said(head, switched[far][head]),
    }
    ends = {"laws": answers.laws(head), "trials": trials, "parameters": answers.parameters(head)}
    chart = dots(
        {frame["bars"][by]: (answers.mixed(head), *reach) for by, reach in ends.items() if reach}
        | {called[switch]: (switched[switch][head], None, None) for switch in met}
    )
    return {
        "id": id,
        "question": words["question"],
        "answer": words["answer"].format(
            **{name: said(name, value) for name, value in shipped.items()}, trials=pooled()
        ),
        "rests_on": words["rests_on"],
        "moves": frame["moves"].format(label=label, shipped=said(head, shipped[head]), **moves),
        "would_settle": words["would_settle"],
        "numbers": [
            {
                "label": words["numbers"][name][0],
                "unit": words["numbers"][name][1],
                "value": value,
                "low": answers.parameters(name)[0],
                "high": answers.parameters(name)[1],
                "range_is": frame["range_is"],
                "mixed": answers.mixed(name),
                "laws": {law_label(law): values[name] for law, values in answers.by_law.items()},
                "between_trials": answers.between_trials.get(name),
                "rivals": {called[switch]: switched[switch][name] for switch in met},
            }
            for name, value in shipped.items()
        ],
        "chart": chart | {"title": capital(frame["title"].format(label=label)), "y": f"{label} ({unit})"},
    }


def law_label(name: str) -> str:
    """A law as readers see it, with its weight."""
    label = "The usual law" if name == "usual" else rivals()[name].label
    return f"{label} ({weights()[name]:.2f})"


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
    """Least and most by laws, trials, parameters and switches, and the size of the answer, all in its
    direction."""
    values = [number["low"], number["high"], *number["rivals"].values(), *number["laws"].values()]
    values += number["between_trials"] or ()
    sign = 1.0 if number["value"] >= 0 else -1.0
    ends = sorted(sign * value for value in values)
    return ends[0], ends[-1], abs(number["value"])
