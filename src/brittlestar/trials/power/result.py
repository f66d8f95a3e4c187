"""What power found: a table, a picture, and the files of a run."""

import os
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.result_files import save_result, with_pictures
from brittlestar._shared.table import Column, Table
from brittlestar._shared.tabled import Tabled
from brittlestar.outcomes import pooled_trials
from brittlestar.report import page, power
from brittlestar.trials.arms import arm_rows, warnings_of
from brittlestar.trials.power.endpoints import LEVEL
from brittlestar.trials.protocol import Protocol

SCHEMA = "brittlestar/power/3"


@dataclass(frozen=True, repr=False)
class PowerResult(Tabled):
    """What was found; rows as in ``power.json``."""

    axes = ("test", "contrast", "months", "size")

    protocol: Protocol
    basis: str
    power: list[dict[str, Any]]
    null: list[dict[str, Any]]
    """type I error of the simulator's own trials without an effect: both arms are controls"""
    sizes: list[dict[str, Any]]
    """people needed for a power, by test and duration"""
    durations: list[dict[str, Any]]
    """months needed for a power, by test and number of people"""
    entry: list[dict[str, Any]]
    dropout: list[dict[str, Any]]
    counts: list[dict[str, Any]]
    """fracture counts of the pool, and the power that the negative binomial formula gives for them"""
    manifest: dict[str, Any]
    interim: list[dict[str, Any]] = field(default_factory=list)
    """of trials with interim looks: how often each look stops one, and when trials end"""
    laws: list[dict[str, Any]] = field(default_factory=list)
    """of the parameter sets: ``weight`` by evidence, and ``sets`` that were run"""
    notes: list[str] = field(default_factory=list)
    """what is not in this power"""

    def table(self) -> pl.DataFrame:
        """Power by endpoint, contrast, months and size: share of trials, its standard error and range."""
        return pl.DataFrame(self.power, infer_schema_length=None)

    def plot(self, months: float | None = None) -> Any:
        """Power by number of people, at one duration; the trial's own if left out (Altair)."""
        # Altair takes a second to load, which whoever draws nothing need not wait for.
        from brittlestar.charts.power import power_curves

        last = max(row["months"] for row in self.power)
        return power_curves(self.power, months=last if months is None else months)

    def _glance(self) -> Glance:
        sizes = list(dict.fromkeys(row["size"] for row in self.power))
        table = Table.of("test", Column("against control", rank=1), Column("months", right=True),
                         *(Column(f"{size} people", right=True) for size in sizes))  # fmt: skip
        rows: dict[tuple[Any, ...], dict[int, str]] = {}
        for row in self.power:
            key = (row["label"], row["contrast"], f"{row['months']:g}")
            rows.setdefault(key, {})[row["size"]] = f"{100 * row['share']:.0f} %"
        for key, shares in rows.items():
            table.row(*key, *(shares.get(size, "-") for size in sizes))
        return Glance(f"Power under {self.basis}: {self.protocol.title}", table)

    def to_dict(self) -> dict[str, Any]:
        """Content of ``power.json``."""
        arms = arm_rows(self.protocol)
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "trial": {"id": self.protocol.id, "title": self.protocol.title, "arms": arms,
                      "randomised": self.protocol.population.randomised},
            "warnings": warnings_of(self.protocol),
            "fractures_in_trials": pooled_trials.beside("rate_ratio_nb"),
            "basis": self.basis,
            "level": LEVEL,
            "power": self.power, "null": self.null, "sizes": self.sizes, "durations": self.durations,
            "entry": self.entry, "dropout": self.dropout, "counts": self.counts,
            "interim": self.interim,
            "laws": self.laws,
            "notes": self.notes,
        }  # fmt: skip


def save(content: dict[str, Any], out: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write ``power.json`` and ``report.html``, or ``check.json``."""
    if content["schema"] == SCHEMA:
        save_result(
            out,
            with_pictures({"power.json": content}, lambda: {"report.html": page.html(power.view(content))}),
            force=force,
        )
    else:
        save_result(out, {"check.json": content}, force=force)
