"""Published numbers for the checks, from the study files and from nowhere else, and the limits they leave."""

import re
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.evidence.studies.study import study
from brittlestar.outcomes.safety import clopper_pearson


def as_published(
    value: float | None = None, low: float | None = None, high: float | None = None, source: str = ""
) -> dict[str, Any]:
    """The published fields of a :class:`~brittlestar.evidence.leaflet.number.Number`."""
    return {"published": value, "published_low": low, "published_high": high, "source": source}


def published(name: str, measure: str, **which: Any) -> dict[str, Any]:
    """The published fields of a number, with limits where the study gives or allows them.

    Limits are the 95 % interval, else the range, else value +- 1.96 SE.
    """
    r = result(name, measure, **which)
    limits = r.ci95 or r.range
    if limits is None and r.value is not None and r.se is not None:
        limits = (r.value - 1.96 * r.se, r.value + 1.96 * r.se)
    return as_published(r.value, *(limits or (None, None)), cite(name))


def near_difference(target: str, other: str) -> dict[str, Any]:
    """The same of the difference of two targets of one study, whose errors are taken as independent."""
    one, two = near(target), near(other)
    value = one["published"] - two["published"]
    reach = float(np.hypot(*(x["published_high"] - x["published"] for x in (one, two))))
    return as_published(value, value - reach, value + reach, one["source"])


def near(target: str) -> dict[str, Any]:
    """The published fields of a number from a target of the calibration, with 2 SD on either side.

    For numbers printed without an interval: their SD is that of sampling and of judgement together, each
    stated with its reason in ``targets.toml``.

    Raises:
        InputError: no such target.
    """
    known = {one.id: one for one in fit_targets().targets}
    if target not in known:
        raise InputError("target", target, nearest(target, known))
    one = known[target]
    return as_published(
        one.observed,
        one.observed - 2.0 * one.sd,
        one.observed + 2.0 * one.sd,
        cite(fit_targets().study_of(one)),
    )


def value_of(name: str, measure: str, **which: Any) -> float:
    """A published value, NaN where the study gives none."""
    value = result(name, measure, **which).value
    return np.nan if value is None else float(value)


def range_of(name: str, measure: str, **which: Any) -> tuple[float, float]:
    """Limits of a result that is printed as a range, NaN where the study gives none."""
    return result(name, measure, **which).range or (np.nan, np.nan)


def counted(name: str, measure: str, arm: str | None = None) -> tuple[int, int]:
    """Cases and people of a result that is printed as a count: "14/27", "2 of 204"."""
    text = result(name, measure, arm=arm).text or ""
    found = re.search(r"(\d+)\s*(?:/|of)\s*(\d+)", text)
    if found is None:
        raise ValueError(f"{name} {measure}: no count in {text!r}")
    return int(found[1]), int(found[2])


def of_count(cases: int, n: int, source: str) -> dict[str, Any]:
    """The published fields of a share with its exact 95 % interval, in %."""
    low, high = clopper_pearson(cases, n)
    return as_published(100 * cases / n, 100 * low, 100 * high, source)


def people_in(name: str, arm: str) -> int:
    """People in an arm of a study."""
    return next(one.n or 0 for one in study(name).arms if one.id == arm)


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % limits of a share seen in n people (Wilson 1927)."""
    z2 = 1.96**2 / n
    middle, half = share + z2 / 2, 1.96 * np.sqrt(share * (1 - share) / n + z2 / (4 * n))
    return (middle - half) / (1 + z2), (middle + half) / (1 + z2)
