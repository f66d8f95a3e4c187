"""What treatment does to fractures, switched off one channel at a time: how much rests on which."""

from collections.abc import Sequence
from typing import NamedTuple

from brittlestar._shared.errors import InputError, nearest
from brittlestar.model.parameters import Parameters, with_values


class Switch(NamedTuple):
    """A channel, and the numbers that are 0 without it."""

    without: str
    """what then holds, in words"""
    off: tuple[str, ...]


SWITCHES = {
    "strength": Switch("stronger bone spares no fracture", ("fracture__bL", "fracture__bV")),
    "turnover": Switch("quieter remodelling spares no fracture", ("fracture__gL", "fracture__gV")),
}
"""By the name that every command and function takes."""


def switched_off(parameters: Parameters, names: Sequence[str]) -> Parameters:
    """The parameters without these channels of the effect on fractures; untreated rates stay as they are.

    Raises:
        InputError: a name that is not one of ``SWITCHES``.
    """
    for name in names:
        if name not in SWITCHES:
            raise InputError("without", name, nearest(str(name), SWITCHES))
        parameters = with_values(parameters, **dict.fromkeys(SWITCHES[name].off, 0.0))
    return parameters


def in_words(names: Sequence[str]) -> dict[str, str]:
    """What then holds, in words, by name: for a result to say what is switched off in it."""
    return {name: SWITCHES[name].without for name in names}


def named(without: str | Sequence[str]) -> tuple[str, ...]:
    """Names as they were given: one, or several."""
    return (without,) if isinstance(without, str) else tuple(without)
