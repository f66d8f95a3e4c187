"""What a comparison tells: each quantity as one value per person, for the page and the command line alike."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.of_100 import OF
from brittlestar.aftermath.out_of_100 import jaw, measures
from brittlestar.comparison import estimate
from brittlestar.comparison.lives import EXPECTED, Lives
from brittlestar.comparison.over_people import OverPeople
from brittlestar.outcomes import population_effect
from brittlestar.outcomes.height import faster_range

Values = Callable[[Lives], np.ndarray]

TOLD_BY_THE_COURSE = ("fracture", "vertebral")
"""Outcomes of the aftermath, counted there as they were drawn, that have an expected value here."""


@dataclass(frozen=True)
class Quantity:
    """One number of a person's life.

    Args:
        id: of its row.
        label: in words.
        unit: ``of 100`` for a chance.
        of: chance (0 to 1) or expected value [person].
        lived: what the lives brought, where it is not the expected value [person].
        open: the value at both ends of an effect that is not known [2][person]; it moves no mean.
        times: the value where there are so many times the fractures that the model says [..., person].
    """

    id: str
    label: str
    unit: str
    of: Values
    lived: Values | None = None
    open: Callable[[Lives], list[np.ndarray]] | None = None
    times: Callable[[Lives, float | np.ndarray], np.ndarray] | None = None


POPULATION = (0.05, 0.95)
"""Shares of populations between which the number of one lies."""


def _some_fracture(lives: Lives, times: float | np.ndarray = 1.0) -> np.ndarray:
    return -np.expm1(-times * lives.hazard)


def _vertebral(lives: Lives, times: float | np.ndarray = 1.0) -> np.ndarray:
    # A first fracture raises the hazard of the next, so this is at most 1 of 100 too high; from a course
    # without any fracture it would be 3 to 7 too low in severe types.
    return -np.expm1(-times * lives.course["expected_fractures_vertebral"][-1])


def _expected_fractures(lives: Lives, times: float | np.ndarray = 1.0) -> np.ndarray:
    return times * lives.expected_fractures()[-1]


def _at(name: str, row: int) -> Values:
    return lambda lives: lives.course[name][row]


def _change(name: str) -> Values:
    return lambda lives: lives.course[name][-1] - lives.course[name][0]


def _gain(name: str) -> Values:
    return lambda lives: 100.0 * (lives.course[name][-1] / lives.course[name][0] - 1.0)


def _heights(lives: Lives) -> list[np.ndarray]:
    return [lives.after.height_told(share) for share in faster_range()]


QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        "with_fracture", "people with at least one fracture", f"of {OF}", _some_fracture, times=_some_fracture
    ),
    Quantity(
        "with_vertebral_fracture",
        "people with a vertebral fracture",
        f"of {OF}",
        _vertebral,
        times=_vertebral,
    ),
    Quantity(
        "fractures",
        "fractures per person",
        "count",
        _expected_fractures,
        Lives.fractures,
        times=_expected_fractures,
    ),
    Quantity("ls_abmd_start", "lumbar-spine density at the start", "g/cm2", _at("ls_abmd", 0)),
    Quantity("ls_abmd_end", "lumbar-spine density at the end", "g/cm2", _at("ls_abmd", -1)),
    Quantity("ls_abmd_gain", "gain of lumbar-spine density", "%", _gain("ls_abmd")),
    Quantity("ls_z_start", "lumbar-spine Z-score at the start", "SD", _at("ls_z", 0)),
    Quantity("ls_z_end", "lumbar-spine Z-score at the end", "SD", _at("ls_z", -1)),
    Quantity("ls_z_gain", "change of the Z-score", "SD", _change("ls_z")),
    Quantity(
        "strength_vertebral_end",
        "strength of a vertebra at the end",
        "of healthy",
        _at("strength_vertebral", -1),
    ),
    Quantity("strength_limb_end", "strength of a limb at the end", "of healthy", _at("strength_limb", -1)),
    Quantity("pain_end", "pain at the end", "0-10", _at("pain", -1)),
    Quantity("height_end", "height at the end", "cm", _at("height_cm", -1), open=_heights),
)
"""In the order of the table."""

OUTPUTS = (
    *EXPECTED, "ls_abmd", "ls_z", "ls_sd", "strength_vertebral", "strength_limb", "pain", "height_cm",
)  # fmt: skip
"""Outputs that the quantities need."""


def rows(lives: Mapping[str, Lives], base: str | None = None) -> list[dict[str, Any]]:
    """One row per quantity, benefit and harm: ``id``, ``label``, ``unit``, ``cells`` and ``differences``.

    Rows of what follows from a course have ``kind`` (``benefit``, ``harm``) and ``note`` too. A cell is what
    :mod:`brittlestar.comparison.estimate` gives; of height it has ``not_known`` too, the mean at both ends of
    an effect of treatment that trials leave open (None: nothing is); of fractures it has ``population``: what
    90 % of populations lie between, without a drug as cohorts differ in their level, and with one as trials
    differ in its effect where the level is as told. One that is known by a bound alone has ``mean`` None,
    ``at_most`` and ``said``.

    Args:
        lives: by label; of one question.
        base: label that the others are compared with.

    Raises:
        InputError: a number that is not finite.
    """
    found = [_row(quantity, lives, base) for quantity in QUANTITIES]
    return [*found, *_aftermath_rows(lives, base)]


def _row(quantity: Quantity, lives: Mapping[str, Lives], base: str | None) -> dict[str, Any]:
    values = {label: _finite(quantity.id, quantity.of(one)) for label, one in lives.items()}
    others = [label for label in lives if label != base] if base is not None else []
    over = next(iter(lives.values())).question.over_people
    if quantity.unit == f"of {OF}":
        cells = {label: estimate.count(over(v)) for label, v in values.items()}
        apart = {label: estimate.count_apart(over(values[label]), values[base]) for label in others}  # type: ignore[index]
    else:
        lived = {label: (quantity.lived or quantity.of)(one) for label, one in lives.items()}
        least = 0.0 if quantity.unit == "count" else -np.inf
        cells = {label: estimate.average(over(v), lived[label], least) for label, v in values.items()}
        apart = {
            label: estimate.average(over(values[label] - values[base]), lived[label] - lived[base])  # type: ignore[index]
            for label in others
        }
    if quantity.open:
        ends = {label: quantity.open(one) for label, one in lives.items()}
        for label, cell in cells.items():
            cell["not_known"] = _ends(over, ends[label])
        for label, cell in apart.items():
            cell["not_known"] = _ends(over, np.subtract(ends[label], ends[base]))  # type: ignore[index]
    if quantity.times:
        scale = OF if quantity.unit == f"of {OF}" else 1.0
        for label, one in lives.items():
            ends = over(quantity.times(one, population_factors(one)[:, None])).mean()
            cells[label]["population"] = [scale * float(end) for end in ends]
    row = {"id": quantity.id, "label": quantity.label, "unit": quantity.unit}
    return row | {"cells": cells, "differences": apart}


def population_factors(lives: Lives) -> np.ndarray:
    """Both ends of what multiplies fractures in 9 of 10 populations: a drug's effect, or else the level."""
    if lives.plan.all_drugs:
        return population_effect.factor(POPULATION)
    healthy = str(lives.question.person.oi_type) == "healthy"
    return population_effect.factor(POPULATION, population_effect.level_scale(healthy))


def _ends(over: Callable[[np.ndarray], OverPeople], values: Iterable[np.ndarray]) -> list[float] | None:
    """Means at both ends of what is not known; None where nothing is open."""
    low, high = sorted(float(over(one).mean()) for one in values)
    return [low, high] if high > low else None


def _aftermath_rows(lives: Mapping[str, Lives], base: str | None) -> list[dict[str, Any]]:
    question = next(iter(lives.values())).question
    years, over = question.years, question.over_people
    told = {label: measures(one.after, years) for label, one in lives.items()}
    found = []
    for columns in zip(*told.values(), strict=True):
        name, label, kind, _, note = columns[0]
        if name in TOLD_BY_THE_COURSE:
            continue
        chances = {plan: _finite(name, column[3]) for plan, column in zip(told, columns)}
        cells = {plan: estimate.count(over(v), between=False) for plan, v in chances.items()}
        apart = {
            plan: estimate.count_apart(over(v), chances[base], between=False)
            for plan, v in chances.items()
            if base is not None and plan != base
        }
        row = {"id": name, "label": label, "unit": f"of {OF}", "kind": kind, "note": note}
        found.append(row | {"cells": cells, "differences": apart})
    return [*found, _jaw(lives, base, years)]


def _jaw(lives: Mapping[str, Lives], base: str | None, years: float) -> dict[str, Any]:
    bounds = {label: jaw(one.after, years, [label]) for label, one in lives.items()}
    first = next(iter(bounds.values()))
    cells = {label: {**bound[label], "person": None} for label, bound in bounds.items()}
    row = {key: first[key] for key in ("id", "label", "unit", "kind", "note")} | {"cells": cells}
    apart = {label: _unknown(cell) for label, cell in cells.items() if base is not None and label != base}
    return row | {"differences": apart}


def _unknown(cell: dict[str, Any]) -> dict[str, Any]:
    return cell | {"said": "unknown" if cell["at_most"] is not None else cell["said"]}


def _finite(name: str, values: np.ndarray) -> np.ndarray:
    bad = int(np.sum(~np.isfinite(values)))
    if bad:
        raise InputError(
            name,
            f"{bad} of {len(values)} people who could not be computed",
            "accepted: a person and a plan under which every number stays finite",
        )
    return np.asarray(values, np.float64)
