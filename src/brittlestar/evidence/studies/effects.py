"""One study's effect and its standard error, from numbers that were published."""

from dataclasses import dataclass
from math import exp, log, sqrt

from scipy.stats import norm, t

from brittlestar._shared.errors import InputError
from brittlestar.evidence.studies.listing import use_of
from brittlestar.evidence.studies.look_up import result
from brittlestar.evidence.studies.pool_plans import Member, PoolPlan
from brittlestar.evidence.studies.study import Result, Study, sources, study

Z95 = float(norm.ppf(0.975))


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


def _sizes(member: Member, s: Study, found: list[Result]) -> tuple[float, float]:
    if member.n is not None:
        return member.n
    of = {arm.id: arm.n for arm in s.arms}
    a, b = of.get(found[0].arm), of.get(found[1].arm)
    if not (a and b):
        raise InputError(f"pool: {s.id}", (a, b), "accepted: people in both arms, in the study or as n")
    return a, b


def _effect_and_error(member: Member, s: Study, found: list[Result], scale: str) -> tuple[float, float]:
    """Effect and standard error on the scale of the pool."""
    y = [one.value or 0.0 for one in found]
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
            n, sd = _sizes(member, s, found), [one.sd or 0.0 for one in found]
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


def effect_of(member: Member, plan: PoolPlan) -> Effect:
    """A member's effect.

    Raises:
        InputError: a result that is not there or was not read, or lacks what its standard error needs.
    """
    s = study(member.study)
    found = [result(s.id, measure, arm=arm, months=months) for arm, measure, months in member.results]
    for one in found:
        if one.value is None:
            raise InputError(f"pool: {s.id} {one.measure}", one.text, "accepted: a number that was read")
    effect, se = _effect_and_error(member, s, found, plan.scale)
    back = exp if plan.scale == "log" else float
    keys = dict.fromkeys(key for one in found for key in one.source)
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
        read=", ".join(dict.fromkeys(one.read for one in found)),
        source="; ".join(sources()[key].address for key in keys),
    )
