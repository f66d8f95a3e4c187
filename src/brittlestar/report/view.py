"""What is told of a result, laid out once: the command line prints it, the report shows it.

So does the page, but of one person, whose screen answers while it is asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from brittlestar._shared.table import Table

Row = Mapping[str, Any]
"""A row of a result, by the names of its numbers."""

Figures = Mapping[str, Sequence[Any]]
"""Section -> figures (:class:`brittlestar.report.page.Figure`), in reading order."""


def _none() -> Figures:
    return {}


@dataclass(frozen=True)
class View:
    """One result in words, tables and pictures.

    Args:
        template: of the report that lays it out.
        title: what it is of.
        manifest: how it was made.
        tables: by name, each for terminal and page.
        printed: what a terminal prints, in order.
        notes: lines that a terminal prints last.
        parts: what else the template of a report or page needs, by name.
        draw: makes the figures; called by who shows them, as drawing takes a library half a second to load.
    """

    template: str
    title: str
    manifest: Mapping[str, Any]
    tables: Mapping[str, Table]
    printed: Sequence[str | Table]
    notes: Sequence[str] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)
    draw: Callable[[], Figures] = _none


class Count(NamedTuple):
    """How many have a verdict: told by number, sign and words, and by a style of the page."""

    count: int
    sign: str
    words: str
    style: str


def filled(value: Any) -> Any:
    """A nested mapping or list without what is empty, so that only what was decided is printed."""
    if isinstance(value, dict):
        kept = {key: filled(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [item for item in map(filled, value) if item not in (None, "", [], {})]
    return value


def percent_of_studies(share: Mapping[str, float]) -> str:
    """A share with its 95 % limit, in whole per cent.

    >>> percent_of_studies({"value": 0.5, "low": 0.07, "high": 0.93})
    '50 (7 to 93)'
    """
    return f"{100 * share['value']:.0f} ({100 * share['low']:.0f} to {100 * share['high']:.0f})"
