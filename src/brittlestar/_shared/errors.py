"""The one error that bad input raises, and the nearest-match hint it carries."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Self

LISTED = 8
"""So many accepted words, each of them short, are all said; of more only the nearest."""

NEAREST = 5
"""Near matches that an error names."""

ALIKE = 0.6
"""Likeness (share of letters in common and in order) from which a word is a near match."""

LONGEST = 160
"""Characters of a value that an error shows."""


class InputError(ValueError):
    """Bad input, said once and on one line: where it stands, what it is, and what is accepted.

    Args:
        where: file and field, argument or option, e.g. ``"poise.toml: arms[0].plan"``.
        value: what was found there; a long one is shown by its beginning.
        accepted: what would have been accepted, in words.
    """

    def __init__(self, where: str, value: object, accepted: str):
        self.where = one_line(where)
        self.value = value
        self.accepted = one_line(accepted)
        super().__init__(f"{self.where}: got {shown(value)}; {self.accepted}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, object, str]]:
        # An error reaches the process that asked from the one that did the work.
        return type(self), (self.where, self.value, self.accepted)


def shown(value: object) -> str:
    """A value as an error shows it: on one line, and of a long one the beginning."""
    try:
        said = one_line(repr(value[: 2 * LONGEST] if isinstance(value, str) else value))
    except Exception:  # a whole number of 5,000 digits has no text, and a stranger's class may refuse one
        return f"a value of type {type(value).__name__}"
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 4]} ..."


def one_line(text: str) -> str:
    """Text without line breaks or signs that a terminal obeys; names in a file may hold any."""
    return "".join(
        letter if letter.isprintable() else " " if letter in "\r\n\t" else ascii(letter)[1:-1]
        for letter in text
    )


def nearest(word: object, known: Iterable[object], whole_list: str = "", *, every: bool = False) -> str:
    """Say what is accepted, the nearest match first: ``did you mean 'x'? accepted: ...``.

    Args:
        word: what was said.
        known: what is accepted. Up to 8 words are all named; of more the 5 nearest, and how many are left.
        whole_list: where all of them stand, e.g. ``"brittlestar plans"``.
        every: whether all are named, however many: for a list that stands nowhere else.
    """
    accepted = list(dict.fromkeys(map(str, known)))
    said = str(word).lower()[:LONGEST]
    alike = {name: _likeness(name.lower(), said) for name in accepted}
    # What is like nothing is answered in the order of the list.
    near = sorted(accepted, key=lambda name: -alike[name] if alike[name] >= ALIKE else 0.0)
    hint = f"did you mean {near[0]!r}? " if near and alike[near[0]] >= ALIKE else ""
    if every or len(accepted) <= LISTED:
        return f"{hint}accepted: {', '.join(accepted)}"
    where = f": {whole_list}" if whole_list else ""
    return f"{hint}accepted: {', '.join(near[:NEAREST])} and {len(accepted) - NEAREST} more{where}"


def _likeness(name: str, said: str) -> float:
    # Two letters exchanged are the likelier slip among words that are alike otherwise.
    same_letters = 0.01 * (sorted(name) == sorted(said))
    return SequenceMatcher(None, name, said).ratio() + same_letters


class Stopped(KeyboardInterrupt):
    """Ctrl-C, with what becomes of the run."""
