"""What is wrong with a table of somebody else's: every place, what was found, what is accepted."""

import re
from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import NamedTuple, Self

from brittlestar._shared.errors import InputError, one_line

MOST_TOLD = 100
"""Mistakes that are told one by one; of more the number by column."""


class Mistake(NamedTuple):
    """One mistake: where it stands, what is there, and what is accepted."""

    line: str
    """``line 7`` of a text, ``row 6`` of a Parquet file; empty for the whole table"""
    column: str
    """name of the column; empty for the whole line"""
    found: object
    accepted: str
    kind: str = "column"
    """what a column is called in the file"""

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return ", ".join(filter(None, (self.line, self.column and f"{self.kind} {self.column}")))


class TableError(InputError):
    """A table that cannot be read: one line for each mistake, and nothing of it was taken over.

    Args:
        where: the file.
        mistakes: all that were found.
    """

    def __init__(self, where: str, mistakes: Sequence[Mistake]):
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        super().__init__(": ".join(filter(None, (where, first.place))), first.found, first.accepted)
        self.table = where
        told = [
            str(InputError(": ".join(filter(None, (where, m.place))), m.found, m.accepted))
            for m in self.mistakes[:MOST_TOLD]
        ]
        left = Counter(m.column or "whole lines" for m in self.mistakes[MOST_TOLD:])
        if left:
            counts = ", ".join(f"{number} in {name}" for name, number in left.most_common())
            told.append(one_line(f"{where}: and {sum(left.values())} more mistakes: {counts}"))
        self.args = ("\n".join(told),)

    def __reduce__(self) -> tuple[type[Self], tuple[str, tuple[Mistake, ...]]]:  # type: ignore[override]
        return type(self), (self.table, self.mistakes)


class Mistakes:
    """Mistakes as they are found, told together in the end."""

    def __init__(self, where: str, kind: str = "column"):
        self.where, self.kind = where, kind
        self.found: list[Mistake] = []

    def add(self, line: str, column: str, found: object, accepted: str) -> None:
        """One more."""
        self.found.append(Mistake(line, column, found, accepted, self.kind))

    def tell(self) -> None:
        """Refuse the table if there is any, in the order of its lines; what is of no line comes last.

        Raises:
            TableError: with all of them.
        """
        if self.found:
            raise TableError(self.where, sorted(self.found, key=_order))


def _order(mistake: Mistake) -> float:
    number = re.search(r"\d+", mistake.line)
    if number:
        return int(number[0])
    return 0 if mistake.line == "header" else inf


class EventWarning(UserWarning):
    """Something in an event table that tools read in different ways, or that the model cannot take over.

    Args:
        rule: short name, e.g. ``tablet-alone``.
        message: what was found and how it is read.
        line: where it stands first.
    """

    def __init__(self, rule: str, message: str, line: str = ""):
        self.rule, self.message, self.line = rule, message, line
        super().__init__(f"{rule}: {message}{f' (first at {line})' if line else ''}")
