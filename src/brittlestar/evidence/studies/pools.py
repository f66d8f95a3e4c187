"""Pools of published effects: what enters, what they say together, what is left out and why."""

from dataclasses import asdict, dataclass
from math import exp, sqrt
from typing import Any

import polars as pl

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.table import Column, Table, with_range
from brittlestar._shared.tabled import Tabled
from brittlestar.evidence.studies.effects import Effect, effect_of
from brittlestar.evidence.studies.pool_plans import PoolPlan, plans
from brittlestar.evidence.studies.study import Result, studies, study
from brittlestar.report.pools import forest, sentence
from brittlestar.statistics.pooling import Pooled, pool

MEMORY = "read from memory: never used"
NO_NUMBER = "no number published that could be read"


@dataclass(frozen=True, repr=False)
class Pooling(Tabled):
    """What a question's studies say together."""

    axes = ("study",)

    id: str
    plan: PoolPlan
    effects: tuple[Effect, ...]
    pooled: Pooled | None
    """None with fewer than two studies"""
    randomised: Pooled | None
    """the randomised alone, where others are in the pool too and two remain"""
    beside: tuple[tuple[str, Result], ...]
    left_out: tuple[tuple[str, str, str], ...]
    """study, measure, reason"""

    def table(self) -> pl.DataFrame:
        """The studies: effect with its 95 % limits, part of the split, where it was read."""
        return pl.DataFrame([asdict(effect) for effect in self.effects], infer_schema_length=None)

    def plot(self) -> Any:
        """Forest plot (Altair); None with fewer than two studies."""
        return forest(as_dict(self))

    def _glance(self) -> Glance:
        table = Table.of(Column("study", whole=True), "part", Column("month", right=True),
                         Column("effect (95 %)", right=True))  # fmt: skip
        for one in self.effects:
            table.row(one.study, one.use, f"{one.months:g}", with_range(one.value, one.low, one.high))
        return Glance(self.plan.title, table, (sentence(as_dict(self)),))

    def shown(self, value: float) -> float:
        """A number of the pool's scale as it is read."""
        return exp(value) if self.plan.scale == "log" else value


def _left_out(plan: PoolPlan) -> list[tuple[str, str, str]]:
    """Every other result of the question in people with OI, with its reason.

    Raises:
        InputError: a result that is neither in nor left out for a stated reason.
    """
    used = {m.study for m in plan.members} | {b.study for b in plan.beside}
    rows: dict[tuple[str, str], list[str]] = {}
    for name, s in studies().items():
        if not s.population.oi:
            continue
        for result in filter(plan.concerns, s.results):
            if result.read == "memory":
                reason = MEMORY
            elif name in used:
                continue  # the study's other results of the question say the same thing again
            elif name in plan.left_out:
                reason = plan.left_out[name]
            elif result.value is None:
                reason = NO_NUMBER
            else:
                raise InputError(
                    f"studies/pools.toml: {name}", result.measure, "needs a reason to be left out"
                )
            rows.setdefault((name, reason), []).append(result.measure)
    return [(name, ", ".join(dict.fromkeys(names)), reason) for (name, reason), names in rows.items()]


def _pooled(effects: list[Effect]) -> Pooled | None:
    return pool([e.effect for e in effects], [e.se for e in effects]) if len(effects) > 1 else None


def pooling(name: str, use: str | None = None) -> Pooling:
    """The studies of one question, pooled.

    Args:
        name: id of the question.
        use: only studies of this part of the split.

    Raises:
        InputError: unknown question.
    """
    if name not in plans():
        raise InputError("pool", name, nearest(name, plans()))
    plan = plans()[name]
    every = [effect_of(member, plan) for member in plan.members]
    effects = [e for e in every if use in (None, e.use)]
    randomised = [e for e in effects if e.randomised]
    beside = tuple(
        (b.study, next(r for r in study(b.study).results if r.measure == b.measure)) for b in plan.beside
    )
    others = [(e.study, "", f"kept for {e.use}") for e in every if e not in effects]
    return Pooling(
        id=name,
        plan=plan,
        effects=tuple(effects),
        pooled=_pooled(effects),
        randomised=_pooled(randomised) if len(randomised) < len(effects) else None,
        beside=beside,
        left_out=tuple(others + _left_out(plan)),
    )


def as_dict(found: Pooling) -> dict[str, Any]:
    """Content of ``meta.json`` for one question: ratios as ratios, differences as differences."""

    def summary(p: Pooled | None) -> dict[str, Any] | None:
        if p is None:
            return None
        predicted = [p.predicted_low, p.predicted_high]
        return {
            "estimate": found.shown(p.estimate),
            "interval95": [found.shown(p.low), found.shown(p.high)],
            "prediction95": None if predicted[0] != predicted[0] else [found.shown(x) for x in predicted],
            "tau": sqrt(p.tau2),
            "i2": p.i2,
            "q": p.q,
            "p_heterogeneity": p.p_heterogeneity,
            "weights": p.weights.tolist(),
            "studies": len(p.weights),
        }

    return {
        "id": found.id,
        "title": found.plan.title,
        "unit": found.plan.unit,
        "method": "random effects, REML, Hartung-Knapp 95 % interval; tau on the log scale for ratios",
        "note": found.plan.note,
        "studies": [vars(effect) for effect in found.effects],
        "pooled": summary(found.pooled),
        "randomised_only": summary(found.randomised),
        "published_pools": [
            {"study": name, "measure": r.measure, "value": r.value, "interval95": r.ci95, "read": r.read}
            for name, r in found.beside
        ],
        "left_out": [{"study": s, "measure": m, "reason": r} for s, m, r in found.left_out],
    }
