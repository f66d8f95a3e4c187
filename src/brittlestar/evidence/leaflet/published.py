"""Published numbers for the checks, taken from the study files and from nowhere else."""

from typing import Any

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.calibration.targets import targets
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
        place = f"evidence/studies/records/{name}.toml"
        raise InputError(place, (measure, arm, months), f"{len(found)} results; {nearest(measure, known)}")
    return found[0]


def published(name: str, measure: str, **which: Any) -> dict[str, Any]:
    """The published fields of a :class:`Number`, with limits where the study gives or allows them.

    Limits are the 95 % interval, else the range, else value +- 1.96 SE.
    """
    r = result(name, measure, **which)
    limits = r.ci95 or r.range
    value = r.value
    if limits is None and value is not None and r.se is not None:
        limits = (value - 1.96 * r.se, value + 1.96 * r.se)
    low, high = limits or (None, None)
    return {"published": value, "published_low": low, "published_high": high, "source": cite(name)}


def near(target: str) -> dict[str, Any]:
    """The published fields of a :class:`Number` from a target of the calibration, with 2 SD on either side.

    For numbers printed without an interval: their SD is stated, with its reason, in ``targets.toml``.

    Raises:
        InputError: no such target.
    """
    known = {one.id: one for one in targets().targets}
    if target not in known:
        raise InputError("target", target, nearest(target, known))
    one = known[target]
    return {
        "published": one.observed,
        "published_low": one.observed - 2.0 * one.sd,
        "published_high": one.observed + 2.0 * one.sd,
        "source": cite(targets().study_of(one)),
    }


def cite(name: str) -> str:
    """Reference of a study with its address."""
    one = study(name)
    keys = [*one.population.source, *(key for r in one.usable() for key in r.source)]
    address = next((sources()[key].address for key in keys if sources()[key].address), "")
    return f"{one.cite}, {address}" if address else one.cite
