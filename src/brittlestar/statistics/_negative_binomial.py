"""Negative binomial regression of event counts, one trial or many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from brittlestar._shared.errors import InputError
from brittlestar.statistics._design import covariate_array, dependent_columns, two_arm_design
from brittlestar.statistics._estimate import Booleans, Estimate, Estimates, Floats, empty_notes, wald
from brittlestar.statistics._inputs import numbers, per_person
from brittlestar.statistics._rates import complete_counts

# Below this the negative binomial cannot be told from a Poisson distribution in double precision.
_POISSON = 1e-7
_SINGULAR = 1e-12  # determinant of an information matrix scaled to a unit diagonal
# A coefficient this large, per standard deviation of its covariate, is on its way to infinity.
_SEPARATED = 15.0
_ITERATIONS = 300


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """Negative binomial regression.

    Attributes:
        rate_ratio: treated / control.
        dispersion: α in ``variance = μ + α·μ²`` (MASS's θ is 1/α); 0 where the counts scatter no more than
            Poisson's. Its interval is on the log scale.
        intercept: log rate of control with every covariate at its mean.
        log_likelihood: at the maximum.
    """

    rate_ratio: Estimate
    dispersion: Estimate
    intercept: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class NegativeBinomials:
    """`NegativeBinomial` of many trials; ``intercept`` and ``log_likelihood`` [trial]."""

    rate_ratio: Estimates
    dispersion: Estimates
    intercept: Floats
    log_likelihood: Floats

    def __len__(self) -> int:
        return len(self.rate_ratio)

    def __getitem__(self, index: int) -> NegativeBinomial:
        return NegativeBinomial(
            self.rate_ratio[index],
            self.dispersion[index],
            float(self.intercept[index]),
            float(self.log_likelihood[index]),
        )


def negative_binomial(
    count: ArrayLike,
    time: ArrayLike,
    treatment: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> NegativeBinomial:
    """Negative binomial (NB2) regression of counts with log time at risk as offset, by maximum likelihood.

    ``y ~ NB(μ, α)``, ``log μ = log T + β₀ + β·treatment + γ·(z - z̄)``, variance ``μ + α·μ²``. Standard
    errors are from the expected information, ``(XᵀWX)⁻¹`` with ``W = μ/(1 + α·μ)``, in which α is orthogonal
    to the coefficients; this is MASS glm.nb's definition, while statsmodels inverts the observed joint
    information.

    Args:
        count: events of each person [person]; NaN where missing.
        time: time at risk, above 0 [person].
        treatment: 0 control, 1 treated [person].
        covariates: [person] or [person, k]; constant or collinear columns are left out with a note.
        level: confidence level.

    Returns:
        Ratio (``se`` of its log), dispersion (``se`` of its log), intercept. Undetermined when an arm has no
        events.

    Source:
        Lawless JF. Can J Stat 1987;15:209-225, doi:10.2307/3314912. Own scoring iterations, held equal to
        statsmodels and to MASS in the tests.
    """
    count = numbers("count", count)
    if count.ndim != 1:
        raise InputError("count", f"shape {count.shape}", "one number per person")
    z = covariate_array(covariates, count.shape)
    return negative_binomial_batch(
        count[None], per_person("time", time, count.shape)[None], treatment, z[None], level=level
    )[0]


def negative_binomial_batch(
    count: ArrayLike,
    time: ArrayLike,
    treatment: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> NegativeBinomials:
    """`negative_binomial` of many trials.

    Args:
        count: [trial, person]; NaN where missing, or where a trial has fewer people.
        time, treatment: [person] or [trial, person].
        covariates: [person, k], [trial, person] or [trial, person, k].
        level: confidence level.
    """
    y, time, arm, z, known = complete_counts(count, time, treatment, covariates, 2)
    trials, n = len(y), known.sum(axis=1)
    note, remark = empty_notes(trials), empty_notes(trials)
    for code, name in ((0, "controls"), (1, "the treated")):
        events = np.where(known & (arm == code), y, 0.0).sum(axis=1)
        note[(events == 0) & (note == "")] = f"no events among {name}"
        note[(known & (arm == code)).sum(axis=1) == 0] = "only one arm has observations"
    note[n == 0] = "no complete observations"

    x = two_arm_design(known, arm, z)
    dependent = dependent_columns(x)
    note[dependent[:, -1] & (note == "")] = "treatment cannot be told apart from the covariates"
    remark[dependent[:, 1:-1].any(axis=1)] = "constant or collinear covariate columns left out"
    x = np.where(dependent[:, None, :], 0.0, x)
    scale = np.sqrt((x**2).sum(axis=1) / np.maximum(n, 1)[:, None])
    scale[:, [0, -1]] = 1.0
    x = x / np.where(scale > 0, scale, 1.0)[:, None, :]

    solvable = note == ""
    beta = np.full((trials, x.shape[-1]), np.nan)
    alpha, se, se_log_alpha, log_likelihood = (np.full(trials, np.nan) for _ in range(4))
    if solvable.any():
        # Nobody is at risk where something is missing: the mean is then 0 and the person adds nothing.
        exposure = np.where(known, time, 0.0)[solvable]
        fit = _fit(np.where(known, y, 0.0)[solvable], exposure, x[solvable], dependent[solvable])
        beta[solvable], alpha[solvable], log_likelihood[solvable] = fit.beta, fit.alpha, fit.log_likelihood
        se[solvable], se_log_alpha[solvable] = fit.se, fit.se_log_alpha
        note[np.flatnonzero(solvable)[~fit.converged]] = (
            "did not converge: a covariate may separate the counts"
        )
    poisson = (note == "") & (alpha == 0)
    remark[poisson] = [
        "; ".join(filter(None, [text, "no overdispersion: Poisson limit"])) for text in remark[poisson]
    ]
    excluded = y.shape[1] - n
    ratio = wald(beta[:, -1], se, n, note, excluded, level=level, ratio=True, remark=remark)
    dispersion_note = note.copy()
    dispersion_note[poisson] = "no overdispersion: at the boundary 0"
    with np.errstate(divide="ignore", invalid="ignore"):
        dispersion = wald(np.log(alpha), se_log_alpha, n, dispersion_note, excluded, level=level, ratio=True)
    dispersion.value[poisson] = 0.0
    dispersion.p_value[:] = np.nan
    lost = note != ""
    return NegativeBinomials(
        ratio, dispersion, np.where(lost, np.nan, beta[:, 0]), np.where(lost, np.nan, log_likelihood)
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    beta: Floats
    alpha: Floats
    se: Floats
    se_log_alpha: Floats
    log_likelihood: Floats
    converged: Booleans


def _fit(y: Floats, time: Floats, x: Floats, dependent: Booleans) -> _Fit:
    """Alternate Fisher scoring in the coefficients and Newton steps in log α until neither moves."""
    trials, _, k = x.shape
    beta = np.zeros((trials, k))
    beta[:, 0] = np.log(y.sum(axis=1) / time.sum(axis=1))
    alpha = np.zeros(trials)
    filler = dependent[:, :, None] * np.eye(k)
    tail = _tail_counts(y)
    inner, boundary, converged = (np.zeros(trials, dtype=bool) for _ in range(3))

    def mean(of: np.ndarray) -> Floats:
        return time[of] * np.exp(np.clip((x[of] @ beta[of, :, None])[..., 0], -30, 30))

    def information(of: np.ndarray, mu: Floats) -> Floats:
        weight = mu / (1 + alpha[of, None] * mu)
        return x[of].swapaxes(1, 2) @ (x[of] * weight[..., None]) + filler[of]

    active = np.arange(trials)
    for _ in range(_ITERATIONS):
        mu = mean(active)
        matrix = information(active, mu)
        sound = _sound(matrix)
        active, mu, matrix = active[sound], mu[sound], matrix[sound]
        pull = (y[active] - mu) / (1 + alpha[active, None] * mu)
        score = x[active].swapaxes(1, 2) @ pull[..., None]
        step = np.clip(np.linalg.solve(matrix, score)[..., 0], -2, 2)
        beta[active] += step
        moved = np.abs(step).max(axis=1, initial=0.0)

        mu = mean(active)
        # The sign of the score at α = 0 tells whether the maximum lies inside, once the Poisson fit is near.
        excess = ((y[active] - mu) ** 2 - y[active]).sum(axis=1) / 2
        start = (moved < 1e-3) & (excess > 0) & ~inner[active] & ~boundary[active]
        alpha[active[start]] = np.clip(2 * excess[start] / (mu[start] ** 2).sum(axis=1), 1e-3, 10)
        inner[active[start]] = True
        inside = inner[active]
        rows = active[inside]
        slope, bend = _dispersion_score(alpha[rows], mu[inside], y[rows], tail[rows])
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = np.clip(np.where(bend < 0, -slope / bend, np.sign(slope)), -1.5, 1.5)
        alpha[rows] *= np.exp(shift)
        vanished = rows[alpha[rows] < _POISSON]
        alpha[vanished], inner[vanished], boundary[vanished] = 0.0, False, True

        change = np.zeros(len(active))
        change[inside] = np.abs(shift)
        done = (moved < 1e-10) & (change < 1e-9)
        converged[active[done]] = True
        active = active[~done]
        if len(active) == 0:
            break

    everything = np.arange(trials)
    mu = mean(everything)
    matrix = information(everything, mu)
    converged &= (np.abs(beta[:, 1:]).max(axis=1) < _SEPARATED) & (alpha < 1e6) & _sound(matrix)
    matrix[~converged] = np.eye(k)
    _, bend = _dispersion_score(np.where(alpha > 0, alpha, 1.0), mu, y, tail)
    with np.errstate(invalid="ignore", divide="ignore"):
        se_log_alpha = np.where(bend < 0, 1 / np.sqrt(-bend), np.nan)
    return _Fit(
        beta=beta,
        alpha=alpha,
        se=np.sqrt(np.linalg.inv(matrix)[:, -1, -1]),
        se_log_alpha=se_log_alpha,
        log_likelihood=_log_likelihood(y, mu, alpha, tail),
        converged=converged,
    )


def _sound(matrix: Floats) -> Booleans:
    """Whether each information matrix can be inverted."""
    size = np.sqrt(np.maximum(np.diagonal(matrix, axis1=1, axis2=2), 1e-300))
    return np.linalg.det(matrix / (size[:, :, None] * size[:, None, :])) > _SINGULAR


def _tail_counts(y: Floats) -> Floats:
    """People with more than j events [trial, j]: sums over y of digamma-like terms become sums over j."""
    top = int(y.max(initial=0))
    return np.stack([(y > j).sum(axis=1) for j in range(max(top, 1))], axis=1).astype(float)


def _dispersion_score(alpha: Floats, mu: Floats, y: Floats, tail: Floats) -> tuple[Floats, Floats]:
    """First and second derivative of the log-likelihood in log α, at fixed means."""
    a, am = alpha[:, None], alpha[:, None] * mu
    j = np.arange(tail.shape[1])[None, :]
    first = (tail * j / (1 + a * j)).sum(axis=1)
    second = -(tail * (j / (1 + a * j)) ** 2).sum(axis=1)
    log, share = np.log1p(am), mu / (1 + am)
    first += (log / a**2 - (y + 1 / a) * share).sum(axis=1)
    second += (2 * share / a**2 - 2 * log / a**3 + (y + 1 / a) * share**2).sum(axis=1)
    return alpha * first, alpha**2 * second + alpha * first


def _log_likelihood(y: Floats, mu: Floats, alpha: Floats, tail: Floats) -> Floats:
    a = alpha[:, None]
    rising = (tail * np.log1p(a * np.arange(tail.shape[1])[None, :])).sum(axis=1)
    some = np.where(a > 0, a, 1.0)
    fall = np.where(a > 0, np.log1p(some * mu) * (y + 1 / some), mu)
    return rising + (y * np.log(np.where(mu > 0, mu, 1.0)) - fall - gammaln(y + 1)).sum(axis=1)
