"""Pools of published effects: what enters, where standard errors come from, what is left out and why."""

import tomllib
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from functools import cache
from importlib import resources
from math import exp, log, sqrt
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.stats import norm, t

from brittlestar._shared.at_a_glance import AtAGlance, Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.table import Column, Table, with_range
from brittlestar.evidence.studies.listing import use_of
from brittlestar.evidence.studies.study import Result, Study, sources, studies, study
from brittlestar.statistics.pooling import Pooled, pool

Z95 = float(norm.ppf(0.975))
MEMORY = "read from memory: never used"
NO_NUMBER = "no number published that could be read"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(_Strict):
    """A study that enters a pool.

    ``how`` says where its standard error comes from: ``interval`` its published 95 % interval; ``shares`` two
    shares with an event, as ln of the hazard ratio by ln(-ln(1 - share)); ``means_ratio`` and
    ``means_difference`` two means with SD; ``scaled`` the relative SE of a third result; ``p_bound`` the
    largest SE that a bound on p allows.
    """

    study: str
    how: Literal["interval", "shares", "means_ratio", "means_difference", "scaled", "p_bound"]
    results: tuple[tuple[str, str, float], ...]
    randomised: bool
    note: str
    n: tuple[int, int] | None = None


class Beside(_Strict):
    """A published pooled estimate: printed, not pooled again."""

    study: str
    measure: str


class PoolPlan(_Strict):
    """One question as ``meta_pools.toml`` states it."""

    title: str
    scale: Literal["log", "plain"]
    unit: str
    about: tuple[str, ...]
    members: tuple[Member, ...]
    not_about: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    left_out: dict[str, str] = {}
    note: str = ""

    def concerns(self, result: Result) -> bool:
        """Whether a result's measure belongs to the question."""
        name = result.measure.lower()
        return any(fnmatch(name, p) for p in self.about) and not any(fnmatch(name, p) for p in self.not_about)


@dataclass(frozen=True)
class Effect:
    """One study's effect; ``effect`` and ``se`` on the pool's scale, the rest as it is read."""

    study: str
    cite: str
    use: str
    randomised: bool
    months: float
    effect: float
    se: float
    value: float
    low: float
    high: float
    how: str
    note: str
    read: str
    source: str


@dataclass(frozen=True, repr=False)
class Pooling(AtAGlance):
    """What a question's studies say together."""

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
        from brittlestar.report.evidence import forest

        return forest(as_dict(self))

    def _glance(self) -> Glance:
        from brittlestar.report.evidence import sentence

        table = Table.of(Column("study", whole=True), "part", Column("month", right=True),
                         Column("effect (95 %)", right=True))  # fmt: skip
        for one in self.effects:
            table.row(one.study, one.use, f"{one.months:g}", with_range(one.value, one.low, one.high))
        return Glance(self.plan.title, table, (sentence(as_dict(self)),))

    def shown(self, value: float) -> float:
        """A number of the pool's scale as it is read."""
        return exp(value) if self.plan.scale == "log" else value


@cache
def plans() -> dict[str, PoolPlan]:
    """All questions by id.

    Raises:
        InputError: a file that does not fit.
    """
    text = resources.files(__package__).joinpath("pools.toml").read_text(encoding="utf-8")
    try:
        return {name: PoolPlan(**entry) for name, entry in tomllib.loads(text).items()}
    except ValidationError as error:
        raise InputError("evidence/studies/pools.toml", str(error), "accepted: pools as PoolPlan") from None


def _result(s: Study, arm: str, measure: str, months: float) -> Result:
    for result in s.results:
        if (result.arm, result.measure, result.months) == (arm, measure, months):
            if result.read == "memory" or result.value is None:
                raise InputError(f"pool: {s.id} {measure}", result.read, "accepted: a number that was read")
            return result
    raise InputError(f"pool: {s.id}", measure, nearest(measure, {r.measure for r in s.results}))


def _number(result: Result) -> float:
    assert result.value is not None
    return result.value


def _sizes(member: Member, s: Study, found: list[Result]) -> tuple[float, float]:
    if member.n is not None:
        return member.n
    of = {arm.id: arm.n for arm in s.arms}
    a, b = of.get(found[0].arm), of.get(found[1].arm)
    if not (a and b):
        raise InputError(f"pool: {s.id}", (a, b), "accepted: people in both arms, in the study or as n")
    return a, b


def _effect(member: Member, s: Study, found: list[Result], scale: str) -> tuple[float, float]:
    """Effect and standard error on the scale of the pool."""
    y = [_number(result) for result in found]
    match member.how:
        case "interval":
            limits = found[0].ci95
            if limits is None:
                raise InputError(f"pool: {s.id}", None, "accepted: a result with a 95 % interval")
            on = log if scale == "log" else float
            return on(y[0]), (on(limits[1]) - on(limits[0])) / (2 * Z95)
        case "shares":
            n, p = _sizes(member, s, found), [x / 100 for x in y]
            link = [log(-log(1 - x)) for x in p]
            variance = sum(x / (m * (1 - x) * log(1 - x) ** 2) for x, m in zip(p, n, strict=True))
            return link[0] - link[1], sqrt(variance)
        case "means_ratio" | "means_difference":
            n, sd = _sizes(member, s, found), [result.sd or 0.0 for result in found]
            if member.how == "means_ratio":
                variance = sum((d / x) ** 2 / m for d, x, m in zip(sd, y, n, strict=True))
                return log(y[0] / y[1]), sqrt(variance)
            return y[0] - y[1], sqrt(sum(d**2 / m for d, m in zip(sd, n, strict=True)))
        case "scaled":
            limits = found[2].ci95 or (0.0, 0.0)
            relative = (limits[1] - limits[0]) / (2 * Z95) / y[2]
            return y[0] - y[1], abs(y[0] - y[1]) * relative
        case "p_bound":
            n, bound = _sizes(member, s, found), float((found[0].p or "").strip("<= "))
            return y[0], abs(y[0]) / float(t.ppf(1 - bound / 2, sum(n) - 2))


def _member(member: Member, plan: PoolPlan) -> Effect:
    s = study(member.study)
    found = [_result(s, *key) for key in member.results]
    effect, se = _effect(member, s, found, plan.scale)
    back = exp if plan.scale == "log" else float
    keys = dict.fromkeys(key for result in found for key in result.source)
    return Effect(
        study=s.id,
        cite=s.cite,
        use=use_of(s.id),
        randomised=member.randomised,
        months=found[0].months or 0.0,
        effect=effect,
        se=se,
        value=back(effect),
        low=back(effect - Z95 * se),
        high=back(effect + Z95 * se),
        how=member.how,
        note=member.note,
        read=", ".join(dict.fromkeys(result.read for result in found)),
        source="; ".join(sources()[key].address or sources()[key].what for key in keys),
    )


def _left_out(plan: PoolPlan) -> list[tuple[str, str, str]]:
    """Every other result of the question, with its reason.

    Raises:
        InputError: a result that is neither in nor left out for a stated reason.
    """
    used = {m.study for m in plan.members} | {b.study for b in plan.beside}
    rows: dict[tuple[str, str], list[str]] = {}
    for name, s in studies().items():
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
                raise InputError(f"meta_pools.toml: {name}", result.measure, "needs a reason to be left out")
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
    every = [_member(member, plan) for member in plan.members]
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
