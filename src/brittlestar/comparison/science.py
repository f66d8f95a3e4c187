"""What the science leaves open of a number: other parameters and laws, and how cohorts and trials differ.

The same estimator runs under other parameter sets that fit about as well, of the laws in proportion to
their evidence, and each counts the fractures of every one of many populations: by how far cohorts lie apart
in their level whatever is given, and trials in the effect of treatment. Whoever asks, on the page, the
command line or in Python, is told the ranges of :func:`with_span`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from brittlestar._shared.of_100 import OF
from brittlestar.care import Plan
from brittlestar.comparison.lives import Question, follow
from brittlestar.comparison.over_people import EXACT
from brittlestar.comparison.quantities import OUTPUTS, QUANTITIES, Quantity
from brittlestar.engine import Parameters
from brittlestar.model.switches import SWITCHES, switched_off
from brittlestar.outcomes.population_effect import POPULATIONS, populations

PEOPLE = 40
"""The first of the people of the question; under every set the same, so that few show what a set moves."""

STEP_DAYS = 7.0
"""Longest step: a week moves a number by some thousandths, and what a set moves hardly at all."""

ENDS = (0.05, 0.95)
"""Shares between which 9 of 10 numbers lie; of 17 sets alone they are the least and the most."""

Under = Mapping[str, np.ndarray]
"""Quantity -> its mean under each set, the question's own first [1 + sets, column]; chances out of 100.
Columns: as the model has it; of fractures in each population; in each where the level is the model's."""


def questions(question: Question, sets: Sequence[Parameters]) -> list[Question]:
    """The question under its own parameters, and under each set; without sets that what was told rules out.

    A Z-score that nobody can have under a set, as one at the end of what is accepted may be, rules it out.
    """
    step = max(STEP_DAYS, question.step_days)
    # A program for fewer outputs takes longer to build than it ever saves: that of the question serves.
    outputs = question.outputs if set(OUTPUTS) <= set(question.outputs) else OUTPUTS
    few = replace(question, people=min(PEOPLE, question.people), outputs=outputs, step_days=step)
    others = (replace(few, parameters=p) for p in sets)
    return [few, *(one for one in others if one.possible)]


def means(asked: Sequence[Question], plan: Plan, progress: Callable[[int, int], None] | None = None) -> Under:
    """Mean of every quantity under each set and in each population.

    Args:
        asked: of :func:`questions`.
        plan: with its dates.
        progress: called between sets; what it raises ends the work.
    """
    found: dict[str, list[np.ndarray]] = {quantity.id: [] for quantity in QUANTITIES}
    level, effect = populations(str(asked[0].person.oi_type) == "healthy")
    of_drug = effect if plan.all_drugs else np.ones_like(effect)
    times = np.concatenate([[1.0], level * of_drug, of_drug])[:, None]
    for i, question in enumerate(asked):
        if progress:
            progress(i, len(asked))
        lives = follow(question, plan)
        for q in QUANTITIES:
            values = q.of(lives)[None] if q.times is None else q.times(lives, times)
            found[q.id].append((OF if _is_share(q) else 1.0) * question.over_people(values).mean())
    return {name: np.array(values) for name, values in found.items()}


def span(
    id: str, centre: float, treated: Under, base: Under | None = None, *, as_told: bool = False
) -> list[float]:
    """The range that 9 of 10 sets and populations leave of a number, or of a difference.

    What a set and a population move (their mean less that of the shipped set as the model has it, over the
    same people) is added to the centre, which is the number under the shipped set. In a difference both plans
    are of the same set and the same population. A range ends at the centre where it would leave it out.

    Args:
        id: of the quantity.
        centre: the mean that is told.
        treated: of :func:`means`.
        base: of the plan that it is compared with.
        as_told: of a difference: whether the level of the population is as the model has it.
    """
    each = treated[id] - (0.0 if base is None else base[id])
    moved = centre + each - each[0, 0]
    quantity = next(q for q in QUANTITIES if q.id == id)
    if _is_share(quantity):
        moved = np.clip(moved, 0.0 if base is None else -OF, OF)
    elif quantity.times is not None and base is None:
        moved = np.maximum(moved, 0.0)
    if quantity.times is not None:
        _, anywhere, at_level = np.split(moved, [1, 1 + POPULATIONS], axis=1)
        moved = at_level if as_told else anywhere
    low, high = np.quantile(moved, ENDS, method=EXACT)
    return [min(float(low), centre), max(float(high), centre)]


def with_span(
    id: str, cells: Mapping[str, Any], apart: Mapping[str, Any], under: Mapping[str, Under], base: str
) -> None:
    """Put what the science leaves open into a row: ``science`` of differences, ``population`` of fractures.

    Without treatment ``population`` is :func:`span` of the number; with it, the number without and
    :func:`span` of the difference at that level: how many it would be where so many break without.

    Args:
        id: of the quantity.
        cells: of the row, by label.
        apart: its differences to the base, by label.
        under: of :func:`means`, by label.
        base: label of the plan without treatment.
    """
    quantity = next(q for q in QUANTITIES if q.id == id)
    for label, cell in apart.items():
        cell["science"] = span(id, cell["mean"], under[label], under[base])
    if quantity.times is None:
        return
    without, most = cells[base]["mean"], OF if _is_share(quantity) else np.inf
    for label, cell in cells.items():
        if label == base:
            cell["population"] = span(id, without, under[base])
        else:
            ends = span(id, apart[label]["mean"], under[label], under[base], as_told=True)
            cell["population"] = [float(np.clip(without + end, 0.0, most)) for end in ends]


def sensitivity(under: Mapping[str, Under], base: str) -> list[dict[str, Any]]:
    """What fractures would be if a channel of the effect of treatment did nothing, one at a time.

    One row per channel and quantity: ``without`` (its name), ``words``, ``id`` and by how much the number of
    each plan and of each difference then moves, as what a set moves.

    Args:
        under: of :func:`means`, by label, under the parameters without each of ``SWITCHES``.
        base: label of the plan without treatment.
    """
    found = []
    for k, (name, switch) in enumerate(SWITCHES.items(), 1):
        for q in (q for q in QUANTITIES if q.times is not None):
            moves = {label: float(one[q.id][k, 0] - one[q.id][0, 0]) for label, one in under.items()}
            apart = {label: moves[label] - moves[base] for label in moves if label != base}
            found.append(
                {"without": name, "words": switch.without, "id": q.id, "moves": moves, "differences": apart}
            )
    return found


def open_science(
    question: Question, plans: Mapping[str, Plan], sets: Sequence[Parameters]
) -> tuple[dict[str, Under], dict[str, Under]]:
    """Means under each set, and under the question's own parameters without each of ``SWITCHES``, by label.

    Args:
        question: under its own parameters, which come first in both.
        plans: by label, with their dates.
        sets: what the science leaves open.
    """
    off = [switched_off(question.parameters, (name,)) for name in SWITCHES]
    asked = questions(question, [*off, *sets])
    # Set by set: the table of healthy people under each is made once.
    each = [{label: means([one], plan) for label, plan in plans.items()} for one in asked]
    last = 1 + len(off)

    def rows(chosen: Sequence[int]) -> dict[str, Under]:
        return {
            label: {q.id: np.concatenate([each[k][label][q.id] for k in chosen]) for q in QUANTITIES}
            for label in plans
        }

    return rows([0, *range(last, len(asked))]), rows(range(last))


def _is_share(quantity: Quantity) -> bool:
    return quantity.unit == f"of {OF}"
