"""The one JSON that the first screen is drawn from: what every engine behind the page has to give.

The front end asks an adapter (``static/served.js``) two things of a question (:class:`Explore`): an
:class:`Answer`, and how :class:`Sure` it is. Today's adapter fetches both from the server, which makes them
in :mod:`brittlestar.web.answer`; one that computes in the browser gives the same. All is numbers and ids but
for ``notes``, ``dates`` and the plan's words, which are English; sentences are made by the front end, from
its catalogue. ``Answer.model_json_schema()`` is the schema for other languages.

Two plans stand in every pair: ``untreated``, the same care without the drugs, and ``plan``. A mean is over
people who share all that was told and differ in the rest, each counted by how well they fit; what is "of 100"
is out of 100 such people over the whole course.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from brittlestar.web.requests import Explore

Side = Literal["untreated", "plan"]
"""Of a pair of courses."""

TWO_ENDS = Field(min_length=2, max_length=2)
"""Low and high."""


class Part(BaseModel):
    """Nothing that the schema does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ClinicDay(Part):
    """What is done on one day at a clinic."""

    day: int = Field(description="whole days since the start")
    what: list[str] = Field(description="ids of drugs, checks and operations, in their order")


class Plan(Part):
    """What is given, and what it asks of a person."""

    words: str = Field(description="English; reads back as the same plan")
    drugs: list[str] = Field(description="ids in order of the plan; none: no drug")
    biologics: bool = Field(description="whether one of them is no bisphosphonate")
    given_years: list[float] = Field(description="times of infusions and injections since the start")
    tablets_years: list[list[float]] = Field(description="from and to when tablets are taken")
    clinic_days: int = Field(description="different days at a clinic, within the course")
    visits: list[ClinicDay] = Field(description="these days, in order")
    outside: list[str] = Field(description="ids of departures from published doses, most telling first")


class Trials(Part):
    """Fractures that pooled trials point to: the untreated number times their rate ratio."""

    mean: float
    low: float
    high: float
    ratio: list[float] = Field(min_length=3, max_length=3, description="value, low, high (95 %)")
    without_outlier: list[float] = Field(min_length=3, max_length=3)


class Fractures(Part):
    """Fractures of a person in a year, averaged over the course."""

    untreated: float
    plan: float
    population: list[float] | None = Field(
        description="the plan's number in 9 of 10 populations with so many untreated, as trials differ"
    )
    untreated_population: list[float] = Field(
        min_length=2,
        max_length=2,
        description="the untreated number in 9 of 10 populations, as cohorts differ",
    )
    trials: Trials | None
    no_trials: Literal["no-drug", "without-oi", "other-drugs", "dose-above", "dose-below"] | None = Field(
        description="why trials of bisphosphonates do not speak of this"
    )
    told_2_years: int | None = Field(description="of the last two years, as told, without the spine")
    untreated_outside_spine: float = Field(description="the untreated number of the bones that are told of")
    counts: dict[Side, list[int]] = Field(
        description="in the whole course, of the middle person of each fiftieth, in order"
    )


class Band(Part):
    """A quantity over time [T]: mean, and the ends between which 8 of 10 people lie."""

    mean: list[float]
    low: list[float]
    high: list[float]


class Quantity(Part):
    """An output of the model under both plans."""

    unit: str
    untreated: Band
    plan: Band


class Healthy(Part):
    """Spine density of healthy people of the same age and sex, g/cm2 [T]."""

    median: list[float]
    sd: list[float]


class Course(Part):
    """What happens over time."""

    time_years: list[float] = Field(description="since the start [T]")
    healthy: Healthy
    quantities: dict[str, Quantity] = Field(description="by output, see brittlestar.model.outputs.UNITS")
    fractures_low: dict[Side, list[int]] = Field(description="so far, 10 of 100 [T]")
    fractures_high: dict[Side, list[int]] = Field(description="so far, 90 of 100 [T]")
    growth_mm: list[float] = Field(description="length added at the lower end of the femur [T]")
    metaphysis_width: dict[Side, list[float]] = Field(
        description="of the ends of long bones, over untreated [T]"
    )


class Count(Part):
    """People out of 100; where only a bound is known ``mean`` is none."""

    mean: float | None
    at_most: float | None = None
    chance: list[float] | None = Field(description="range of 95 of 100 groups of 100 people")


class Row(Part):
    """A benefit or harm, out of 100."""

    id: str
    kind: Literal["benefit", "harm"]
    untreated: Count
    plan: Count
    difference: float | None
    assumed: bool = Field(description="whether the size rests on an assumption")


class Answer(Part):
    """What happens to such people with the plan and without."""

    schema_: Literal["brittlestar/answer/1"] = Field(default="brittlestar/answer/1", alias="schema")
    asked: Explore
    manifest: dict[str, Any]
    people: int = Field(description="drawn")
    effective: float = Field(description="for how many people drawn at random they stand")
    plan: Plan
    fractures: Fractures
    course: Course
    rows: list[Row]
    outside: list[str] = Field(description="notes that come first: the answer rests on less than usual")
    dates: list[str] = Field(description="when the rules of the plan are met")
    notes: list[str]


class Difference(Part):
    """A difference to no treatment with three ranges around the same mean, which are not added up."""

    id: str
    unit: str
    places: int = Field(description="decimals that are known")
    mean: float
    chance: list[float] = TWO_ENDS
    people: list[float] = TWO_ENDS
    science: list[float] = TWO_ENDS
    population: dict[Side, list[float]] = Field(
        description="of fractures: each side's number in 9 of 10 populations, parameter sets and laws; the "
        "plan's where so many break untreated as is told"
    )


class Sure(Part):
    """How sure the differences are."""

    rows: list[Difference]
    lower: int = Field(description="people of 100 whose chance of a fracture the plan lowers")
    sets: int = Field(description="parameter sets behind the range of the science")
