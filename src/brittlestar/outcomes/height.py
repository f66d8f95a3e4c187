"""Height on treatment: whether the drugs make children grow faster is not known.

The engine's height depends on age, sex, type and own size only. One reading of trials is that growth is
faster in the first year of treatment, the other that it is the same: ``height.toml`` has both, as a range
that includes none.
"""

from brittlestar._shared.parameter_files import load

GROWN = 20.0
"""Years: the growth reference ends."""

SOURCES = "PMID 15824848; PMID 15883638"
"""An open trial in which height rose faster, a randomised one without a difference."""


def faster_range() -> tuple[float, float]:
    """The lowest and the highest share by which growth may be faster in the first year of treatment."""
    low, high = load("brittlestar.outcomes", "height.toml")["faster"].range or (0.0, 0.0)
    return low, high
