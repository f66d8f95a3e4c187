"""What an answer rests on, switched off to see whether it changes; and what is thought to spoil it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar.aftermath.consequences import AftermathParameters, aftermath_parameters
from brittlestar.engine import Parameters, default_parameters, with_values
from brittlestar.evidence.leaflet.check import StatementCheck
from brittlestar.evidence.leaflet.prose import all_words
from brittlestar.evidence.leaflet.verdict import Finding
from brittlestar.evidence.simulated_groups import SimulatedGroups


@dataclass(frozen=True)
class Mechanism:
    """What an answer rests on.

    Args:
        what: in words.
        off: path such as ``"fracture.gL"`` -> value that switches it off, in every member of a number that
            differs between drugs or types; none where the answer is by construction.
    """

    what: str
    off: Mapping[str, float] = field(default_factory=dict)


def mechanism_of(statement: str) -> Mechanism:
    """The mechanism that a statement's check names, in the file of its words."""
    return Mechanism(**all_words()[statement]["mechanism"])


def suspect_of(statement: str) -> Mechanism | None:
    """What a diagnosis suspects, with the numbers that would mend it; None if it names none."""
    words = all_words()[statement].get("suspect")
    return Mechanism(**words) if words else None


def switched_off(p: Parameters, off: Mapping[str, float]) -> tuple[Parameters, AftermathParameters]:
    """Parameters of bone and of what follows from it, with these numbers set; both where both hold them.

    Raises:
        InputError: a path that neither has.
    """
    follows = aftermath_parameters()
    for path, value in off.items():
        group, _, name = path.partition(".")
        known = False
        if group in Parameters._fields and name in getattr(p, group)._fields:
            old = np.asarray(getattr(getattr(p, group), name), np.float64)
            p, known = with_values(p, **{f"{group}__{name}": np.full_like(old, value)}), True
        if group in AftermathParameters._fields and name in getattr(follows, group)._fields:
            numbers = getattr(follows, group)
            new = np.full_like(np.asarray(getattr(numbers, name), np.float64), value)
            follows, known = follows._replace(**{group: numbers._replace(**{name: new})}), True
        if not known:
            paths = [
                f"{group}.{name}"
                for every in (p, follows)
                for group, numbers in zip(every._fields, every)
                for name in numbers._fields
            ]
            raise InputError("mechanism", path, nearest(path, paths))
    return p, follows


def findings_with(
    changed: Mapping[str, Mechanism],
    todo: Iterable[StatementCheck],
    *,
    seed: int,
    parameters: Parameters | None = None,
    replicates: int,
) -> dict[str, Finding]:
    """What checks find with other numbers, of one seed; nothing of those by construction.

    Args:
        changed: statement -> the numbers that are set.
        todo: the checks of these statements.
        seed: key of all chance.
        parameters: the set that is changed; the shipped one if left out.
        replicates: of virtual trials.
    """
    base = parameters if parameters is not None else default_parameters()

    def key(one: StatementCheck) -> Any:
        return sorted(changed[one.statement].off.items())

    found: dict[str, Finding] = {}
    for off, some in groupby(sorted(todo, key=key), key):
        if not off:
            continue
        checks = list(some)
        p, follows = switched_off(base, dict(off))
        groups = SimulatedGroups(
            (group for one in checks for group in one.groups),
            seed=seed,
            parameters=p,
            follows=follows,
            replicates=replicates,
        )
        with np.errstate(invalid="ignore", divide="ignore"):  # ratios of what is now nothing
            found |= {one.statement: one.run(groups) for one in checks}
    return found
