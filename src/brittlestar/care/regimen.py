"""A drug regimen: what, how much, how often, from when, for how long."""

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care.base import Component, Part
from brittlestar.care.durations import START, Span, SpanField, number
from brittlestar.drugs.catalogue import check_drug, routes

IV_UNITS = ("mg/kg", "mg/m2", "mg")
IV_COURSE_UNITS = ("mg/kg/day", "mg/m2/day", "mg/day")
ORAL_UNITS = ("mg/day", "mg/kg/day", "mg/m2/day", "mg/week", "mg/kg/week", "mg/m2/week", "mg/month")
DOSE_UNITS = (*IV_UNITS, *IV_COURSE_UNITS, "mg/kg/week", "mg/m2/week", "mg/week", "mg/month")


class AgeBand(Component):
    """Dose and interval below an age; the regimen's own dose and interval hold above the last band."""

    below_years: float = Field(gt=0)
    dose: float = Field(gt=0)
    every: SpanField | None = None


class WeightBand(Component):
    """Dose below a weight; the regimen's own dose holds above the last band."""

    below_kg: float = Field(gt=0)
    dose: float = Field(gt=0)


class Placebo(Part):
    """Placebo: nothing with an effect on bone, kept because trials and charts name it."""

    words = ("placebo",)
    start: SpanField = START
    duration: SpanField | None = None

    def __str__(self) -> str:
        return self.with_period("placebo")


class Regimen(Part):
    """One drug regimen.

    Doses are in the form that the drug's doses are stated in (acid or salt, see the drug's file).

    Args:
        drug: name of the drug.
        route: ``iv`` or ``oral``; the drug's own route if left out.
        dose: dose in ``dose_unit``; with bands, the dose above the last band.
        dose_unit: iv: ``mg/kg``, ``mg/m2`` or ``mg`` an infusion, with ``days_per_course`` above 1 the same a
            day (``mg/kg/day``); oral: the same a day or a week, or ``mg/month``. Body surface is that of
            :func:`~brittlestar.drugs.body_size.body_surface_area` on the day of the dose.
        every: interval from the start of one course to the start of the next; iv only; none: once.
        days_per_course: infusions on so many days in a row.
        start: time from the start of the plan.
        duration: none: until the end of the run. No course begins that would not be over by its end.
        weight_bands: doses below given weights, lightest first, same unit.
        age_bands: doses and intervals below given ages, youngest first.
        cap_mg: most mg in one infusion, of tablets in the time of ``dose_unit`` (a day, a week).
        least_mg: least mg in the same.
        first_dose_fraction: share of the dose given at the very first infusion, 0.01 to 1.
        infusion_hours: length of an infusion.
        upright: tablets: whether the person stays upright for half an hour after one.
        fasting: tablets: whether they are taken fasting with water, or else with food.

    Raises:
        InputError: anything that does not fit together, with what would.
    """

    drug: str
    route: str = ""
    dose: float = Field(gt=0)
    dose_unit: str
    every: SpanField | None = None
    days_per_course: int = Field(default=1, ge=1)
    start: SpanField = START
    duration: SpanField | None = None
    weight_bands: tuple[WeightBand, ...] = ()
    age_bands: tuple[AgeBand, ...] = ()
    cap_mg: float | None = Field(default=None, gt=0)
    least_mg: float | None = Field(default=None, gt=0)
    first_dose_fraction: float = Field(default=1.0, ge=0.01, le=1)
    infusion_hours: float | None = Field(default=None, gt=0)
    upright: bool = True
    fasting: bool = True

    @model_validator(mode="before")
    @classmethod
    def _own_route(cls, fields: Any) -> Any:
        if isinstance(fields, dict) and "drug" in fields and "route" not in fields:
            return {**fields, "route": routes(check_drug(fields["drug"]))[0]}
        return fields

    @model_validator(mode="before")
    @classmethod
    def _one_weight(cls, fields: Any) -> Any:
        """Plan files written before there were bands name one weight and the dose below it."""
        earlier = ("below_kg", "dose_below_kg")
        if not isinstance(fields, dict) or not any(name in fields for name in earlier):
            return fields
        below, dose = (fields.get(name) for name in earlier)
        rest = {name: value for name, value in fields.items() if name not in earlier}
        if below is None and dose is None:
            return rest
        if below is None or dose is None or rest.get("weight_bands"):
            accepted = "accepted: both of them, without weight_bands"
            raise InputError(", ".join(name for name in earlier if name in fields), (below, dose), accepted)
        return {**rest, "weight_bands": [{"below_kg": below, "dose": dose}]}

    @field_validator("drug")
    @classmethod
    def _known_drug(cls, drug: str) -> str:
        return check_drug(drug)

    @field_validator("dose_unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit not in DOSE_UNITS:
            raise InputError("dose_unit", unit, nearest(unit, DOSE_UNITS))
        return unit

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        possible = routes(self.drug)
        if self.route not in possible:
            raise InputError("route", self.route, f"{self.drug} is given {' or '.join(possible)}")
        weights = [band.below_kg for band in self.weight_bands]
        if weights != sorted(set(weights)):
            raise InputError("weight_bands", weights, "accepted: rising weights, each once")
        if weights and self.age_bands:
            raise InputError("weight_bands, age_bands", (weights, self.age_bands), "accepted: one of them")
        if weights and self.per_size:
            raise InputError("weight_bands, dose_unit", self.dose_unit, "accepted with bands: a dose in mg")
        self._check_ends()
        ages = [band.below_years for band in self.age_bands]
        if ages != sorted(set(ages)):
            raise InputError("age_bands", ages, "accepted: rising ages, each once")
        self._check_iv() if self.route == "iv" else self._check_oral()
        return self

    def _check_ends(self) -> None:
        """Refuse a most and a least dose that contradict each other, or that a fixed dose already is."""
        if self.cap_mg is not None and self.least_mg is not None and self.least_mg > self.cap_mg:
            raise InputError("least_mg, cap_mg", (self.least_mg, self.cap_mg), "accepted: the least first")
        if self.least_mg is not None and not self.per_size:
            raise InputError("least_mg, dose_unit", self.dose_unit, "accepted: a dose per kg or per m2")
        if self.route == "oral" and self.cap_mg is not None and not self.per_size:
            raise InputError(
                "cap_mg, dose_unit", self.dose_unit, "accepted for tablets: a dose per kg or per m2"
            )

    def with_dose(self, times: float) -> Self:
        """The regimen with every dose so many times as large, and its most and least dose with it."""
        bounds = {name: getattr(self, name) for name in ("cap_mg", "least_mg")}
        bands = {
            name: tuple(band.model_copy(update={"dose": times * band.dose}) for band in getattr(self, name))
            for name in ("weight_bands", "age_bands")
        }
        changed = {name: times * mg for name, mg in bounds.items() if mg is not None}
        return self.model_copy(update={"dose": times * self.dose, **changed, **bands})

    @property
    def per_size(self) -> str:
        """``kg`` or ``m2`` where the dose goes by body size, else nothing."""
        return next((size for size in ("kg", "m2") if f"/{size}" in self.dose_unit), "")

    def _check_iv(self) -> None:
        for field in ("upright", "fasting"):
            if not getattr(self, field):
                raise InputError(field, False, "accepted: tablets only")
        units = IV_UNITS if self.days_per_course == 1 else IV_COURSE_UNITS
        if self.dose_unit not in units:
            hint = (
                "with 'for 3 days every 4 months' say the dose per day"
                if self.days_per_course > 1
                else "a daily dose by infusion needs the days of a course, e.g. 'for 3 days every 4 months'"
            )
            raise InputError("dose_unit", self.dose_unit, f"accepted here: {' or '.join(units)}; {hint}")
        for every in (self.every, *(band.every for band in self.age_bands)):
            if every is not None and every.days < self.days_per_course:
                raise InputError("every", str(every), f"accepted: at least {self.days_per_course} days")
            self._check_overlap(every)
        if self.duration is not None and self.duration.days <= self.days_per_course - 1:
            raise InputError(
                "duration", str(self.duration), f"accepted: a course of {self.days_per_course} days at least"
            )
        if any(band.every for band in self.age_bands) and self.every is None:
            raise InputError("every", None, "accepted: an interval above the last age band too")

    def _check_overlap(self, every: Span | None) -> None:
        """Refuse an infusion that still runs when the next one begins."""
        waits = [24.0] if self.days_per_course > 1 else []
        if every is not None:
            waits.append(24.0 * (every.days - self.days_per_course + 1))
        if self.infusion_hours is not None and waits and self.infusion_hours > min(waits):
            raise InputError(
                "infusion_hours",
                self.infusion_hours,
                f"accepted: at most {min(waits):.4g} hours, when the next infusion begins",
            )

    def _check_oral(self) -> None:
        if self.dose_unit not in ORAL_UNITS:
            raise InputError("dose_unit", self.dose_unit, f"accepted by mouth: {', '.join(ORAL_UNITS)}")
        for field, usual in (
            ("every", None),
            ("days_per_course", 1),
            ("first_dose_fraction", 1.0),
            ("infusion_hours", None),
        ):
            if getattr(self, field) != usual:
                raise InputError(field, getattr(self, field), "accepted: infusions only")
        if any(band.every for band in self.age_bands):
            raise InputError("age_bands", "every", "accepted: infusions only")

    @property
    def tablets_every(self) -> str:
        """Time unit of a dose by mouth, ``day``, ``week`` or ``month``; ``day`` of one by infusion."""
        return self.dose_unit.rpartition("/")[2] if self.route == "oral" else "day"

    def __str__(self) -> str:
        days = f" for {self.days_per_course} days" if self.days_per_course > 1 else ""
        doses = []
        for band in self.weight_bands:
            doses.append((band.dose, None, f" below {number(band.below_kg)} kg"))
        for band in self.age_bands:
            doses.append((band.dose, band.every, f" below age {number(band.below_years)}"))
        doses.append((self.dose, self.every, " above" if doses else ""))
        said = []
        for dose, every, band in doses:
            amount = f"{number(dose)} {self.dose_unit}"
            interval = "" if every is None else f" every {every}"
            if not said:
                amount = f"{self.drug} {amount} {self.route}{days}"
                interval = " once" if self.route == "iv" and self.every is None else interval
            said.append(f"{amount}{interval}{band}")
        words = self.with_period(", ".join(said), ", " if len(doses) > 1 else " ")
        if self.cap_mg is not None:
            words += f", max {number(self.cap_mg)} mg"
        if self.least_mg is not None:
            words += f", min {number(self.least_mg)} mg"
        if self.first_dose_fraction != 1.0:
            words += f", first dose x{number(self.first_dose_fraction)}"
        if self.infusion_hours is not None:
            words += f", over {number(self.infusion_hours)} hours"
        if not self.upright:
            words += ", not upright"
        if not self.fasting:
            words += ", with food"
        return words
