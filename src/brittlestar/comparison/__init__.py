"""One person under plans: luck, what is unknown of the person, what science leaves open."""

from brittlestar.comparison.compare import compare
from brittlestar.comparison.result import Comparison

__all__ = ["Comparison", "compare"]
