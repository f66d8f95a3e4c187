"""What a protocol leaves open of its people: shares, ages, Z at entry and doses that nobody printed."""

from typing import Literal

from pydantic import Field

from brittlestar.care.base import Component

ASSUMED, PRINTED = 3.0, 8.0
"""People that something is worth which was assumed, and of which a range was printed (assumed; the
calibration takes the same of its cohorts)."""

Z_BETWEEN = 1.0
"""SD of Z between people of one type, so that a mean of n is known to 1/sqrt(n): by definition of Z."""

LN_DOSE_BETWEEN = 0.3
"""SD of ln dose between people of whom one mean dose is told: mg per kg vary by a third, as where tablets
come in two strengths (assumed)."""

Worth = Literal["known"] | float
"""For how many people what is stated stands, or that it is known."""

_PEOPLE = "people that what is stated of {} is worth, or 'known'; none: {}"


class OpenInputs(Component):
    """For how many people what is stated stands; `predict` and `power` draw it in every parameter set."""

    types: Worth | None = Field(
        None,
        description=_PEOPLE.format(
            "the shares of types",
            "3 where `source` begins with `assumed`, else the people of `types`, at least 3",
        ),
    )
    ages: Worth | None = Field(
        None,
        description=_PEOPLE.format(
            "ages, by thirds of their range", "3 where `source` begins with `assumed`, else 8"
        ),
    )
    entry_z: Worth | None = Field(
        None,
        description=_PEOPLE.format(
            "the mean Z at entry, whose SD is then 1/sqrt(people)",
            "with `entry_mean` 3 where `source` begins with `assumed`, else `randomised`; without it, known: "
            "whom the rules accept",
        ),
    )
    dose_by_type: Worth | None = Field(
        None,
        description=_PEOPLE.format(
            "the dose of each type, ln of which then has SD 0.3/sqrt(people)",
            "known: everybody gets what the plan says",
        ),
    )
