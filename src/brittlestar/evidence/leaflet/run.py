"""All checks with the same simulated groups."""

from collections.abc import Callable
from os import PathLike

from brittlestar._shared.arguments import seed_of, whole_between
from brittlestar._shared.manifest import manifest
from brittlestar._shared.output import check_output
from brittlestar.engine import Parameters, fingerprint
from brittlestar.evidence.leaflet.registry import checks
from brittlestar.evidence.leaflet.result import CONTEXT, Leaflet
from brittlestar.evidence.leaflet.statements import chosen
from brittlestar.evidence.simulated_groups import SimulatedGroups
from brittlestar.trials.recruit import MOST_REPLICATES


def run_leaflet(
    *only: str,
    seed: int = 1,
    parameters: Parameters | None = None,
    replicates: int = 60,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Leaflet:
    """Check every statement, or some of them.

    Args:
        *only: ids such as ``"S27"``; all if left out.
        seed: key of all chance.
        parameters: one set for all checks; the shipped one if left out.
        replicates: of virtual trials.
        out: directory for ``leaflet.json`` and ``leaflet.html``.
        force: write among other files in that directory.
        progress: called with (checks done, checks in all).

    Raises:
        InputError: an id that is not there, no count or seed, or a place that cannot be written to.
    """
    ids, seed = chosen(only), seed_of(seed)
    replicates = whole_between(replicates, 1, MOST_REPLICATES, "replicates")
    if out is not None:
        check_output(out, force=force)
    todo = [one for id, one in checks().items() if id in ids]
    groups = SimulatedGroups(
        (group for one in todo for group in one.groups),
        seed=seed,
        parameters=parameters,
        replicates=replicates,
    )
    findings = {}
    for done, one in enumerate(todo):
        if progress:
            progress(done, len(todo))
        findings[one.statement] = one.run(groups)
    if progress:
        progress(len(todo), len(todo))
    inputs = {"only": list(ids), "replicates": replicates}
    found = Leaflet(
        findings,
        manifest(seed=seed, parameters=fingerprint(groups.parameters), inputs=inputs, context_of_use=CONTEXT),
    )
    if out is not None:
        found.save(out, force=force)
    return found
