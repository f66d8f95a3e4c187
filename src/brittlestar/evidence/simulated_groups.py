"""Groups of people under plans, simulated once, side by side, from one parameter set."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_MONTH
from brittlestar.aftermath.consequences import Aftermath, AftermathParameters, aftermath
from brittlestar.aftermath.received import Given
from brittlestar.care import Plan, as_plan
from brittlestar.comparison import Comparison, compare
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, Parameters, default_parameters, simulate_cohort, steps_for
from brittlestar.people.coding import SEXES
from brittlestar.people.cohort import Cohort
from brittlestar.people.sampling import sample_cohort
from brittlestar.trials.result import TrialResult
from brittlestar.trials.run import run_trial

NOTHING = "no treatment"


@dataclass(frozen=True)
class Group:
    """A group of people.

    Args:
        age: years at the start, or (youngest, oldest).
        types: one type, a named population, or ((type, share), ...).
        n: how many.
        female: share of girls and women.
        variation: 0 gives typical people, 1 people who differ as people do.
        traits: ((field of ``Cohort``, value), ...) that all of them share.
    """

    age: float | tuple[float, float]
    types: str | tuple[tuple[str, float], ...]
    n: int = 100
    female: float = 0.5
    variation: float = 1.0
    traits: tuple[tuple[str, float], ...] = ()

    def cohort(self, seed: int) -> Cohort:
        """The people; the same ids in every group, so that all groups meet the same chance."""
        types: Any = self.types
        if isinstance(types, tuple):
            types = dict(types)
        elif types in ("healthy", "I", "IV", "III"):
            types = {types: 1.0}
        people = sample_cohort(
            self.n,
            seed=seed,
            age_years=self.age,
            types=types,
            female=self.female,
            variation=self.variation,
        )
        return replace(people, **{name: np.full(self.n, value) for name, value in self.traits})

    def under(self, plan: str, years: float = 4.0) -> "GroupUnderPlan":
        """These people under a plan."""
        return GroupUnderPlan(self, plan, years)

    def untreated(self, years: float = 4.0) -> "GroupUnderPlan":
        """These people without treatment."""
        return GroupUnderPlan(self, NOTHING, years)


@dataclass(frozen=True)
class GroupUnderPlan:
    """A group under a plan.

    Args:
        group: the people.
        plan: words, a published name, or nothing.
        years: one of ``LENGTHS``; what has one length runs together.
    """

    group: Group
    plan: str = NOTHING
    years: float = 4.0

    def under(self, plan: str) -> "GroupUnderPlan":
        """The same people under another plan."""
        return replace(self, plan=plan)


LENGTHS = {
    0.5: (1.0, 1.0, 0),
    4.0: (DAYS_PER_MONTH / 5.0, DAYS_PER_MONTH, 144),
    18.0: (DAYS_PER_MONTH / 5.0, DAYS_PER_MONTH, 24),
    80.0: (DAYS_PER_MONTH / 5.0, 3.0 * DAYS_PER_MONTH, 0),
}
"""Years -> days of a step, days between outputs, room for plans.

Outputs at whole months: what is read on the day of a dose is from before it. Simulations with the same room
share a compiled program, whichever plans they hold.
"""

FILLING = (
    "pamidronate 1 mg/kg/day iv for 3 days every 4 months",
    *(f"{drug} 0.05 mg/kg iv every 6 months" for drug in ("zoledronate", "neridronate")),
    *(f"{drug} 5 mg daily" for drug in ("alendronate", "risedronate")),
)
"""Plans that nobody follows: with them every simulation knows every drug."""


class FollowedGroup:
    """What happened to a group under its plan."""

    def __init__(self, cohort: Cohort, course: Course, place: slice, after: Callable[[], Aftermath]):
        self.cohort, self.course, self.place, self._after = cohort, course, place, after

    @property
    def years(self) -> np.ndarray:
        """Times of the outputs [T]."""
        return self.course.time_years

    def __getitem__(self, name: str) -> np.ndarray:
        """An output [T, person]."""
        return self.course[name][:, self.place]

    def at(self, name: str, years: float) -> np.ndarray:
        """An output at a time, linear between outputs [person]."""
        return self.course.at(name, years)[0, self.place]

    def change(self, name: str, years: float, since: float = 0.0, *, percent: bool = False) -> np.ndarray:
        """Change of an output between two times [person], on request in %."""
        first, last = self.at(name, since), self.at(name, years)
        return 100.0 * (last / first - 1.0) if percent else last - first

    def mean_over(self, name: str, years: float, since: float = 0.0) -> np.ndarray:
        """Mean of an output over a time [person]."""
        inside = (self.years >= since - 1e-9) & (self.years <= years + 1e-9)
        return self[name][inside].mean(axis=0)

    def fractures(self, years: float, since: float = 0.0, sites: Iterable[str] = ()) -> np.ndarray:
        """Fractures that happened [person], of all sites unless some are named."""
        return self._count("fractures", years, since, sites)

    def expected_fractures(self, years: float, since: float = 0.0, sites: Iterable[str] = ()) -> np.ndarray:
        """Integrated hazard [person]."""
        return self._count("expected_fractures", years, since, sites)

    def _count(self, stem: str, years: float, since: float, sites: Iterable[str]) -> np.ndarray:
        names = tuple(sites) or ("lower_limb", "upper_limb", "other", "vertebral")
        return np.sum([self.change(f"{stem}_{site}", years, since) for site in names], axis=0)

    @property
    def after(self) -> Aftermath:
        """What follows from the courses of all groups of this length; rows of this group: ``mine``."""
        return self._after()

    def mine(self, person: np.ndarray) -> np.ndarray:
        """Which rows of an event table (its ``person`` column) belong to this group."""
        return (person >= self.place.start) & (person < self.place.stop)

    @property
    def cobb(self) -> np.ndarray:
        """Angle of the spine's curve, degrees [T, person]."""
        return self.after.spine.cobb[:, self.place]

    def curve_speed(self, start: float, end: float) -> np.ndarray:
        """Degrees a year between two times, of everybody with a curve for at least a year of them."""
        cobb, t = self.cobb, self.years
        first, last = np.searchsorted(t, start), np.searchsorted(t, end, side="right") - 1
        begins = np.maximum(np.where((cobb > 0).any(axis=0), (cobb > 0).argmax(axis=0), len(t) - 1), first)
        person = np.flatnonzero(t[last] - t[begins] >= 1.0)
        return (cobb[last, person] - cobb[begins[person], person]) / (t[last] - t[begins[person]])


class SimulatedGroups:
    """Simulates groups when they are asked for, and remembers them.

    Args:
        groups: everything that will be asked for; asking for more is an error.
        seed: key of all chance.
        parameters: one set for everything; the shipped one if left out.
        follows: parameters of what follows from a course; the shipped ones if left out.
        replicates: of virtual trials.
    """

    def __init__(
        self,
        groups: Iterable[GroupUnderPlan],
        *,
        seed: int = 1,
        parameters: Parameters | None = None,
        follows: AftermathParameters | None = None,
        replicates: int = 60,
    ):
        self.seed, self.replicates, self.follows = seed, replicates, follows
        self.parameters = parameters if parameters is not None else default_parameters()
        self._groups = tuple(dict.fromkeys(groups))
        self._followed: dict[GroupUnderPlan, FollowedGroup] = {}
        self._trials: dict[str, TrialResult] = {}
        self._comparisons: dict[Any, Comparison] = {}
        self._once: dict[str, Any] = {}

    def __getitem__(self, group: GroupUnderPlan) -> FollowedGroup:
        if group not in self._groups:
            raise KeyError(f"{group}: name it where the check says what it needs")
        if group not in self._followed:
            self._simulate(group.years)
        return self._followed[group]

    def trial(self, name: str) -> TrialResult:
        """A trial of the library, under the same parameters."""
        if name not in self._trials:
            self._trials[name] = run_trial(
                name, replicates=self.replicates, seed=self.seed, parameters=self.parameters
            )
        return self._trials[name]

    def compare(self, plan: str, years: float, **person: Any) -> Comparison:
        """One person with and without a plan, open rules resolved."""
        key = (plan, years, tuple(sorted(person.items())))
        if key not in self._comparisons:
            self._comparisons[key] = compare(person, plan, years, seed=self.seed, parameters=self.parameters)
        return self._comparisons[key]

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Whatever else checks share, made when first asked for."""
        if name not in self._once:
            self._once[name] = make()
        return self._once[name]

    def _simulate(self, years: float) -> None:
        groups = [one for one in self._groups if one.years == years]
        step_days, output_days, room = LENGTHS[years]
        outputs, per = steps_for(years, step_days, output_days)
        cohorts = [one.group.cohort(self.seed) for one in groups]
        plans, schedules, index = [], [], []
        for one, cohort in zip(groups, cohorts):
            plan = as_plan(one.plan)
            schedules.append(_schedule(one, plan, cohort, outputs * per, step_days))
            plans.append(plan)
            index.append(np.full(len(cohort), len(plans) - 1))
        if len(schedules) < room:
            filling = [as_plan(words).schedule(outputs * per, step_days, drugs=DRUGS) for words in FILLING]
            schedules += [filling[i % len(filling)] for i in range(room - len(schedules))]
        # Ids repeat, so that all groups meet the same chance.
        people, index = Cohort.side_by_side(cohorts), np.concatenate(index)
        course = simulate_cohort(
            people,
            schedules,
            index,
            years,
            seed=self.seed,
            parameters=self.parameters,
            step_days=step_days,
            output_days=output_days,
        )
        follow = _After(people, course, plans, schedules, index, self.seed, self.follows)
        start = 0
        for one, cohort in zip(groups, cohorts):
            place = slice(start, start + len(cohort))
            self._followed[one] = FollowedGroup(cohort, course, place, lambda: follow.found)
            start = place.stop


@dataclass
class _After:
    """The aftermath of one length, worked out when first asked for."""

    people: Any
    course: Course
    plans: list[Any]
    schedules: list[Any]
    index: np.ndarray
    seed: int
    parameters: AftermathParameters | None

    @cached_property
    def found(self) -> Aftermath:
        given = [Given.from_plan(plan, table) for plan, table in zip(self.plans, self.schedules)]
        return aftermath(
            self.people, self.course, given, self.index, seed=self.seed, parameters=self.parameters
        )


def _schedule(under: GroupUnderPlan, plan: Plan, cohort: Cohort, steps: int, step_days: float) -> Any:
    ages, sexes = np.unique(cohort.age_years), np.unique(cohort.sex)
    if (plan.needs_age and len(ages) > 1) or (plan.needs_sex and len(sexes) > 1):
        raise ValueError(f"{under}: this plan goes by age or sex, so give one age and one sex")
    return plan.schedule(steps, step_days, float(ages[0]), DRUGS, SEXES[sexes[0]])
