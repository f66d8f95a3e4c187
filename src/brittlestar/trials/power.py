"""Power, type I error, sample size and duration of a protocol, by trials drawn from people followed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import input_sha256, manifest
from brittlestar.engine import Parameters, default_parameters, fingerprint
from brittlestar.trials.power_analyses import LEVEL, analyses, durations, rejected
from brittlestar.trials.power_entry import EVERYBODY, entry_rows
from brittlestar.trials.power_pool import Pool
from brittlestar.trials.power_size import formula, needed, seen_counts, shortest
from brittlestar.trials.protocol import Protocol

SCHEMA = "brittlestar/power/2"
PEOPLE = 2048
"""People of a pool at least; a trial cannot be larger."""

POOLS = 4
"""Pools of other people where one parameter set is asked for."""

DROPOUT = (0.0, 0.1, 0.2)
Progress = Callable[[int, int], None]
Key = tuple[str, str, float, int]
"""contrast, test, months, size"""


@dataclass
class _Counts:
    """Rejections per pool by what was asked: share of the trials of each pool [pool]."""

    shares: dict[Key, list[float]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        pool: Pool,
        arms: tuple[int, int],
        contrast: str,
        size: int,
        replicates: int,
        seed: int,
        *,
        months: Sequence[float],
        key: str,
        favour: bool = True,
    ) -> None:
        """Draw trials from a pool and count how many reject."""
        who = np.arange(pool.people)
        asked = [test for m in months for test in analyses(pool.protocol, m)]
        hits = {(test.id, test.months): 0 for test in asked}
        for batch in pool.trials(arms, who, size, replicates, seed, key):
            for test in asked:
                hits[test.id, test.months] += int(rejected(test.run(batch), LEVEL, favour).sum())
        for test in asked:
            self.labels[test.id] = test.label
            found = self.shares.setdefault((contrast, test.id, test.months, size), [])
            found.append(hits[test.id, test.months] / replicates)

    def rows(self, replicates: int) -> list[dict[str, Any]]:
        """Mean over pools, its standard error, and the range over pools."""
        return [
            {
                "contrast": contrast,
                "test": test,
                "label": self.labels[test],
                "months": months,
                "size": size,
                **_summary(shares, replicates),
            }
            for (contrast, test, months, size), shares in self.shares.items()
        ]


def _summary(shares: Sequence[float], replicates: int) -> dict[str, float]:
    """The larger of chance among the trials and scatter between the pools is the standard error."""
    share = float(np.mean(shares))
    chance = np.sqrt(max(share * (1.0 - share), 1.0 / replicates) / (replicates * len(shares)))
    between = float(np.std(shares, ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else 0.0
    low, high = np.quantile(shares, [0.05, 0.95])
    return {"share": share, "se": float(max(chance, between)), "low": float(low), "high": float(high)}


@dataclass(frozen=True)
class PowerResult:
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

    def to_dict(self) -> dict[str, Any]:
        """Content of ``power.json``."""
        arms = [{"id": a.id, "label": a.label, "plan": a.plan} for a in self.protocol.arms]
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "trial": {"id": self.protocol.id, "title": self.protocol.title, "arms": arms,
                      "randomised": self.protocol.population.randomised},
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
    """Power and type I error of a protocol's density and fracture endpoints.

    Args:
        protocol: the trial; its own size is always among the sizes.
        sizes: people randomised; default half, once, twice and four times the protocol's.
        replicates: trials drawn for each number that is told.
        seed: key of all chance.
        parameters: parameter sets, one pool of people each; default the shipped set with several pools.
        people: people of a pool at least.
        progress: called with pools done and in all.

    Raises:
        InputError: a protocol without control, sizes larger than the pool, too few replicates.
    """
    own = protocol.population.randomised
    chosen = sorted({own, *(sizes or (own // 2, 2 * own, 4 * own))})
    _check(protocol, chosen, replicates, people)
    sets = list(parameters) if parameters else [default_parameters()] * POOLS
    each = -(-replicates // len(sets))
    months, power, null = durations(protocol), _Counts(), _Counts()
    leavers = {rate: _Counts() for rate in dict.fromkeys((protocol.conduct.dropout_per_year, *DROPOUT))}
    entry, seen = [], []
    for number, p in enumerate(sets):
        pool = Pool.of(protocol, people, number, seed, p)
        control = protocol.control
        for treated, contrast in protocol.contrasts:
            for size in chosen:
                power.add(pool, (control, treated), contrast, size, each, seed, months=months, key="power")
            for rate, counts in leavers.items():
                left = pool.with_dropout(rate, seed)
                counts.add(
                    left, (control, treated), contrast, own, each, seed, months=months[-1:], key="power"
                )
            seen.append((contrast, seen_counts(pool, control, treated, months)))
        null.add(pool, (control, control), "none", own, each, seed, months=months, key="null", favour=False)
        entry.append(entry_rows(protocol, people, number, seed, p, each))
        if progress:
            progress(number + 1, len(sets))
    powers = power.rows(each)
    prints = list(dict.fromkeys(fingerprint(p) for p in sets))
    inputs = {"protocol": protocol.model_dump(mode="json"), "sizes": chosen, "replicates": replicates}
    return PowerResult(
        protocol=protocol,
        basis=f"the posterior ({len(prints)} parameter sets)"
        if len(prints) > 1
        else "the shipped parameter set",
        power=powers,
        null=null.rows(each),
        sizes=needed(powers),
        durations=shortest(powers),
        entry=_merged(entry, each),
        dropout=[row | {"per_year": rate} for rate, c in leavers.items() for row in c.rows(each)],
        counts=formula(seen, months, chosen, protocol),
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
    counts, each = _Counts(), -(-replicates // POOLS)
    for number in range(POOLS):
        pool = Pool.of(protocol, people, number, seed, default_parameters())
        control = (protocol.control, protocol.control)
        own = protocol.population.randomised
        counts.add(
            pool, control, "none", own, each, seed, months=durations(protocol), key="null", favour=False
        )
    return counts.rows(each)


def _check(protocol: Protocol, sizes: Sequence[int], replicates: int, people: int) -> None:
    if not protocol.contrasts:
        raise InputError(f"{protocol.id}: arms", len(protocol.arms), "accepted: a control and another arm")
    for size in sizes:
        if not 10 <= size <= people:
            raise InputError("--sizes", size, f"accepted: 10 to {people}")
    if not 100 <= replicates <= 1_000_000:
        raise InputError("--replicates", replicates, "accepted: 100 to 1000000")


def _merged(pools: list[list[dict[str, Any]]], replicates: int) -> list[dict[str, Any]]:
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
                "power": {test: _summary(shares, replicates) for test, shares in powers.items() if shares},
            }
        )
    anyone = next((row["ratio"] for row in merged if row["rule"] == EVERYBODY), None)
    for row in merged:
        # What entry does, apart from what a year does to everybody.
        row["ratio_to_everybody"] = row["ratio"] / anyone if row["ratio"] and anyone else None
    return merged
