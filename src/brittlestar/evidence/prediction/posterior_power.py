"""Power of a trial under what the calibration left open: the posterior, given to ``trials.power``."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from brittlestar._shared.arguments import Progress, whole_between
from brittlestar.engine import Parameters, default_parameters, identity, parameters_of
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.prediction.endpoint_spread import kind_of_endpoint
from brittlestar.evidence.prediction.laws import mixed_sets
from brittlestar.evidence.prediction.population_effect import population_offsets
from brittlestar.trials.power.result import PowerResult
from brittlestar.trials.power.simulation import POOLS, REPLICATES, power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol

MOST_DRAWS = 200
"""Each draw is a pool of people of its own, some seconds: more would take a quarter of an hour and more."""


def posterior_sets(count: int) -> list[tuple[str, Parameters]]:
    """Parameter sets that stand for the posterior under all laws, each with its law; 1 gives the shipped set.

    Raises:
        InputError: a count out of range.
    """
    if whole_between(count, 1, MOST_DRAWS, "draws") == 1:
        return [("usual", default_parameters())]
    return mixed_sets(count)


def laws_of(sets: Sequence[tuple[str, Parameters]]) -> list[dict[str, Any]]:
    """Every law with its weight and how many of the sets are its own, none included."""
    count = Counter(name for name, _ in sets)
    labels = {"usual": "the shipped model"} | {name: one.label for name, one in rivals().items()}
    return [
        {"name": name, "label": label, "weight": weights()[name], "sets": count[name]}
        for name, label in labels.items()
    ]


def not_in_it(protocol: Protocol) -> list[str]:
    """What a prediction of the trial holds and its power does not, in words."""
    without = [
        e.label for e in protocol.endpoints if e.measure is not None and kind_of_endpoint(e) is not None
    ]
    if not without:
        return []
    what = "; ".join(dict.fromkeys(without))
    return [
        "How far trials of one kind lie apart is in the power of fractures. "
        f"It is not in the power of {what}: predict tells how far such a result may lie from the model's, "
        "and power may be less."
    ]


def power(
    protocol: Protocol | str,
    *,
    sizes: Sequence[int] | None = None,
    replicates: int | None = None,
    draws: int = 16,
    parameters: Parameters | str | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> PowerResult:
    """Power, type I error, people needed and duration of a trial, under what the calibration left open.

    Each draw is a parameter set, of the laws in proportion to their evidence, and a population of its own,
    whose rate of fractures and whose effect of treatment on it are off by what lies between trials: the power
    is the mean over effects, not that of the mean effect. What lies between trials in density, Z and markers
    is not in it, and the result says so.

    Args:
        protocol: object, shipped name (``"poise"``) or path of a TOML file.
        sizes: people randomised; default half, once, twice and four times the protocol's.
        replicates: trials for each number; default 2000.
        draws: parameter sets of the posterior; 1: the shipped set.
        parameters: another set or its name, as if known; the posterior belongs to the shipped one.
        seed: key of all chance.
        progress: called with pools done and in all.

    Raises:
        InputError: a protocol without control, sizes or counts out of range.
    """
    mixed, several = posterior_sets(draws), draws > 1
    sets, laws = [p for _, p in mixed], laws_of(mixed) if several else []
    own = parameters_of(parameters)
    if identity(own) != identity(default_parameters()):
        sets, several, laws = [own] * len(sets if several else range(POOLS)), True, []
    trial = load_protocol(protocol) if isinstance(protocol, str) else protocol
    return power_of(
        trial,
        sizes=sizes,
        replicates=REPLICATES if replicates is None else replicates,
        seed=seed,
        parameters=sets if several else None,
        offsets=population_offsets(draws, seed) if draws > 1 else None,
        laws=laws,
        notes=not_in_it(trial) if draws > 1 else (),
        progress=progress,
    )
