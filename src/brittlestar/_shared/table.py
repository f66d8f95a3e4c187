"""Tables, laid out once: in plain text that fits any width, and in HTML.

In a terminal nothing is left out and nothing is cut: columns, then headings over groups, then lines below the
row. Where all columns fit they stand side by side; where they do not,
columns that repeat become a heading over their rows, and the others, the least needed first, go to a line
below the row. What must stay whole (a name to copy, a number with its range) is never broken across lines.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

GAP, INDENT = 2, 2
COMFORT = 22
"""Width that running text wants at least."""

SENTENCE = 32
"""A longer cell is words, whatever its column."""

ADDRESS = 48
"""A longer word, such as an address, makes no column wide: it leaves its row and stands alone."""

_GLUE = "\N{NO-BREAK SPACE}"

Line = tuple[str, str]
"""Text and its style."""


@dataclass(frozen=True)
class Cell:
    """What stands in a cell; a text alone is the same in a terminal and on a page."""

    text: str
    page: str | None = None
    """in place of the text on a page, which has room for units and whole words; lines apart by a line feed"""
    small: tuple[str, ...] = ()
    """lines in small letters below it on a page"""
    sign: str = ""
    """before it on a page, so that nothing is told by colour alone"""
    style: str = ""
    """classes of the page's style"""
    link: str = ""
    """where it leads on a page"""

    @property
    def shown(self) -> str:
        """The text on a page."""
        return self.text if self.page is None else self.page


@dataclass(frozen=True)
class Column:
    """One column: its heading and what may be done with it."""

    head: str
    right: bool = False
    """numbers: to the right, whole"""
    whole: bool = False
    """never broken across lines"""
    over: bool = False
    """becomes a heading over its rows where the table is too wide"""
    rank: int = 0
    """the higher, the sooner it goes to a line below; 0: last"""
    comfort: int = COMFORT
    """width that running text wants at least"""
    page: str = ""
    """heading on a page, where it is another"""
    folded: bool = False
    """on a page its cells stand in small letters below the first of their row"""
    only: Literal["", "page", "terminal"] = ""
    """where it is a column, if not in both"""

    @property
    def heading(self) -> str:
        """Over the column on a page."""
        return self.page or self.head

    def least(self, cell: str) -> int:
        """Width below which a cell cannot be read."""
        stays = (self.right or self.whole) and len(cell) <= SENTENCE
        return len(cell) if stays else max(map(len, cell.split()), default=0)

    def said(self, cell: str) -> str:
        """A cell outside its column, with its heading."""
        text = f"{self.head} {cell}" if self.head else cell
        return text.replace(" ", _GLUE) if self.least(cell) == len(cell) else text


@dataclass(frozen=True)
class _Row:
    cells: tuple[Cell, ...]
    notes: tuple[str, ...]
    style: str
    printed_only: bool = False


@dataclass
class Table:
    """Rows under headings.

    Args:
        columns: a text is a column of running text.
        title: stands above.
    """

    columns: Sequence[Column]
    title: str = ""
    _rows: list[_Row] = field(default_factory=list)

    @classmethod
    def of(cls, *columns: Column | str, title: str = "") -> "Table":
        """A table without rows."""
        return cls([Column(c) if isinstance(c, str) else c for c in columns], title)

    def row(
        self,
        *cells: object,
        notes: Iterable[str | None] = (),
        style: str = "",
        printed_only: bool = False,
    ) -> None:
        """Add a row.

        Args:
            *cells: one per column, a :class:`Cell` or a text.
            notes: below it across the whole table, in a terminal.
            style: of its letters in a terminal.
            printed_only: no row on a page.
        """
        if len(cells) != len(self.columns):
            raise ValueError(f"{len(cells)} cells for {len(self.columns)} columns")
        found = tuple(cell if isinstance(cell, Cell) else Cell(_text(cell)) for cell in cells)
        self._rows.append(_Row(found, tuple(note for note in notes if note), style, printed_only))

    def with_rows(self, rows: Iterable[Iterable[object]]) -> "Table":
        """The table with rows added; each a cell or text per column."""
        for cells in rows:
            self.row(*cells)
        return self

    def __bool__(self) -> bool:
        """Whether it has a row."""
        return bool(self._rows)

    def cells(self) -> list[tuple[str, ...]]:
        """The texts of every row."""
        return [tuple(cell.text for cell in row.cells) for row in self._rows]

    def headings(self) -> list[str]:
        """Over the columns of a page."""
        return [column.heading for column in self.columns if not column.folded and column.only != "terminal"]

    def on_page(self) -> list[list[Cell]]:
        """The rows of a page; what is folded stands below the first cell."""
        return [self._folded(row) for row in self._rows if not row.printed_only]

    def _folded(self, row: _Row) -> list[Cell]:
        kept, below = [], []
        for column, cell in zip(self.columns, row.cells, strict=True):
            if column.only != "terminal":
                (below if column.folded else kept).append(cell)
        under = ", ".join(cell.shown for cell in below if cell.shown)
        return [replace(kept[0], small=(*filter(None, (under,)), *kept[0].small)), *kept[1:]]

    def head(self, most: int) -> "Table":
        """The first rows alone."""
        return Table(self.columns, self.title, self._rows[:most])

    def lines(self, width: int, spell: Callable[[str], str] = str) -> list[Line]:
        """The table in lines no longer than the width, but for a word that is longer alone.

        Args:
            width: columns of the terminal.
            spell: how a text is written where characters are missing.
        """
        kept = [i for i, column in enumerate(self.columns) if column.only != "page"]
        rows = [
            _Line(tuple(spell(r.cells[i].text) for i in kept), tuple(map(spell, r.notes)), r.style)
            for r in self._rows
        ]
        columns = [replace(self.columns[i], head=spell(self.columns[i].head)) for i in kept]
        return list(_Layout(columns, rows, width).lines(spell(self.title)))


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).rstrip()


class _Line(NamedTuple):
    cells: tuple[str, ...]
    notes: tuple[str, ...]
    style: str


class _Layout:
    """Which columns stand in the row, over it and below it, and how wide they are."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[_Line], width: int):
        self.columns, self.rows, self.width = columns, rows, width
        self.inside, self.over, self.below = self._places()
        self.indent = INDENT if self.over else 0
        self.widths = self._shared_out()

    def _places(self) -> tuple[list[int], list[int], list[int]]:
        every = list(range(len(self.columns)))
        if self._fits(every, 0):
            return every, [], []
        over = [i for i in every if self.columns[i].over]
        inside, below = [i for i in every if i not in over], []
        indent = INDENT if over else 0
        while len(inside) > 1 and not self._fits(inside, indent):
            # The least needed goes first; of equals the last.
            moved = max(inside[1:], key=lambda i: (self.columns[i].rank, i))
            inside.remove(moved)
            below.append(moved)
        return inside, over, sorted(below)

    def _fits(self, inside: Sequence[int], indent: int) -> bool:
        return indent + sum(self._least(i) for i in inside) + GAP * (len(inside) - 1) <= self.width

    def _cells(self, i: int) -> list[str]:
        return [row.cells[i] for row in self.rows]

    def _natural(self, i: int) -> int:
        return max(map(len, [self.columns[i].head, *self._cells(i)]))

    def _least(self, i: int) -> int:
        """Width below which a column cannot be read."""
        column = self.columns[i]
        words = [
            _longest_word(column.head),
            *(n for cell in self._cells(i) if (n := column.least(cell)) <= ADDRESS),
        ]
        text = not (column.right or column.whole)
        return max([*words, min(column.comfort, self._natural(i)) if text else 0])

    def _shared_out(self) -> dict[int, int]:
        """Width of every column in the row: what is left goes to those that want it, a little to each."""
        room = self.width - self.indent
        widths = {i: min(self._least(i), room) for i in self.inside}
        wanted = {i: self._natural(i) for i in self.inside}
        left = room - sum(widths.values()) - GAP * (len(widths) - 1)
        while left > 0 and (hungry := [i for i in widths if widths[i] < wanted[i]]):
            i = min(hungry, key=lambda i: widths[i])
            widths[i] += 1
            left -= 1
        return widths

    def lines(self, title: str) -> Iterator[Line]:
        if title:
            for line in wrapped(title, self.width):
                yield line, "bold"
        heads = [self.columns[i].head for i in self.inside]
        if any(heads):
            yield from self._grid(heads, "bold")
        group: tuple[str, ...] = ()
        for row in self.rows:
            mine = tuple(row.cells[i] for i in self.over)
            if mine != group and any(mine):
                yield from self._heading(mine)
            group = mine
            yield from self._row(row)

    def _row(self, row: _Line) -> Iterator[Line]:
        first, *others = self.inside
        wide = [i for i in self.inside if _longest_word(row.cells[i]) > self.widths[i]]
        if first in wide:
            yield " " * self.indent + row.cells[first], row.style
        cells = ["" if i in wide else row.cells[i] for i in self.inside]
        notes_alone = row.notes and not any(row.cells)
        if any(cells) or not (wide or notes_alone):
            yield from self._grid(cells, row.style)
        under = sorted([*self.below, *(i for i in others if i in wide)])
        said = [self.columns[i].said(row.cells[i]) for i in under if row.cells[i] not in ("", "-")]
        if said:
            yield from self._across("; ".join(said), row.style or "dim")
        for note in row.notes:
            yield from self._across(note, row.style if notes_alone else "dim")

    def _heading(self, cells: Sequence[str]) -> Iterator[Line]:
        first, *rest = zip(self.over, cells, strict=True)
        said = [first[1], *(self.columns[i].said(cell) for i, cell in rest if cell not in ("", "-"))]
        for line in wrapped("; ".join(filter(None, said)), self.width):
            yield line, "bold"

    def _across(self, text: str, style: str) -> Iterator[Line]:
        """A line below a row, its own lines set in."""
        edge = " " * (self.indent + INDENT)
        for line in wrapped(text, self.width, edge):
            yield line, style

    def _grid(self, cells: Sequence[str], style: str) -> Iterator[Line]:
        columns = [wrapped(cell, self.widths[i]) for i, cell in zip(self.inside, cells, strict=True)]
        for k in range(max(map(len, columns))):
            parts = []
            for i, lines in zip(self.inside, columns, strict=True):
                text = lines[k] if k < len(lines) else ""
                parts.append(
                    text.rjust(self.widths[i]) if self.columns[i].right else text.ljust(self.widths[i])
                )
            yield (" " * self.indent + (" " * GAP).join(parts)).rstrip(), style


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def wrapped(text: str, width: int, edge: str = "") -> list[str]:
    """A text in lines broken at spaces alone; a word longer than a line stays whole, on its own.

    Args:
        text: spaces that it begins with set all its lines in.
        width: of a line.
        edge: what its lines begin with besides.
    """
    words = text.split(" ")
    lead = " " * (len(text) - len(text.lstrip(" "))) + edge
    words = [word if len(word) <= width - len(lead) else word.replace(_GLUE, " ") for word in words]
    found = textwrap.wrap(
        " ".join(filter(None, words)), width, initial_indent=lead, subsequent_indent=lead,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    # What is too long gives up its indent first.
    lines = [line if len(line) <= width else line.strip().rjust(width) for line in found]
    return [line.replace(_GLUE, " ") for line in lines] or [""]


def number(value: float | None, unit: str = "") -> str:
    """Three significant digits, whole people where people are counted, a true minus sign; a dash for none."""
    if value is None:
        return "-"
    size = abs(value)
    if unit.startswith("of 1"):
        text = f"{size:.0f}"
    elif size and size < 0.001:
        text = f"{size:.2g}"
    else:
        text = f"{size:.{0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3}f}"
    return ("−" if value < 0 else "") + text if float(text) else "0"


def with_range(mean: float | None, low: float | None, high: float | None) -> str:
    """A number with its range, where it has one."""
    return (
        number(mean) if low is None or high is None else f"{number(mean)} ({number(low)} to {number(high)})"
    )
