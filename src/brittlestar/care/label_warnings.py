"""What departs from labels and published use in a plan itself, whoever is given it."""

from collections.abc import Iterator
from itertools import combinations

from brittlestar.care.biologics import Biologic, known
from brittlestar.care.durations import DAYS, number
from brittlestar.care.plan_fields import PlanFields, overlap
from brittlestar.care.published_doses import PlanWarning, biologic_dose, regimen_dose
from brittlestar.care.regimen import Regimen
from brittlestar.drugs.catalogue import FACTSHEET_DRUGS, facts

SLACK = 1.1
"""A yearly total may exceed a published one by so much through months and weeks that differ (assumed)."""

SLACKEST = 0.9
"""Share of a published interval from which it is the same in words: 4 weeks for a month."""

_LABEL = "labels of tablets, ref:tablets_upright_label"
_REBOUND = "doi:10.1210/jc.2010-1502"
_DENTIST = "guidance of the SDCEP, ref:sdcep"


def label_warnings(plan: PlanFields) -> Iterator[PlanWarning]:
    """Every departure of the plan itself; one that is met several times comes several times.

    Raises:
        InputError: a dose that looks like a slip of the unit.
    """
    for drug in plan.drugs:
        if drug not in FACTSHEET_DRUGS:
            yield PlanWarning(
                "outside-the-factsheet",
                f"{drug} is not one of the five drugs of the factsheet: its potency follows "
                "from enzyme and kinetics alone, and no fit has seen its markers",
                facts(drug)["EC50"].status,
            )
    for regimen in plan.regimens:
        yield from regimen_dose(regimen)
        yield from _infusion_time(regimen)
        yield from _yearly(regimen)
    yield from _tablets(plan)
    for course in plan.biologics:
        yield from _biologic(course)
    yield from _together(plan)
    yield from _switches(plan)
    if plan.all_drugs and all(check.what != "dental-check" for check in plan.monitoring or ()):
        yield PlanWarning(
            "no-dental-check", "no dental checks in a plan with a drug that acts on the jaw", _DENTIST
        )


def _tablets(plan: PlanFields) -> Iterator[PlanWarning]:
    ways = {(regimen.upright, regimen.fasting) for regimen in plan.regimens if regimen.route == "oral"}
    if any(not fasting for _, fasting in ways):
        source = "; ".join(
            sorted({facts(r.drug)["with_food"].source for r in plan.regimens if not r.fasting})
        )
        yield PlanWarning("tablets-with-food", "food takes most of the absorption of tablets away", source)
    if any(not upright for upright, _ in ways):
        yield PlanWarning("tablets-not-upright", "labels ask to stay upright for half an hour after", _LABEL)
    if len(ways) > 1:
        yield PlanWarning(
            "tablets-taken-in-two-ways",
            "complaints of the gut are counted as if all were taken in the worst of these ways",
            "assumed",
        )


def _infusion_time(regimen: Regimen) -> Iterator[PlanWarning]:
    known, hours = facts(regimen.drug), regimen.infusion_hours
    if hours is None:
        return
    shortest, longest = known["infusion_shortest"], known["infusion_longest"]
    if hours < shortest.value:
        yield PlanWarning(
            "infusion-too-short",
            f"{regimen.drug} over {hours:.3g} h; the label's shortest is {number(shortest.value)} h",
            shortest.source,
        )
    if hours > longest.value:
        yield PlanWarning(
            "infusion-longer-than-published",
            f"{regimen.drug} over {hours:.4g} h; published infusions last up to {number(longest.value)} h",
            longest.source,
        )


def _yearly(regimen: Regimen) -> Iterator[PlanWarning]:
    """Doses that are usual one by one, so often that a year has more than any published year."""
    if regimen.route != "iv" or regimen.per_size == "m2":
        return
    known, kind = facts(regimen.drug), "per_kg" if "/kg" in regimen.dose_unit else "fixed"
    high, once = known[f"year_{kind}_high"], known[f"dose_{kind}_high"]
    unit = "mg/kg" if kind == "per_kg" else "mg"
    for dose, every in ((regimen.dose, None), *((b.dose, b.every) for b in regimen.age_bands)):
        every = every or regimen.every
        if every is None:
            continue
        year = dose * regimen.days_per_course * DAYS["year"] / every.days
        # A dose above the published is told already: what counts here is how often it is given.
        if year > high.value * SLACK * max(dose / once.value, 1.0):
            yield PlanWarning(
                "year-above-published",
                f"{regimen.drug} {year:.3g} {unit} in a year; published years reach "
                f"{number(high.value)} {unit}",
                high.source,
            )
            return


def _biologic(course: Biologic) -> Iterator[PlanWarning]:
    yield from biologic_dose(course)
    numbers, drug = known(course.drug), course.drug
    shortest = numbers.get("interval_shortest")
    if course.every is not None and shortest and course.every.days < SLACKEST * float(shortest.value):
        days = number(float(shortest.value))
        yield PlanWarning(
            "more-often-than-published",
            f"{drug} every {course.every}; published intervals are at least {days} days",
            shortest.source,
        )
    longest = numbers["longest"]
    if course.duration is not None and course.duration.days > float(longest.internal) * 1.001:
        yield PlanWarning(
            "longer-than-published",
            f"{drug} for {course.duration}; {longest.meaning}: {number(float(longest.value))} years",
            longest.source,
        )


def _together(plan: PlanFields) -> Iterator[PlanWarning]:
    """Two drugs given at the same time: two bisphosphonates, two biologics, or one of each."""
    for one, other in combinations((*plan.biologics, *plan.regimens), 2):
        if overlap(one, other):
            why = (
                "none of the plans held here does this"
                if isinstance(one, Regimen)
                else "no study of both in people with osteogenesis imperfecta is known here, and the model "
                "multiplies their effects"
            )
            yield PlanWarning("two-drugs-at-once", f"{one.drug} and {other.drug} overlap; {why}", "assumed")


def _switches(plan: PlanFields) -> Iterator[PlanWarning]:
    parts: list[Regimen | Biologic] = [*plan.regimens, *plan.biologics]
    for one in parts:
        for other in parts:
            same = one.drug == other.drug and one.end_day == other.start.days
            if same and _dosing(one) == _dosing(other):
                yield PlanWarning(
                    "switch-to-the-same",
                    f"{one.drug} is followed by the same {one.drug}: one period would say it",
                    "assumed",
                )
    for course in plan.biologics:
        after = [p for p in parts if p.start.days <= course.end_day + 400 and p.end_day > course.end_day]
        if course.drug == "denosumab" and course.duration is not None and not after:
            yield PlanWarning(
                "rebound-after-denosumab",
                "nothing follows denosumab within a year: resorption rises above its level before treatment",
                _REBOUND,
            )


def _dosing(part: Regimen | Biologic) -> dict[str, object]:
    return part.model_dump(exclude={"start", "duration", "first_dose_fraction"})
