"""All checks with the same simulated groups, over several seeds."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any

from brittlestar._shared.arguments import seed_of, whole_between
from brittlestar._shared.manifest import manifest
from brittlestar._shared.output import check_output
from brittlestar.engine import Parameters, default_parameters, identity
from brittlestar.evidence.leaflet.check import StatementCheck
from brittlestar.evidence.leaflet.mechanism import Mechanism, findings_with, mechanism_of, suspect_of
from brittlestar.evidence.leaflet.registry import checks
from brittlestar.evidence.leaflet.result import CONTEXT, Leaflet
from brittlestar.evidence.leaflet.seeds import over_seeds
from brittlestar.evidence.leaflet.statements import chosen
from brittlestar.evidence.leaflet.verdict import Finding
from brittlestar.evidence.simulated_groups import SimulatedGroups
from brittlestar.trials.recruit import MOST_REPLICATES

REPLICATES = 60
"""Of each virtual trial that a check needs."""

SEEDS = 5
"""Over which a verdict must hold."""

MOST_SEEDS = 100


def run_leaflet(
    *only: str,
    seed: int = 1,
    seeds: int = 1,
    parameters: Parameters | None = None,
    replicates: int = REPLICATES,
    without: bool = False,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Leaflet:
    """Check every statement, or some of them.

    Args:
        *only: ids such as ``"S27"``; all if left out.
        seed: key of all chance.
        seeds: how many, from ``seed`` on; of one nothing says how sure its verdicts are.
        parameters: one set for all checks; the shipped one if left out.
        replicates: of virtual trials.
        without: whether each check runs again with the first seed: its mechanism switched off, and what its
            diagnosis suspects mended.
        out: directory for ``leaflet.json`` and ``leaflet.html``.
        force: write among other files in that directory.
        progress: called with (checks done, checks in all).

    Raises:
        InputError: an id that is not there, no count or seed, or a place that cannot be written to.
    """
    ids, seed = chosen(only), seed_of(seed)
    seeds = whole_between(seeds, 1, MOST_SEEDS, "seeds")
    replicates = whole_between(replicates, 1, MOST_REPLICATES, "replicates")
    if out is not None:
        check_output(out, force=force)
    todo = [one for id, one in checks().items() if id in ids]
    told: dict[str, list[Finding]] = {one.statement: [] for one in todo}
    rounds = seeds + 2 * without

    def tell(done: int) -> None:
        if progress:
            progress(done, rounds * len(todo))

    for i in range(seeds):
        # Groups of one seed at a time: they take about a gigabyte.
        groups = simulated(todo, seed=seed + i, parameters=parameters, replicates=replicates)
        for done, one in enumerate(todo, i * len(todo)):
            tell(done)
            told[one.statement].append(one.run(groups))
    tell(seeds * len(todo))
    found = {id: over_seeds(each) for id, each in told.items()}

    def again(changed: Mapping[str, Mechanism]) -> dict[str, Finding]:
        some = [one for one in todo if one.statement in changed]
        return findings_with(changed, some, seed=seed, parameters=parameters, replicates=replicates)

    off, mended = {}, {}
    if without:
        off = again({id: mechanism_of(id) for id in found})
        tell((seeds + 1) * len(todo))
        mended = again({id: one for id in found if (one := suspect_of(id)) is not None})
        tell(rounds * len(todo))
    p = parameters if parameters is not None else default_parameters()
    about = about_leaflet(ids, seed=seed, seeds=seeds, parameters=p, replicates=replicates)
    firsts = {id: each[0] for id, each in told.items()}
    changes = {id: mending(firsts[id], finding) for id, finding in mended.items()}
    verdicts = {id: finding.verdict for id, finding in off.items()}
    leaflet = Leaflet(found, about, seeds, verdicts, changes)
    if out is not None:
        leaflet.save(out, force=force)
    return leaflet


def mending(usual: Finding, mended: Finding) -> dict[str, Any]:
    """What a change does to a check: its verdict, and the claims that come to hold and hold no longer."""
    pairs = [
        pair
        for kind in ("statement", "evidence")
        for pair in zip(getattr(usual, kind), getattr(mended, kind), strict=True)
    ]
    return {
        "verdict": mended.verdict,
        "gained": [was.what for was, now in pairs if now.holds and not was.holds],
        "lost": [was.what for was, now in pairs if was.holds and not now.holds],
    }


def simulated(
    todo: Iterable[StatementCheck], *, seed: int, parameters: Parameters | None = None, replicates: int
) -> SimulatedGroups:
    """What these checks read; nothing is simulated before it is asked for."""
    asked = (group for one in todo for group in one.groups)
    return SimulatedGroups(asked, seed=seed, parameters=parameters, replicates=replicates)


def about_leaflet(
    ids: Iterable[str], *, seed: int, seeds: int, parameters: Parameters, replicates: int
) -> dict[str, Any]:
    """The manifest of statements that were checked."""
    inputs = {"only": list(ids), "seeds": seeds, "replicates": replicates}
    return manifest(seed=seed, parameters=identity(parameters), inputs=inputs, context_of_use=CONTEXT)
