"""Power of a trial under what the calibration left open: the posterior, given to ``trials.power``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.arguments import Progress, whole_between
from brittlestar._shared.errors import InputError
from brittlestar.engine import Method, Parameters, default_parameters, identity, sets_of
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.prediction.endpoint_spread import kind_of_endpoint
from brittlestar.evidence.prediction.how_many import DRAWS
from brittlestar.evidence.prediction.laws import mixed_sets
from brittlestar.evidence.prediction.population_effect import population_offsets, population_shifts
from brittlestar.model.parameter_sets import Told, rounds_of, spread_over
from brittlestar.model.switches import in_words, named, switched_off
from brittlestar.trials.drawn_inputs import drawn_inputs
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
    """Of which endpoints nobody knows how far trials lie apart, in words."""
    without = [e.label for e in protocol.endpoints if kind_of_endpoint(e) is None]
    if not without:
        return []
    what = "; ".join(dict.fromkeys(without))
    return [f"How far trials lie apart is not known of {what}, and so not in its power: it may be less."]


def power(
    protocol: Protocol | str,
    *,
    sizes: Sequence[int] | None = None,
    replicates: int | None = None,
    draws: int | None = None,
    parameters: Told = None,
    without: str | Sequence[str] = (),
    seed: int = 1,
    precision: str = "float64",
    backend: str = "native",
    progress: Progress | None = None,
) -> PowerResult:
    """Power, type I error, people needed and duration of a trial, under what the calibration left open.

    Each draw is a parameter set, of the laws in proportion to their evidence, and a population of its own:
    its people are drawn as far as the protocol leaves them open, and its rate of fractures and the effect of
    treatment on it are off by what lies between trials, of fractures, density, Z and markers as in a
    prediction. The power is the mean over effects, not that of the mean effect.

    Args:
        protocol: object, shipped name (``"poise"``) or path of a TOML file.
        sizes: people randomised; default half, once, twice and four times the protocol's.
        replicates: trials for each number; default 2000.
        draws: parameter sets of the posterior, by default ``DRAWS``; 1: the shipped set.
        parameters: another set or its name, as if known; the posterior belongs to the shipped one. Several,
            as those of a file (``"sets.parquet"``), stand in place of the posterior, equally likely; by
            default each is drawn as often as any other, ``DRAWS`` times or hardly more in all.
        without: channels of the effect on fractures that are switched off: ``strength``, ``turnover``; the
            power is then that of this one set.
        seed: key of all chance.
        precision: of everyone's course, ``"float64"`` or ``"float32"``; see ``simulate_cohort``. All else is
            double.
        backend: what runs the courses: ``"native"``, ``"cuda"`` or ``"xla"``; see ``simulate_cohort``. The
            manifest says what ran them in the end.
        progress: called with pools done and in all.

    Raises:
        InputError: a protocol without control, sizes or counts out of range, another precision or backend.
    """
    method = Method.of(precision, backend)
    own = [switched_off(one, named(without)) for one in sets_of(parameters, MOST_DRAWS)]
    draws = rounds_of(own, DRAWS) if draws is None else draws
    if draws == 1 and len(own) > 1:
        raise InputError("draws", draws, f"accepted: 2 to {MOST_DRAWS} with {len(own)} parameter sets")
    off, laws = in_words(named(without)), []
    sets: list[Parameters] | None
    if len(own) > 1 or identity(own[0]) != identity(default_parameters()):
        draws = whole_between(draws, 1, MOST_DRAWS, "draws")
        sets = spread_over(own, draws if draws > 1 else POOLS)
    else:
        mixed = posterior_sets(draws)
        sets, laws = ([p for _, p in mixed], laws_of(mixed)) if draws > 1 else (None, [])
    trial = load_protocol(protocol) if isinstance(protocol, str) else protocol
    found = power_of(
        trial,
        sizes=sizes,
        replicates=REPLICATES if replicates is None else replicates,
        seed=seed,
        parameters=sets,
        own_sets=len(own) if len(own) > 1 else 0,
        offsets=population_offsets(draws, seed) if draws > 1 else None,
        shifts=population_shifts(trial, draws, seed) if draws > 1 else (),
        drawn=drawn_inputs(trial, draws, seed).protocols if draws > 1 else (),
        laws=laws,
        notes=[*words.switched_off(off), *(not_in_it(trial) if draws > 1 else ())],
        method=method,
        progress=progress,
    )
    return replace(found, manifest=found.manifest | {"without": off}) if off else found
