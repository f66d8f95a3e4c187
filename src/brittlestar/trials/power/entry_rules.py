"""Entry rules: how many meet them, how far rates fall after entry without a drug, what power they give."""

from typing import Any

import numpy as np

from brittlestar.engine import Method
from brittlestar.model.parameters import Parameters
from brittlestar.people.eligibility import Eligibility
from brittlestar.trials.conduct import DOUBLE
from brittlestar.trials.power.endpoints import endpoints, last_of_each
from brittlestar.trials.power.pool import AS_THE_MODEL, Draw, Pool, PopulationOffset
from brittlestar.trials.power.share import Tally, share, tally
from brittlestar.trials.power.shifts import Shift
from brittlestar.trials.protocol import Protocol

MONTHS = 12.0
"""On-study rate of controls over this time from entry: the first year, in which a rate falls most."""

EVERYBODY = "everybody"


def rules(protocol: Protocol) -> dict[str, Eligibility]:
    """The protocol's own rule, none at all, and at least 1, 2 or 3 fractures in its look-back."""
    years = protocol.population.history_years
    found = {"the protocol's own rule": Eligibility.from_table(protocol.population.eligibility)}
    found[EVERYBODY] = Eligibility()
    for least in (1, 2, 3):
        label = f"at least {least} fracture{'s' * (least > 1)} in {years:g} year{'s' * (years != 1)}"
        found[label] = Eligibility.from_table({"fractures": {"min": least}})
    return found


def entry_rows(
    protocol: Protocol,
    people: int,
    number: int,
    seed: int,
    p: Parameters,
    replicates: int,
    offset: PopulationOffset = AS_THE_MODEL,
    shift: Shift | None = None,
    method: Method = DOUBLE,
) -> list[dict[str, Any]]:
    """One row per rule from unselected candidates who are all followed as controls and as treated.

    Args:
        protocol: the trial; its population without its entry rule is screened.
        people: candidates at least.
        number: of the pool.
        seed: key of all chance.
        p: parameters.
        replicates: trials drawn for the power under each rule.
        offset: of the population.
        shift: of the same in density, Z and markers.
        method: how courses are worked out.
    """
    open_to_all = protocol.population.model_copy(update={"eligibility": {}})
    everybody = protocol.model_copy(update={"population": open_to_all})
    pool = Pool.of(everybody, people, number, seed + 1, p, offset, shift, method)
    return [
        entry_row(label, rule, pool, protocol, seed, replicates) for label, rule in rules(protocol).items()
    ]


def entry_row(
    label: str, rule: Eligibility, pool: Pool, protocol: Protocol, seed: int, replicates: int
) -> dict[str, Any]:
    """How many candidates of a pool meet a rule, their fractures before and on study, and their power."""
    who = np.flatnonzero(rule.screen(pool.screening).eligible)
    place = protocol.control * pool.people + who
    r = pool.records
    early = r.fracture_month <= MONTHS
    on = np.bincount(r.fracture_person[early], minlength=len(r.followed_months))[place]
    power: dict[str, Tally] = {}
    size = protocol.population.randomised
    if len(who) >= size:
        asked, arms = last_of_each(endpoints(protocol)), (protocol.control, protocol.contrasts[0][0])
        found = tally(pool, Draw(arms, who, size, replicates, seed, f"entry {label}"), asked)
        power = {e.id: one for e, one in zip(asked, found, strict=True)}
    return {
        "rule": label,
        "history_years": protocol.population.history_years,
        "screened": pool.people,
        "eligible": len(who),
        "before": float(pool.screening["fractures"][who].sum()),
        "on": float(on.sum()),
        "years": float(np.minimum(r.followed_months[place], MONTHS).sum() / 12.0),
        "power": power,
    }


def over_pools(pools: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Entry rules over all pools: sums of people, fractures and time; means of power."""
    merged: list[dict[str, Any]] = []
    for rows in zip(*pools, strict=True):
        total = {
            k: float(sum(row[k] for row in rows)) for k in ("screened", "eligible", "before", "on", "years")
        }
        history = rows[0]["history_years"]
        before = total["before"] / (total["eligible"] * history) if total["eligible"] else None
        on = total["on"] / total["years"] if total["years"] else None
        powers = {
            test: [row["power"][test] for row in rows if test in row["power"]] for test in rows[0]["power"]
        }
        merged.append(
            {
                "rule": rows[0]["rule"],
                "eligible_share": total["eligible"] / total["screened"],
                "rate_before_per_year": before,
                "rate_on_study_per_year": on,
                "ratio": on / before if before and on is not None else None,
                "history_years": history,
                "power": {test: share(tallies) for test, tallies in powers.items() if tallies},
            }
        )
    anyone = next((row["ratio"] for row in merged if row["rule"] == EVERYBODY), None)
    for row in merged:
        # What entry does, apart from what a year does to everybody.
        row["ratio_to_everybody"] = row["ratio"] / anyone if row["ratio"] and anyone else None
    return merged
