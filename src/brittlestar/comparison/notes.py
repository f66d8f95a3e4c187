"""What to know before a comparison is believed: where it leaves the ground that data cover."""

from brittlestar.care import Plan
from brittlestar.people.person import Person

CALIBRATED_AGES = (4.0, 19.0)
"""Ages at which the trials behind the calibration saw people: POISE 4-15 y at entry, up to 3 y on."""

LAST_REFERENCE_AGE = 80.0
"""Healthy growth and density are tabulated up to this age."""

_NOT_IN = (
    "Not counted here: reactions to infusions, low calcium between monthly outputs, stomach and gullet, jaw, "
    "atypical femur fractures, healing after osteotomy."
)


FEW_DRAWS = 100


def notes_on(person: Person, plan: Plan, years: float, draws: int) -> tuple[str, ...]:
    """Sentences on extrapolation and on what is missing; they warn, they do not refuse."""
    low, high = CALIBRATED_AGES
    end = person.age + years
    notes = []
    if person.age < low or end > high:
        notes.append(
            f"Extrapolated in age: the course runs from {person.age:g} to {end:g} y, "
            f"the model is calibrated from {low:g} to {high:g} y."
        )
    if end > LAST_REFERENCE_AGE:
        notes.append(
            f"Beyond {LAST_REFERENCE_AGE:g} y growth and density references stay as they are at that age."
        )
    if person.oi_type == "healthy":
        notes.append("Extrapolated in people: no data of treatment in people without OI are used.")
    notes += [f"Plan, {warning}." for warning in plan.check()]
    if draws < FEW_DRAWS:
        notes.append(f"Rough: with {draws} fates counts of 100 people carry a large simulation error.")
    return (*notes, _NOT_IN)
