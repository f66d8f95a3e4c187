"""Whom the studies behind the calibration hold numbers of: what lies outside is carried on without data.

This is about the files of the calibration and says nothing of what was studied elsewhere. A test holds it to
the evidence.
"""

from collections.abc import Iterator, Sequence

ANYBODY = "with or without a drug"

AGES: dict[str, tuple[tuple[float, float], ...]] = {
    ANYBODY: ((0.2, 20.4), (24.0, 55.0), (58.0, 74.0)),
    "neridronate": ((6.5, 10.5),),
    "alendronate": ((5.9, 19.1), (26.0, 53.0)),
    "pamidronate": ((0.2, 17.2),),
    "risedronate": ((4.9, 15.1),),
}
"""Ages of people with osteogenesis imperfecta from entry to the last number, by drug."""

NEAR_YEARS = 1.0
"""Cohorts stand at typical ages: a year beside them is still near."""

LAST_REFERENCE_AGE = 80.0
"""Healthy density is tabulated up to this age."""


def beyond(
    first_age: float, last_age: float, drugs: Sequence[str] = (), types: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """What of a course lies outside, as a short name and a sentence.

    Args:
        first_age: at the start, of the youngest.
        last_age: at the end, of the oldest.
        drugs: bisphosphonates and biologics given.
        types: OI types of the people.
    """
    known = [drug for drug in drugs if drug in AGES]
    for group in known or [ANYBODY]:
        if not any(a - NEAR_YEARS <= first_age and last_age <= b + NEAR_YEARS for a, b in AGES[group]):
            ages = " and ".join(f"from {a:g} to {b:g} y" for a, b in AGES[group])
            people = group if group == ANYBODY else f"on {group}"
            yield (
                "age-outside-calibration",
                f"Extrapolated in age: the course runs from {first_age:g} to {last_age:g} y; the calibration "
                f"studies hold people with osteogenesis imperfecta {people} {ages}.",
            )
    if last_age > LAST_REFERENCE_AGE:
        yield (
            "beyond-reference-ages",
            f"Beyond {LAST_REFERENCE_AGE:g} y the density reference stays as it is at that age.",
        )
    if "healthy" in types:
        yield (
            "people-outside-calibration",
            "Extrapolated in people: of people without OI on a drug the calibration studies hold women of 53 "
            "to 79 y, and children of 7 to 15 y on zoledronate.",
        )
    for drug in drugs:
        if drug not in AGES:
            yield (
                "drug-outside-calibration",
                f"Not calibrated in OI: the calibration studies hold no numbers of {drug} in people with "
                "osteogenesis imperfecta.",
            )
