"""Power, type I error, sample size and duration of a protocol, by trials drawn from people followed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import seed_of, whole_between
from brittlestar._shared.at_a_glance import AtAGlance, Glance
from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import input_sha256, manifest
from brittlestar._shared.table import Column, Table
from brittlestar.engine import Parameters, default_parameters, fingerprint
from brittlestar.outcomes import pooled_trials
from brittlestar.trials.arms import arm_rows, warnings_of
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.power.endpoints import LEVEL, direction, durations, endpoints, last_of_each
from brittlestar.trials.power.entry_rules import EVERYBODY, entry_rows
from brittlestar.trials.power.pool import Pool
from brittlestar.trials.power.share import Tally, share, tally
from brittlestar.trials.power.sizes import formula, needed, seen_counts, shortest
from brittlestar.trials.protocol import Protocol

SCHEMA = "brittlestar/power/3"
PEOPLE = 2048
"""People of a pool at least; a trial cannot be larger."""

POOLS = 4
"""Pools of other people where one parameter set is asked for."""

DROPOUT = (0.0, 0.1, 0.2)
LEAST_PEOPLE = 10
LEAST_REPLICATES, MOST_REPLICATES = 100, 1_000_000
Progress = Callable[[int, int], None]
Key = tuple[str, str, float, int]
"""contrast, id of the endpoint, its month, size"""


@dataclass
class _Counts:
    """What trials found of each endpoint, per pool."""

    asked: Sequence[Endpoint]
    tallies: dict[Key, list[Tally]] = field(default_factory=dict)

    def add(
        self, pool: Pool, arms: tuple[int, int], contrast: str, size: int, trials: int, seed: int, key: str
    ) -> None:
        """Draw trials from everybody of a pool."""
        everybody = np.arange(pool.people)
        found = tally(pool, arms, everybody, size, trials, seed, key, self.asked)
        for e, one in zip(self.asked, found, strict=True):
            self.tallies.setdefault((contrast, e.id, e.months, size), []).append(one)

    def rows(self) -> list[dict[str, Any]]:
        """One row per endpoint, contrast and size."""
        by_key = {(e.id, e.months): e for e in self.asked}
        return [
            {
                "contrast": contrast,
                "test": test,
                "label": by_key[test, months].label,
                "months": months,
                "size": size,
                "direction": direction(by_key[test, months]),
                **share(pools),
            }
            for (contrast, test, months, size), pools in self.tallies.items()
        ]


@dataclass(frozen=True, repr=False)
class PowerResult(AtAGlance):
    """What was found; rows as in ``power.json``."""

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

    def table(self) -> pl.DataFrame:
        """Power by endpoint, contrast, months and size: share of trials, its standard error and range."""
        return pl.DataFrame(self.power, infer_schema_length=None)

    def plot(self, months: float | None = None) -> Any:
        """Power by number of people, at one duration; the trial's own if left out (Altair)."""
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
        }  # fmt: skip


def power_of(
    protocol: Protocol,
    *,
    sizes: Sequence[int] | None = None,
    replicates: int = 2000,
    seed: int = 1,
    parameters: Sequence[Parameters] | None = None,
    people: int = PEOPLE,
    progress: Progress | None = None,
) -> PowerResult:
    """Power and type I error of every endpoint of a protocol, and of the usual ones of fractures.

    Args:
        protocol: the trial; its own size is always among the sizes.
        sizes: people randomised; default half, once, twice and four times the protocol's, as far as pools go.
        replicates: trials drawn for each number that is told.
        seed: key of all chance.
        parameters: parameter sets, one pool of people each; default the shipped set with several pools.
        people: people of a pool at least.
        progress: called with pools done and in all.

    Raises:
        InputError: a protocol without control, sizes larger than the pool, a count that is not whole.
    """
    replicates = _checked(replicates)
    seed = seed_of(seed)
    own = protocol.population.randomised
    _check(protocol, sizes, people)
    usual = (n for n in (own // 2, 2 * own, 4 * own) if LEAST_PEOPLE <= n <= people)
    chosen = sorted({own, *(usual if sizes is None else sizes)})
    sets = list(parameters) if parameters else [default_parameters()] * POOLS
    each = -(-replicates // len(sets))
    months, asked = durations(protocol), endpoints(protocol)
    power, null = _Counts(asked), _Counts(asked)
    rates = dict.fromkeys((protocol.conduct.dropout_per_year, *DROPOUT))
    leavers = {rate: _Counts(last_of_each(asked)) for rate in rates}
    entry, seen, control = [], [], protocol.control
    for number, p in enumerate(sets):
        pool = Pool.of(protocol, people, number, seed, p)
        for treated, contrast in protocol.contrasts:
            for size in chosen:
                power.add(pool, (control, treated), contrast, size, each, seed, "power")
            for rate, counts in leavers.items():
                left = pool.with_dropout(rate, seed)
                counts.add(left, (control, treated), contrast, own, each, seed, "power")
            seen.append((contrast, seen_counts(pool, control, treated, months)))
        null.add(pool, (control, control), "none", own, each, seed, "null")
        entry.append(entry_rows(protocol, people, number, seed, p, each))
        if progress:
            progress(number + 1, len(sets))
    powers = power.rows()
    prints = list(dict.fromkeys(fingerprint(p) for p in sets))
    inputs = {"protocol": protocol.inputs, "sizes": chosen, "replicates": replicates}
    return PowerResult(
        protocol=protocol,
        basis=f"the posterior ({len(prints)} parameter sets)"
        if len(prints) > 1
        else "the shipped parameter set",
        power=powers,
        null=null.rows(),
        sizes=needed(powers),
        durations=shortest(powers),
        entry=_merged(entry),
        dropout=[row | {"per_year": rate} for rate, c in leavers.items() for row in c.rows()],
        counts=formula(seen, months, chosen, protocol, asked),
        manifest=manifest(
            seed=seed, parameters=prints[0] if len(prints) == 1 else input_sha256(prints), inputs=inputs
        )
        | {"replicates": replicates},
    )


def null_rows(protocol: Protocol, replicates: int, seed: int, people: int = PEOPLE) -> list[dict[str, Any]]:
    """Type I error of every test when both arms are controls, under the shipped parameters.

    Args:
        protocol: the trial.
        replicates: trials in all.
        seed: key of all chance.
        people: people of each pool at least.
    """
    each = -(-_checked(replicates) // POOLS)
    counts, control = _Counts(endpoints(protocol)), (protocol.control, protocol.control)
    for number in range(POOLS):
        pool = Pool.of(protocol, people, number, seed, default_parameters())
        counts.add(pool, control, "none", protocol.population.randomised, each, seed, "null")
    return counts.rows()


def _checked(replicates: int) -> int:
    return whole_between(replicates, LEAST_REPLICATES, MOST_REPLICATES, "replicates")


def _check(protocol: Protocol, sizes: Sequence[int] | None, people: int) -> None:
    if not protocol.contrasts:
        raise InputError(f"{protocol.id}: arms", len(protocol.arms), "accepted: a control and another arm")
    whole_between(
        protocol.population.randomised, LEAST_PEOPLE, people, f"{protocol.id}: population.randomised"
    )
    for size in sizes or ():
        whole_between(size, LEAST_PEOPLE, people, "sizes")


def _merged(pools: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Entry rules over all pools: sums of people, fractures and time; means of power."""
    merged: list[dict[str, Any]] = []
    for rows in zip(*pools, strict=True):
        total = {
            k: float(sum(row[k] for row in rows)) for k in ("screened", "eligible", "before", "on", "years")
        }
        history = rows[0]["history_years"]
        before = total["before"] / (total["eligible"] * history) if total["eligible"] else None
        on = total["on"] / total["years"] if total["years"] else None
        powers = {
            test: [row["power"][test] for row in rows if test in row["power"]] for test in rows[0]["power"]
        }
        merged.append(
            {
                "rule": rows[0]["rule"],
                "eligible_share": total["eligible"] / total["screened"],
                "rate_before_per_year": before,
                "rate_on_study_per_year": on,
                "ratio": on / before if before and on is not None else None,
                "history_years": history,
                "power": {test: share(tallies) for test, tallies in powers.items() if tallies},
            }
        )
    anyone = next((row["ratio"] for row in merged if row["rule"] == EVERYBODY), None)
    for row in merged:
        # What entry does, apart from what a year does to everybody.
        row["ratio_to_everybody"] = row["ratio"] / anyone if row["ratio"] and anyone else None
    return merged
