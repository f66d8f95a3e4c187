"""A trial of people who are told one by one instead of drawn, such as those of a data set."""

from collections import Counter
from collections.abc import Sequence
from math import ceil, floor

from brittlestar._shared.errors import InputError
from brittlestar.people.person import Person
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import FEWEST, MOST_TOLD, Population


def with_people(protocol: Protocol, people: Sequence[Person], source: str) -> Protocol:
    """The protocol with these people, the same in every replicate, who differ in what was not told of them.

    Entry rules and a wanted mean at entry do not choose among them; arms are drawn anew in each replicate.

    Args:
        protocol: the trial.
        people: who takes part.
        source: where they come from.

    Raises:
        InputError: fewer than two people, more than a trial may have, or a person of whom fractures are told:
            these weigh many who might be meant, and a trial has one.
    """
    if not FEWEST <= len(people) <= MOST_TOLD:
        raise InputError(f"{source}: people", len(people), f"accepted: {FEWEST} to {MOST_TOLD:,} in a trial")
    for number, one in enumerate(people):
        if one.fractures_last_2_years is not None:
            raise InputError(
                f"population.people[{number}].fractures_last_2_years",
                one.fractures_last_2_years,
                "accepted: none in a trial: they weigh many people who might be meant",
            )
    ages = [one.age for one in people]
    youngest = floor(min(ages))
    fields = {
        "randomised": len(people),
        "age_years": (youngest, min(max(ceil(max(ages)), youngest + 1), 90)),
        "types": dict(Counter(one.oi_type for one in people)),
        "female": sum(one.sex == "female" for one in people) / len(people),
        "history_years": protocol.population.history_years,
        "fracture_enrichment": protocol.population.fracture_enrichment,
        "people": tuple(people),
        "source": source,
    }
    return protocol.model_copy(update={"population": Population(**fields)})
