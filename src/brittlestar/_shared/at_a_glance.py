"""Results that show themselves in about a dozen lines: in a terminal as text, in a notebook as a table."""

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from textwrap import shorten

from brittlestar._shared.extras import MissingExtra
from brittlestar._shared.manifest import made_with
from brittlestar._shared.table import GAP, Table, wrapped

MOST = 8
"""Rows of a table that are shown at a glance."""

LEAST_WIDTH, MOST_WIDTH = 60, 120
"""Columns between which a short view follows the terminal."""

SHORTEST = 16
"""Letters that stay of the longest words."""


@dataclass(frozen=True)
class Glance:
    """What of a result is shown: a title, some rows, and what is to be known beside them."""

    title: str
    table: Table
    notes: tuple[str, ...] = ()


class AtAGlance:
    """A result with a short ``repr`` and a table of its own in a notebook."""

    def _glance(self) -> Glance:
        """What is shown."""
        raise NotImplementedError

    def _picture(self) -> str:
        """SVG of the chart that stands below the table in a notebook; empty where there is none."""
        return ""

    def _notes(self, glance: Glance) -> tuple[str, ...]:
        """What is to be known beside the table, and which numbers, program and chance made it."""
        return (*glance.notes, *made_with(getattr(self, "manifest", {})))

    def _first(self, table: Table) -> tuple[Table, tuple[str, ...]]:
        """The first rows, and how many are left."""
        left = len(table.cells()) - MOST
        where = ": .table()" if hasattr(self, "table") else ""
        return table.head(MOST), (f"... and {left} more rows{where}",) if left > 0 else ()

    def __repr__(self) -> str:
        columns = shutil.get_terminal_size((100, 24)).columns
        width = min(max(columns, LEAST_WIDTH), MOST_WIDTH)
        glance = self._glance()
        table, left = self._first(glance.table)
        lines = [text for text, _ in _brief(table, width).lines(width)]
        notes = [line for note in (*left, *self._notes(glance)) for line in wrapped(note, width)]
        return "\n".join([*wrapped(glance.title, width), *lines, *notes])

    def _repr_html_(self) -> str:
        glance = self._glance()
        table, left = self._first(glance.table)
        heads = "".join(f"<th>{escape(column.head)}</th>" for column in table.columns)
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align: {"right" if column.right else "left"}">{escape(cell)}</td>'
                for column, cell in zip(table.columns, cells, strict=True)
            )
            + "</tr>"
            for cells in table.cells()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in (*left, *self._notes(glance)))
        parts = [f"<p><b>{escape(glance.title)}</b></p>", f"<table><tr>{heads}</tr>{rows}</table>", notes]
        with suppress(MissingExtra):  # a table says it too
            parts.append(self._picture())
        return "".join(parts)


def _brief(table: Table, width: int) -> Table:
    """One line for each row: columns that are least needed go, then the longest words are cut.

    Words that may stand over their rows do that instead: cut, those of several rows could be alike.
    """
    kept = list(range(len(table.columns)))

    def natural(i: int) -> int:
        return max(map(len, (table.columns[i].head, *(cells[i] for cells in table.cells()))))

    def excess() -> int:
        return sum(map(natural, kept)) + GAP * (len(kept) - 1) - width

    while excess() > 0 and any(table.columns[i].rank for i in kept):
        kept.remove(max(kept, key=lambda i: table.columns[i].rank))
    over = excess() > 0 and any(table.columns[i].over for i in kept)
    words = [i for i in kept if not (over or table.columns[i].right or table.columns[i].whole)]
    longest = max(words, key=natural, default=None)
    room = None if longest is None else max(natural(longest) - max(excess(), 0), SHORTEST)
    columns = (table.columns[i] for i in kept)
    brief = Table([replace(one, comfort=width) if one.over and over else one for one in columns], table.title)
    for cells in table.cells():
        brief.row(
            *(
                shorten(cells[i], room, placeholder=" ...") if i == longest and room else cells[i]
                for i in kept
            )
        )
    return brief
