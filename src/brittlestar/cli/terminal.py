"""Where words go: how wide the terminal is, and tables and prose that keep within it."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.table import Table, wrapped
from brittlestar.cli.characters import readable

PIPED = 200
"""Columns where nobody says how wide it is: lines of a table stay whole, as grep needs them."""

LEAST = 20
"""Columns below which nothing can be laid out."""


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        # Rich would exit with 1; a reader that has seen enough is no error.
        raise BrokenPipeError


def width() -> int:
    """Columns to write in: what COLUMNS says, else those of the terminal, else ``PIPED``.

    Output that goes through a pipe (``| less``) is read in the terminal that standard error is.
    """
    told = os.environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and int(told[:9]) > 0:
        return max(LEAST, int(told[:9]))
    for stream in (1, 2):
        try:
            return max(LEAST, os.get_terminal_size(stream).columns or 80)
        except OSError:
            continue
    return PIPED


def say(*things: str | Table) -> None:
    """Tables and lines of prose on standard output, within its width."""
    columns, console = width(), _Terminal(highlight=False, emoji=False, markup=False)
    encoding = getattr(sys.stdout, "encoding", "ascii")
    for thing in things:
        if isinstance(thing, Table):
            lines = thing.lines(columns, lambda text: readable(text, encoding))
        else:
            lines = [(line, "") for line in wrapped(readable(thing, encoding), columns)]
        for text, style in lines:
            console.print(Text(text, style), soft_wrap=True)


def end(*lines: str) -> None:
    """The last lines of a result: what it is."""
    say(*lines, CLOSING)


def announce(line: str) -> None:
    """What will be done, on standard error, where somebody watches."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)


@contextmanager
def progress(first: str, things: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr; nothing where stderr is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(first, total=None)
        yield lambda done, total: bar.update(task, description=things, completed=done, total=total)
