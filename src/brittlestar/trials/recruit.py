"""Recruitment: candidates are drawn, screened on what a clinic would see, and randomised in blocks."""

from dataclasses import dataclass, replace

import numpy as np

from brittlestar._shared.chance import normal, poisson_count, uniform
from brittlestar._shared.errors import InputError
from brittlestar.engine import at_entry
from brittlestar.engine.parameters import Parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import TYPES
from brittlestar.people.cohort import Cohort
from brittlestar.people.eligibility import Eligibility
from brittlestar.people.sampling import sample_cohort
from brittlestar.trials.measure import measurement
from brittlestar.trials.protocol import Protocol

IDS_PER_REPLICATE = 1 << 15
"""Ids set aside for the candidates of one replicate: ids never clash, so fates never repeat."""

MOST_REPLICATES = (1 << 32) // IDS_PER_REPLICATE
_AT_ENTRY = (
    "ls_abmd",
    "ls_z",
    "ls_sd",
    "tblh_ratio",
    "weight_kg",
    "height_cm",
    *(f"hazard_{s}" for s in SITES),
)
_MOST_ROUNDS = 6


@dataclass(frozen=True)
class Enrolled:
    """The people of some replicates of a trial, [replicate x place] flattened row by row."""

    cohort: Cohort
    arm: np.ndarray
    """index of the arm"""
    stratum: np.ndarray
    screened: int
    """candidates looked at"""
    baseline: dict[str, np.ndarray]
    """measured at screening"""


def type_counts(protocol: Protocol) -> dict[str, int]:
    """How many of each OI type are randomised: the published mix, by largest remainder."""
    n, mix = protocol.population.randomised, protocol.population.types
    shares = np.array([mix.get(word, 0.0) for word in TYPES])
    exact = n * shares / shares.sum()
    counts = np.floor(exact).astype(int)
    for i in np.argsort(counts - exact)[: n - counts.sum()]:
        counts[i] += 1
    return {word: int(c) for word, c in zip(TYPES, counts, strict=True) if c}


def _candidates(protocol: Protocol, word: str, ids: np.ndarray, seed: int, p: Parameters) -> Cohort:
    population = protocol.population
    cohort = sample_cohort(
        len(ids),
        seed=seed,
        age_years=population.age_years,
        types={word: 1.0},
        female=population.female,
        ids=ids,
    )
    if population.fracture_enrichment and word != "healthy":
        cohort = replace(cohort, frailty=cohort.frailty * np.asarray(p.fracture.enr))
    return cohort


def screening(cohort: Cohort, protocol: Protocol, seed: int, p: Parameters) -> dict[str, np.ndarray]:
    """What screening sees: one scan with its error, size, and fractures over the look-back.

    Past fractures are Poisson with the person's present hazard; the count uses the same frailty that decides
    their future, so entry rules on fractures select the frail and the rate falls after entry without any
    treatment (regression to the mean).
    """
    m, true = measurement(), at_entry(cohort, _AT_ENTRY, p)
    error = float(m.dxa_error) * normal(seed, cohort.id, "screening scan")
    rate = sum(true[f"hazard_{site}"] for site in protocol.conduct.fracture_sites)
    expected = rate * protocol.population.history_years * protocol.conduct.fracture_capture
    history = poisson_count(uniform(seed, cohort.id, "fracture history"), expected)
    return {
        "ls_abmd": true["ls_abmd"] + error,
        "ls_z": true["ls_z"] + error / true["ls_sd"],
        "tb_z": (true["tblh_ratio"] - 1.0) / float(m.tb_z_sd),
        "weight_kg": true["weight_kg"],
        "height_cm": true["height_cm"],
        "fractures": history,
        "age_years": cohort.age_years,
        "sex": cohort.sex,
        "oi_type": cohort.oi_type,
    }


def _enrol_type(
    protocol: Protocol, word: str, need: int, first: int, replicates: np.ndarray, seed: int, p: Parameters
) -> tuple[list[tuple[Cohort, dict[str, np.ndarray]]], int]:
    """The first ``need`` eligible candidates of a type in each replicate, and how many were screened."""
    rules = Eligibility.from_table(protocol.population.eligibility)
    size, screened = need + max(8, need // 2), 0
    for _ in range(_MOST_ROUNDS):
        if first + size > IDS_PER_REPLICATE:
            break
        ids = (replicates[:, None] * IDS_PER_REPLICATE + first + np.arange(size)[None, :]).ravel()
        cohort = _candidates(protocol, word, ids, seed, p)
        seen = screening(cohort, protocol, seed, p)
        eligible = rules.screen(seen).eligible.reshape(len(replicates), size)
        screened = eligible.size
        if (eligible.sum(axis=1) >= need).all():
            rank = np.cumsum(eligible, axis=1)
            chosen = np.flatnonzero((eligible & (rank <= need)).ravel())
            rows = chosen.reshape(len(replicates), need)
            return [(cohort.take(r), {k: v[r] for k, v in seen.items()}) for r in rows], screened
        size *= 2
    raise InputError(
        "population.eligibility",
        protocol.population.eligibility,
        f"too strict: fewer than {need} of {size} candidates of type {word} meet it",
    )


def _strata(age: np.ndarray, cuts: tuple[float, ...]) -> np.ndarray:
    return np.searchsorted(np.asarray(cuts), age, side="right")


def randomise(
    protocol: Protocol, ids: np.ndarray, stratum: np.ndarray, replicate: int, seed: int
) -> np.ndarray:
    """Arm of each person of one replicate: permuted blocks within strata.

    Args:
        ids: ids in the order of enrolment.
        stratum: stratum of each.
        replicate: number of the replicate; blocks are drawn anew in each.
        seed: key.
    """
    block = np.repeat(
        np.arange(len(protocol.arms)), [a.allocation * protocol.design.blocks for a in protocol.arms]
    )
    arm = np.empty(len(ids), int)
    for s in np.unique(stratum):
        members = np.flatnonzero(stratum == s)
        blocks = -(-len(members) // len(block))
        place = np.arange(blocks * len(block))
        key = uniform(seed, np.full(len(place), replicate), f"randomisation {s}", place).reshape(blocks, -1)
        arm[members] = block[np.argsort(key, axis=1)].ravel()[: len(members)]
    return arm


def enrol(protocol: Protocol, replicates: np.ndarray, seed: int, p: Parameters) -> Enrolled:
    """Screen, enrol and randomise the people of the given replicates.

    Args:
        protocol: the trial.
        replicates: numbers of the replicates.
        seed: key of all chance.
        p: parameters.

    Raises:
        InputError: entry rules that hardly anyone meets.
    """
    per_replicate: list[list[tuple[Cohort, dict[str, np.ndarray]]]] = [[] for _ in replicates]
    first = screened = 0
    for word, need in type_counts(protocol).items():
        chosen, looked_at = _enrol_type(protocol, word, need, first, replicates, seed, p)
        first, screened = first + IDS_PER_REPLICATE // len(TYPES), screened + looked_at
        for i, one in enumerate(chosen):
            per_replicate[i].append(one)
    arms, strata = [], []
    cohorts, seen = [], []
    for number, parts in zip(replicates, per_replicate, strict=True):
        cohort = Cohort.concatenate([part for part, _ in parts])
        order = np.argsort(uniform(seed, cohort.id, "order of enrolment"))
        cohort = cohort.take(order)
        stratum = _strata(cohort.age_years, protocol.design.age_strata)
        arms.append(randomise(protocol, cohort.id, stratum, int(number), seed))
        strata.append(stratum)
        cohorts.append(cohort)
        seen.append({k: np.concatenate([s[k] for _, s in parts])[order] for k in parts[0][1]})
    return Enrolled(
        cohort=Cohort.concatenate(cohorts),
        arm=np.concatenate(arms),
        stratum=np.concatenate(strata),
        screened=screened,
        baseline={k: np.concatenate([s[k] for s in seen]) for k in seen[0]},
    )
