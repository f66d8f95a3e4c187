"""The parts of a plan of care, whether they fit together, and what follows from them alone."""

from itertools import chain, combinations
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from brittlestar._shared.errors import InputError
from brittlestar.care.base import Component, Part
from brittlestar.care.biologics import Biologic, known
from brittlestar.care.dates import Limit
from brittlestar.care.monitoring import Check, usual_checks
from brittlestar.care.population import Population
from brittlestar.care.regimen import Placebo, Regimen
from brittlestar.care.stop_rules import Stop
from brittlestar.care.supplements import Activity, Calcium, Immobilisation, Programme, VitaminD
from brittlestar.care.surgery import Hold, Surgery, held
from brittlestar.drugs.catalogue import DRUGS

PARTS: dict[str, type[Part]] = {
    "regimens": Regimen,
    "biologics": Biologic,
    "placebo": Placebo,
    "calcium": Calcium,
    "vitamin_d": VitaminD,
    "activity": Activity,
    "programmes": Programme,
    "immobilisation": Immobilisation,
    "surgeries": Surgery,
    "holds": Hold,
    "stops": Stop,
}
"""Every kind of care by its field, in the order in which a plan is said; checks are said after them."""

MOST_PARTS = 300
"""Parts of one kind in a plan: more than a page of words can hold, and work on them stays short."""

type Parts[T] = Annotated[tuple[T, ...], Field(max_length=MOST_PARTS)]


class PlanFields(Component):
    """What a plan is made of; users make a :class:`brittlestar.care.Plan`.

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
        InputError: unknown fields, two drugs by mouth at once, a hold without an operation or without a drug,
            two rules of one kind.
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
    def _fits_together(self) -> Self:
        if self.monitoring is None:
            object.__setattr__(self, "monitoring", self.usual_monitoring)
        if self.holds and not self.surgeries:
            raise InputError(
                "plan: hold-without-operation",
                "no operation",
                "a hold needs a planned operation, e.g. 'osteotomy of the femur at 1 year, hold around "
                "surgery until healing is seen' (source: the plan contradicts itself)",
            )
        if (self.holds or self.stops) and not self.all_drugs:
            raise InputError(
                "plan: hold-or-stop-without-drug",
                "no drug",
                "accepted: with a drug that can be held or stopped (source: the plan contradicts itself)",
            )
        kinds = [stop.kind for stop in self.stops]
        if len(set(kinds)) < len(kinds):
            raise InputError(
                "plan: stop-said-twice",
                " and ".join(str(s) for s in self.stops),
                "accepted: one rule of each kind (source: the plan contradicts itself)",
            )
        tablets = [regimen for regimen in self.regimens if regimen.route == "oral"]
        for one, other in combinations(tablets, 2):
            if overlap(one, other):
                raise InputError(
                    "plan: two-tablets-at-once",
                    f"{one.drug} and {other.drug}",
                    "overlapping regimens; accepted: one drug by mouth at a time, '... for 1 year then ...' "
                    "(source: none of the plans held here gives two)",
                )
        return self

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part beside the checks, in the order of ``PARTS``."""
        return tuple(chain.from_iterable(getattr(self, name) for name in PARTS))

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
        """The rules that have a date, as doses take them.

        Raises:
            InputError: a rule needs age, or age and sex.
        """
        found = (stop.limit(age_years, sex) for stop in self.stops)
        return tuple(limit for limit in found if limit is not None)


def overlap(one: Regimen | Biologic, other: Regimen | Biologic) -> bool:
    """Whether two courses are given at the same time; one that follows the other is not."""
    return one.start.days < _given_until(other) and other.start.days < _given_until(one)


def _given_until(course: Regimen | Biologic) -> float:
    """Day on which a course is over; a single dose is over before its end, if the plan gives it one."""
    if course.every is not None or course.end_day < float("inf"):
        return course.end_day
    if isinstance(course, Biologic):
        # A dose acts until the next would be due.
        return (
            course.end_day
            if course.daily
            else course.start.days + float(known(course.drug)["interval_shortest"].internal)
        )
    single = course.route == "iv" and not course.age_bands
    return course.start.days + course.days_per_course if single else course.end_day
