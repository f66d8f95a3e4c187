"""A protocol as it may have been: people and visits that it leaves open, drawn anew for every parameter set.

Shares of types, and of ages by thirds of their range, are Dirichlet about those stated; the mean Z at entry
is normal, and so is ln of the dose of each type. Each is worth so many people as
:class:`brittlestar.trials.open_inputs.OpenInputs` says. The day of visits is one of their ``open_days``, the
same for everybody, each as likely.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from brittlestar._shared.chance import evenly
from brittlestar.statistics.shares import drawn_shares
from brittlestar.trials.open_inputs import ASSUMED, LN_DOSE_BETWEEN, PRINTED, Z_BETWEEN
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import AGE_PARTS, Arm, EntryMean, Population, Visits

KNOWN = float("inf")
"""People that something is worth which is not open."""


class Worth(NamedTuple):
    """For how many people what is stated of each stands; infinite where it is known."""

    types: float
    ages: float
    entry_z: float
    dose_by_type: float


@dataclass(frozen=True)
class DrawnInputs:
    """The protocol as often as it was drawn."""

    protocols: list[Protocol]
    """population, doses and days of visits of each are one draw; all else is as stated"""
    values: np.ndarray
    """what was drawn, for a regression on it [draw, input]; shares of a group leave out the last"""
    worth: dict[str, Worth]
    """by population: ``population``, and ``historical`` where a control was followed earlier"""


def worth(population: Population) -> Worth:
    """For how many people what a population states stands: as it says, or by default of its kind."""
    said, told = population.open, bool(population.people)
    assumed, counts = population.source.strip().lower().startswith("assumed"), _counts(population)
    mean = ASSUMED if assumed else float(population.randomised)
    usual = Worth(
        types=KNOWN if told or len(counts) < 2 else ASSUMED if assumed else max(_counted(counts), ASSUMED),
        ages=KNOWN if told else ASSUMED if assumed else PRINTED,
        entry_z=KNOWN if told or population.entry_mean is None else mean,
        dose_by_type=KNOWN,
    )
    stated = {name: getattr(said, name) for name in Worth._fields}
    return usual._replace(
        **{name: KNOWN if n == "known" else float(n) for name, n in stated.items() if n is not None}
    )


def _counts(population: Population) -> dict[str, float]:
    return {word: share for word, share in population.types.items() if share > 0}


def _counted(counts: dict[str, float]) -> float:
    """People that were counted; 0 where shares are stated."""
    whole = all(float(count).is_integer() for count in counts.values())
    return sum(counts.values()) if whole else 0.0


def drawn_inputs(protocol: Protocol, count: int, seed: int) -> DrawnInputs:
    """The protocol drawn so many times, evenly over what is open (Latin hypercube).

    Args:
        protocol: the trial.
        count: draws.
        seed: key of the order.
    """
    changes, values = _drawn(protocol.population, count, seed, "")
    doses = [one.pop("dose_by_type", None) for one in changes]
    found = {"population": worth(protocol.population)}
    earlier: list[dict[str, Any]] = [{}] * count
    if protocol.historical is not None:
        earlier, more = _drawn(protocol.historical, count, seed, "earlier ")
        values, found["historical"] = [*values, *more], worth(protocol.historical)
    visits, days = _drawn_days(protocol.visits, count, seed)
    values = [*values, *days]
    columns = np.stack(values, axis=-1) if values else np.zeros((count, 0))

    def one(i: int) -> Protocol:
        arms = tuple(arm.model_copy(update=_of_arm(arm, doses[i] or {}, earlier[i])) for arm in protocol.arms)
        population = protocol.population.model_copy(update=changes[i])
        return protocol.model_copy(update={"population": population, "arms": arms, "visits": visits[i]})

    return DrawnInputs([one(i) for i in range(count)] if values else [protocol] * count, columns, found)


def _drawn_days(
    visits: tuple[Visits, ...], count: int, seed: int
) -> tuple[list[tuple[Visits, ...]], list[np.ndarray]]:
    """The tables of visits in each draw, and the day of each table whose day is open, about that stated."""
    found, columns = [list(visits) for _ in range(count)], []
    for k, table in enumerate(visits):
        first, last = table.open_days
        if first == last:
            continue
        day = first + np.floor(evenly(seed, count, f"open day {k}") * (last - first + 1)).astype(int)
        columns.append(day.astype(float))
        low, high = table.window_days
        for i, drawn in enumerate(found):
            window = (low + int(day[i]), high + int(day[i]))
            drawn[k] = table.model_copy(update={"window_days": window, "open_days": (0, 0)})
    return [tuple(one) for one in found], columns


def _of_arm(arm: Arm, doses: dict[str, float], earlier: dict[str, Any]) -> dict[str, Any]:
    """What changes of an arm, from factors of dose by type and changes of people followed earlier."""
    found: dict[str, Any] = {}
    if doses and arm.care.all_drugs:
        stated = arm.dose_by_type
        found["dose_by_type"] = {word: times * stated.get(word, 1.0) for word, times in doses.items()}
    if arm.historical is not None:
        found["historical"] = arm.historical.model_copy(update=earlier)
    return found


def _drawn(
    population: Population, count: int, seed: int, key: str
) -> tuple[list[dict[str, Any]], list[np.ndarray]]:
    """What changes of a population in each draw, and the same as columns of numbers."""
    known, counts = worth(population), _counts(population)
    columns: list[np.ndarray] = []
    changes: list[dict[str, Any]] = [{} for _ in range(count)]

    def even(name: str) -> np.ndarray:
        return evenly(seed, count, f"open {key}{name}")

    def put(field: str, values: Callable[[int], Any]) -> None:
        for i, change in enumerate(changes):
            change[field] = values(i)

    if known.types < KNOWN:
        stated = np.array(list(counts.values())) / sum(counts.values())
        shares = drawn_shares(stated, known.types, [even(f"type {word}") for word in counts])
        columns += list(shares.T[:-1])
        put("types", lambda i: dict(zip(counts, shares[i].tolist(), strict=True)))
    if known.ages < KNOWN:
        stated = np.array(population.age_shares or (1.0 / AGE_PARTS,) * AGE_PARTS)
        inside = np.flatnonzero(stated)
        ages = np.zeros((count, len(stated)))
        ages[:, inside] = drawn_shares(
            stated[inside] / stated.sum(), known.ages, [even(f"ages {k}") for k in inside]
        )
        columns += list(ages.T[inside[:-1]])
        put("age_shares", lambda i: tuple(ages[i].tolist()))
    if known.entry_z < KNOWN:
        shift = Z_BETWEEN / known.entry_z**0.5 * ndtri(even("entry Z"))
        columns.append(shift)
        wanted = population.entry_mean or EntryMean.model_validate({"measure": "ls_z"})
        put("entry_mean", lambda i: wanted.model_copy(update={"shift": wanted.shift + float(shift[i])}))
    if known.dose_by_type < KNOWN:
        ln = [LN_DOSE_BETWEEN / known.dose_by_type**0.5 * ndtri(even(f"dose {word}")) for word in counts]
        columns += ln
        put("dose_by_type", lambda i: {word: float(np.exp(x[i])) for word, x in zip(counts, ln, strict=True)})
    return changes, columns
