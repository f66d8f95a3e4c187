"""Many people summed up by plan while they are followed: no course is kept."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.arguments import real, whole_between
from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Schedule
from brittlestar._shared.table import Column, Table, number
from brittlestar._shared.tabled import Grid, Gridded
from brittlestar.engine.batches import Progress
from brittlestar.engine.run import RUN_BY, Method, Prepared, prepare
from brittlestar.engine.totals import (
    Drawn,
    Moments,
    Part,
    Totals,
    fractures_by_tile,
    part_of,
    portions,
    tiles,
)
from brittlestar.model.outputs import UNITS
from brittlestar.outcomes.fracture import SITES

PEOPLE_AT_ONCE = 8192
"""People whose courses a processor holds at once: 170 MB with all outputs of three years."""

MOST_BINS = 1000


@dataclass(frozen=True)
class Spread:
    """One output over people, by time and plan; whoever has a number that is not finite is left out of it."""

    count: np.ndarray
    """people who have a finite number [time, plan]"""
    mean: np.ndarray
    """[time, plan]; not-a-number where nobody has one, and so below"""
    variance: np.ndarray
    """between people, of a sample: over one less than their number"""
    least: np.ndarray
    most: np.ndarray
    edges: np.ndarray
    """of the bins, each of which holds where it begins, and the last where it ends; none if not asked for"""
    histogram: np.ndarray
    """people below the bins, in each of them and above [time, plan, below + bins + above]"""

    @property
    def sd(self) -> np.ndarray:
        """Standard deviation between people."""
        return np.sqrt(self.variance)

    def quantile(self, share: float) -> np.ndarray:
        """Below which such a share of people lies [time, plan], linear within a bin.

        Not-a-number where that is not within the bins.

        Raises:
            InputError: no bins were asked for, or no share.
        """
        told = real(share)
        if told is None or not 0.0 < told < 1.0:
            raise InputError("share", share, "accepted: between 0 and 1")
        if not self.edges.size:
            raise InputError("quantile", share, "accepted: of an output that `ranges` names")
        upto = np.cumsum(self.histogram, axis=-1)
        wanted = told * upto[..., -1:]
        # A bin lies between how many are below its beginning and how many below its end.
        which = np.minimum((upto[..., 1:-1] < wanted).sum(-1, keepdims=True), len(self.edges) - 2)
        below, end = (np.take_along_axis(upto, which + i, -1) for i in (0, 1))
        within = (wanted - below) / np.maximum(end - below, 1)
        found = self.edges[which] + within * np.diff(self.edges)[which]
        outside = (wanted < below) | (wanted > end) | (end == 0)
        return np.where(outside, np.nan, found)[..., 0]


@dataclass(frozen=True, repr=False)
class Summary(Gridded):
    """What many courses amount to, by plan.

    As a table, outputs by time and plan; ``fractures`` and histograms have axes of their own.
    """

    time_years: np.ndarray
    """[T], the first is entry"""
    people: np.ndarray
    """of each plan"""
    outputs: dict[str, Spread]
    fractures: np.ndarray
    """number between one output and the next [T - 1, site, plan]; sites as in ``outcomes.fracture.SITES``"""
    backend: str = "native"
    """what ran the courses in the end"""

    def __getitem__(self, name: str) -> Spread:
        if name not in self.outputs:
            raise InputError("summary output", name, nearest(name, self.outputs))
        return self.outputs[name]

    def _grid(self) -> Grid:
        axes = {"output": np.array(list(self.outputs), object), "time_years": self.time_years}
        names = ("count", "mean", "sd", "least", "most")
        each = {name: [getattr(one, name) for one in self.outputs.values()] for name in names}
        plans = np.arange(len(self.people))
        return Grid(axes | {"plan": plans}, {name: np.stack(several) for name, several in each.items()})

    def _glance(self) -> Glance:
        table = Table.of(Column("output", whole=True), Column("plan", right=True),
                         Column("at the start", right=True), Column("at the end", right=True),
                         Column("sd", right=True), Column("unit", whole=True))  # fmt: skip
        for name, one in self.outputs.items():
            for plan in range(len(self.people)):
                means = (number(float(one.mean[row, plan])) for row in (0, -1))
                table.row(name, plan, *means, number(float(one.sd[-1, plan])), UNITS[name])
        title = f"{self.people.sum()} people over {self.time_years[-1]:g} years, summed up: means"
        broken = ", ".join(str(count) for count in self.fractures.sum((0, 1)))
        return Glance(title, table, (f"fractures by plan: {broken}; summary[name].mean is [time, plan]",))


def summarise_cohort(
    cohort: Any,
    schedules: Sequence[Schedule],
    plan_index: Any,
    years: float,
    *,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    bins: int = 100,
    workers: int | None = None,
    progress: Progress = None,
    precision: str = "float64",
    backend: str = "native",
    **asked: Any,
) -> Summary:
    """Everyone followed under their plan as by ``simulate_cohort``, and summed up: nobody's course is kept.

    Memory does not grow with the number of people beyond what the cohort takes. On a CUDA device results are
    summed up where they are, and only sums come back. Sums are of double precision and added in one order,
    whatever ran the courses and however many worked on it; devices agree with processors to rounding.

    Args:
        cohort: people (``people.Cohort``), n of them.
        schedules: one per plan, each with at least the steps of the run.
        plan_index: which schedule each person follows [n].
        years: length of the run; rounded up to whole output intervals, or to the last output.
        ranges: output -> from where to where its histogram goes; quantiles need one.
        bins: of each histogram, of equal width, 1 to 1,000.
        workers: stretches of people side by side; default the number of cores.
        progress: called with (people done, people in all).
        precision: of courses; see ``simulate_cohort``.
        backend: what runs them; see ``simulate_cohort``.
        **asked: ``seed``, ``parameters``, ``reference``, ``step_days``, ``output_days``, ``outputs``,
            ``fates``, ``substeps`` and ``drugs``, as for ``simulate_cohort``.

    Raises:
        InputError: as ``simulate_cohort``; a range that is none, or of an output that is not asked for.
    """
    method = Method.of(precision, backend)
    run = prepare(cohort, schedules, plan_index, years, **asked)
    drawn = _drawn(ranges or {}, bins, run.shape.outputs)
    found, ran_by = by_device(run, method, drawn, progress) if backend == "cuda" else (None, "native")
    if found is None:
        found, ran_by = by_processor(run, method, drawn, workers or os.cpu_count() or 1, progress)
    return _told(found, ran_by, run, drawn, len(schedules))


def _drawn(ranges: Mapping[str, tuple[float, float]], bins: int, outputs: Sequence[str]) -> Drawn:
    for name, asked in ranges.items():
        if name not in outputs:
            raise InputError("ranges", name, nearest(name, outputs, "the outputs of the run"))
        both = [real(end) for end in asked] if len(asked) == 2 else []
        if len(both) != 2 or both[0] is None or both[1] is None or not both[0] < both[1]:
            raise InputError(f"ranges[{name!r}]", asked, "accepted: two numbers, the lower first")
    numbers = {name: (float(low), float(high)) for name, (low, high) in ranges.items()}
    return Drawn(numbers, whole_between(bins, 1, MOST_BINS, "bins"))


def by_device(run: Prepared, method: Method, drawn: Drawn, progress: Progress) -> tuple[Totals | None, str]:
    """Sums of everybody from a CUDA device, nothing where it cannot; and what ran the courses."""
    from brittlestar.engine.native.on_cuda import totals_on_cuda

    n, bits = len(run.inputs.plan), 32 if method.precision == "float32" else 64
    done = (lambda done: progress(done, n)) if progress else (lambda done: None)
    return totals_on_cuda(run.inputs, run.shape, bits, drawn, done), "cuda"


def by_processor(
    run: Prepared, method: Method, drawn: Drawn, workers: int, progress: Progress
) -> tuple[Totals, str]:
    """Sums of everybody, portion by portion on the processor; and what ran the courses."""
    # A device that has just refused is not asked again for every portion.
    backend = "native" if method.backend == "cuda" else method.backend
    intervals, per, plans = run.inputs.rows.days.shape
    totals, finished, ran_by = Totals(plans), 0, backend
    for some in portions(tiles(run.inputs.plan), PEOPLE_AT_ONCE, lambda tile: len(tile.people)):
        who = np.concatenate([tile.people for tile in some])
        outputs, (when, site, person, _), ran_by = RUN_BY[backend](
            run.inputs.of(who), run.shape, workers, method.precision, None
        )
        ends = np.cumsum([len(tile.people) for tile in some])
        broken = fractures_by_tile(when // per, site, person, np.r_[0, ends[:-1]], intervals)
        for tile, end, fractures in zip(some, ends, broken, strict=True):
            mine = slice(end - len(tile.people), end)
            part = part_of({name: v[:, mine] for name, v in outputs.items()}, drawn, fractures)
            totals.add(tile.plan, part)
        finished += len(who)
        if progress:
            progress(finished, len(run.inputs.plan))
    return totals, ran_by


def _told(totals: Totals, ran_by: str, run: Prepared, drawn: Drawn, plans: int) -> Summary:
    intervals = len(run.times.days)
    nobody = {name: np.zeros((intervals + 1, 0)) for name in run.shape.outputs}
    none = part_of(nobody, drawn, np.zeros((intervals, len(SITES)), np.int64))
    parts = [part or none for part in totals.parts]
    return Summary(
        time_years=np.concatenate([[0.0], run.times.days]) / DAYS_PER_YEAR,
        people=np.bincount(run.inputs.plan, minlength=plans),
        outputs={name: _spread(parts, i, name, drawn) for i, name in enumerate(run.shape.outputs)},
        fractures=np.stack([part.fractures for part in parts], axis=-1),
        backend=ran_by,
    )


def _spread(parts: Sequence[Part], output: int, name: str, drawn: Drawn) -> Spread:
    """Of one output, the parts being those of all plans."""
    count, mean, squares, least, most = (
        np.stack([part.moments[i][output] for part in parts], axis=-1) for i in range(len(Moments._fields))
    )
    edges, histogram = np.zeros(0), np.zeros((*count.shape, 0), np.int64)
    if name in drawn.ranges:
        row = list(drawn.ranges).index(name)
        edges = np.linspace(*drawn.ranges[name], drawn.bins + 1)
        histogram = np.stack([part.histograms[row] for part in parts], axis=1)

    def if_more_than(least_count: int, values: np.ndarray) -> np.ndarray:
        return np.where(count > least_count, values, np.nan)

    return Spread(
        count=count.astype(np.int64),
        mean=if_more_than(0, mean),
        variance=if_more_than(1, squares / np.maximum(count - 1.0, 1.0)),
        least=if_more_than(0, least),
        most=if_more_than(0, most),
        edges=edges,
        histogram=histogram,
    )
