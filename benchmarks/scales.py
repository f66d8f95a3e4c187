"""Over what an output's error is told: its own size, or what a difference of it means to people."""

import numpy as np

NATURAL = {"ls_z": 1.0, "pain": 10.0, "calcium_change_mmol_per_l": 0.2}
"""Outputs that cross zero or rest there: 1 SD, the whole pain scale, the change at full coupling."""


def over_scale(name: str, found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Error over its scale [time, person], the first time being 28 days after entry.

    Relative; but amounts of drug over their largest, exposure over at least 0.05, sums of risk over those of
    28 days.
    """
    scale = np.abs(true)
    if name in NATURAL:
        scale = np.full_like(true, NATURAL[name])
    elif name.startswith("drug_") and name.endswith("nmol"):
        scale = np.broadcast_to(scale.max(axis=0) + 1e-12, scale.shape)
    elif name == "drug_exposure":
        scale = np.maximum(scale, 0.05)
    elif name.startswith("expected_fractures"):
        scale = np.maximum(scale, true[:1])
    return np.abs(found - true) / scale
