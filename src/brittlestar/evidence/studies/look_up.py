"""One published result of a study that was really read, and the reference of a study."""

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.studies.study import Result, sources, study


def result(name: str, measure: str, *, arm: str | None = None, months: float | None = None) -> Result:
    """One published result that was really read.

    Args:
        name: id of the study.
        measure: as its file calls it.
        arm: id of the arm, if the measure was reported for several.
        months: time, if it was reported at several.

    Raises:
        InputError: no such result, or several.
    """
    usable = list(study(name).usable())
    found = [
        r
        for r in usable
        if r.measure == measure and arm in (None, r.arm) and (months is None or r.months == months)
    ]
    if len(found) != 1:
        known = [f"{r.measure} of {r.arm} at {r.months}" for r in usable if found == [] or r in found]
        said = f"{len(found)} results that were read, not taken from memory; "
        said += nearest(measure, known) if known else "accepted: a number that was read"
        place = f"evidence/studies/records/{name}.toml"
        raise InputError(place, (measure, arm, months), said)
    return found[0]


def cite(name: str) -> str:
    """Reference of a study with its address."""
    one = study(name)
    keys = [*one.population.source, *(key for r in one.usable() for key in r.source)]
    return f"{one.cite}, {sources()[keys[0]].address}" if keys else one.cite
