"""What a calibration would say of each study had it not seen that study: linear, from its own slopes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar.evidence.calibration.kinds import ResultKind, change_of, kind_of, per_unit
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.recorded import errors_of
from brittlestar.evidence.calibration.targets import Target, Targets

FAR = 0.5
"""Leverage of a study from which the linear step may fail, so that only a fit without it would tell: the
study then decided more than half of what it is held against."""


@dataclass(frozen=True)
class LeftOut:
    """The results of one kind of one study, as a fit without that study misses them.

    Numbers are on the scale of the kind: ln, or SD for z.
    """

    study: str
    kind: ResultKind
    targets: tuple[Target, ...]
    gap: np.ndarray
    """model less found [result]"""
    covariance: np.ndarray
    """of the model's numbers, by what the other studies leave open of the parameters [result, result]"""
    sampling: np.ndarray
    """SD of what was found, by chance alone [result]"""
    effect: np.ndarray
    """change that the model says, NaN where the result tells none [result]"""
    leverage: float
    """largest share of a direction of this study's results that the study itself decided, 0 to 1"""


def left_out(
    found: dict[str, Any], targets: Targets | None = None, *, everybody: bool = False
) -> tuple[LeftOut, ...]:
    """Each study of people with osteogenesis imperfecta as a fit without it would predict it.

    With slopes S, gaps r and error covariance C of the fitted results and a standard normal prior, the gaps
    of a study's rows B become r_B + S_B A^-1 (S'C^-1 r - S_o'C_o^-1 r_o), o the rows of the others and
    A = S_o'C_o^-1 S_o + 1, with covariance S_B A^-1 S_B' by the parameters.

    Args:
        found: content of ``posterior.json``.
        targets: what was fitted; defaults to the shipped ones.
        everybody: studies of people without the disease too.
    """
    known = targets or fit_targets()
    row = {one["id"]: one for one in found["fit"]}
    by_id = {target.id: target for target in known.targets}
    order = found.get("fitted") or [target.id for target in known.fitted if target.id in row]
    fitted = [by_id[name] for name in order]
    S, r = np.array(found["slopes"]), np.array([row[t.id]["misfit"] for t in fitted])
    model = {t.id: row[t.id]["model"] for t in fitted}
    studies = [known.study_of(target) for target in fitted]
    errors = errors_of(found, len(S))
    pull = S.T @ np.linalg.solve(errors, r)
    told = []
    for study in dict.fromkeys(studies):
        block = [i for i, name in enumerate(studies) if name == study]
        own = [i for i in block if everybody or set(known.cohorts[fitted[i].cohort].types) != {"healthy"}]
        others = [i for i in range(len(S)) if i not in block]
        slopes, weighted = S[block], np.linalg.solve(errors[np.ix_(others, others)], S[others])
        without = np.linalg.inv(S[others].T @ weighted + np.eye(S.shape[1]))
        spread = slopes @ without @ slopes.T
        gap = r[block] + slopes @ without @ (pull - weighted.T @ r[others])
        # Where errors are 1, eigenvalues of S_B A^-1 S_B' with the study are e/(1 + e) of those without.
        largest = float(np.max(np.linalg.eigvals(np.linalg.solve(errors[np.ix_(block, block)], spread)).real))
        kinds: dict[ResultKind, None] = dict.fromkeys(spread_kind(fitted[i]) for i in own)
        for kind in kinds:
            at = [block.index(i) for i in own if spread_kind(fitted[i]) == kind]
            each = tuple(fitted[block[i]] for i in at)
            unit = np.array([t.sd / per_unit(t) for t in each])
            told.append(
                LeftOut(
                    study=study,
                    kind=kind,
                    targets=each,
                    gap=gap[at] * unit,
                    covariance=spread[np.ix_(at, at)] * np.outer(unit, unit),
                    sampling=np.array([sampling_sd(t) / per_unit(t) for t in each]),
                    effect=np.array([change_of(t, model, known) for t in each]),
                    leverage=largest / (1.0 + largest),
                )
            )
    return tuple(told)


def spread_kind(target: Target) -> ResultKind:
    """Kind of result whose spread between trials it shows.

    A comparison of groups under one plan is no effect of treatment: what registers count as a fracture
    differs as it does between cohorts, and who was referred is not what a drug did.
    """
    kind = kind_of(target)
    if target.versus_cohort is None or (target.versus or target.plan) != target.plan:
        return kind
    return "fracture level" if kind.startswith("fracture") else "other"


def sampling_sd(target: Target) -> float:
    """SD of the published number by chance alone, on the target's scale; all of its error where none
    is stated."""
    return target.sampling or target.sd
