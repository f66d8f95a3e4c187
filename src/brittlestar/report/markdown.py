"""A result as Markdown: what a terminal prints of it, nothing left away."""

from collections.abc import Iterator

from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.table import Table
from brittlestar.report.view import View


def markdown(view: View) -> str:
    """Everything that is printed of a result, a paragraph or a table each, and the closing line.

    Args:
        view: of the result; its title and pictures are left to who puts the text on a page.
    """
    parts = [part for part in (*view.printed, *view.notes, CLOSING) if part]
    return "\n\n".join("\n".join(_lines(part)) for part in parts) + "\n"


def _lines(part: str | Table) -> Iterator[str]:
    if isinstance(part, str):
        yield part
        return
    if part.title:
        yield from (f"**{part.title}**", "")
    yield _row(*(column.head for column in part.columns))
    yield _row(*("---:" if column.right else "---" for column in part.columns))
    for cells in part.cells():
        yield _row(*cells)


def _row(*cells: str) -> str:
    # A line between cells that is part of a text would begin another cell.
    return f"| {' | '.join(cell.replace('|', r'\|') for cell in cells)} |"
