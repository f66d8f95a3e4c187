"""Whether the model agrees with a published number, from the table of points alone."""

import math
from typing import Any, Literal, NamedTuple

from brittlestar.evidence.calibration.points import COUNTED, Point
from brittlestar.evidence.calibration.target_values import scaled

Word = Literal["right", "off", "off more than twofold", "not computed"]

TWOFOLD = 2.0
"""An effect further from the published one than this factor, either way, is called out."""


class Verdict(NamedTuple):
    """What is said of one point."""

    word: Word
    ratio: float | None
    """model over published, where the published effect is not about nothing"""


def verdict(point: Point, model: float | None) -> Verdict:
    """Right where ``|model - published| <= 1.645 sd`` on the point's scale, or its tolerance.

    The ratio is that of the effects, of logarithms too: twice the effect on ln CTX is twofold. It is not
    taken where the published interval holds no effect, as anything is many times nothing.

    Args:
        point: the published number.
        model: the model's value, plain; None where there is none.
    """
    if model is None or not math.isfinite(model):
        return Verdict("not computed", None)
    off = abs(float(scaled(point, model)) - float(scaled(point, point.observed)))
    positive = point.scale != "plain"
    ratio = model / point.observed if positive or abs(point.observed) > point.half_width else None
    if off <= point.half_width:
        return Verdict("right", ratio)
    far = ratio is not None and not 1.0 / TWOFOLD <= ratio <= TWOFOLD
    return Verdict("off more than twofold" if far else "off", ratio)


def interval(point: Point) -> tuple[float, float] | None:
    """The 90 % interval of the published value, or what its tolerance allows; plain; None without either."""
    if not point.half_width:
        return None
    if point.scale == "log":
        factor = math.exp(point.half_width)
        return point.observed / factor, point.observed * factor
    return point.observed - point.half_width, point.observed + point.half_width


def is_counted(point: Point, model: float | None) -> bool:
    """Whether a point counts: one of calibration or test, with a value, published as a number."""
    return point.use in COUNTED and not point.said and verdict(point, model).word != "not computed"


def counted(rows: Any, use: str) -> tuple[int, int]:
    """(right, all) of the counted points of a use."""
    mine = [row["verdict"] for row in rows if row["use"] == use and row["counted"]]
    return mine.count("right"), len(mine)
