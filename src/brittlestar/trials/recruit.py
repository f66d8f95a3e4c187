"""Recruitment: candidates are drawn, screened on what a clinic would see, and randomised in blocks.

Screening goes on until every place is filled, or until it is sure that hardly anybody meets the entry
rules: with k eligible among n candidates, fewer than a share s of people (``population.least_eligible``) are
eligible at a risk a of error as soon as Q(k + 1, n s) <= a, where Q is the chance of at most k Poisson events
with mean n s. A trial is then refused as a whole: no replicate has fewer people, and none is left out.
"""

from dataclasses import dataclass, replace

import numpy as np

from brittlestar._shared.chance import normal, poisson_count, uniform
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import fill
from brittlestar.engine import at_entry, match_baseline_z
from brittlestar.model.parameters import Parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import TYPES
from brittlestar.people.cohort import Cohort
from brittlestar.people.eligibility import Eligibility
from brittlestar.people.sampling import sample_cohort
from brittlestar.people.scan import Scan
from brittlestar.people.told import told_cohort
from brittlestar.trials.entry_mean import Tilt, tilts_for, z_at_entry
from brittlestar.trials.measurement import Measurement
from brittlestar.trials.protocol import Protocol

RISK = 1e-6
"""Chance, at each look, that rules which just ``population.least_eligible`` of people meet are refused."""

FIRST_LOOK, ENOUGH_TO_TILT = 1024, 500
"""Candidates of each type who are looked at first where a mean Z is wanted, doubled until so many are
eligible: a mean is then known to SD/sqrt(500), 0.06 Z at an SD of 1.3."""

IDS_PER_REPLICATE = 1 << 15
"""Ids set aside for the first candidates of one replicate: ids never clash, so fates never repeat."""

IDS_PER_TYPE = IDS_PER_REPLICATE // len(TYPES)

MOST_REPLICATES = (1 << 32) // IDS_PER_REPLICATE
"""Of any trial; large ones have fewer, see :func:`most_replicates`."""

_AT_ONCE = 1 << 18
"""Candidates that are screened in one go."""

_AT_ENTRY = (
    "ls_abmd",
    "ls_z",
    "ls_sd",
    "tblh_ratio",
    "weight_kg",
    "height_cm",
    *(f"hazard_{s}" for s in SITES),
)


@dataclass(frozen=True)
class Enrolled:
    """The people of some replicates of a trial, [replicate x place] flattened row by row."""

    cohort: Cohort
    arm: np.ndarray
    """index of the arm"""
    stratum: np.ndarray
    screened: int
    """candidates up to those who filled the last places, however replicates are divided into blocks"""
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


def enough(found: int | np.ndarray, least_share: float) -> np.ndarray:
    """Candidates after which it is sure that fewer than ``least_share`` of people are eligible.

    Args:
        found: how many of them were.
        least_share: see ``population.least_eligible``.
    """
    from scipy.special import gammaincinv

    return np.ceil(gammaincinv(np.asarray(found) + 1.0, 1.0 - RISK) / least_share).astype(int)


def _beyond(protocol: Protocol) -> dict[str, int]:
    """Candidates of each type that may have to be looked at beyond the first ``IDS_PER_TYPE``."""
    share = protocol.population.least_eligible
    most = {word: int(enough(need - 1, share)) for word, need in type_counts(protocol).items()}
    return {word: max(0, n - IDS_PER_TYPE) for word, n in most.items()}


def most_replicates(protocol: Protocol) -> int:
    """How often a trial of this size can be run with everybody a new person: there are 2**32 ids."""
    if protocol.historical is None:
        return (1 << 32) // (IDS_PER_REPLICATE + sum(_beyond(protocol).values()))
    now, past = now_and_past(protocol)
    half = min(most_replicates(now), most_replicates(past)) // 2
    late, late_past = (sum(_beyond(one).values()) for one in (now, past))
    # The ids of late candidates are counted from the last one down: those of the past come after all of now.
    return half if late <= late_past or late_past == 0 else max(1, half * late_past // late)


def now_and_past(protocol: Protocol) -> tuple[Protocol, Protocol]:
    """The randomised trial and the control that was followed earlier, each as a protocol of its own."""
    now = tuple(arm for arm in protocol.arms if arm.historical is None)
    past = protocol.arms[protocol.control]
    alone = past.model_copy(update={"historical": None})
    return (
        protocol.model_copy(update={"arms": now}),
        protocol.model_copy(update={"arms": (alone,), "population": past.historical}),
    )


def candidate_ids(protocol: Protocol, word: str, replicate: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Ids of the candidates of one type; nobody has the id of anybody else.

    The first ``IDS_PER_TYPE`` of each type stand in the replicate's own block, counted from 0 up. Those who
    come after them are counted from the last id down, so that how many they are moves no other id.

    Args:
        protocol: the trial.
        word: the OI type.
        replicate: numbers of replicates.
        number: of the candidate within type and replicate, from 0; broadcast against ``replicate``.
    """
    beyond = _beyond(protocol)
    types = list(beyond)
    before = sum(beyond[w] for w in types[: types.index(word)])
    first = replicate * IDS_PER_REPLICATE + types.index(word) * IDS_PER_TYPE + number
    later = (1 << 32) - 1 - (replicate * sum(beyond.values()) + before + number - IDS_PER_TYPE)
    return np.where(number < IDS_PER_TYPE, first, later)


def _candidates(protocol: Protocol, word: str, ids: np.ndarray, seed: int, p: Parameters) -> Cohort:
    population = protocol.population
    cohort = sample_cohort(
        len(ids),
        seed=seed,
        age_years=population.ages,
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
    true = at_entry(cohort, _AT_ENTRY, p)
    error = float(fill(Scan).dxa_error) * normal(seed, cohort.id, "screening scan")
    rate = sum(true[f"hazard_{site}"] for site in protocol.conduct.fracture_sites)
    expected = rate * protocol.population.history_years * protocol.conduct.fracture_capture
    history = poisson_count(uniform(seed, cohort.id, "fracture history"), expected)
    return {
        "ls_abmd": true["ls_abmd"] + error,
        "ls_z": true["ls_z"] + error / true["ls_sd"],
        "tb_z": (true["tblh_ratio"] - 1.0) / float(fill(Measurement).tb_z_sd),
        "weight_kg": true["weight_kg"],
        "height_cm": true["height_cm"],
        "fractures": history,
        "age_years": cohort.age_years,
        "sex": cohort.sex,
        "oi_type": cohort.oi_type,
    }


def entry_tilts(protocol: Protocol, seed: int, p: Parameters) -> dict[str, Tilt]:
    """How candidates of each type are chosen so that a wanted mean Z comes out; empty where none is wanted.

    The first candidates of the first replicate stand for all; the same for every division into blocks.
    """
    wanted, rules = protocol.population.entry_mean, Eligibility.from_table(protocol.population.eligibility)
    if wanted is None:
        return {}
    counts, groups = type_counts(protocol), {}
    for word, count in counts.items():
        size, z = FIRST_LOOK // 2, np.zeros(0)
        while size < IDS_PER_TYPE and len(z) < ENOUGH_TO_TILT:
            size *= 2
            ids = candidate_ids(protocol, word, np.zeros(1, int), np.arange(size))
            seen = screening(_candidates(protocol, word, ids, seed, p), protocol, seed, p)
            z = z_at_entry(seen, wanted.measure)[rules.screen(seen).eligible]
        # Of a type of which nobody is eligible recruitment tells more.
        if len(z):
            groups[word] = (count / sum(counts.values()), z)
    return tilts_for(wanted, groups)


def _enrol_type(
    protocol: Protocol,
    word: str,
    need: int,
    replicates: np.ndarray,
    seed: int,
    p: Parameters,
    tilt: Tilt | None,
) -> tuple[list[tuple[Cohort, dict[str, np.ndarray]]], int]:
    """The first ``need`` eligible candidates of a type in each replicate, and how many were screened."""
    population = protocol.population
    rules, share = Eligibility.from_table(population.eligibility), population.least_eligible
    parts: list[list[tuple[Cohort, dict[str, np.ndarray]]]] = [[] for _ in replicates]
    found, last = np.zeros(len(replicates), int), int(enough(need - 1, share))
    done, until, screened = 0, need + max(8, need // 2), 0
    while (open_ := np.flatnonzero(found < need)).size:
        sure = open_[done >= enough(found[open_], share)]
        if sure.size:
            raise InputError(
                "population.eligibility" if tilt is None else "population.eligibility, entry_mean",
                population.eligibility,
                f"too strict: {found[sure[0]]} of {done} candidates of type {word} "
                f"{'meet it' if tilt is None else 'meet it and are taken for the mean'}, surely fewer "
                f"than {100 * share:g} % (population.least_eligible); {need} are needed",
            )
        number = np.arange(done, min(until, done + _AT_ONCE, last))
        width = max(1, _AT_ONCE // len(number))
        for some in np.split(open_, range(width, len(open_), width)):
            ids = candidate_ids(protocol, word, replicates[some, None], number[None, :])
            cohort = _candidates(protocol, word, ids.ravel(), seed, p)
            seen = screening(cohort, protocol, seed, p)
            eligible = rules.screen(seen).eligible
            if tilt is not None and population.entry_mean is not None:
                z = z_at_entry(seen, population.entry_mean.measure)
                eligible &= uniform(seed, cohort.id, "entry mean") < tilt.chance(z)
            eligible = eligible.reshape(ids.shape)
            place = found[some, None] + np.cumsum(eligible, axis=1)
            for row, mine in enumerate(eligible & (place <= need)):
                chosen = row * len(number) + np.flatnonzero(mine)
                parts[some[row]].append((cohort.take(chosen), {k: v[chosen] for k, v in seen.items()}))
            # Screening ends with the candidate who fills the last place.
            screened += int(np.minimum((place < need).sum(axis=1) + 1, len(number)).sum())
            found[some] = np.minimum(place[:, -1], need)
        done, until = done + len(number), 2 * (done + len(number))
    return [_joined(waves) for waves in parts], screened


def _joined(
    waves: list[tuple[Cohort, dict[str, np.ndarray]]],
) -> tuple[Cohort, dict[str, np.ndarray]]:
    """People and what screening saw of them, one wave after the other."""
    seen = {k: np.concatenate([s[k] for _, s in waves]) for k in waves[0][1]}
    return Cohort.concatenate([cohort for cohort, _ in waves]), seen


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
        InputError: entry rules that hardly anyone meets, or more replicates than there are ids.
    """
    most = most_replicates(protocol)
    if np.max(replicates) >= most:
        raise InputError("replicates", int(np.max(replicates)) + 1, f"accepted: up to {most} of this size")
    if protocol.historical is None:
        return _enrol(protocol, replicates, seed, p)
    now, past = now_and_past(protocol)
    # Replicates that the trial itself never has: nobody of the past is somebody of now.
    later = min(most_replicates(now), most_replicates(past)) // 2
    randomised, earlier = _enrol(now, replicates, seed, p), _enrol(past, replicates + later, seed, p)
    arms = np.array([i for i, arm in enumerate(protocol.arms) if arm.historical is None])

    def side_by_side(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.concatenate([x.reshape(len(replicates), -1) for x in (a, b)], axis=1).ravel()

    everybody = Cohort.concatenate([randomised.cohort, earlier.cohort])
    first, second = np.split(np.arange(len(everybody)), [len(randomised.cohort)])
    return Enrolled(
        cohort=everybody.take(side_by_side(first, second)),
        arm=side_by_side(arms[randomised.arm], np.full(len(second), protocol.control)),
        stratum=side_by_side(randomised.stratum, earlier.stratum),
        screened=randomised.screened + earlier.screened,
        baseline={k: side_by_side(v, earlier.baseline[k]) for k, v in randomised.baseline.items()},
    )


def _told(
    protocol: Protocol, replicates: np.ndarray, seed: int, p: Parameters
) -> list[tuple[Cohort, dict[str, np.ndarray]]]:
    """The people who were told, in each replicate; a Z-score told is their own, without a scan's error."""
    people = protocol.population.people
    ids = replicates[:, None] * IDS_PER_REPLICATE + np.arange(len(people))
    cohort = told_cohort(people, ids, seed)
    if protocol.population.fracture_enrichment:
        risk = np.where(cohort.oi_type == TYPES.index("healthy"), 1.0, np.asarray(p.fracture.enr))
        cohort = replace(cohort, frailty=cohort.frailty * risk)
    if np.isfinite(cohort.baseline_z).any():
        cohort = match_baseline_z(cohort, cohort.baseline_z, p)
    seen = screening(cohort, protocol, seed, p)
    rows = np.arange(len(cohort)).reshape(ids.shape)
    return [(cohort.take(row), {k: v[row] for k, v in seen.items()}) for row in rows]


def _screened(
    protocol: Protocol, replicates: np.ndarray, seed: int, p: Parameters
) -> tuple[list[tuple[Cohort, dict[str, np.ndarray]]], int]:
    """The people who were drawn and are eligible, in each replicate, and how many were screened."""
    per_replicate: list[list[tuple[Cohort, dict[str, np.ndarray]]]] = [[] for _ in replicates]
    screened, tilts = 0, entry_tilts(protocol, seed, p)
    for word, need in type_counts(protocol).items():
        chosen, looked_at = _enrol_type(protocol, word, need, replicates, seed, p, tilts.get(word))
        screened += looked_at
        for i, one in enumerate(chosen):
            per_replicate[i].append(one)
    return [_joined(parts) for parts in per_replicate], screened


def _enrol(protocol: Protocol, replicates: np.ndarray, seed: int, p: Parameters) -> Enrolled:
    """Screen, enrol and randomise the people of one population."""
    if protocol.population.people:
        people = _told(protocol, replicates, seed, p)
        screened = sum(len(cohort) for cohort, _ in people)
    else:
        people, screened = _screened(protocol, replicates, seed, p)
    arms, strata = [], []
    cohorts, seen = [], []
    for number, (cohort, baseline) in zip(replicates, people, strict=True):
        order = np.argsort(uniform(seed, cohort.id, "order of enrolment"))
        cohort = cohort.take(order)
        stratum = _strata(cohort.age_years, protocol.design.age_strata)
        arms.append(randomise(protocol, cohort.id, stratum, int(number), seed))
        strata.append(stratum)
        cohorts.append(cohort)
        seen.append({k: v[order] for k, v in baseline.items()})
    return Enrolled(
        cohort=Cohort.concatenate(cohorts),
        arm=np.concatenate(arms),
        stratum=np.concatenate(strata),
        screened=screened,
        baseline={k: np.concatenate([s[k] for s in seen]) for k in seen[0]},
    )
