"""Rules that wait for the course of a run: what the usual such person showed, and the dates in words."""

from math import isfinite
from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import Observations, Plan
from brittlestar.comparison.lives import Follow, Lives
from brittlestar.comparison.over_people import OverPeople
from brittlestar.people.person import Person

MOST_ROUNDS = 6
"""Runs after which the dates of a plan are left as they are."""


def observed(lives: Lives) -> Observations:
    """What the usual such person showed under the plan: medians over people, healing in whole days.

    Healing that most do not see within the course is not seen.
    """
    course, unions, question = lives.course, lives.after.unions, lives.question
    days = course.time_years * DAYS_PER_YEAR
    healed = []
    for surgery in lives.plan.surgeries:
        here = unions.osteotomy & (np.abs(unions.years * DAYS_PER_YEAR - surgery.at.days) < 1e-6)
        weight = None if question.weight is None else question.weight[unions.person[here]]
        middle = OverPeople(unions.days[here], weight).median() if here.any() else np.inf
        seen = np.ceil(surgery.at.days + middle)
        healed.append(seen / DAYS_PER_YEAR if seen <= days[-1] else np.nan)
    return Observations(
        course.time_years, ls_z=OverPeople(course["ls_z"], question.weight).median(), healed_years=healed
    )


def dated(asked: Plan, lives: Lives) -> Plan:
    """The plan with the dates that its run showed; those that the plan had when it was given stay.

    Args:
        asked: the plan as it was given.
        lives: of the plan that was run.
    """
    person = lives.question.person
    found = lives.plan.resolve(observed(lives), person.age, person.sex)
    return found.model_copy(
        update={
            "surgeries": tuple(
                new if old.healed is None else old for old, new in zip(asked.surgeries, found.surgeries)
            ),
            "stops": tuple(new if old.met is None else old for old, new in zip(asked.stops, found.stops)),
        }
    )


def settled(plan: Plan, follow: Follow) -> tuple[Lives, bool]:
    """Lives under the plan with the dates that its rules get, and whether these came to rest.

    A rule that waits for the course (a Z-score, healing seen) is dated for the usual such person: the plan is
    run, dated and run again until the dates come out as they went in, at most ``MOST_ROUNDS`` times.

    Args:
        plan: as it was given.
        follow: runs a plan.
    """
    lives = follow(plan)
    if not plan.is_open:
        return lives, True
    for _ in range(MOST_ROUNDS - 1):
        shown = dated(plan, lives)
        if shown == lives.plan:
            return lives, True
        lives = follow(shown)
    return lives, dated(plan, lives) == lives.plan


def dates(plan: Plan, person: Person, years: float) -> dict[str, Any]:
    """When drugs end and when they are held within the course and before that; an open end is None."""
    stop = plan.stop_day(person.age, person.sex) / DAYS_PER_YEAR
    held = [(start / DAYS_PER_YEAR, end / DAYS_PER_YEAR) for start, end in plan.held]
    return {
        "stopped_years": stop if stop < years else None,
        "held_years": [[a, b if isfinite(b) else None] for a, b in held if a < min(stop, years)],
    }


def said(plan: Plan, person: Person, years: float, settled: bool) -> tuple[str, ...]:
    """Sentences on the dates that the rules of the plan got."""
    if not (plan.stops or plan.holds):
        return ()
    usual = "; a date that the course decides is that of the usual such person"
    found, when = [], dates(plan, person, years)
    stop = when["stopped_years"]
    for rule in plan.stops:
        day = rule.day(person.age, person.sex) / DAYS_PER_YEAR
        words = str(rule.model_copy(update={"met": None}))
        if day >= years:
            found.append(f"'{words}' is not met within the {years:g} years")
        elif day == stop:
            found.append(
                f"'{words}' is met {day:.2f} years after the start, at {person.age + day:.1f} years of age: "
                "no drug from then on"
            )
        else:
            found.append(f"'{words}' is met only after another rule has ended treatment")
    for start, end in when["held_years"]:
        if end is None or end >= years:
            why = ": healing is not seen before" if end is None else ""
            found.append(f"drugs are held from {start:.2f} years to the end of the course{why}")
        else:
            weeks = (end - start) * DAYS_PER_YEAR / 7.0
            found.append(f"drugs are held from {start:.2f} to {end:.2f} years, for {weeks:.0f} weeks")
    lines = [f"Plan: {'; '.join(found)}{usual if _by_course(plan) else ''}."] if found else []
    if not settled:
        lines.append(
            f"Dates not settled: after {MOST_ROUNDS} runs the dates that a run shows still differ from "
            "those it was run with."
        )
    return tuple(lines)


def _by_course(plan: Plan) -> bool:
    return any(stop.kind == "z" for stop in plan.stops) or any(hold.until_healed for hold in plan.holds)
