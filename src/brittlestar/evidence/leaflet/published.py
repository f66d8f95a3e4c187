"""Published numbers for the checks, taken from the study files and from nowhere else."""

from typing import Any

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.calibration.targets import targets
from brittlestar.evidence.studies.look_up import cite, result


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
