"""Time to first event in two arms: Cox regression and the log-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from brittlestar.statistics._design import covariate_array, dependent_columns, two_arm_design
from brittlestar.statistics._estimate import Estimate, Estimates, Floats, empty_notes, failed, wald
from brittlestar.statistics._inputs import arm_codes, event_times
from brittlestar.statistics._risk_sets import fit_cox, risk_sets

_SEPARATED = 15.0
_ITERATIONS = 50


@dataclass(frozen=True, slots=True)
class LogRank:
    """Log-rank test: χ² on one degree of freedom, its p-value, and treated events observed and expected."""

    chi_squared: float
    p_value: float
    observed: float
    expected: float
    n: int
    converged: bool
    note: str = ""
    excluded: int = 0


def cox(
    time: ArrayLike,
    event: ArrayLike,
    treatment: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Estimate:
    """Hazard ratio treated / control by Cox regression with Efron's handling of ties.

    Newton steps; without covariates on exact counts of the risk sets, which also tells when no finite maximum
    exists. Own code for speed, held equal to statsmodels PHReg, which takes tens of times as long.

    Args:
        time: time to first event or censoring [person]; NaN where missing.
        event: 1 event, 0 censored [person].
        treatment: 0 control, 1 treated [person].
        covariates: [person] or [person, k]; constant or collinear columns are left out with a note.
        level: confidence level.

    Returns:
        The ratio, ``se`` of its log (inverse information), Wald p-value. Undetermined when an arm has no
        events or the order of events separates the arms.

    Source:
        Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220; Efron 1977,
        doi:10.1080/01621459.1977.10480613.
    """
    time, event, _ = event_times(time, event, 1)
    arm = arm_codes(treatment, time.shape)
    if covariates is None:
        return cox_batch(time[None], event[None], arm[None], level=level)[0]
    z = covariate_array(covariates, time.shape)
    complete = np.isfinite(time) & np.isfinite(event) & np.isfinite(arm) & np.isfinite(z).all(axis=-1)
    time, event, arm, z = time[complete], event[complete], arm[complete], z[complete]
    excluded = int((~complete).sum())
    unadjusted = cox_batch(time[None], event[None], arm[None], level=level)[0]
    if not unadjusted.converged:
        return failed(unadjusted.note, len(time), excluded)
    return _adjusted_cox(time, event, arm, z, excluded, level)


def cox_batch(time: ArrayLike, event: ArrayLike, treatment: ArrayLike, *, level: float = 0.95) -> Estimates:
    """`cox` without covariates for many trials at once.

    Args:
        time: [trial, person]; NaN where missing, or where a trial has fewer people.
        event: [trial, person].
        treatment: [person] or [trial, person].
        level: confidence level.
    """
    sets, n, excluded = _two_arms(time, event, treatment)
    fit = fit_cox(sets, efron=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = 1 / np.sqrt(fit.information)
    return wald(fit.beta, se, n, fit.note, excluded, level=level, ratio=True)


def log_rank(time: ArrayLike, event: ArrayLike, treatment: ArrayLike) -> LogRank:
    """Log-rank test of equal hazards in two arms; arguments as in `cox`.

    ``χ² = (Σ(d₁ - E₁))² / ΣV`` with hypergeometric mean ``E₁ = d·n₁/n`` and variance
    ``V = d·n₁·n₀·(n-d) / (n²·(n-1))`` at each event time.

    Source:
        Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration.
        Cancer Chemother Rep 1966;50:163-170. Own sums; held equal to statsmodels survdiff in the tests, which
        raises where an arm is empty.
    """
    time, event, _ = event_times(time, event, 1)
    arm = arm_codes(treatment, time.shape)
    return log_rank_batch(time[None], event[None], arm[None])[0]


def log_rank_batch(time: ArrayLike, event: ArrayLike, treatment: ArrayLike) -> list[LogRank]:
    """`log_rank` of many trials; arguments as in `cox_batch`."""
    sets, people, excluded = _two_arms(time, event, treatment)
    n0, n1 = sets.at_risk
    n, d = n0 + n1, sets.events.sum(axis=0)

    def total(values) -> Floats:
        return np.bincount(sets.trial, weights=values, minlength=sets.trials)

    observed, expected = total(sets.events[1]), total(d * n1 / n)
    variance = total(d * (n1 / n) * (n0 / n) * (n - d) / np.maximum(n - 1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        chi_squared = np.where(variance > 0, (observed - expected) ** 2 / variance, np.nan)
    p_value = chdtrc(1, chi_squared)
    reason = np.where(total(d) == 0, "no events", "never two arms at risk together")
    fine = variance > 0
    return [
        LogRank(
            float(chi_squared[i]), float(p_value[i]), float(observed[i]), float(expected[i]), int(people[i]),
            bool(fine[i]), "" if fine[i] else str(reason[i]), int(excluded[i]),
        )
        for i in range(sets.trials)
    ]  # fmt: skip


def _adjusted_cox(
    time: Floats, event: Floats, arm: Floats, z: Floats, excluded: int, level: float
) -> Estimate:
    n = len(time)
    design = two_arm_design(np.ones((1, n), dtype=bool), arm[None], z[None])
    dependent = dependent_columns(design)[0]
    if dependent[-1]:
        return failed("treatment cannot be told apart from the covariates", n, excluded)
    x = design[0][:, ~dependent][:, 1:]
    scale = x.std(axis=0)
    scale[-1] = 1.0
    partial = _PartialLikelihood.of(time, event, x / scale)
    beta = np.zeros(x.shape[1])
    log_likelihood, score, information = partial.at(beta)
    for _ in range(_ITERATIONS):
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            return failed("did not converge", n, excluded)
        step *= min(1.0, 4.0 / max(np.abs(step).max(), 1e-300))
        following = partial.at(beta + step)
        while following[0] < log_likelihood - 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
            following = partial.at(beta + step)
        beta = beta + step
        log_likelihood, score, information = following
        if np.abs(beta).max() > _SEPARATED:
            return failed("did not converge: a covariate may separate the events", n, excluded)
        if np.abs(step).max() < 1e-10:
            break
    else:
        return failed("did not converge", n, excluded)
    try:
        se = np.sqrt(np.linalg.inv(information)[-1:, -1])
    except np.linalg.LinAlgError:
        return failed("the information is singular", n, excluded)
    remark = empty_notes(1)
    left_out = np.flatnonzero(dependent[1:-1])
    if len(left_out):
        remark[:] = f"covariate columns left out as constant or collinear: {', '.join(map(str, left_out))}"
    note = empty_notes(1)
    return wald(beta[-1:], se, n, note, excluded, level=level, ratio=True, remark=remark)[0]


@dataclass(frozen=True, slots=True)
class _PartialLikelihood:
    """Efron's partial log-likelihood in many covariates, people in descending order of time.

    Attributes:
        x: covariates [person, k].
        died: who had the event [person].
        group: distinct event time of each event, in order of people [event].
        last: last person at risk at each distinct event time.
        share: l/d for the l-th of the d events tied at a time [event].
    """

    x: Floats
    died: np.ndarray
    group: np.ndarray
    last: np.ndarray
    share: Floats

    @classmethod
    def of(cls, time: Floats, event: Floats, x: Floats) -> _PartialLikelihood:
        order = np.argsort(-time, kind="stable")
        backward, died = -time[order], event[order] == 1
        instants, group, ties = np.unique(backward[died], return_inverse=True, return_counts=True)
        place = np.arange(len(group)) - np.searchsorted(group, group)
        last = np.searchsorted(backward, instants, side="right") - 1
        return cls(x[order], died, group, last, place / ties[group])

    def at(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood, score [k] and information [k, k]."""
        k = len(beta)
        eta = self.x @ beta
        # Subtracting the largest exponent leaves every ratio below as it is.
        weight = np.exp(eta - eta.max())
        squares = (self.x[:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1)
        terms = weight[:, None] * np.column_stack([np.ones(len(eta)), self.x, squares])
        tied = np.zeros((len(self.last), terms.shape[1]))
        np.add.at(tied, self.group, terms[self.died])
        sums = np.cumsum(terms, axis=0)[self.last][self.group] - self.share[:, None] * tied[self.group]
        mean = sums[:, 1 : k + 1] / sums[:, :1]
        second = (sums[:, k + 1 :] / sums[:, :1]).sum(axis=0).reshape(k, k)
        value = (eta[self.died] - eta.max() - np.log(sums[:, 0])).sum()
        return float(value), (self.x[self.died] - mean).sum(axis=0), second - mean.T @ mean


def _two_arms(time: ArrayLike, event: ArrayLike, treatment: ArrayLike):
    time, event, known = event_times(time, event, 2)
    arm = arm_codes(treatment, time.shape)
    known = known & np.isfinite(arm)
    trial, _ = np.nonzero(known)
    sets = risk_sets(len(time), trial, None, time[known], event[known].astype(np.int64), arm[known] == 1)
    n = known.sum(axis=1)
    return sets, n, time.shape[1] - n
