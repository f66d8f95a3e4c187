"""People who share all that was told and differ in the rest: each lives one life of their own under a plan.

Chance is keyed by person, so person k meets the same luck under every plan. Whoever asks, on the page, the
command line or in Python, gets these lives: the same steps, the same output times.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from brittlestar._shared.budget import COMMAND_LINE, PAGE, Budget, Cost
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.aftermath.consequences import Aftermath, aftermath
from brittlestar.aftermath.received import Given
from brittlestar.care import Plan, Schedule
from brittlestar.care.dose_counts import most_doses
from brittlestar.care.rest import as_far_as_known
from brittlestar.comparison.conditioning import condition
from brittlestar.comparison.over_people import OverPeople, Weight
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import (
    UNITS,
    Course,
    Parameters,
    accepted_z,
    default_parameters,
    simulate_cohort,
    z_error,
)
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person
from brittlestar.people.scan import density_walk, walked

TREATED, UNTREATED = "treated", "untreated"
"""Labels of lives under the plan and beside it."""

PEOPLE = 200
"""The mean of a chance is then known to within about 1.5 of 100 people (one standard error)."""

STEP_DAYS = 1.0
"""Longest step. A site breaks at most once in a step, and what a fracture does begins with the next: steps
of a week count 0.5 to 1 % fewer fractures in severe types and give 1 % less pain, steps of a day less than
0.1 %; bone and drug differ by less than 1e-4 between the two."""

PER_MONTH, FINE_YEARS = 4, 10.0
"""Outputs in a month, and the longest course that has them: seen less often, courses of infusions seem to
differ from one another. Longer courses have one a month."""

EXPECTED = tuple(f"expected_fractures_{site}" for site in SITES)


class Grid(NamedTuple):
    """Times of a course, cut so that it ends when it should."""

    outputs: int
    """after entry"""
    per: int
    """steps between them"""
    step_days: float
    per_month: int

    @property
    def steps(self) -> int:
        """All steps."""
        return self.outputs * self.per


@dataclass(frozen=True)
class Question:
    """Who is followed, how long and by which chance; the same for every plan.

    Args:
        person: what was told.
        years: length of the course.
        people: who share it and differ in the rest.
        seed: key of all chance, 0 to 2**32 - 1.
        parameters: the shipped set if left out.
        step_days: longest step.
        outputs: names to keep.
        budget: most that the question may cost.
    """

    person: Person
    years: float
    people: int = PEOPLE
    seed: int = 1
    parameters: Parameters = field(default_factory=default_parameters)
    step_days: float = STEP_DAYS
    outputs: tuple[str, ...] = tuple(UNITS)
    budget: Budget = COMMAND_LINE

    @cached_property
    def grid(self) -> Grid:
        """Times of outputs and steps."""
        per_month = PER_MONTH if self.years <= FINE_YEARS else 1
        outputs = per_month * max(round(12 * self.years), 1)
        days = self.years * DAYS_PER_YEAR / outputs
        per = int(np.ceil(days / self.step_days - 1e-9))
        return Grid(outputs, per, days / per, per_month)

    @property
    def cohort(self) -> Cohort:
        """The people."""
        return self._conditioned[0]

    @property
    def weight(self) -> Weight:
        """How much each of them counts; none where nothing was told that weighs them."""
        return self._conditioned[1]

    def over_people(self, values: np.ndarray) -> OverPeople:
        """Values of the people [..., person], ready for a mean or a range."""
        return OverPeople(values, self.weight)

    @cached_property
    def _conditioned(self) -> tuple[Cohort, Weight]:
        """People and weights.

        Raises:
            InputError: a Z-score that somebody of them cannot have, or fractures that nobody can.
        """
        z = self.person.baseline_z
        if z is not None and not self.possible:
            raise z_error(z, *self._accepted_z)
        return condition(self._drawn, self.person, self.parameters)

    @property
    def possible(self) -> bool:
        """Whether all of the people can have the Z-score that was told, under these parameters."""
        if self.person.baseline_z is None:
            return True
        low, high = self._accepted_z
        return low <= self.person.baseline_z <= high

    @cached_property
    def _accepted_z(self) -> tuple[float, float]:
        return accepted_z(self._drawn, parameters=self.parameters)

    @cached_property
    def _drawn(self) -> Cohort:
        """The people, before what was told moves them."""
        # One draw of a person is the typical one; the first of two is a person like the others.
        return self.person.to_cohort(draws=max(self.people, 2), seed=self.seed).take(np.arange(self.people))

    def check(self, plans: "list[Plan] | tuple[Plan, ...]") -> None:
        """Refuse a question that costs too much under these plans, before anything is allocated.

        Raises:
            InputError: see :meth:`Budget.check`.
        """
        days, plans = self.years * DAYS_PER_YEAR, list(plans)
        doses = [most_doses(plan, days) for plan in plans]
        # Everyone lives twice: with and without fractures.
        cost = Cost(
            people=self.people * len(plans),
            steps=2 * self.grid.steps,
            doses=-(-sum(doses) // len(plans)),
            numbers=len(self.outputs) * (self.grid.outputs + 1),
        )
        # The page always asks for as many people.
        draws = "" if self.budget is PAGE else f"draws ({self.people}), "
        smaller = (
            f"{draws}years ({self.years:g}), plans ({len(plans)}) or doses in a plan (up to {max(doses)})"
        )
        self.budget.check(cost, smaller)


@dataclass(frozen=True)
class Lives:
    """One life of each person under a plan; column k is the same person under every plan."""

    question: Question
    plan: Plan
    """as it was run"""
    schedule: Schedule
    course: Course
    """with the fractures that chance brings"""
    hazard: np.ndarray
    """integrated hazard of the first fracture [person]: of the same course without fractures, as until the
    first one there is none"""

    @cached_property
    def after(self) -> Aftermath:
        """What follows from the course: healing, spine, reactions, rare harms."""
        q = self.question
        given = [Given.from_plan(self.plan, self.schedule)]
        return aftermath(q.cohort, self.course, given, np.zeros(q.people, int), seed=q.seed)

    def expected_fractures(self) -> np.ndarray:
        """Integrated hazard of all sites along each life [T, person]; its mean is that of counts."""
        return np.sum([self.course[name] for name in EXPECTED], axis=0)

    def fractures(self, sites: tuple[int, ...] = ()) -> np.ndarray:
        """Fractures of each life, of all sites unless some are named [person]."""
        c = self.course
        mine = np.isin(c.fracture_site, sites) if sites else slice(None)
        return np.bincount(c.fracture_person[mine], minlength=self.question.people)


Follow = Callable[[Plan], Lives]
"""Lives under a plan, of a question that is fixed."""


def follow(question: Question, plan: Plan, progress: Callable[[int, int], None] | None = None) -> Lives:
    """Everyone's life under the plan.

    Args:
        question: see there.
        plan: without rules that wait for the course (:func:`brittlestar.comparison.dating.settled`).
        progress: called with (people done, people in all), in each of two runs side by side; what it raises
            ends the work.

    Raises:
        InputError: people whose course is not finite: a mean over the others would be of other people.
    """
    grid, person, n = question.grid, question.person, question.people
    cohort = question.cohort
    asked = plan.schedule(grid.steps, grid.step_days, person.age, DRUGS, person.sex)
    schedule = as_far_as_known(asked, person.age, person.sex)

    def run(outputs: tuple[str, ...], fates: bool) -> Course:
        course = simulate_cohort(
            cohort,
            [schedule],
            np.zeros(n, int),
            question.years,
            seed=question.seed,
            parameters=question.parameters,
            step_days=grid.step_days,
            output_days=grid.per * grid.step_days,
            outputs=outputs,
            fates=fates,
            drugs=1,
            progress=progress,
        )
        refuse_not_finite(len(course.failed), n, plan)
        return course

    # Side by side: one plan alone is then no slower than either.
    with ThreadPoolExecutor(2) as pool:
        lived, calm = pool.map(run, (question.outputs, EXPECTED), (True, False))
    walk = density_walk(lived.time_years, cohort.id, cohort.age_years, question.seed)
    lived = replace(lived, outputs=walked(lived.outputs, walk))
    return Lives(question, plan, schedule, lived, np.sum([calm[name][-1] for name in EXPECTED], axis=0))


def refuse_not_finite(failed: int, people: int, plan: Plan) -> None:
    """Refuse to summarise when some people have a number that is not finite.

    Raises:
        InputError: there are such people; how many.
    """
    if failed:
        words = plan.in_words()
        raise InputError(
            f"course under {words if len(words) < 100 else words[:97] + '...'!r}",
            f"{failed} of {people} people who could not be computed",
            "accepted: a person and a plan under which every number stays finite",
        )
