"""A plan as a :class:`Schedule`: doses at their own times inside steps, rates, supplements, load."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care.biologics import drives
from brittlestar.care.biologics.biologic import spans_given
from brittlestar.care.dates import TIGHT, Limit, due
from brittlestar.care.durations import DAYS, Span
from brittlestar.care.regimen import AgeBand, Regimen
from brittlestar.care.schedule import Schedule
from brittlestar.care.supplements import vitamin_d_rise
from brittlestar.drugs.catalogue import DRUGS, check_drug, facts

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan


@dataclass(frozen=True)
class Infusion:
    """One infusion.

    Attributes:
        drug: name.
        day: time from the start of the plan.
        amount: as in ``Schedule.iv_amount``.
        begins: day on which its course begins.
    """

    drug: str
    day: float
    amount: tuple[float, float, float, float, float]
    begins: float


def build(
    plan: "Plan",
    n_steps: int,
    step_days: float,
    age_years: float | None,
    drugs: tuple[str, ...] | None,
    sex: Any = None,
) -> Schedule:
    """The schedule of a plan; see :meth:`Plan.schedule`."""
    if n_steps < 1 or not step_days > 0:
        raise InputError(
            "n_steps, step_days", (n_steps, step_days), "accepted: at least one step of positive length"
        )
    names = _drug_axis(plan, drugs)
    if plan.needs_age and age_years is None:
        raise InputError("age_years", None, "this plan goes by age: give the age at the start of the plan")
    edges = np.arange(n_steps + 1) * float(step_days)
    held, limits = plan.held, plan.limits(age_years, sex)
    stop = min((limit.day for limit in limits), default=inf)
    iv_amount, iv_day = _infusion_tables(plan, names, edges, step_days, age_years, held, limits)
    activity = np.ones((n_steps, 3))
    for programme in plan.programmes:
        activity *= 1.0 + _overlap(edges, *_window(programme))[:, None] * (programme.load - 1.0)
    for part in plan.activity:
        share = _overlap(edges, *_window(part))[:, None]
        activity *= 1.0 + share * (np.array([part.vertebral, part.metaphyseal, part.long_bone]) - 1.0)
    middle = 0.5 * (edges[:-1] + edges[1:])
    immobilised = np.zeros(n_steps, bool)
    rests = [_window(part) for part in plan.immobilisation] + [s.rest_window for s in plan.surgeries]
    for start, end in rests:
        immobilised |= (middle >= start) & (middle < end)
    limb = np.ones(n_steps)
    for surgery in plan.surgeries:
        for start, end, factor in surgery.limb_hazard():
            limb *= 1.0 + _overlap(edges, start, end) * (factor - 1.0)
    rankl, formation = drives(plan.biologics, n_steps, float(step_days), held, limits)
    return Schedule(
        drugs=names,
        iv_amount=iv_amount,
        iv_day=iv_day,
        oral_rate=_oral_table(plan, names, edges, age_years, held, stop),
        calcium_mg_per_day=_total(edges, ((c, c.mg_per_day) for c in plan.calcium)),
        vitamin_d_nmol_per_l=vitamin_d_rise(_total(edges, ((v, v.iu_per_day) for v in plan.vitamin_d))),
        activity=activity,
        immobilised=immobilised,
        step_days=float(step_days),
        limb_hazard=limb,
        rankl=rankl,
        formation=formation,
    )


def infusions(
    regimen: Regimen,
    horizon_days: float,
    age_years: float | None = None,
    held: Sequence[tuple[float, float]] = (),
    limits: Sequence[Limit] = (),
) -> Iterator[Infusion]:
    """Every infusion of a regimen that starts before the horizon, in order of time.

    The interval that follows a course is that of the age at its start. A course that meets a hold is given as
    a whole at its end, one that would not be over before the regimen ends is not begun: see
    :func:`brittlestar.care.dates.due`.

    Args:
        regimen: by infusion; tablets give none.
        horizon_days: end of what is asked for.
        age_years: age at the start of the plan, if the regimen doses by age.
        held: windows of days without drug.
        limits: rules that end all treatment.
    """
    if regimen.route != "iv":
        return

    def every(day: float) -> Span | None:
        band = _band(regimen, age_years, day)
        return band.every if band is not None and band.every is not None else regimen.every

    seen = min((limit.day for limit in limits if limit.seen), default=inf) - TIGHT
    starts = due(
        regimen.start.days,
        every,
        horizon_days,
        (*regimen.limits, *limits),
        held,
        regimen.days_per_course,
        regimen.infusion_hours or 0.0,
    )
    for course, start in enumerate(starts):
        band = _band(regimen, age_years, start)
        for day in range(regimen.days_per_course):
            if start + day < min(horizon_days, seen):
                share = regimen.first_dose_fraction if course == 0 and day == 0 else 1.0
                yield Infusion(regimen.drug, start + day, _amount(regimen, band, share), start)


def _drug_axis(plan: "Plan", drugs: tuple[str, ...] | None) -> tuple[str, ...]:
    if drugs is None:
        return plan.drugs
    for name in drugs:
        check_drug(name, "drugs")
    for name in plan.drugs:
        if name not in drugs:
            raise InputError("drugs", drugs, f"the plan gives {name}; {nearest(name, DRUGS)}")
    return tuple(drugs)


def _band(regimen: Regimen, age_years: float | None, day: float) -> AgeBand | None:
    if not regimen.age_bands:
        return None
    if age_years is None:
        raise InputError(
            "age_years", None, "this regimen doses by age: give the age at the start of the plan"
        )
    age = age_years + day / 365.25
    return next((band for band in regimen.age_bands if age < band.below_years - 1e-9), None)


def _amount(regimen: Regimen, band: AgeBand | None, share: float) -> tuple[float, float, float, float, float]:
    dose = (regimen.dose if band is None else band.dose) * share
    cap = inf if regimen.cap_mg is None else regimen.cap_mg * share
    if "/kg" in regimen.dose_unit:
        return (dose, 0.0, 0.0, 0.0, cap)
    if regimen.below_kg is None or regimen.dose_below_kg is None:
        return (0.0, dose, dose, 0.0, cap)
    return (0.0, regimen.dose_below_kg * share, dose, regimen.below_kg, cap)


def _infusion_tables(
    plan: "Plan",
    names: tuple[str, ...],
    edges: np.ndarray,
    step_days: float,
    age_years: float | None,
    held: Sequence[tuple[float, float]],
    limits: Sequence[Limit],
) -> tuple[np.ndarray, np.ndarray]:
    n_steps, horizon = len(edges) - 1, edges[-1] - TIGHT
    slots: dict[tuple[int, int], list[Infusion]] = {}
    for regimen in plan.regimens:
        for dose in infusions(regimen, horizon, age_years, held, limits):
            step = min(int(dose.day / step_days + 1e-9), n_steps - 1)
            slots.setdefault((step, names.index(dose.drug)), []).append(dose)
    width = max((len(doses) for doses in slots.values()), default=1)
    amount, day = np.zeros((n_steps, len(names), width, 5)), np.zeros((n_steps, len(names), width))
    for (step, drug), doses in slots.items():
        for k, dose in enumerate(sorted(doses, key=lambda d: d.day)):
            amount[step, drug, k] = dose.amount
            day[step, drug, k] = max(dose.day - edges[step], 0.0)
    return amount, day


def oral_periods(regimen: Regimen, age_years: float | None) -> Iterator[tuple[float, float, AgeBand | None]]:
    start, end = regimen.start.days, regimen.end_day
    for band in regimen.age_bands:
        assert age_years is not None
        until = min((band.below_years - age_years) * 365.25, end)
        if until > start:
            yield start, until, band
            start = until
    if end > start:
        yield start, end, None


def _oral_table(
    plan: "Plan",
    names: tuple[str, ...],
    edges: np.ndarray,
    age_years: float | None,
    held: Sequence[tuple[float, float]],
    stop: float,
) -> np.ndarray:
    rate = np.zeros((len(edges) - 1, len(names), 4))
    banded_share = np.zeros((len(edges) - 1, len(names)))
    for regimen in (r for r in plan.regimens if r.route == "oral"):
        drug = names.index(regimen.drug)
        per_day = 1.0 / DAYS[regimen.tablets_every]
        per_day *= 1.0 if regimen.fasting else float(facts(regimen.drug)["with_food"].internal)
        for start, end, band in oral_periods(regimen, age_years):
            share = np.zeros(len(edges) - 1)
            for since, until in spans_given(regimen, held, stop):
                share += _overlap(edges, max(start, since), min(end, until))
            per_kg, below, above, cut, _ = _amount(regimen, band, per_day)
            rate[:, drug, :3] += share[:, None] * np.array([per_kg, below, above])
            if cut:
                # A table row holds one weight cut: that of the regimen which fills more of the step.
                wins = share > banded_share[:, drug]
                rate[wins, drug, 3], banded_share[wins, drug] = cut, share[wins]
    return rate


def _window(part: object) -> tuple[float, float]:
    start, duration = part.start, part.duration  # type: ignore[attr-defined]
    return start.days, inf if duration is None else start.days + duration.days


def _overlap(edges: np.ndarray, start: float, end: float) -> np.ndarray:
    """Share of each step that lies in the window."""
    covered = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
    return np.clip(covered / np.diff(edges), 0.0, 1.0)


def _total(edges: np.ndarray, parts: Iterable[tuple[object, float]]) -> np.ndarray:
    total = np.zeros(len(edges) - 1)
    for part, rate in parts:
        total += rate * _overlap(edges, *_window(part))
    return total
