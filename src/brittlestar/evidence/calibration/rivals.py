"""Rival mechanisms: other laws for the same data, fitted to them like the usual one and kept as switches."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar.evidence.calibration.compiled import Programs
from brittlestar.evidence.calibration.mode import Posterior
from brittlestar.evidence.calibration.nearby_mode import refit
from brittlestar.evidence.calibration.priors import Prior, leaf, priors, with_theta
from brittlestar.model.parameters import Parameters, default_parameters

FIRST_STEP = 0.05
"""Prior SDs over which a new parameter's slope is first measured."""


@dataclass(frozen=True)
class Law:
    """A rival as its file states it."""

    name: str
    label: str
    question: str
    description: str
    set: dict[str, float]
    drop: tuple[str, ...]
    free: tuple[Prior, ...]
    """everything that is fitted under it"""

    def value(self, prior: Prior) -> float:
        """Value of a parameter under its settings where it is not fitted, in the unit of its file."""
        return self.set.get(prior.sets[0].path, prior.shipped)

    @property
    def base(self) -> Parameters:
        """The shipped parameters with its settings."""
        p = default_parameters()
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
        theta = [self.log_mode[prior.id] for prior in self.law.free]
        return with_theta(self.law.base, self.law.free, np.array(theta))


@cache
def laws() -> dict[str, Law]:
    """All rivals as their file states them, not yet fitted."""
    text = resources.files(__package__).joinpath("rivals.toml").read_text(encoding="utf-8")
    found = {}
    for name, entry in tomllib.loads(text).items():
        drop = tuple(entry.pop("drop", ()))
        own = tuple(
            Prior(id=key, follows=(), **{**table, "sets": tuple(leaf(path) for path in table["sets"])})
            for key, table in entry.pop("free", {}).items()
        )
        free = (*(prior for prior in priors() if prior.id not in drop), *own)
        found[name] = Law(name=name, drop=drop, free=free, **entry)
    return found


@cache
def _fitted() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("rivals.json").read_text(encoding="utf-8")
    return json.loads(text)


@cache
def rivals() -> dict[str, Rival]:
    """The rivals as fitted, by name; read from the package, no fit."""
    return {name: Rival(law=law, **_fitted()["rivals"][name]) for name, law in laws().items()}


@cache
def weights() -> dict[str, float]:
    """How much each law counts in a prediction: by its evidence; ``usual`` is the shipped model."""
    log = {"usual": _fitted()["usual"]["log_evidence"]}
    log |= {name: rival.log_evidence for name, rival in rivals().items()}
    share = np.exp(np.array(list(log.values())) - max(log.values()))
    return dict(zip(log, (share / share.sum()).tolist(), strict=True))


def log_evidence(residuals: np.ndarray, z: np.ndarray, slopes: np.ndarray) -> float:
    """ln of the integral of likelihood times prior by Laplace: -(r.r + z.z)/2 - ln det(J'J + 1)/2.

    Up to a constant of the data. Parameters that the data leave alone cost nothing.
    """
    _, determinant = np.linalg.slogdet(slopes.T @ slopes + np.eye(len(z)))
    return float(-0.5 * (residuals @ residuals + z @ z + determinant))


def every() -> tuple[Prior, ...]:
    """All parameters that any law fits: one list for all laws, so that they share their programs."""
    found = {prior.id: prior for prior in priors()}
    return tuple((found | {prior.id: prior for law in laws().values() for prior in law.free}).values())


def fit_rival(law: Law, programs: Programs, usual: Posterior) -> dict[str, Any]:
    """Fit one rival from the usual mode on; exact slopes at its own mode.

    Args:
        law: the rival.
        programs: calibration targets over :func:`every` parameter.
        usual: the fit of the usual law.

    Returns:
        What its place in ``rivals.json`` holds.
    """
    place = {name: i for i, name in enumerate(usual.ids)}
    centre = np.log([prior.centre for prior in law.free])
    sd = np.array([prior.log_sd for prior in law.free])
    held = [law.value(prior) for prior in programs.every]
    part = programs.part(programs.fitted, law.free, law.base, held)

    def residuals(z: np.ndarray) -> np.ndarray:
        return part.residuals(centre + sd * z)

    begin = [usual.mode[place[p.id]] if p.id in place else c for p, c in zip(law.free, centre, strict=True)]
    start = (np.array(begin) - centre) / sd
    columns = [
        usual.slopes[:, place[prior.id]] if prior.id in place else _slope(residuals, start, i)
        for i, prior in enumerate(law.free)
    ]
    found = refit(
        residuals, np.stack(columns, axis=1), start, exact=lambda z: part.jacobian(centre + sd * z) * sd
    )
    return {
        "log_mode": dict(zip([p.id for p in law.free], (centre + sd * found.z).tolist(), strict=True)),
        "log_covariance": (np.outer(sd, sd) * found.covariance).tolist(),
        "chi2": float(found.residuals @ found.residuals),
        "prior_cost": float(found.z @ found.z),
        "log_evidence": log_evidence(found.residuals, found.z, found.slopes),
        "misfits": dict(zip([t.id for t in part.whole.targets], found.residuals.tolist(), strict=True)),
        "converged": found.converged,
    }


def _slope(residuals: Callable[[np.ndarray], np.ndarray], z: np.ndarray, i: int) -> np.ndarray:
    step = FIRST_STEP * np.eye(len(z))[i]
    return (residuals(z + step) - residuals(z - step)) / (2.0 * FIRST_STEP)
