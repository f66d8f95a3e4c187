"""Covariance of what targets may be off by: their own errors, and one offset per study and kind of result."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

import numpy as np
from pydantic import ValidationError

from brittlestar._shared.errors import InputError
from brittlestar.evidence.calibration.kinds import ResultKind, change_of, kind_of, per_unit
from brittlestar.evidence.calibration.targets import Target, Targets
from brittlestar.evidence.studies.study import Strict

SHARED = 0.5
"""Share of an offset's variance that all results of one kind in a study have in common: two arms of a trial
have scanner and referral in common, not all else. Assumed, between the ends 0 and 1, which the calibration
cannot tell apart."""


class BetweenStudies(Strict):
    """SD of the offsets of results of one kind in a study of people with OI, and without."""

    sd: float
    """on the scale of the kind"""
    share: float | None = None
    """as a share of the change that a result tells; where it tells one, this counts and not ``sd``"""
    without_oi: float
    """in people without OI, on the scale of the kind"""
    reason: str


@cache
def between_studies() -> dict[ResultKind, BetweenStudies]:
    """That SD by kind of result.

    Raises:
        InputError: a file that does not fit.
    """
    text = resources.files(__package__).joinpath("between_studies.toml").read_text(encoding="utf-8")
    try:
        return {kind: BetweenStudies(**row) for kind, row in tomllib.loads(text).items()}  # type: ignore[misc]
    except (ValidationError, TypeError) as error:
        raise InputError(
            "evidence/calibration/between_studies.toml", str(error), "sd, share, without_oi, reason"
        ) from None


def offset_of(found: Targets, target: Target) -> float:
    """SD of the offset of its study and kind, on the target's own scale; below 0 where it told a fall."""
    spread = between_studies()[kind_of(target)]
    if set(found.cohorts[target.cohort].types) == {"healthy"}:
        return spread.without_oi * per_unit(target)
    change = change_of(target, {one.id: one.observed for one in (*found.targets, target)}, found)
    if spread.share is None or np.isnan(change):
        return spread.sd * per_unit(target)
    return spread.share * change * per_unit(target)


def offset_covariance(c: np.ndarray) -> np.ndarray:
    """Covariance of the offsets of one study's results: SHARED c c' + (1 - SHARED) diag(c^2).

    Args:
        c: SD of each, with the sign that it has where all are off the same way [result].
    """
    return SHARED * np.outer(c, c) + (1.0 - SHARED) * np.diag(c**2)


def error_covariance(found: Targets, chosen: Sequence[Target]) -> np.ndarray:
    """Covariance of the errors of some targets, each on its own scale [target, target].

    C = diag(sampling^2 + judgement^2), beside it r sampling_i sampling_j where ``sampling_with`` states a
    correlation r, and within each study and kind the covariance of offsets, :func:`offset_covariance`.

    Raises:
        InputError: correlations that no covariance can have.
    """
    at = {target.id: i for i, target in enumerate(chosen)}
    C = np.diag([target.sd**2 for target in chosen])
    for i, target in enumerate(chosen):
        for other, r in target.sampling_with.items():
            if other in at:
                j = at[other]
                C[i, j] = C[j, i] = r * target.sampling * chosen[j].sampling
    if np.linalg.eigvalsh(C)[0] <= 0.0:
        stated = {target.id: target.sampling_with for target in chosen if target.sampling_with}
        raise InputError("sampling_with", stated, "accepted: correlations that go together")
    shared: dict[tuple[str, ResultKind], list[int]] = {}
    for i, target in enumerate(chosen):
        shared.setdefault((found.study_of(target), kind_of(target)), []).append(i)
    for rows in shared.values():
        u = np.array([offset_of(found, chosen[i]) for i in rows])
        C[np.ix_(rows, rows)] += offset_covariance(u)
    return C
