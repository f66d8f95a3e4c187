"""Jobs that take turns, so that whatever else the machine does meets all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Seconds(NamedTuple):
    """What a run took."""

    wall: float
    processor: float
    """of all threads of this process: what others do at the same time counts for little"""


def seconds(job: Callable[[], Any]) -> Seconds:
    """Of one run."""
    wall, processor = time.perf_counter(), time.process_time()
    job()
    return Seconds(time.perf_counter() - wall, time.process_time() - processor)


def take_turns[Name](jobs: Mapping[Name, Callable[[], Any]], runs: int) -> dict[Name, list[Seconds]]:
    """Every run of every job: all once uncounted, then ``runs`` rounds of all."""
    times: dict[Name, list[Seconds]] = {name: [] for name in jobs}
    for round_ in range(runs + 1):
        for name, job in jobs.items():
            took = seconds(job)
            if round_:
                times[name].append(took)
    return times


def middle(values: list[float]) -> tuple[float, float, float]:
    """The median, and from where to where the middle half lies."""
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return statistics.median(ordered), ordered[quarter], ordered[-1 - quarter]


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """A table of rows with the same fields."""
    print(f"\n{title}")
    names = list(rows[0])
    cells = [[v if isinstance(v, str) else f"{v:,}" for v in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells)]
    for line in (names, *cells):
        print("  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths)), flush=True)
