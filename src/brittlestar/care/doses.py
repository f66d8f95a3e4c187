"""The doses of a plan: on which day, of which drug, how much. Whoever counts or tabulates them asks here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Any, NamedTuple

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care.dates import TIGHT, Limit, due, windows_given
from brittlestar.care.durations import DAYS, Span
from brittlestar.care.plan_fields import PlanFields
from brittlestar.care.regimen import AgeBand, Regimen
from brittlestar.drugs.catalogue import facts

type Amount = tuple[float, ...]
"""mg_per_kg, mg_if_below, mg_if_above, weight_cut_kg, cap_mg, and more columns where the dose needs them; see
``Schedule.iv_amount`` and ``drugs.dose_rule``."""


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
    amount: Amount
    begins: float


class TabletPeriod(NamedTuple):
    """Days on which the same dose of tablets is taken.

    Attributes:
        windows: days from and to which they are taken, without holds, in order.
        amount: a day, as the dose taken fasting that is absorbed alike.
    """

    windows: tuple[tuple[float, float], ...]
    amount: Amount


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


def tablet_periods(
    regimen: Regimen,
    age_years: float | None = None,
    held: Sequence[tuple[float, float]] = (),
    stop: float = inf,
) -> Iterator[TabletPeriod]:
    """The periods of a regimen by mouth, one for each dose by age.

    Args:
        regimen: of tablets; infusions give none.
        age_years: age at the start of the plan, if the regimen doses by age.
        held: windows of days without drug.
        stop: day from which no drug is given.
    """
    if regimen.route != "oral":
        return
    per_day = 1.0 / DAYS[regimen.tablets_every]
    per_day *= 1.0 if regimen.fasting else float(facts(regimen.drug)["with_food"].internal)
    taken = tuple(windows_given(regimen.start.days, min(regimen.end_day, stop), held))
    for start, end, band in _ages(regimen, age_years):
        windows = tuple((max(start, since), min(end, until)) for since, until in taken)
        yield TabletPeriod(windows, _amount(regimen, band, per_day))


def dose_days(
    plan: PlanFields, horizon_days: float, age_years: float | None = None, sex: Any = None
) -> list[tuple[float, str]]:
    """Days and drugs of all infusions and injections (not of daily drugs) before the horizon.

    Args:
        plan: of care.
        horizon_days: end of what is asked for.
        age_years: age at the start, if the plan goes by age (``needs_age``).
        sex: if it goes by the end of growth.
    """
    held, limits = plan.held, plan.limits(age_years, sex)
    infused = (i for r in plan.regimens for i in infusions(r, horizon_days, age_years, held, limits))
    injected = ((day, c.drug) for c in plan.biologics for day in c.days(horizon_days, held, limits))
    return [*((dose.day, dose.drug) for dose in infused), *injected]


def _band(regimen: Regimen, age_years: float | None, day: float) -> AgeBand | None:
    if not regimen.age_bands:
        return None
    age = _age_at_start(age_years) + day / DAYS_PER_YEAR
    return next((band for band in regimen.age_bands if age < band.below_years - 1e-9), None)


def _ages(regimen: Regimen, age_years: float | None) -> Iterator[tuple[float, float, AgeBand | None]]:
    start, end = regimen.start.days, regimen.end_day
    for band in regimen.age_bands:
        until = min((band.below_years - _age_at_start(age_years)) * DAYS_PER_YEAR, end)
        if until > start:
            yield start, until, band
            start = until
    if end > start:
        yield start, end, None


def _age_at_start(age_years: float | None) -> float:
    if age_years is None:
        raise InputError(
            "age_years", None, "this regimen doses by age: give the age at the start of the plan"
        )
    return age_years


def _amount(regimen: Regimen, band: AgeBand | None, share: float) -> Amount:
    dose = (regimen.dose if band is None else band.dose) * share
    cap = inf if regimen.cap_mg is None else regimen.cap_mg * share
    least = 0.0 if regimen.least_mg is None else regimen.least_mg * share
    per_kg, per_m2 = ((dose if regimen.per_size == size else 0.0) for size in ("kg", "m2"))
    fixed = [*(b.dose * share for b in regimen.weight_bands), dose] if not regimen.per_size else [0.0]
    cuts = [b.below_kg for b in regimen.weight_bands] or [0.0]
    plain = (per_kg, fixed[0], fixed[min(1, len(fixed) - 1)], cuts[0], cap)
    further = [(cut, after - before) for cut, before, after in zip(cuts[1:], fixed[1:], fixed[2:])]
    return (*plain, least, per_m2, *chain(*further)) if least or per_m2 or further else plain
