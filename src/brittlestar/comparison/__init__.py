"""One person's course with and without treatment, side by side."""

from brittlestar.comparison.compare import compare
from brittlestar.comparison.result import Comparison

__all__ = ["Comparison", "compare"]
