"""Continuous endpoints: arm means, and analysis of covariance of two arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from brittlestar._shared.errors import InputError
from brittlestar.statistics._design import covariate_array, dependent_columns, two_arm_design
from brittlestar.statistics._estimate import (
    NAN,
    Estimate,
    Estimates,
    Floats,
    empty_notes,
    failed,
    quantile,
    wald,
)
from brittlestar.statistics._inputs import arm_codes, numbers

_NO_SCATTER = 1e-12


@dataclass(frozen=True, slots=True)
class Ancova:
    """Analysis of covariance of two arms.

    Attributes:
        difference: adjusted mean of treated minus control.
        control: adjusted mean of control.
        treated: adjusted mean of treated.
        residual_sd: square root of the residual mean square.

    The p-values of the adjusted means test a mean of 0: for a change from baseline, no change.
    """

    difference: Estimate
    control: Estimate
    treated: Estimate
    residual_sd: float


@dataclass(frozen=True, slots=True)
class Ancovas:
    """`Ancova` of many trials; ``residual_sd`` [trial]."""

    difference: Estimates
    control: Estimates
    treated: Estimates
    residual_sd: Floats

    def __len__(self) -> int:
        return len(self.difference)

    def __getitem__(self, index: int) -> Ancova:
        return Ancova(
            self.difference[index], self.control[index], self.treated[index], float(self.residual_sd[index])
        )


def mean(y: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Mean of one arm with Student's t interval, ``ȳ ± t(n-1)·s/√n``.

    Args:
        y: outcome [person], in the outcome's unit; NaN where missing.
        level: confidence level.

    Returns:
        The mean, its ``se`` in the same unit; ``p_value`` tests mean = 0. Fewer than two people, or no
        scatter, give the mean with a NaN interval and ``converged=False``.

    Source:
        Altman DG. Practical Statistics for Medical Research. Chapman and Hall, 1991.
    """
    y = numbers("y", y).ravel()
    known = y[np.isfinite(y)]
    n, excluded = len(known), len(y) - len(known)
    quantile(level)
    if n == 0:
        return failed("no observed values", excluded=excluded)
    centre = float(known.mean())
    if n == 1 or np.ptp(known) <= _NO_SCATTER * np.abs(known).max():
        why = "one person" if n == 1 else "all values are equal"
        return Estimate(centre, NAN, NAN, NAN, n, False, f"{why}: no interval", excluded)
    se = known.std(ddof=1) / np.sqrt(n)
    return wald([centre], [se], [n], empty_notes(1), [excluded], level=level, df=np.array([n - 1]))[0]


def arm_means(y: ArrayLike, treatment: ArrayLike, *, level: float = 0.95) -> tuple[Estimate, Estimate]:
    """Unadjusted `mean` of control and of treated.

    Args:
        y: outcome [person].
        treatment: 0 control, 1 treated [person]; people of unknown arm are in neither mean.
        level: confidence level.
    """
    y = numbers("y", y)
    arm = arm_codes(treatment, y.shape)
    return mean(y[arm == 0], level=level), mean(y[arm == 1], level=level)


def ancova(
    y: ArrayLike, treatment: ArrayLike, covariates: ArrayLike | None = None, *, level: float = 0.95
) -> Ancova:
    """Analysis of covariance, ``y = μ + δ·treatment + γ·(z - z̄) + ε``, by ordinary least squares.

    The difference is δ, with Student's t on n - rank degrees of freedom. Adjusted means are the model's means
    of each arm at the observed mean z̄ of every covariate, so a factor given as indicator columns is averaged
    with its observed shares. Constant or collinear covariates are left out with a note: δ does not depend on
    them.

    Args:
        y: outcome [person], e.g. % change of aBMD; NaN where missing.
        treatment: 0 control, 1 treated [person].
        covariates: [person] or [person, k]; factors as indicator columns (see `indicators`).
        level: confidence level.

    Returns:
        Difference and adjusted means in the unit of ``y``; people with anything missing are ``excluded``.

    Source:
        Fitted by statsmodels OLS. Senn S. Statistical Issues in Drug Development. 2nd ed. Wiley, 2007.
    """
    from statsmodels.regression.linear_model import OLS

    y = numbers("y", y)
    if y.ndim != 1:
        raise InputError("y", f"shape {y.shape}", "one number per person; use ancova_batch for many trials")
    arm = arm_codes(treatment, y.shape)
    z = covariate_array(covariates, y.shape)
    complete = np.isfinite(y) & np.isfinite(arm) & np.isfinite(z).all(axis=-1)
    quantile(level)
    n, excluded = int(complete.sum()), int((~complete).sum())
    y, arm, z = y[complete], arm[complete], z[complete]

    if reason := _empty_arm(int((arm == 0).sum()), int((arm == 1).sum())):
        return _no_ancova(reason, n, excluded)
    design = two_arm_design(np.ones((1, n), dtype=bool), arm[None], z[None])
    dependent = dependent_columns(design)[0]
    if dependent[-1]:
        return _no_ancova("treatment cannot be told apart from the covariates", n, excluded)
    dropped = np.flatnonzero(dependent[1:-1])
    x = design[0][:, ~dependent]
    if n <= x.shape[1]:
        return _no_ancova("no residual degrees of freedom", n, excluded)
    fit = OLS(y, x).fit()
    if fit.ssr <= n * (_NO_SCATTER * np.abs(y).max()) ** 2:
        return _no_ancova("no residual variation", n, excluded)

    contrast = np.zeros((3, x.shape[1]))
    contrast[:, [0, -1]] = [[0, 1], [1, 0], [1, 1]]
    value = contrast @ fit.params
    se = np.sqrt(np.einsum("ij,jk,ik->i", contrast, fit.cov_params(), contrast))
    remark = empty_notes(3)
    if len(dropped):
        remark[:] = _left_out(dropped)
    estimates = wald(
        value, se, n, empty_notes(3), excluded, level=level, df=np.full(3, fit.df_resid), remark=remark
    )
    return Ancova(estimates[0], estimates[1], estimates[2], float(np.sqrt(fit.mse_resid)))


def ancova_batch(
    y: ArrayLike, treatment: ArrayLike, covariates: ArrayLike | None = None, *, level: float = 0.95
) -> Ancovas:
    """`ancova` of many trials at once, by batched QR.

    Args:
        y: outcome [trial, person]; NaN where missing, or where a trial has fewer people.
        treatment: [person] or [trial, person].
        covariates: [person, k], [trial, person] or [trial, person, k].
        level: confidence level.
    """
    y = numbers("y", y)
    if y.ndim != 2:
        raise InputError("y", f"shape {y.shape}", "an array [trial, person]")
    arm = arm_codes(treatment, y.shape)
    z = covariate_array(covariates, y.shape)
    complete = np.isfinite(y) & np.isfinite(arm) & np.isfinite(z).all(axis=-1)
    n = complete.sum(axis=1)
    k = z.shape[-1] + 2
    if y.shape[1] < k:
        return _stack([ancova(y[i], arm[i], z[i], level=level) for i in range(len(y))])

    x = two_arm_design(complete, arm, z)
    known = np.where(complete, y, 0.0)
    arms_present = np.stack([(complete & (arm == code)).any(axis=1) for code in (0, 1)]).all(axis=0)
    dependent = dependent_columns(x)
    kept = k - dependent.sum(axis=1)
    plain = ~dependent[:, -1] & arms_present & (n > kept)

    x, dependent, kept, n, known = x[plain], dependent[plain], kept[plain], n[plain], known[plain]
    # Columns that are left out stand last, as zeros, so that the treatment is the last of those kept.
    order = np.argsort(dependent, axis=1, kind="stable")
    x = np.take_along_axis(np.where(dependent[:, None, :], 0.0, x), order[:, None, :], axis=2)
    out = np.arange(k)[None, :] >= kept[:, None]
    basis, triangle = np.linalg.qr(x)
    inverse = np.linalg.inv(triangle + np.where(out, 1.0, 0.0)[:, :, None] * np.eye(k))
    score = np.where(out, 0.0, np.einsum("rnj,rn->rj", basis, known))
    beta = np.einsum("rij,rj->ri", inverse, score)
    residual = known - np.einsum("rni,ri->rn", x, beta)
    df = n - kept
    variance = (residual**2).sum(axis=1) / df
    unscaled = inverse @ inverse.swapaxes(1, 2)
    note, remark = empty_notes(len(n)), empty_notes(len(n))
    note[variance * df <= n * (_NO_SCATTER * np.abs(known).max(axis=1, initial=0.0)) ** 2] = (
        "no residual variation"
    )
    for i in np.flatnonzero(dependent.any(axis=1)):
        remark[i] = _left_out(np.flatnonzero(dependent[i, 1:-1]))

    row, last = np.arange(len(n)), kept - 1
    of_control, of_treatment, between = unscaled[:, 0, 0], unscaled[row, last, last], unscaled[row, 0, last]
    difference = beta[row, last]
    common = {"level": level, "df": df, "remark": remark}
    excluded = y.shape[1] - n
    parts = [
        wald(value, np.sqrt(variance * scale), n, note, excluded, **common)
        for value, scale in (
            (difference, of_treatment),
            (beta[:, 0], of_control),
            (beta[:, 0] + difference, of_control + 2 * between + of_treatment),
        )
    ]
    fast = Ancovas(*parts, residual_sd=np.where(note == "", np.sqrt(variance), np.nan))
    if plain.all():
        return fast
    place = np.cumsum(plain) - 1
    return _stack(
        [fast[place[i]] if plain[i] else ancova(y[i], arm[i], z[i], level=level) for i in range(len(y))]
    )


def _left_out(columns: np.ndarray) -> str:
    return f"covariate columns left out as constant or collinear: {', '.join(map(str, columns))}"


def _empty_arm(controls: int, treated: int) -> str:
    if controls + treated == 0:
        return "no complete observations"
    if controls == 0 or treated == 0:
        return "only one arm has observations"
    return ""


def _no_ancova(reason: str, n: int, excluded: int) -> Ancova:
    none = failed(reason, n, excluded)
    return Ancova(none, none, none, NAN)


def _stack(results: list[Ancova]) -> Ancovas:
    def column(name: str) -> Estimates:
        rows = [getattr(result, name) for result in results]
        return Estimates(
            *(
                np.array([getattr(row, field) for row in rows], dtype=kind)
                for field, kind in (
                    ("value", float), ("low", float), ("high", float), ("se", float), ("n", np.int64),
                    ("converged", bool), ("note", object), ("excluded", np.int64), ("p_value", float),
                )
            )
        )  # fmt: skip

    sd = np.array([result.residual_sd for result in results])
    return Ancovas(column("difference"), column("control"), column("treated"), sd)
