"""A plan of care: what a person is given and does, from the first day of a run."""

from datetime import date
from typing import Any, Self

from pydantic import model_validator

from brittlestar._shared.arguments import optional_real, real, real_between, whole
from brittlestar._shared.errors import InputError
from brittlestar._shared.schedule import Schedule
from brittlestar._shared.user_files import toml_fields
from brittlestar.care.calendar import Visit, visits
from brittlestar.care.dose_counts import YearlyDoses, doses_in_words, doses_per_year
from brittlestar.care.doses import dose_days
from brittlestar.care.durations import read_span
from brittlestar.care.in_words import in_words
from brittlestar.care.label_warnings import label_warnings
from brittlestar.care.person_warnings import person_warnings
from brittlestar.care.plan_fields import PlanFields
from brittlestar.care.plan_files import as_toml
from brittlestar.care.published_doses import PlanWarning, biologic_dose, regimen_dose
from brittlestar.care.stop_rules import Observations, resolve_stop
from brittlestar.care.surgery import healed_at
from brittlestar.care.tabulate import tabulate

MOST_YEARS, MOST_STEPS, LAST_YEAR = 200, 10_000_000, 9000
"""No life is longer; a hundred years in steps of five minutes; dates end with the year 9999 of the
calendar library."""


def _years(value: Any) -> float:
    return real_between(value, 0, MOST_YEARS, "years", f"0 to {MOST_YEARS} years")


def _days(value: Any) -> float:
    return real_between(value, 0, MOST_YEARS * 366, "horizon_days", f"days of up to {MOST_YEARS} years")


def _age(value: Any) -> float | None:
    return optional_real(value, 0, 120, "age_years", "0 to 120 years")


class Plan(PlanFields):
    """Regimens and what goes with them. ``Plan()`` is no treatment.

    Making a plan says nothing: :meth:`check` names what departs from labels and published use.

    Its fields are those of :class:`brittlestar.care.plan_fields.PlanFields`: ``name``, ``note``, ``sources``,
    ``population``, ``monitoring``, and the parts by kind.

    Raises:
        InputError: unknown fields or drugs, a dose that looks like a slip of the unit, two drugs by mouth at
            once, a hold without an operation or without a drug, two rules of one kind.
    """

    @model_validator(mode="after")
    def _no_slip_of_a_unit(self) -> Self:
        # Looking refuses what is far from every published dose; what is only unusual waits for check().
        for regimen in self.regimens:
            tuple(regimen_dose(regimen))
        for course in self.biologics:
            tuple(biologic_dose(course))
        return self

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
        return dose_days(self, _days(horizon_days), _age(age_years), sex)

    def doses_per_year(
        self, years: float, age_years: float | None = None, sex: Any = None
    ) -> tuple[YearlyDoses, ...]:
        """Infusions, injections and days of tablets of each drug in each year.

        Args:
            years: how far.
            age_years: age at the start, if the plan goes by age (``needs_age``).
            sex: if it goes by the end of growth.
        """
        return doses_per_year(self, _years(years), _age(age_years), sex)

    def doses_in_words(self, years: float, age_years: float | None = None, sex: Any = None) -> str:
        """:meth:`doses_per_year` in a sentence: ``zoledronate: 6 infusions, 2 in each of years 1 to 3.``"""
        return doses_in_words(self.doses_per_year(years, age_years, sex))

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
        return visits(self, _years(years), _age(age_years), sex, start)

    def without_drugs(self) -> Self:
        """The same care without any drug: the twin to compare with."""
        return self.model_copy(
            update={"regimens": (), "biologics": (), "holds": (), "stops": (), "monitoring": ()}
        )

    def with_doses(self, times: float) -> Self:
        """The same care with every dose of a drug so many times as large, and what bounds a dose with it."""
        if times == 1.0:
            return self
        regimens = tuple(one.with_dose(times) for one in self.regimens)
        biologics = tuple(one.model_copy(update={"dose": times * one.dose}) for one in self.biologics)
        return self.model_copy(update={"regimens": regimens, "biologics": biologics})

    def in_words(self) -> str:
        """The plan as a sentence that :func:`brittlestar.care.parse` reads back."""
        return in_words(self)

    def to_toml(self) -> str:
        """The plan as TOML that :meth:`from_toml` reads back."""
        return as_toml(self.model_dump(exclude_defaults=True))

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
    ) -> tuple[PlanWarning, ...]:
        """Departures from labels and published use, each once: in general, and for one person and run.

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
        person = person_warnings(
            self, age_years, weight_kg, vitamin_d_nmol_per_l, creatinine_clearance_ml_min, years
        )
        found = (*label_warnings(self), *person)
        return tuple({str(warning): warning for warning in found}.values())

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
        return tabulate(self, n_steps, step_days, age_years, drugs, sex)
