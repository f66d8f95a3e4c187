"""What to know before a comparison is believed: where it leaves the ground that data cover."""

from collections.abc import Collection

from brittlestar.care import Plan, calibrated_on
from brittlestar.care.withheld import WHY, withheld
from brittlestar.comparison import plasma
from brittlestar.comparison.lives import Lives, Question
from brittlestar.comparison.over_people import OverPeople, Weight, effective
from brittlestar.drugs.catalogue import facts
from brittlestar.engine import Course
from brittlestar.engine.limits_met import limits_met
from brittlestar.outcomes import pooled_trials
from brittlestar.outcomes.height import GROWN
from brittlestar.people.person import Person
from brittlestar.people.unusual import unusual

_NOT_IN = (
    "Not counted here: harms that are not listed, such as of kidney or eye, and any after these years. "
    "Harms do not act back on the course: whoever would stop for one goes on here."
)

FRACTURES_IN_TRIALS = pooled_trials.of_100()
"""What pooled controlled trials found, beside the model's own fractures."""

NO_LASTING_RELIEF = (
    "Pain: placebo-controlled trials found no lasting difference in pain (Ward 2011; Arundel 2024, "
    "doi:10.1007/s00223-024-01202-7); the relief of some weeks after an infusion was seen without a control "
    "group and its size is assumed."
)

GROWTH_NOT_KNOWN = (
    "Height: whether treatment changes growth is not known. Height rose faster in an open trial of 64 "
    "children (Gatti 2005) and in the first year of a series of 14; in a randomised trial of "
    "18 growth did not differ (Letocha 2005). Heights here are without an effect; the range "
    "that is not known ends at a first year of treatment in which growth is faster by a sixth."
)

MINERAL_NOT_KNOWN = (
    "Mineral: how much mineral bone of a treated child takes up beyond its own was not measured. Densities "
    "here have a part of what was found in women, 3 % in three years on yearly zoledronate "
    "(doi:10.1002/jbmr.1780), a part that nobody knows until growth is done; in children it may be none."
)


def unexplained_in_children(drug: str) -> tuple[float, str] | None:
    """Where trials in children ask for another exposure to tablets: up to which age, and what is said."""
    known = facts(drug)
    share, until = (float(known[name].value) for name in ("F_child", "F_adult_age"))
    if share == 1.0:
        return None
    return until, (
        f"Tablets of {drug}: its trials in children ask for {100.0 * share:.0f} % of the exposure that the "
        f"same dose by weight gives adults, and nothing explains it (absorption, adherence or something "
        f"else). The model takes it so up to {until:g} years."
    )


_OPERATED = (
    "The plan has operations and the course without treatment has none: the difference in osteotomies not "
    "united is that of operating, not of a drug."
)

CALCIUM_WITHHELD = f"Ionised calcium and parathyroid hormone are not told: {WHY}."

_INFUSION_LENGTH = (
    "Plan: the length of an infusion does nothing on bone here: what stays in the body was the same after 1, "
    "4 and 24 hours (PMID 1573666), and no source gives another effect."
)

FEW_DRAWS = 100
"""Below it a share of 100 people is known to 5 points at worst, and said to be rough."""

Z_MOVES = 0.5
"""SD by which an untreated Z-score must move to be explained."""

RATIO_HOLDS = 0.005
"""Rise of density relative to healthy that is none when said in whole percent."""


def notes_on(
    person: Person,
    plan: Plan,
    years: float,
    draws: int,
    beside: Plan | None = None,
    creatinine_clearance_ml_min: float | None = None,
    weight_kg: float | None = None,
) -> tuple[str, ...]:
    """Sentences on extrapolation and on what is missing; they warn, they do not refuse.

    Args:
        person: of the comparison.
        plan: as it was given.
        years: length of the course.
        draws: people.
        beside: the plan of the course without treatment, if there is one.
        creatinine_clearance_ml_min: for renal limits.
        weight_kg: at the start, for fixed doses.
    """
    types = (str(person.oi_type),)
    notes = [said for _, said in calibrated_on.beyond(person.age, person.age + years, plan.all_drugs, types)]
    if plan.drugs:
        notes += (FRACTURES_IN_TRIALS, NO_LASTING_RELIEF)
        if person.age < GROWN:
            notes += (GROWTH_NOT_KNOWN, MINERAL_NOT_KNOWN)
        tablets = dict.fromkeys(one.drug for one in plan.regimens if one.route == "oral")
        unexplained = filter(None, map(unexplained_in_children, tablets))
        notes += [said for until, said in unexplained if person.age < until]
    found = plan.check(creatinine_clearance_ml_min, weight_kg, person.age, years, person.vitamin_d_nmol_per_l)
    notes += [f"Plan, {warning}." for warning in found]
    if plan.note:
        notes.append(f"Plan: {plan.note.removesuffix('.')}.")
    if any(regimen.infusion_hours is not None for regimen in plan.regimens):
        notes.append(_INFUSION_LENGTH)
    if withheld(plan):
        notes.append(CALCIUM_WITHHELD)
    if draws < FEW_DRAWS:
        notes.append(f"Rough: with {draws} people counts of 100 people carry a large simulation error.")
    if beside is not None and beside != Plan():
        notes.append(f"Without treatment means the same care without the drugs: {beside.in_words()}.")
    elif beside is not None and plan.surgeries:
        notes.append(_OPERATED)
    return (*notes, _NOT_IN)


def notes_on_lives(person: Person, lives: Collection[Lives]) -> tuple[str, ...]:
    """What the person and the courses themselves ask to be said: unusual values, limits met, plasma peaks.

    Args:
        person: of the comparison.
        lives: under each plan.
    """
    met = []
    for one in lives:
        silent = withheld(one.plan)
        outputs = {name: values for name, values in one.course.outputs.items() if name not in silent}
        met += limits_met(outputs, one.question.parameters)
    return (
        *unusual(person),
        *_counted(next(iter(lives)).question),
        *dict.fromkeys(met),
        *plasma.in_words(lives),
    )


def _counted(question: Question) -> tuple[str, ...]:
    """How many draws are left of those that what was told weighs."""
    if question.weight is None:
        return ()
    left = effective(question.weight, question.people)
    rough = (
        " Rough: counts of 100 people carry a large simulation error; more draws help."
        if left < FEW_DRAWS <= question.people
        else ""
    )
    return (
        f"Told: the Z-score or fractures weigh the {question.people} people drawn by how well they fit; "
        f"effective number of draws {left:.0f}.{rough}",
    )


def notes_on_z(person: Person, untreated: Course, weight: Weight = None) -> tuple[str, ...]:
    """A sentence where the untreated Z-score moves and density relative to healthy does not rise with it."""
    z, ratio = (OverPeople(untreated[name][[0, -1]], weight).mean() for name in ("ls_z", "ls_ratio"))
    moved = float(z[1] - z[0])
    if abs(moved) <= Z_MOVES or ratio[1] > ratio[0] + RATIO_HOLDS:
        return ()
    why = (
        "the spread among healthy children widens and narrows around puberty"
        if person.age < GROWN
        else "the spread among healthy people changes with age"
    )
    return (
        f"Without treatment the Z-score moves by {moved:+.1f} SD while density goes from "
        f"{100 * ratio[0]:.0f} % to {100 * ratio[1]:.0f} % of healthy: the Z-score also moves because {why}. "
        "Compare plans at the same age.",
    )
