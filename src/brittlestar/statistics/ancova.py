"""Continuous endpoints: analysis of covariance of two arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics.design import covariate_array, dependent_columns, two_arm_design
from brittlestar.statistics.estimates import Estimates, Floats, empty_notes, wald
from brittlestar.statistics.inputs import arm_codes, of_trials

NO_SCATTER = 1e-12
"""Share of the largest value at or below which residuals are rounding of some thousand operations."""


@dataclass(frozen=True, slots=True)
class Ancova:
    """Analysis of covariance of two arms, of many trials.

    Attributes:
        difference: adjusted mean of treated minus control.
        control: adjusted mean of control.
        treated: adjusted mean of treated.

    The p-values of the adjusted means test a mean of 0: for a change from baseline, no change.
    """

    difference: Estimates
    control: Estimates
    treated: Estimates


def ancova(y: ArrayLike, treatment: ArrayLike, covariates: ArrayLike | None = None) -> Ancova:
    """Analysis of covariance, ``y = μ + δ·treatment + γ·(z - z̄) + ε``, by least squares (batched QR).

    The difference is δ, with Student's t on n - rank degrees of freedom. Adjusted means are the model's means
    of each arm at the observed mean z̄ of every covariate, so a factor given as indicator columns is averaged
    with its observed shares. Constant or collinear covariates are left out with a note: δ does not depend on
    them.

    Args:
        y: outcome [trial, person], e.g. % change of aBMD; NaN where missing, or where a trial has fewer.
        treatment: 0 control, 1 treated [person] or [trial, person].
        covariates: [person, k], [trial, person] or [trial, person, k]; factors as indicator columns.

    Returns:
        Difference and adjusted means in the unit of ``y``; people with anything missing are left out.

    Source:
        Senn S. Statistical Issues in Drug Development. 2nd ed. Wiley, 2007.
    """
    y = of_trials("y", y)
    arm = arm_codes(treatment, y.shape)
    z = covariate_array(covariates, y.shape)
    complete = np.isfinite(y) & np.isfinite(arm) & np.isfinite(z).all(axis=-1)
    x, n = two_arm_design(complete, arm, z), complete.sum(axis=1)
    trials, people, k = x.shape
    dependent = dependent_columns(x)
    kept = k - dependent.sum(axis=1)

    note = empty_notes(trials)
    note[n <= kept] = "no residual degrees of freedom"
    note[dependent[:, -1]] = "treatment cannot be told apart from the covariates"
    for code in (0, 1):
        note[~(complete & (arm == code)).any(axis=1)] = "only one arm has observations"
    note[n == 0] = "no complete observations"
    solvable = note == ""

    # Rows of zeros add nothing and let a trial of fewer people than columns be solved like any other.
    few = max(0, k - people)
    x = np.pad(x[solvable], ((0, 0), (0, few), (0, 0)))
    known = np.pad(np.where(complete, y, 0.0)[solvable], ((0, 0), (0, few)))
    fit = _least_squares(x, known, n[solvable], dependent[solvable], kept[solvable])
    note[solvable] = fit.note
    remark, df = empty_notes(trials), np.ones(trials)
    df[solvable] = n[solvable] - kept[solvable]
    for i in np.flatnonzero(dependent[:, 1:-1].any(axis=1)):
        columns = ", ".join(map(str, np.flatnonzero(dependent[i, 1:-1])))
        remark[i] = f"covariate columns left out as constant or collinear: {columns}"

    def estimates(solved: tuple[Floats, Floats]) -> Estimates:
        value, se = np.full((2, trials), np.nan)
        value[solvable], se[solvable] = solved
        return wald(value, se, note, df=df, remark=remark)

    return Ancova(estimates(fit.difference), estimates(fit.control), estimates(fit.treated))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Values and standard errors [trial], and which trials have no residual variation."""

    difference: tuple[Floats, Floats]
    control: tuple[Floats, Floats]
    treated: tuple[Floats, Floats]
    note: np.ndarray


def _least_squares(x: Floats, y: Floats, n: np.ndarray, dependent: np.ndarray, kept: np.ndarray) -> _Fit:
    k = x.shape[-1]
    # Columns that are left out stand last, as zeros, so that the treatment is the last of those kept.
    order = np.argsort(dependent, axis=1, kind="stable")
    x = np.take_along_axis(np.where(dependent[:, None, :], 0.0, x), order[:, None, :], axis=2)
    out = np.arange(k)[None, :] >= kept[:, None]
    basis, triangle = np.linalg.qr(x)
    inverse = np.linalg.inv(triangle + np.where(out, 1.0, 0.0)[:, :, None] * np.eye(k))
    score = np.where(out, 0.0, np.einsum("rnj,rn->rj", basis, y))
    beta = np.einsum("rij,rj->ri", inverse, score)
    residual = y - np.einsum("rni,ri->rn", x, beta)
    df = n - kept
    variance = (residual**2).sum(axis=1) / df
    unscaled = inverse @ inverse.swapaxes(1, 2)
    note = empty_notes(len(n))
    alike = variance * df <= n * (NO_SCATTER * np.abs(y).max(axis=1, initial=0.0)) ** 2
    note[alike] = "no residual variation"

    row, last = np.arange(len(n)), kept - 1
    of_control, of_treatment, between = unscaled[:, 0, 0], unscaled[row, last, last], unscaled[row, 0, last]
    difference = beta[row, last]
    return _Fit(
        difference=(difference, np.sqrt(variance * of_treatment)),
        control=(beta[:, 0], np.sqrt(variance * of_control)),
        treated=(
            beta[:, 0] + difference,
            np.sqrt(variance * (of_control + 2 * between + of_treatment)),
        ),
        note=note,
    )
