"""What trials answer: one number of an endpoint in every replicate, and what it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Answers:
    """One number of an endpoint in every replicate; arrays [replicate] unless said otherwise."""

    value: np.ndarray
    """the estimate; NaN where a trial gave no answer"""
    p_value: np.ndarray
    """two-sided, of "no difference", of one arm of "no change"; NaN where nothing can be told"""
    note: np.ndarray
    """why there is no answer, or how one was reached; "" where there is nothing to say"""
    total: np.ndarray
    """sum over people [replicate, side]: of the arm itself and, where arms are compared, of the control"""
    weight: np.ndarray
    """what the sum is divided by: people or years [replicate, side]"""

    @classmethod
    def join(cls, parts: Sequence["Answers"]) -> "Answers":
        """Several groups of replicates, one after the other."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


Results = dict[str, Answers]
"""Arm, or ``difference`` -> its answers."""
