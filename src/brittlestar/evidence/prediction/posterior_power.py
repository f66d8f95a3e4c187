"""Power of a trial under what the calibration left open: the posterior, given to ``trials.power``."""

from collections.abc import Sequence

from brittlestar._shared.arguments import Progress, whole_between
from brittlestar.engine import Parameters, default_parameters, identity, parameters_of
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.prediction.population_effect import population_offsets
from brittlestar.trials.power.result import PowerResult
from brittlestar.trials.power.simulation import POOLS, REPLICATES, power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol

MOST_DRAWS = 200
"""Each draw is a pool of people of its own, some seconds: more would take a quarter of an hour and more."""


def posterior_sets(count: int) -> list[Parameters]:
    """Parameter sets that stand for the posterior; 1 gives the shipped set alone.

    Raises:
        InputError: a count out of range.
    """
    if whole_between(count, 1, MOST_DRAWS, "draws") == 1:
        return [default_parameters()]
    posterior = ensemble()
    return [posterior.parameters(int(i)) for i in posterior.pick(count)]


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

    Each draw is a parameter set and a population of its own, whose rate of fractures and whose effect
    of treatment
    on it are off by what lies between trials: the power is the mean over effects, not that of the mean
    effect.

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
    sets, several = posterior_sets(draws), draws > 1
    own = parameters_of(parameters)
    if identity(own) != identity(default_parameters()):
        sets, several = [own] * len(sets if several else range(POOLS)), True
    return power_of(
        load_protocol(protocol) if isinstance(protocol, str) else protocol,
        sizes=sizes,
        replicates=REPLICATES if replicates is None else replicates,
        seed=seed,
        parameters=sets if several else None,
        offsets=population_offsets(draws, seed) if draws > 1 else None,
        progress=progress,
    )
