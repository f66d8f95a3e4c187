"""How results look in a terminal: results on stdout, progress on stderr and only where somebody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.of_100 import people

if TYPE_CHECKING:
    from brittlestar._shared.parameters import Parameter
    from brittlestar.cli.numbers import Source
    from brittlestar.trials.run import TrialResult


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        # Rich would exit with 1; a reader that has seen enough is no error.
        raise BrokenPipeError


def _console() -> Console:
    # Piped output keeps its lines whole: a table cut to 80 columns is no use to grep.
    return _Terminal(width=None if sys.stdout.isatty() else 200, highlight=False, emoji=False)


@contextmanager
def progress(first: str, things: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr; nothing where stderr is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(first, total=None)
        yield lambda done, total: bar.update(task, description=things, completed=done, total=total)


def _end(console: Console, *lines: str) -> None:
    for line in (*lines, CLOSING):
        console.print(line, markup=False, soft_wrap=True)


def _table(*columns: str, right: tuple[str, ...] = (), title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        side = "right" if column in right else "left"
        table.add_column(column, justify=side, overflow="fold", no_wrap=side == "right")
    return table


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


def _range(ends: list[float] | None, unit: str) -> str:
    return "-" if ends is None else f"{number(ends[0], unit)} to {number(ends[1], unit)}"


def _apart(ends: list[float] | None) -> bool:
    return ends is not None and ends[1] - ends[0] > 1e-6 * max(abs(ends[1]), 1e-6)


_COLUMNS = {"treated": "with the plan", "untreated": "without treatment", "difference": "difference"}
_KINDS = {"benefit": "What treatment is for", "harm": "What treatment may bring"}
_RANGES = {"chance": "  95 % by chance", "person": "  95 % by what is not told of the person"}


def comparison(summary: dict[str, Any], out: str | None) -> None:
    """Treated beside untreated, with chance and person on their own lines below each number."""
    console = _console()
    who = ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                    for name, value in summary["person"].items())  # fmt: skip
    plans = [plan for plan in _COLUMNS if plan in summary["rows"][0]]
    years = f"{summary['years']:g} {'year' if summary['years'] == 1 else 'years'}"
    _end_free(console, f"{who}; {years}", f"Plan: {summary['plan']['words']}", "")
    counts, averages = [], []
    for row in summary["rows"]:
        (counts if row["unit"] == "of 100" else averages).append(row)
    _end_free(console, f"Benefit and harm, out of 100 people like this over the same {years}")
    console.print(_people(counts, plans))
    _end_free(console, "", f"The usual such person, over the same {years}")
    console.print(_averages(averages, plans))
    notes = [f"Note: {note}" for note in summary["notes"]]
    if summary["failed"]:
        notes.append(f"Note: {summary['failed']} courses were not finite and are left out.")
    _end_free(console, "", *summary["sentences"], *notes)
    _end(console, *([f"Written to {out}"] if out else []))


def _averages(rows: list[dict[str, Any]], plans: list[str]) -> Table:
    heads = [_COLUMNS[plan] for plan in plans]
    table = _table("", "unit", *heads, right=tuple(heads))
    for row in rows:
        table.add_row(row["label"], row["unit"], *(number(row[plan]["mean"], row["unit"]) for plan in plans))
        for label, *cells in _ranges(row, plans):
            table.add_row(label, "", *cells, style="dim")
    return table


def _people(rows: list[dict[str, Any]], plans: list[str]) -> Table:
    """People out of 100; a bound in words stands below its row, as the evidence of a row does."""
    heads = [_COLUMNS[plan] for plan in plans]
    table = _table("", *heads, right=tuple(heads))
    table.columns[0].max_width = 72
    for kind, title in _KINDS.items():
        table.add_row(title, *("" for _ in plans), style="bold")
        for row in (row for row in rows if row.get("kind", "benefit") == kind):
            table.add_row(row["label"], *(people(row[plan]) for plan in plans))
            for cells in _ranges(row, plans):
                table.add_row(*cells, style="dim")
            bound = row["treated"]["said"] if row["treated"]["mean"] is None else ""
            for line in filter(None, (bound, row.get("note"))):
                table.add_row(f"  {escape(line)}", *("" for _ in plans), style="dim")
    return table


def _ranges(row: dict[str, Any], plans: list[str]) -> Iterator[tuple[str, ...]]:
    for kind, label in _RANGES.items():
        if any(_apart(row[plan][kind]) for plan in plans):
            yield label, *(_range(row[plan][kind], row["unit"]) for plan in plans)


def _end_free(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def trial(result: "TrialResult", out: str | None) -> None:
    """Endpoints, published beside simulated."""
    console = _console()
    _end_free(console, result.protocol.title, "")
    table = _table("endpoint", "arm", "month", "unit", "published", "simulated", "verdict",
                   right=("month", "published", "simulated"))  # fmt: skip
    for row in result.endpoints:
        said = row["published"] or {"value": None, "low": None, "high": None}
        found = row["simulated"]
        table.add_row(
            escape(row["label"]),
            row["arm"],
            f"{row['time_months']:g}",
            row["unit"],
            _with_range(said["value"], said["low"], said["high"]),
            _with_range(found["mean"], found["low"], found["high"]),
            row["verdict"],
        )
    console.print(table)
    lines = [f"{len(result.failed)} people had a result that is not finite."] if result.failed else []
    _end(console, "", *lines, *([f"Written to {out}"] if out else []))


def _with_range(mean: float | None, low: float | None, high: float | None) -> str:
    return (
        number(mean) if low is None or high is None else f"{number(mean)} ({number(low)} to {number(high)})"
    )


def parameters(found: "dict[str, list[Parameter]]") -> None:
    """One table per file."""
    console = _console()
    for group, rows in found.items():
        table = _table("name", "value", "unit", "status", "meaning", "source", title=group)
        for row in rows:
            cells = (row.name, _value(row.value), row.unit, row.status, row.meaning, row.source)
            table.add_row(*(escape(cell) for cell in cells))
        console.print(table)
        console.print()
    _end(console, f"Numbers: {sum(map(len, found.values()))}. Files: {len(found)}.")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return f"[{', '.join(_value(part) for part in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def sources(found: "list[Source]") -> None:
    """Each source with the numbers that rest on it."""
    console = _console()
    table = _table("numbers", "source", "for", right=("numbers",))
    for source, supports in found:
        table.add_row(
            str(len(supports)),
            escape(source),
            escape(", ".join(supports[:4])) + (" ..." * (len(supports) > 4)),
        )
    console.print(table)
    _end(console, "")


def plans() -> None:
    """Published regimens."""
    import warnings

    from brittlestar.care import published, published_names

    console = _console()
    table = _table("name", "plan", "source", "note")
    for name in published_names():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plan = published(name)
        table.add_row(*(escape(cell) for cell in (name, plan.in_words(), ", ".join(plan.sources), plan.note)))
    console.print(table)
    _end(console, "")


def leaflet(found: dict[str, Any], out: str | None) -> None:
    """Every statement with its verdict; numbers below it when few were asked for."""
    console = _console()
    rows, few = found["statements"], len(found["statements"]) <= 3
    table = _table("id", "verdict", "the leaflet says", "the model says")
    for row in rows:
        odds = f" ({row['at_odds']} at odds)" if row["at_odds"] else ""
        table.add_row(row["id"], row["verdict"] + odds, escape(row["says"]), escape(row["summary"]))
    console.print(table)
    for row in rows if few else ():
        for kind in ("statement", "evidence"):
            for held in row[kind]:
                sign = "holds" if held["holds"] else "does not hold"
                console.print(f"{row['id']} {kind}: {held['what']}: {sign}", markup=False, soft_wrap=True)
        for n in row["numbers"]:
            ends = [n["low"], n["high"]] if n["low"] is not None else None
            said = f"{row['id']} {n['label']}: {number(n['value'])} {n['unit']} ({_range(ends, '')})"
            if n["published"] is not None or n["published_low"] is not None:
                limits = [n["published_low"], n["published_high"]] if n["published_low"] is not None else None
                said += f"; published {number(n['published'])} ({_range(limits, '')}), {n['source']}"
            console.print(said, markup=False, soft_wrap=True)
        for line in (*row["notes"], *row["sources"]):
            console.print(f"{row['id']} {line}", markup=False, soft_wrap=True)
    for page in found.get("open_questions", ()):
        for line in (page["question"], page["answer"], page["moves"]):
            console.print(line, markup=False, soft_wrap=True)
    tally = ", ".join(f"{count} {verdict}" for verdict, count in found["counts"].items())
    _end(console, tally, *([f"Written to {out}"] if out else []))


def rows(frame: Any, csv: bool, most: int = 40) -> None:
    """A table of anything: as CSV whole, else its first rows."""
    if csv:
        print(frame.write_csv(), end="")
        return
    console = _console()
    numeric = tuple(name for name, kind in frame.schema.items() if kind.is_numeric())
    table = _table(*frame.columns, right=numeric)
    for row in frame.head(most).rows():
        table.add_row(
            *(
                "-" if value is None else escape(f"{value:.6g}" if isinstance(value, float) else str(value))
                for value in row
            )
        )
    console.print(table)
    left = frame.height - most
    _end(console, *([f"{left} more rows: --csv prints all"] if left > 0 else []))
