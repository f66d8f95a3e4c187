"""How much bone people of a type have: more often much more than usual than much less."""

from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import load


def _spread(name: str, oi_type: Any) -> np.ndarray:
    return load("brittlestar.people", "traits.toml")[name].internal[oi_type]


def eta_bone(score: Any, oi_type: Any) -> np.ndarray:
    """ln of own bone amount over the type's from a standard normal score, 0 for the usual person.

    eta = s g, with another SD s among those with less bone (g < 0) than among those with more: types are
    clinical classes, and hazard, which rises steeply as bone gets less, bounds them below.

    Args:
        score: standard normal g.
        oi_type: codes of types, of the same shape.
    """
    score = np.asarray(score, np.float64)
    return np.where(score > 0.0, _spread("eta_bone_more", oi_type), _spread("eta_bone_less", oi_type)) * score


def bone_score(eta: Any, oi_type: Any) -> np.ndarray:
    """The score that gives a bone amount: the inverse of :func:`eta_bone`."""
    eta = np.asarray(eta, np.float64)
    return eta / np.where(eta > 0.0, _spread("eta_bone_more", oi_type), _spread("eta_bone_less", oi_type))
