"""A trial protocol: its parts, and that they agree with one another."""

from math import ceil
from typing import Any, Self

from pydantic import Field, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care.base import Component
from brittlestar.care.withheld import WHY, withheld
from brittlestar.trials.crossing import given
from brittlestar.trials.endpoint import CONTRAST_KINDS, Endpoint
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH, Arm, Conduct, Design, Population, Visits
from brittlestar.trials.visit_days import visit_months, visit_windows

DIFFERENCE = "difference"
"""Name of the contrast of two arms among the answers of an endpoint."""

LEAST_EXPECTED = 2.0
"""People of an arm at least, on average over randomisations: one alone has no spread (assumed)."""


class Protocol(Component):
    """A whole protocol."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", description="short name")
    title: str = Field(description="what the trial asked, in one line")
    registration: str = Field("", description="registry number")
    study: str = Field(
        "", description="a replicated study: its id in the evidence, see `brittlestar evidence`"
    )
    sources: tuple[str, ...] = Field(min_length=1, description="where the protocol was read")
    notes: tuple[str, ...] = Field((), description="choices made where the sources are silent")
    population: Population
    arms: tuple[Arm, ...] = Field(min_length=1)
    design: Design
    conduct: Conduct = Field(default_factory=lambda: Conduct(**{}))
    visits: tuple[Visits, ...] = Field(min_length=1)
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_arms()
        last = self.design.years * 12
        for i, group in enumerate(self.visits):
            if group.months[-1] > last + 1e-9:
                raise InputError(
                    f"visits[{i}].months, design.years",
                    (group.months[-1], self.design.years),
                    f"accepted: up to the end, month {last:g}",
                )
            for arm in self.arms:
                for measure in withheld(arm.care):
                    if measure in group.measures:
                        raise InputError(
                            f"visits[{i}].measures, arms.{arm.id}.plan",
                            measure,
                            f"{WHY} (arm {arm.id}); accepted: other measures",
                        )
        self.visit_months  # noqa: B018 - says which visits cannot be on one day
        if self.design.blinded_years > self.design.years:
            raise InputError(
                "design.blinded_years, design.years",
                (self.design.blinded_years, self.design.years),
                f"accepted: up to {self.design.years}",
            )
        self._check_strata()
        for i, endpoint in enumerate(self.endpoints):
            self._check_endpoint(endpoint, f"endpoints[{i}] ({endpoint.id})", last)
        self._check_interim()
        keys = [(e.id, e.months) for e in self.endpoints]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise InputError("endpoints", sorted(repeated)[0], "accepted: each id once per month")
        return self

    def _check_strata(self) -> None:
        youngest, oldest = self.population.age_years
        rule, place = self.population.age_rule, "design.age_strata, population.age_years"
        if rule is not None:
            youngest, oldest = max(youngest, rule.low), min(oldest, rule.high)
            place += ", population.eligibility.age_years"
        for age in self.design.age_strata:
            if not youngest < age < oldest:
                raise InputError(
                    place,
                    (age, (youngest, oldest)),
                    f"accepted: ages above {youngest:g} and below {oldest:g}, which leave nobody's stratum "
                    "empty",
                )

    def _check_interim(self) -> None:
        plan = self.design.interim
        if plan is None:
            return
        ids = [e.id for e in self.endpoints]
        if plan.endpoint not in ids:
            raise InputError(
                "design.interim.endpoint, endpoints.id", plan.endpoint, nearest(plan.endpoint, ids)
            )
        if len(self.arms) != 2:
            raise InputError("design.interim, arms", len(self.arms), "accepted: two arms")
        for i, e in enumerate(self.endpoints):
            if e.id == plan.endpoint and e.months == max(o.months for o in self.endpoints if o.id == e.id):
                first, field = self._known_after(e)
                if plan.months[0] < first or (self.design.accrual_months and plan.months[0] <= first):
                    raise InputError(
                        f"design.interim.months, endpoints[{i}] ({e.id}): {field}",
                        (plan.months, first),
                        f"accepted: looks after month {first:g}: before it nobody has a result",
                    )

    def _known_after(self, e: Endpoint) -> tuple[float, str]:
        """Month from which the first person has a result of an endpoint, and the field that says so."""
        if e.window is not None:
            return (
                (e.window[0], "window") if e.second_period is None else (e.second_period[0], "second_period")
            )
        at = self.visit_months[e.measure or ""][e.months]
        return at, "month" if e.second_period is None else "second_period"

    def _check_arms(self) -> None:
        ids = [arm.id for arm in self.arms]
        if len(set(ids)) != len(ids) or DIFFERENCE in ids:
            raise InputError("arms.id", ids, f"accepted: each arm once, none called {DIFFERENCE!r}")
        controls = [arm.id for arm in self.arms if arm.control]
        if len(self.arms) > 1 and len(controls) != 1:
            raise InputError("arms.control", controls, "accepted: exactly one arm with control = true")
        labels = [arm.label for arm in self.arms]
        if len(set(labels)) < len(labels):
            raise InputError("arms.label", labels, "accepted: another label for each arm: results go by it")
        self._check_historical()
        self._check_open()
        self._check_allocation()
        for arm in self.arms:
            try:
                plan = arm.care
            except InputError as error:
                raise InputError(f"arms.{arm.id}.plan: {error.where}", error.value, error.accepted) from None
            if arm.dose_by_type and not plan.all_drugs:
                raise InputError(
                    f"arms.{arm.id}.dose_by_type, plan",
                    (arm.dose_by_type, arm.plan),
                    "accepted: with a plan that gives a drug",
                )
            for regimen in plan.regimens:
                start = 0.0 if regimen.start is None else regimen.start.days
                if start >= self.design.years * 365.25:
                    raise InputError(
                        f"arms.{arm.id}.plan, design.years",
                        (arm.plan, self.design.years),
                        f"{regimen.drug} would start after the end of the trial; accepted: a start before it",
                    )

    def _check_open(self) -> None:
        known = self.population.open.dose_by_type in (None, "known")
        if not known and not any(arm.care.all_drugs for arm in self.arms):
            raise InputError(
                "population.open.dose_by_type, arms.plan",
                [arm.plan for arm in self.arms],
                "accepted: 'known' where no arm is given a drug",
            )
        if self.historical is not None and self.historical.open.dose_by_type not in (None, "known"):
            raise InputError(
                f"arms.{self.arms[self.control].id}.historical.open.dose_by_type, population.open",
                self.historical.open.dose_by_type,
                "accepted: what is open of doses stands once, in population.open",
            )

    def _check_historical(self) -> None:
        for arm in self.arms:
            if arm.historical is None:
                continue
            place, years = f"arms.{arm.id}.historical", arm.historical.age_years
            if not arm.control or len(self.arms) < 2:
                raise InputError(
                    f"{place}, control", (years, arm.control), "accepted: for the control of other arms"
                )
            if arm.care.needs_age:
                raise InputError(f"{place}, plan", arm.plan, "accepted: a plan without doses or rules by age")
            for field in ("interim", "closes_month"):
                if getattr(self.design, field) is not None:
                    raise InputError(
                        f"{place}, design.{field}",
                        getattr(self.design, field),
                        "accepted: people of one calendar; those followed earlier are all known at the start",
                    )

    def _check_allocation(self) -> None:
        randomised, n = [arm for arm in self.arms if arm.historical is None], self.population.randomised
        fewest = min(randomised, key=lambda arm: arm.allocation)
        share = (
            fewest.allocation / sum(arm.allocation for arm in randomised) * (1 - self.conduct.never_started)
        )
        if n * share < LEAST_EXPECTED - 1e-9:
            raise InputError(
                f"arms.{fewest.id}.allocation",
                fewest.allocation,
                f"{n * share:.2g} of {n} randomised people are expected to be treated in this arm, at least "
                f"{LEAST_EXPECTED:g} are needed; accepted: {ceil(LEAST_EXPECTED / share - 1e-9)} or more "
                "randomised, or a more even allocation",
            )

    def _check_endpoint(self, endpoint: Endpoint, place: str, last: float) -> None:
        field = "second_period" if endpoint.second_period else "window" if endpoint.window else "month"
        if endpoint.months > last + 1e-9:
            raise InputError(
                f"{place}: {field}, design.years",
                (endpoint.months, self.design.years),
                f"accepted: up to the end, month {last:g}",
            )
        closes = self.design.closes_month
        if closes is not None and endpoint.months > closes + 1e-9:
            raise InputError(
                f"{place}: {field}, design.closes_month",
                (endpoint.months, closes),
                "accepted: a result of a month before the trial closes: later nobody is followed",
            )
        if endpoint.measure is not None:
            months = {m for group in self.visits if endpoint.measure in group.measures for m in group.months}
            asked = [("month", endpoint.month), ("from_month", endpoint.from_month)]
            if endpoint.second_period is not None:
                used = endpoint.second_period[endpoint.kind == "value" :]
                asked += [("second_period", month) for month in used]
            for asking, month in asked:
                if month not in months:
                    if not months:
                        raise InputError(
                            f"{place}: measure, visits.measures",
                            endpoint.measure,
                            f"accepted: {', '.join(self.measures)}: what a visit measures",
                        )
                    shown = ", ".join(f"{m:g}" for m in sorted(months))
                    raise InputError(
                        f"{place}: {asking}, visits.months",
                        month,
                        f"{endpoint.measure} is measured at months: {shown}",
                    )
        if "age_stratum" in endpoint.adjust and not self.design.age_strata:
            raise InputError(
                f"{place}: adjust, design.age_strata", "age_stratum", "accepted: with design.age_strata"
            )
        for site in endpoint.sites:
            if site not in self.conduct.fracture_sites:
                raise InputError(
                    f"{place}: sites, conduct.fracture_sites",
                    site,
                    nearest(site, self.conduct.fracture_sites),
                )
        if endpoint.kind in CONTRAST_KINDS and len(self.arms) < 2:
            raise InputError(f"{place}: kind, arms", endpoint.kind, "compares two arms; the protocol has one")
        self._check_crossover(endpoint, place)
        arms = [*(arm.id for arm in self.arms), *(contrast for _, contrast in self.contrasts)]
        for name in ("published", "said"):
            for one in getattr(endpoint, name):
                if one.arm not in arms:
                    raise InputError(f"{place}: {name}.arm, arms.id", one.arm, nearest(one.arm, arms))

    def _check_crossover(self, endpoint: Endpoint, place: str) -> None:
        if endpoint.second_period is None:
            return
        if len(self.arms) != 2:
            raise InputError(
                f"{place}: second_period, arms", len(self.arms), "accepted: two arms, one for each order"
            )
        if self.historical is not None:
            raise InputError(
                f"{place}: second_period, arms.{self.arms[self.control].id}.historical",
                endpoint.second_period,
                "accepted: people who are randomised to one of the two orders",
            )
        first = endpoint.window or (endpoint.from_month, float(endpoint.month or 0.0))
        days = [[month * DAYS_PER_MONTH for month in period] for period in (first, endpoint.second_period)]
        one, other = ([given(arm.care, *period) for period in days] for arm in self.arms)
        if one != other[::-1]:
            raise InputError(
                f"{place}: second_period, arms.plan",
                [arm.plan for arm in self.arms],
                "accepted: two plans that change places: each gives in the second period what the other gave "
                "in the first",
            )

    def __repr__(self) -> str:
        arms = "; ".join(f"{arm.id}: {arm.care.in_words()}" for arm in self.arms)
        people = f"{self.population.randomised} people, {self.design.years:g} years"
        return f"{self.title} ({self.id})\n{people}, {len(self.endpoints)} endpoints\n{arms}"

    @property
    def inputs(self) -> dict[str, Any]:
        """All that decides a run: the fields, and what a plan that is a file said when it was read."""
        plans = {arm.id: arm.care.model_dump(mode="json") for arm in self.arms}
        return self.model_dump(mode="json") | {"plans": plans}

    @property
    def control(self) -> int:
        """Index of the control arm (0 if there is one arm)."""
        return next((i for i, arm in enumerate(self.arms) if arm.control), 0)

    @property
    def historical(self) -> Population | None:
        """The population of a control that was followed earlier."""
        return self.arms[self.control].historical

    @property
    def people(self) -> int:
        """People of one trial, randomised or followed earlier."""
        return self.population.randomised + (0 if self.historical is None else self.historical.randomised)

    @property
    def contrasts(self) -> list[tuple[int, str]]:
        """Treated arms and their contrasts: ``difference``, with the arm's id if there are several."""
        others = [i for i in range(len(self.arms)) if i != self.control]
        return [(i, DIFFERENCE if len(others) == 1 else f"{DIFFERENCE}:{self.arms[i].id}") for i in others]

    @property
    def visit_months(self) -> dict[str, dict[float, float]]:
        """When each measure is taken, in months from the start; see ``visit_days.visit_months``."""
        return visit_months(self.visits, self.arms, self.population, self.design.years)

    @property
    def visit_days(self) -> dict[str, dict[float, float]]:
        """The same in days from the start."""
        return {
            measure: {month: at * DAYS_PER_MONTH for month, at in times.items()}
            for measure, times in self.visit_months.items()
        }

    @property
    def visit_windows(self) -> dict[str, dict[float, tuple[int, int]]]:
        """First and last day about the day of a visit on which people come, by measure and month."""
        return visit_windows(self.visits)

    @property
    def measures(self) -> tuple[str, ...]:
        """Everything that is measured at some visit."""
        return tuple(dict.fromkeys(m for group in self.visits for m in group.measures))
