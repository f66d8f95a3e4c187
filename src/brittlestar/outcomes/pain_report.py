"""Pain as a person reports it: own level, vertebral collapse, response to being treated, noise, rounding."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class PainReport(NamedTuple):
    """Parameters of ``pain_report.toml`` (points, 1/day)."""

    person_sd: np.ndarray
    painless: np.ndarray
    vertebral: np.ndarray
    vertebral_decay: np.ndarray
    placebo: np.ndarray
    placebo_decay: np.ndarray
    quick: np.ndarray
    reaction: np.ndarray
    noise: np.ndarray
    meaningful: np.ndarray


def pain_level(
    usual: ArrayLike,
    own: ArrayLike,
    painless: ArrayLike,
    acute: ArrayLike,
    relief: ArrayLike,
    since_start: ArrayLike,
    p: PainReport,
) -> Floats:
    """Level of pain, 0-10: [usual + own - quick relief - placebo e^(-decay t)]+ (0 if painless) + acute.

    Args:
        usual: ``pain.pain`` without its fractures: base, severity, turnover and relief after an infusion.
        own: the person's difference from the usual level.
        painless: whether the person has no usual pain.
        acute: fractures, vertebral collapse and reactions.
        relief: fading memory of infusions, at most 1 counts.
        since_start: days since the first dose or placebo, 0 or less before.
    """
    t = np.asarray(since_start)
    placebo = np.where(t > 0.0, p.placebo * np.exp(-p.placebo_decay * np.maximum(t, 0.0)), 0.0)
    eased = placebo + p.quick * np.clip(relief, 0.0, 1.0)
    steady = np.where(painless, 0.0, np.maximum(np.asarray(usual) + np.asarray(own) - eased, 0.0))
    return np.clip(steady + np.asarray(acute), 0.0, 10.0)


def reported(level: ArrayLike, normal: ArrayLike, p: PainReport, *, faces: bool = False) -> Floats:
    """What is written down: level plus noise, whole points 0-10, or one of the six faces 0, 2, ... 10.

    Someone without pain says 0: noise does not make pain.
    """
    level = np.asarray(level)
    noisy = np.where(level > 0.0, np.clip(level + p.noise * np.asarray(normal), 0.0, 10.0), 0.0)
    return 2.0 * np.round(noisy / 2.0) if faces else np.round(noisy)
