"""A plan of care: what a person is given and does, from the first day of a run."""

import warnings
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from brittlestar._shared.arguments import optional_real, real, real_between, whole
from brittlestar._shared.errors import InputError
from brittlestar._shared.user_files import toml_fields
from brittlestar.care import doses as yearly_doses
from brittlestar.care import in_words, label_warnings, person_warnings, plan_files
from brittlestar.care.base import Component
from brittlestar.care.biologics import Biologic
from brittlestar.care.dates import Limit
from brittlestar.care.doses import YearlyDoses
from brittlestar.care.durations import read_span
from brittlestar.care.monitoring import Check, Visit, calendar, usual_checks
from brittlestar.care.population import Population
from brittlestar.care.regimen import Placebo, Regimen
from brittlestar.care.schedule import Schedule
from brittlestar.care.stop_rules import Observations, Stop, resolve_stop
from brittlestar.care.supplements import Activity, Calcium, Immobilisation, Programme, VitaminD
from brittlestar.care.surgery import Hold, Surgery, healed_at, held
from brittlestar.care.tabulate import build, infusions
from brittlestar.drugs.catalogue import DRUGS

MOST_PARTS = 300
"""Parts of one kind in a plan: more than a page of words can hold, and work on them stays short."""

type Parts[T] = Annotated[tuple[T, ...], Field(max_length=MOST_PARTS)]

MOST_YEARS, MOST_STEPS, LAST_YEAR = 200, 10_000_000, 9000


def _years(value: Any) -> float:
    return real_between(value, 0, MOST_YEARS, "years", f"0 to {MOST_YEARS} years")


def _days(value: Any) -> float:
    return real_between(value, 0, MOST_YEARS * 366, "horizon_days", f"days of up to {MOST_YEARS} years")


def _age(value: Any) -> float | None:
    return optional_real(value, 0, 120, "age_years", "0 to 120 years")


class Plan(Component):
    """Regimens and what goes with them. ``Plan()`` is no treatment.

    Making a plan warns (:class:`PlanWarning`) where it departs from labels and published use.

    Args:
        name: short name.
        note: what to know about it.
        sources: where it was published, or ``assumed``.
        population: whom it was published for.
        regimens: bisphosphonates.
        biologics: denosumab, teriparatide, antibodies to sclerostin.
        placebo: periods on placebo.
        calcium: calcium supplements.
        vitamin_d: vitamin D supplements.
        activity: periods of other than usual load.
        programmes: physiotherapy and exercise by name.
        immobilisation: periods with a limb at rest.
        surgeries: planned operations.
        holds: no drug around the operations.
        stops: rules that end all drugs; the first that is met counts.
        monitoring: checks that go with it; left out, a plan with a drug has the usual ones.

    Raises:
        InputError: unknown fields or drugs, a dose that looks like a slip of the unit, two drugs by mouth at
            once, a hold without an operation or without a drug, two rules of one kind.
    """

    name: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    population: Population | None = None
    regimens: Parts[Regimen] = ()
    biologics: Parts[Biologic] = ()
    placebo: Parts[Placebo] = ()
    calcium: Parts[Calcium] = ()
    vitamin_d: Parts[VitaminD] = ()
    activity: Parts[Activity] = ()
    programmes: Parts[Programme] = ()
    immobilisation: Parts[Immobilisation] = ()
    surgeries: Parts[Surgery] = ()
    holds: Parts[Hold] = ()
    stops: Parts[Stop] = ()
    monitoring: Parts[Check] | None = None

    @model_validator(mode="after")
    def _warn(self) -> Self:
        if self.monitoring is None:
            object.__setattr__(self, "monitoring", self.usual_monitoring)
        for warning in self._findings():
            warnings.warn(warning, stacklevel=4)
        return self

    def _findings(self) -> list[label_warnings.PlanWarning]:
        """Every departure of the plan itself, said once however often it is met."""
        found = (*label_warnings.findings(self), *person_warnings.findings(self))
        return list({str(warning): warning for warning in found}.values())

    @property
    def drugs(self) -> tuple[str, ...]:
        """Drugs of the plan, in the order of the house."""
        given = {regimen.drug for regimen in self.regimens}
        return tuple(drug for drug in DRUGS if drug in given)

    @property
    def all_drugs(self) -> tuple[str, ...]:
        """Bisphosphonates and biologics of the plan."""
        return (*self.drugs, *dict.fromkeys(course.drug for course in self.biologics))

    @property
    def usual_monitoring(self) -> tuple[Check, ...]:
        """The checks that this plan has unless it says otherwise."""
        by_needle = any(regimen.route == "iv" for regimen in self.regimens) or any(
            not course.daily for course in self.biologics
        )
        return usual_checks(by_needle) if self.regimens or self.biologics else ()

    @property
    def needs_age(self) -> bool:
        """Whether the schedule depends on the age at the start."""
        waiting = any(stop.kind in ("age", "growth") and stop.met is None for stop in self.stops)
        return waiting or any(regimen.age_bands for regimen in self.regimens)

    @property
    def needs_sex(self) -> bool:
        """Whether the schedule depends on sex: growth ends at another age."""
        return any(stop.end_of_growth and stop.met is None for stop in self.stops)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to know of the plan beside its warnings: its note, and what of it acts on nothing."""
        said = [self.note.removesuffix(".")] if self.note else []
        if any(regimen.infusion_hours is not None for regimen in self.regimens):
            said.append(label_warnings.INFUSION_LENGTH)
        return tuple(said)

    @property
    def rules(self) -> tuple[Stop | Hold, ...]:
        """The rules whose dates depend on a person or on the course of a run."""
        return (*self.stops, *(hold for hold in self.holds if hold.until_healed))

    @property
    def is_open(self) -> bool:
        """Whether a rule still waits for something that only a run shows."""
        waiting = any(stop.kind == "z" and stop.met is None for stop in self.stops)
        healing = any(hold.until_healed for hold in self.holds) and any(
            s.healed is None for s in self.surgeries
        )
        return waiting or healing

    @property
    def held(self) -> list[tuple[float, float]]:
        """Windows of days without drug around operations."""
        return held(self.holds, self.surgeries)

    def stop_day(self, age_years: float | None = None, sex: Any = None) -> float:
        """Day from which no drug is given any more, infinite while no rule is met.

        Raises:
            InputError: a rule needs age, or age and sex.
        """
        return min((stop.day(age_years, sex) for stop in self.stops), default=float("inf"))

    def limits(self, age_years: float | None = None, sex: Any = None) -> tuple[Limit, ...]:
        """The rules that have a date, as the schedule takes them.

        Raises:
            InputError: a rule needs age, or age and sex.
        """
        found = (stop.limit(age_years, sex) for stop in self.stops)
        return tuple(limit for limit in found if limit is not None)

    def resolve(
        self,
        observations: Observations | None = None,
        age_years: float | None = None,
        sex: Any = None,
    ) -> Self:
        """The plan with the dates that its rules got in a run; see :mod:`brittlestar.care.stop_rules`.

        Run, resolve and run again until the plan that comes back equals the one that was run.

        Args:
            observations: what the run of this plan showed of one person.
            age_years: age at the start, for rules of age and growth.
            sex: for the end of growth.

        Raises:
            InputError: more times of healing than operations, or age or sex missing.
        """
        seen = observations or Observations()
        healed = tuple(seen.healed_years)
        if healed and len(healed) != len(self.surgeries):
            raise InputError(
                "observations: healed_years",
                len(healed),
                f"accepted: {len(self.surgeries)}, one per operation",
            )
        surgeries = tuple(healed_at(s, t) for s, t in zip(self.surgeries, healed)) or self.surgeries
        stops = tuple(resolve_stop(stop, seen, age_years, sex) for stop in self.stops)
        return self.model_copy(update={"surgeries": surgeries, "stops": stops})

    def doses(
        self, horizon_days: float, age_years: float | None = None, sex: Any = None
    ) -> list[tuple[float, str]]:
        """Days and drugs of all infusions and injections (not of daily drugs) before the horizon."""
        horizon_days, age_years = _days(horizon_days), _age(age_years)
        holds, limits = self.held, self.limits(age_years, sex)
        given = [
            (dose.day, dose.drug)
            for regimen in self.regimens
            for dose in infusions(regimen, horizon_days, age_years, holds, limits)
        ]
        return given + [
            (day, course.drug)
            for course in self.biologics
            for day in course.days(horizon_days, holds, limits)
        ]

    def doses_per_year(
        self, years: float, age_years: float | None = None, sex: Any = None
    ) -> tuple[YearlyDoses, ...]:
        """Infusions, injections and days of tablets of each drug in each year.

        Args:
            years: how far.
            age_years: age at the start, if the plan goes by age (``needs_age``).
            sex: if it goes by the end of growth.
        """
        years, age_years = _years(years), _age(age_years)
        return yearly_doses.per_year(self, years, age_years, sex)

    def doses_in_words(self, years: float, age_years: float | None = None, sex: Any = None) -> str:
        """:meth:`doses_per_year` in a sentence: ``zoledronate: 6 infusions, 2 in each of years 1 to 3.``"""
        return yearly_doses.in_words(self.doses_per_year(years, age_years, sex))

    def visits(
        self,
        years: float,
        age_years: float | None = None,
        sex: Any = None,
        start: date | None = None,
    ) -> tuple[Visit, ...]:
        """Days in a clinic, in order of time: doses, checks and operations, all that falls on a day together.

        A check at an interval is moved by up to a week to the day of a dose.

        Args:
            years: how far.
            age_years: age at the start, if the plan goes by age (``needs_age``).
            sex: if it goes by the end of growth.
            start: first day; visits then carry calendar dates.
        """
        if start is not None and not (isinstance(start, date) and start.year < LAST_YEAR):
            raise InputError("start", start, f"accepted: a date before the year {LAST_YEAR}")
        return calendar(self, _years(years), _age(age_years), sex, start)

    def without_drugs(self) -> Self:
        """The same care without any drug: the twin to compare with."""
        return self.model_copy(
            update={"regimens": (), "biologics": (), "holds": (), "stops": (), "monitoring": ()}
        )

    def in_words(self) -> str:
        """The plan as a sentence that :func:`brittlestar.care.parse` reads back."""
        return in_words.say(self)

    def to_toml(self) -> str:
        """The plan as TOML that :meth:`from_toml` reads back."""
        return plan_files.write(self.model_dump(exclude_defaults=True))

    @classmethod
    def from_toml(cls, text: str, where: str = "plan") -> Self:
        """A plan from TOML text.

        Raises:
            InputError: not TOML, unknown fields, or a plan that does not fit together.
        """
        fields = toml_fields(text, where)
        try:
            return cls(**fields)
        except InputError as error:
            raise InputError(f"{where}: {error.where}", error.value, error.accepted) from None

    def lasting(self, duration: Any) -> Self:
        """A copy in which every drug without an end lasts this long from its start, e.g. ``"3 years"``."""
        length = read_span(duration, "duration")
        ended = {
            name: tuple(part.model_copy(update={"duration": part.duration or length}) for part in parts)
            for name, parts in (("regimens", self.regimens), ("biologics", self.biologics))
        }
        return self.model_copy(update=ended)

    def check(
        self,
        creatinine_clearance_ml_min: float | None = None,
        weight_kg: float | None = None,
        age_years: float | None = None,
        years: float | None = None,
        vitamin_d_nmol_per_l: float | None = None,
    ) -> tuple[label_warnings.PlanWarning, ...]:
        """Departures from labels and published use, in general and for one person and run.

        Args:
            creatinine_clearance_ml_min: for renal limits.
            weight_kg: for fixed doses and published weight bands.
            age_years: age at the start, for labels, published age bands and upper intake levels.
            years: length of the run: what a plan schedules after its end.
            vitamin_d_nmol_per_l: usual serum 25-hydroxyvitamin D, for drugs that lower calcium.
        """
        age_years = _age(age_years)
        weight_kg = optional_real(weight_kg, 0.1, 500, "weight_kg", "0.1 to 500 kg")
        creatinine_clearance_ml_min = optional_real(
            creatinine_clearance_ml_min, 0, 1000, "creatinine_clearance_ml_min", "0 to 1,000 mL/min"
        )
        years = None if years is None else _years(years)
        found = self._findings()
        found += person_warnings.person_findings(self, age_years, weight_kg, vitamin_d_nmol_per_l)
        if years is not None:
            found += person_warnings.run_findings(self, years)
        if weight_kg is not None:
            found += label_warnings.weight_findings(self, weight_kg)
        if creatinine_clearance_ml_min is not None:
            found += label_warnings.renal_findings(self, creatinine_clearance_ml_min)
        return tuple(found)

    def schedule(
        self,
        n_steps: int,
        step_days: float,
        age_years: float | None = None,
        drugs: tuple[str, ...] | None = None,
        sex: Any = None,
    ) -> Schedule:
        """The plan as tables over steps, doses at their own times.

        Args:
            n_steps: number of steps.
            step_days: length of a step.
            age_years: age at the start; needed if the plan goes by age (``needs_age``).
            drugs: drug axis of the tables; the plan's own bisphosphonates if left out.
            sex: needed if the plan stops at the end of growth (``needs_sex``).

        Raises:
            InputError: age or sex missing, or a drug of the plan is not on the axis.
        """
        if (whole(n_steps) or 0) < 1 or (real(step_days) or 0.0) <= 0:
            raise InputError(
                "schedule", (n_steps, step_days), "accepted: at least one step, longer than 0 days"
            )
        if n_steps > MOST_STEPS or n_steps * step_days > MOST_YEARS * 366:
            raise InputError("schedule", (n_steps, step_days), f"accepted: up to {MOST_YEARS} years")
        age_years = _age(age_years)
        return build(self, n_steps, step_days, age_years, drugs, sex)
