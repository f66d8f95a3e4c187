"""Rival mechanisms: other laws for the same data, fitted to them like the usual one and kept as switches."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from brittlestar.evidence.calibration.free_parameters import (
    FreeParameter,
    free,
    free_parameters,
    leaf,
    with_theta,
)
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.model.parameters import Parameters, default_parameters


@dataclass(frozen=True)
class Law:
    """A rival as its file states it."""

    name: str
    label: str
    question: str
    description: str
    set: dict[str, float]
    drop: tuple[str, ...]
    free: tuple[FreeParameter, ...]
    """everything that is fitted under it"""

    def value(self, parameter: FreeParameter) -> float:
        """Value of a parameter under its settings where it is not fitted, in the unit of its file."""
        return self.set.get(parameter.leaf.path, parameter.shipped)

    @property
    def base(self) -> Parameters:
        """The shipped parameters with its settings."""
        return self.upon(default_parameters())

    def upon(self, p: Parameters) -> Parameters:
        """Parameters with its settings."""
        for path, value in self.set.items():
            p = leaf(path).put(p, np.asarray(value))
        return p


@dataclass(frozen=True)
class Rival:
    """A fitted rival."""

    law: Law
    log_mode: dict[str, float]
    """ln of every fitted parameter"""
    chi2: float
    """sum of squared misfits of the calibration targets"""
    prior_cost: float
    log_evidence: float
    """of the law as a whole, by the normal approximation: fit, priors and how much of them it uses up"""
    misfits: dict[str, float]
    converged: bool
    log_covariance: list[list[float]]
    """of them in the same order, by the normal approximation at its own mode"""

    @property
    def fitted(self) -> tuple[FreeParameter, ...]:
        """What of the law's free parameters it was fitted over."""
        return tuple(one for one in self.law.free if one.id in self.log_mode)

    @property
    def label(self) -> str:
        """Name shown to readers."""
        return self.law.label

    @property
    def description(self) -> str:
        """What it says, in one sentence."""
        return self.law.description

    @property
    def parameters(self) -> Parameters:
        """The whole parameter set at its mode."""
        theta = [self.log_mode[one.id] for one in self.fitted]
        return with_theta(self.law.base, self.fitted, np.array(theta))


@cache
def laws() -> dict[str, Law]:
    """All rivals as their file states them, not yet fitted."""
    text = resources.files(__package__).joinpath("rivals.toml").read_text(encoding="utf-8")
    found = {}
    for name, entry in tomllib.loads(text).items():
        drop = tuple(entry.pop("drop", ()))
        kept = (one for one in free_parameters() if one.id not in drop)
        found[name] = Law(name=name, drop=drop, free=(*kept, *free(entry.pop("free", {}))), **entry)
    return found


@cache
def rivals() -> dict[str, Rival]:
    """The rivals as fitted, by name; read from the package, no fit."""
    return {name: Rival(law=law, **recorded("rivals")["rivals"][name]) for name, law in laws().items()}


def weights_by_evidence(log_evidence: dict[str, float]) -> dict[str, float]:
    """Weight of each law, in proportion to its evidence; they sum to 1."""
    share = np.exp(np.array(list(log_evidence.values())) - max(log_evidence.values()))
    return dict(zip(log_evidence, (share / share.sum()).tolist(), strict=True))


@cache
def weights() -> dict[str, float]:
    """How much each law counts in a prediction: by its evidence; ``usual`` is the shipped model."""
    log = {"usual": recorded("rivals")["usual"]["log_evidence"]}
    log |= {name: rival.log_evidence for name, rival in rivals().items()}
    return weights_by_evidence(log)
