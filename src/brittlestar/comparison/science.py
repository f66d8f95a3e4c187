"""What the science leaves open: the same estimator under other parameter sets that fit about as well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from brittlestar._shared.of_100 import OF
from brittlestar.care import Plan
from brittlestar.comparison.lives import Question, follow
from brittlestar.comparison.quantities import OUTPUTS, QUANTITIES
from brittlestar.engine import Parameters

PEOPLE = 40
"""The first of the people of the question; under every set the same, so that few show what a set moves."""


def questions(question: Question, sets: Sequence[Parameters]) -> list[Question]:
    """The question under its own parameters, and under each set."""
    few = min(PEOPLE, question.people)
    each = (question.parameters, *sets)
    return [replace(question, people=few, parameters=p, outputs=OUTPUTS) for p in each]


def means(
    asked: Sequence[Question], plan: Plan, progress: Callable[[int, int], None] | None = None
) -> dict[str, np.ndarray]:
    """Mean of every quantity under each set, the question's own first [1 + sets]; chances out of 100.

    Args:
        asked: of :func:`questions`.
        plan: with its dates.
        progress: called between sets; what it raises ends the work.
    """
    found: dict[str, list[float]] = {quantity.id: [] for quantity in QUANTITIES}
    for i, question in enumerate(asked):
        if progress:
            progress(i, len(asked))
        lives = follow(question, plan)
        for q in QUANTITIES:
            found[q.id].append(
                float(question.over_people(q.of(lives)).mean()) * (OF if q.unit == f"of {OF}" else 1.0)
            )
    return {name: np.array(values) for name, values in found.items()}


def span(
    id: str, centre: float, treated: Mapping[str, np.ndarray], base: Mapping[str, np.ndarray] | None = None
) -> list[float]:
    """Least and most of a number, or of a difference, over the shipped set and all others.

    What a set moves (its mean less that of the shipped set, over the same people) is added to the centre, so
    the centre lies inside: it is the number under the shipped set. The ends are the least and the most of so
    few sets, no quantiles: of 16 sets and the shipped one, about 9 of 10 further sets would lie inside.

    Args:
        id: of the quantity.
        centre: the mean that is told.
        treated: of :func:`means`.
        base: of the plan that it is compared with.
    """
    each = treated[id] - (0.0 if base is None else base[id])
    moved = centre + each - each[0]
    if next(q.unit for q in QUANTITIES if q.id == id) == f"of {OF}":
        moved = np.clip(moved, 0.0 if base is None else -OF, OF)
    return [float(moved.min()), float(moved.max())]
