"""Power, type I error, sample size and duration of a protocol, by trials drawn from people followed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brittlestar._shared.arguments import Progress, seed_of, whole_between
from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import ParameterSet, input_sha256, manifest
from brittlestar.engine import Method, Parameters, default_parameters, identity
from brittlestar.model.parameters import SHIPPED
from brittlestar.trials.conduct import DOUBLE
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.power.endpoints import (
    comparisons,
    direction,
    durations,
    endpoints,
    last_of_each,
    without_effect,
)
from brittlestar.trials.power.entry_rules import entry_rows, over_pools
from brittlestar.trials.power.formula import formula_rows, seen_counts
from brittlestar.trials.power.interim import Looks
from brittlestar.trials.power.pool import AS_THE_MODEL, LEAST_PEOPLE, Draw, Pool, PopulationOffset
from brittlestar.trials.power.result import PowerResult
from brittlestar.trials.power.share import Tally, share, tally
from brittlestar.trials.power.shifts import Shift
from brittlestar.trials.power.sizes import needed, shortest
from brittlestar.trials.protocol import Protocol

PEOPLE = 2048
"""People of a pool at least, and so the largest trial: twelve times the largest of the library (165)."""

POOLS = 4
"""Pools of other people where one parameter set is asked for: the fewest whose scatter says something of a
mean (three degrees of freedom); each takes as long as a trial of all its people."""

DROPOUT = (0.0, 0.1, 0.2)
"""Rates of leaving, per year, that power is told for: from nobody to one in five (assumed)."""

REPLICATES = 2000
"""Trials behind each number if nothing else is asked for: a power of one half has an error of 1.1 points."""

LEAST_REPLICATES, MOST_REPLICATES = 100, 1_000_000
"""A power of one half then has a chance error of 5 points at most, and of 0.05 points at least."""

NO_EFFECT = "none"
"""Contrast of trials without an effect."""

Key = tuple[str, str, float, int]
"""contrast, id of the endpoint, its month, size"""


@dataclass
class Findings:
    """What trials found of each endpoint, per pool."""

    asked: Sequence[Endpoint]
    tallies: dict[Key, list[Tally]] = field(default_factory=dict)

    def add(self, pool: Pool, draw: Draw, contrast: str) -> None:
        """Draw trials from a pool and count."""
        for e, one in zip(self.asked, tally(pool, draw, self.asked), strict=True):
            self.tallies.setdefault((contrast, e.id, e.months, draw.size), []).append(one)

    def rows(self) -> list[dict[str, Any]]:
        """One row per endpoint, contrast and size."""
        by_key = {(e.id, e.months): e for e in self.asked}
        return [
            {
                "contrast": contrast,
                "test": test,
                "label": by_key[test, months].label,
                "months": months,
                "size": size,
                "direction": direction(by_key[test, months]),
                **share(pools),
            }
            for (contrast, test, months, size), pools in self.tallies.items()
        ]


def power_of(
    protocol: Protocol,
    *,
    sizes: Sequence[int] | None = None,
    replicates: int = REPLICATES,
    seed: int = 1,
    parameters: Sequence[Parameters] | None = None,
    offsets: Sequence[PopulationOffset] | None = None,
    shifts: Sequence[Shift] = (),
    drawn: Sequence[Protocol] = (),
    people: int = PEOPLE,
    laws: Sequence[Mapping[str, Any]] = (),
    own_sets: int = 0,
    notes: Sequence[str] = (),
    method: Method = DOUBLE,
    progress: Progress | None = None,
) -> PowerResult:
    """Power of every endpoint of the protocol and of the usual ones of fractures.

    Args:
        protocol: the trial; its own size is always among the sizes.
        sizes: people randomised; default half, once, twice and four times the protocol's, as far as pools go.
        replicates: trials drawn for each number that is told.
        seed: key of all chance.
        parameters: parameter sets, one pool of people each, such as draws of the posterior; default the
            shipped set with several pools.
        offsets: what the fractures of each pool's population are off by, one per parameter set; none if left
            out.
        shifts: the same in density, Z and markers.
        drawn: the protocol with what it leaves open of its people drawn, one per parameter set; as stated if
            left out.
        people: people of a pool at least.
        laws: of the parameter sets, with weight and number of sets; told with the result.
        own_sets: how many different sets of one's own they are, in place of the posterior; 0: they are not.
        notes: what is not in this power; told with the result.
        method: how courses are worked out; the manifest says what ran them in the end.
        progress: called with pools done and in all.

    Raises:
        InputError: a protocol without control, sizes larger than the pool, a count that is not whole.
    """
    replicates, seed = whole_replicates(replicates), seed_of(seed)
    _check(protocol, sizes, people)
    own, control = protocol.population.randomised, protocol.control
    usual = (n for n in (own // 2, 2 * own, 4 * own) if LEAST_PEOPLE <= n <= people)
    chosen = sorted({own, *(usual if sizes is None else sizes)})
    randomised = len(protocol.arms) > 1 and protocol.historical is None
    sets = list(parameters) if parameters else [default_parameters()] * POOLS
    off = list(offsets) if offsets else [AS_THE_MODEL] * len(sets)
    each = -(-replicates // len(sets))
    months, asked = durations(protocol), endpoints(protocol)
    power, null = Findings(asked), Findings(asked)
    rates = dict.fromkeys((protocol.conduct.dropout_per_year, *DROPOUT))
    leavers = {rate: Findings(last_of_each(asked)) for rate in rates}
    looks, past = Looks(protocol), protocol.historical
    earlier = 0 if past is None else past.randomised
    entry, seen, ran_by = [], [], []
    each_drawn, apart_by = drawn or [protocol] * len(sets), shifts or [None] * len(sets)
    for number, (p, offset, shift, as_drawn) in enumerate(zip(sets, off, apart_by, each_drawn, strict=True)):
        pool = Pool.of(as_drawn, people, number, seed, p, offset, shift, method)
        ran_by.append(pool.course.backend)
        everybody = np.arange(pool.people)
        for arms, contrast in comparisons(protocol):
            for size in chosen:
                draw = Draw(arms, everybody, size, each, seed, "power", earlier=earlier)
                power.add(pool, draw, contrast)
                looks.add(pool, draw)
            for rate, findings in leavers.items():
                left = pool.with_dropout(rate, seed)
                draw = Draw(arms, everybody, own, each, seed, "power", earlier=earlier)
                findings.add(left, draw, contrast)
            if randomised:
                seen.append((contrast, seen_counts(pool, arms[0], arms[1], months)))
        if randomised:
            nothing = Draw((control, control), everybody, own, each, seed, "null", null=True)
            entry.append(entry_rows(as_drawn, people, number, seed, p, each, offset, shift, method))
        else:
            # Nobody is treated, and people differ from their past or from those of the past all the same.
            none = offset._replace(effect=0.0)
            pool = Pool.of(without_effect(as_drawn), people, number, seed, p, none, shift, method)
            arms, _ = comparisons(protocol)[0]
            nothing = Draw(arms, everybody, own, each, seed, "null", null=True, earlier=earlier)
        null.add(pool, nothing, NO_EFFECT)
        looks.add(pool, nothing)
        if progress:
            progress(number + 1, len(sets))
    powers, prints = power.rows(), list(dict.fromkeys(identity(p) for p in sets))
    several = len(prints) > 1
    together = ParameterSet(f"{SHIPPED} (posterior)", input_sha256([p.sha256 for p in prints]))
    inputs = {"protocol": protocol.inputs, "sizes": chosen, "replicates": replicates}
    about = manifest(
        seed=seed,
        parameters=together if several and not own_sets else prints[0],
        inputs=inputs | ({"sets": [p.sha256 for p in prints]} if own_sets else {}),
        sets=own_sets,
    )
    whose = "own sets" if own_sets else f"the posterior of {SHIPPED}"
    of_laws = f" of {sum(law['sets'] > 0 for law in laws)} laws" if laws else ""
    apart = ", each trial with an effect and a level of fractures of its own" if offsets else ""
    apart += ", and changes of density, Z and markers" if shifts else ""
    apart += ", and with people of its own as far as they are open" if drawn and drawn[0] != protocol else ""
    return PowerResult(
        protocol=protocol,
        basis=f"{whose} ({len(prints)} parameter sets{of_laws}){apart}"
        if several
        else f"the parameter set {prints[0].name}{apart}"
        if parameters
        else "the shipped parameter set",
        power=powers,
        null=null.rows(),
        interim=looks.rows(),
        sizes=needed(powers),
        durations=shortest(powers),
        entry=over_pools(entry) if entry else [],
        dropout=[row | {"per_year": rate} for rate, found in leavers.items() for row in found.rows()],
        counts=formula_rows(seen, months, chosen, protocol, asked) if seen else [],
        manifest=about | {"replicates": replicates} | method.told(ran_by),
        laws=[dict(law) for law in laws],
        notes=list(notes),
    )


def null_rows(protocol: Protocol, replicates: int, seed: int, people: int = PEOPLE) -> list[dict[str, Any]]:
    """Type I error of every test when both arms are controls, under the shipped parameters.

    Args:
        protocol: the trial.
        replicates: trials in all.
        seed: key of all chance.
        people: people of each pool at least.
    """
    each, own = -(-whole_replicates(replicates) // POOLS), protocol.population.randomised
    if len(protocol.arms) == 1 or protocol.historical is not None:
        place = f"{protocol.id}: arms" + (".historical" if protocol.historical else "")
        raise InputError(place, len(protocol.arms), "accepted with a check: people randomised to two arms")
    found, arms = Findings(endpoints(protocol)), (protocol.control, protocol.control)
    for number in range(POOLS):
        pool = Pool.of(protocol, people, number, seed, default_parameters())
        draw = Draw(arms, np.arange(pool.people), own, each, seed, "null", null=True)
        found.add(pool, draw, NO_EFFECT)
    return found.rows()


def whole_replicates(replicates: int) -> int:
    """A number of trials.

    Raises:
        InputError: not whole, too few or too many.
    """
    return whole_between(replicates, LEAST_REPLICATES, MOST_REPLICATES, "replicates")


def _check(protocol: Protocol, sizes: Sequence[int] | None, people: int) -> None:
    if not endpoints(protocol):
        kinds = [e.kind for e in protocol.endpoints]
        accepted = "accepted: a control; or for one arm means of change or pct_change, or rate_ratio_before"
        raise InputError(f"{protocol.id}: arms, endpoints.kind", (1, kinds), accepted)
    if protocol.historical is not None and len(protocol.arms) > 2:
        place = f"{protocol.id}: arms.{protocol.arms[protocol.control].id}.historical, arms"
        raise InputError(place, len(protocol.arms), "accepted with power: one arm beside that control")
    whole_between(
        protocol.population.randomised, LEAST_PEOPLE, people, f"{protocol.id}: population.randomised"
    )
    for size in sizes or ():
        whole_between(size, LEAST_PEOPLE, people, "sizes")
