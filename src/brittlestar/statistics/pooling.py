"""Random-effects pooling: REML between-study variance, Hartung-Knapp interval, prediction interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t

from brittlestar._shared.errors import InputError


@dataclass(frozen=True)
class Pooled:
    """Mean effect over studies and what a new study may show."""

    estimate: float
    se: float
    """by Hartung and Knapp: from the scatter of the studies themselves"""
    low: float
    high: float
    tau2: float
    """variance between studies"""
    predicted_low: float
    """limits of the true effect in a new study; NaN with fewer than three"""
    predicted_high: float
    q: float
    """Cochran's heterogeneity statistic"""
    p_heterogeneity: float
    i2: float
    """share of the variance that lies between studies"""
    se_wald: float
    """SE that takes tau2 as known"""
    weights: np.ndarray
    """share of each study"""


def _restricted_score(tau2: float, y: np.ndarray, v: np.ndarray) -> float:
    """Derivative of the restricted log-likelihood by tau2, times 2."""
    w = 1.0 / (v + tau2)
    mean = np.sum(w * y) / np.sum(w)
    return float(np.sum(w**2 * (y - mean) ** 2) - np.sum(w) + np.sum(w**2) / np.sum(w))


def between_study_variance(y: ArrayLike, variance: ArrayLike) -> float:
    """REML estimate of tau2: the root of the restricted score, or 0 where it falls from the start.

    Solves sum w^2 (y - mu)^2 - sum w + sum w^2 / sum w = 0 with w = 1/(v + tau2).
    """
    y, v = np.asarray(y, float), np.asarray(variance, float)
    if _restricted_score(0.0, y, v) <= 0:
        return 0.0
    top = 10.0 * (float(np.var(y)) + float(np.max(v)))
    return float(brentq(_restricted_score, 0.0, top, args=(y, v), xtol=1e-14, rtol=1e-12))  # type: ignore[arg-type]


def pool(effect: ArrayLike, se: ArrayLike, level: float = 0.95) -> Pooled:
    """Pool effects of studies that differ.

    The interval is Hartung and Knapp's (t with k - 1 degrees of freedom), never narrower than the one that
    takes tau2 as known: studies that agree by chance give no false precision. The prediction interval is
    mu +- t(k - 2) sqrt(tau2 + SE^2) (Higgins 2009, doi:10.1111/j.1467-985X.2008.00552.x).

    Args:
        effect: one number per study on a scale where errors are near normal, e.g. ln of a rate ratio.
        se: its standard error.
        level: of both intervals.

    Raises:
        InputError: fewer than two studies, unlike lengths, a standard error not above 0.
    """
    y, s = np.atleast_1d(np.asarray(effect, float)), np.atleast_1d(np.asarray(se, float))
    if y.shape != s.shape or y.ndim != 1 or len(y) < 2:
        raise InputError("effect, se", (y.shape, s.shape), "accepted: one of each for at least two studies")
    if not (np.isfinite(y).all() and np.isfinite(s).all() and (s > 0).all()):
        raise InputError("se", s.tolist(), "accepted: finite effects, standard errors above 0")
    if not 0 < level < 1:
        raise InputError("level", level, "accepted: between 0 and 1")
    k, fixed = len(y), 1.0 / s**2
    tau2 = between_study_variance(y, s**2)
    w = 1.0 / (s**2 + tau2)
    mean = float(np.sum(w * y) / np.sum(w))
    wald = float(1.0 / np.sqrt(np.sum(w)))
    scatter = float(np.sum(w * (y - mean) ** 2) / (k - 1))
    hk = wald * np.sqrt(scatter)
    reach, upper = max(t.ppf(0.5 + level / 2, k - 1) * hk, norm.ppf(0.5 + level / 2) * wald), 0.5 + level / 2
    q = float(np.sum(fixed * (y - np.sum(fixed * y) / np.sum(fixed)) ** 2))
    typical = (k - 1) * np.sum(fixed) / (np.sum(fixed) ** 2 - np.sum(fixed**2))
    ahead = float(t.ppf(upper, k - 2) * np.sqrt(tau2 + hk**2)) if k > 2 else float("nan")
    return Pooled(
        estimate=mean,
        se=float(hk),
        low=float(mean - reach),
        high=float(mean + reach),
        tau2=tau2,
        predicted_low=mean - ahead,
        predicted_high=mean + ahead,
        q=q,
        p_heterogeneity=float(chi2.sf(q, k - 1)),
        i2=float(tau2 / (tau2 + typical)),
        se_wald=wald,
        weights=w / np.sum(w),
    )
