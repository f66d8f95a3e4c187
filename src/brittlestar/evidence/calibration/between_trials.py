"""How far trials lie apart beyond their own sampling error: from the studies a calibration has not seen.

A study's results of one kind are off by an offset of SD tau on the scale of the kind (ln, or SD for z), or of
tau times the change that the model says; which of the two is kept, the calibration decides. Little is
known of
tau from so few studies, so it is not one number: its posterior stands on a grid, and predictions draw it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from brittlestar.evidence.calibration.covariance import offset_covariance
from brittlestar.evidence.calibration.kinds import ResultKind
from brittlestar.evidence.calibration.left_out import LeftOut, left_out
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.outcomes.population_effect import LEVEL_SCALE, TAU_SCALE

GRID = np.linspace(0.0, 2.0, 401)
"""SDs tried: to 0.005, and to four times the widest prior."""

PRIOR: dict[ResultKind, float] = {
    "density": 0.1, "z": 0.5, "markers": 0.3, "fracture level": LEVEL_SCALE, "fracture effect": TAU_SCALE,
    "other": 0.3,
}  # fmt: skip
"""Scale of the half-normal prior of tau; of effects on fractures see ``TAU_SCALE``. Levels: rates of type I
differ twentyfold between cohorts in reviews. The others are assumed: as wide as a year of treatment
moves density
and z, and half of what it moves markers."""

RELATIVE_PRIOR = 0.3
"""The same where tau is a share of the change: from none of it to 0.6, twice this (assumed)."""


@dataclass(frozen=True)
class Form:
    """Posterior of tau under one form of the offsets."""

    weight: np.ndarray
    """of each SD in ``GRID``, adding up to 1"""
    log_evidence: float
    """ln of the likelihood averaged over the prior"""

    @property
    def median(self) -> float:
        """Half of the posterior lies below."""
        return float(np.interp(0.5, np.cumsum(self.weight), GRID))

    @property
    def rms(self) -> float:
        """Root of the mean square: SD of an offset when tau is drawn."""
        return float(np.sqrt(self.weight @ GRID**2))

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Its middle ``level``."""
        ends = np.interp([0.5 - level / 2, 0.5 + level / 2], np.cumsum(self.weight), GRID)
        return float(ends[0]), float(ends[1])

    def draw(self, uniform: np.ndarray) -> np.ndarray:
        """tau at these shares of its posterior."""
        at = np.searchsorted(np.cumsum(self.weight), uniform)
        return GRID[np.minimum(at, len(GRID) - 1)]


@dataclass(frozen=True)
class BetweenTrials:
    """Spread of the trials of one kind of result."""

    constant: Form
    relative: Form | None
    """None where no result tells a change, or the constant form has more evidence"""
    studies: int
    results: int
    gain: float
    """ln of evidence of the relative over the constant form, on results that tell a change; 0 where
    none does"""

    @property
    def kept(self) -> Form:
        """The form that is drawn from wherever the change is known."""
        return self.relative or self.constant


@cache
def between_trials() -> dict[ResultKind, BetweenTrials]:
    """Spread between trials by kind, from the calibration that ships with the package."""
    return between_trials_of(left_out(recorded("posterior")))


def between_trials_of(studies: Sequence[LeftOut]) -> dict[ResultKind, BetweenTrials]:
    """Spread between trials by kind, from studies each of which a fit has not seen."""
    kinds: dict[ResultKind, None] = dict.fromkeys(one.kind for one in studies)
    return {kind: _of_kind(kind, [one for one in studies if one.kind == kind]) for kind in kinds}


def _of_kind(kind: ResultKind, studies: Sequence[LeftOut]) -> BetweenTrials:
    constant = spread_of([(s, np.ones(len(s.gap))) for s in studies], PRIOR[kind])
    changed = [(s, s.effect) for s in studies]
    relative, gain = None, 0.0
    # What registers and cohorts differ by in their level is no share of a change.
    if kind not in ("fracture level", "other") and any(np.isfinite(c).any() for _, c in changed):
        relative = spread_of(changed, RELATIVE_PRIOR)
        same = spread_of([(s, np.where(np.isfinite(c), 1.0, np.nan)) for s, c in changed], PRIOR[kind])
        gain = relative.log_evidence - same.log_evidence
    return BetweenTrials(
        constant,
        relative if gain > 0.0 else None,
        studies=len(studies),
        results=sum(len(s.gap) for s in studies),
        gain=gain,
    )


def spread_of(studies: Sequence[tuple[LeftOut, np.ndarray]], prior: float) -> Form:
    """Posterior of tau from gaps ~ N(0, parameters + sampling^2 + tau^2 K) and a half-normal prior.

    K is :func:`offset_covariance` of c, what an offset of 1 is on the scale of the results.

    Args:
        studies: each with its c [result]; results whose c is not finite take no part.
        prior: scale of the half-normal.
    """
    log = -0.5 * (GRID / prior) ** 2
    likelihood = np.zeros(len(GRID))
    for one, c in studies:
        known = np.isfinite(c)
        if known.any():
            own = one.covariance[np.ix_(known, known)] + np.diag(one.sampling[known] ** 2)
            offset = offset_covariance(c[known])
            whole = own + GRID[:, None, None] ** 2 * offset
            gap = one.gap[known]
            solved = np.linalg.solve(whole, np.broadcast_to(gap[:, None], (len(GRID), len(gap), 1)))[..., 0]
            likelihood -= 0.5 * (solved @ gap + np.linalg.slogdet(whole)[1])
    share = np.exp(log - log.max())
    share /= share.sum()
    top = likelihood.max()
    weight = share * np.exp(likelihood - top)
    return Form(weight / weight.sum(), float(top + np.log(weight.sum())))
