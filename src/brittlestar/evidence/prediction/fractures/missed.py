"""How often a trial of the size of one that missed its fracture endpoint would miss it."""

from typing import Any

from brittlestar.evidence.prediction.posterior_power import power

MISSED = ("orbit-like", "rate_ratio", 24.0)
"""Trial whose fracture endpoint was missed, the endpoint and its month."""

PEOPLE, REPLICATES, DRAWS = 159, 1600, 16
"""Randomised in it, trials of that size that are drawn, and parameter sets, each with its own population: a
chance is then known to 1.3 % at worst beside what few populations leave open, sqrt(.25/1600)."""


def chance_of_missing(seed: int) -> dict[str, Any]:
    """How often a trial of that size finds nothing, under the posterior and effects that differ."""
    trial, endpoint, months = MISSED
    result = power(trial, sizes=[PEOPLE], replicates=REPLICATES, draws=DRAWS, seed=seed)
    (row,) = [r for r in result.power if (r["test"], r["months"], r["size"]) == (endpoint, months, PEOPLE)]
    return {
        "trial": result.protocol.title,
        "people": PEOPLE,
        "endpoint": row["label"],
        "months": months,
        "misses": 1.0 - row["share"],
        "standard_error": row["se"],
        "found": "missed",
    }
