"""Single cells of a table: numbers and words, and a mistake where a cell holds something else."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from brittlestar.exchange.events.mistakes import Mistakes
from brittlestar.exchange.events.rows import Rows

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


def number_of(said: Any) -> float | None:
    """A finite number from a cell; nothing where it is none.

    >>> [number_of(said) for said in ("1.5e1", ".5", "1_0", "inf", "0x1", True, 3)]
    [15.0, 0.5, None, None, None, None, 3.0]
    """
    if isinstance(said, str):
        said = float(said) if _NUMBER.fullmatch(said) and len(said) < 40 else None
    if said is None or isinstance(said, bool) or not isinstance(said, int | float):
        return None
    value = float(said)
    return value if abs(value) < 1e300 else None


def word_of(said: Any) -> str:
    """A cell as a word: ``1`` for 1.0, nothing for a missing one."""
    if said is None:
        return ""
    value = number_of(said)
    return f"{value:.15g}" if value is not None else str(said).strip()


class Cells(NamedTuple):
    """The cells of one row."""

    rows: Rows
    at: int
    mistakes: Mistakes

    @property
    def line(self) -> str:
        """Where the row stands."""
        return self.rows.lines[self.at]

    def raw(self, column: str) -> Any:
        """The cell, or nothing."""
        found = self.rows.cells.get(column)
        return None if found is None else found[self.at]

    def wrong(self, column: str, accepted: str) -> None:
        """Name the cell as a mistake."""
        self.mistakes.add(
            self.line, self.rows.names.get(column, column), self.raw(column), f"accepted: {accepted}"
        )

    def real(self, column: str, accepted: str, fits: Callable[[float], bool]) -> float | None:
        """The number in a cell; a missing one is none, a wrong one a mistake."""
        said = self.raw(column)
        if said is None:
            return None
        value = number_of(said)
        if value is None or not fits(value):
            self.wrong(column, accepted)
            return None
        return value
