r"""From doses to two drives of remodelling, the same for everybody under a plan.

An antibody's amount in the body follows in closed form (first-order absorption and loss); its effect is
saturable,

$$A(t) = \sum_i F D_i \frac{k_a}{k_a - k_e} \left(e^{-k_e (t - t_i)} - e^{-k_a (t - t_i)}\right),\qquad
  E = \frac{A}{A + A_{50}}.$$

RANKL drive of osteoclast birth. What the antibodies leave, $r = \prod (1 - \Delta_r E)$, recruits osteoclasts
from a reservoir of precursors $Q$ that fills while the drive is low (rebound once it is back; idea of the
reservoir: doi:10.7554/eLife.76228):

$$\frac{dQ}{dt} = \frac{1 - [m + (1 - m) r]\, Q}{T},\qquad rankl = r\, Q\, (1 + \Delta_{ter} Z).$$

Formation beside what resorption calls, in that of a healthy adult, wears off while it lasts:

$$formation = 1 + \sum \frac{\Delta_f Y}{1 + b W},\qquad \frac{dW}{dt} = \frac{E - W}{T_W}.$$

For the antibodies $Y = E$. Teriparatide acts by its daily dose, $E = D/(D + D_{50})$, and its $Y$ and $Z$
follow $E$ over the times ``formation_time`` and ``rankl_time``. Days; exact exponential substeps of a day at
most.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import NamedTuple

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.care.biologics.biologic import BIOLOGICS, Biologic, known
from brittlestar.care.dates import Limit, windows_given

SUBSTEP_DAYS = 1.0
"""Measured against fiftieths of a day: the week of an injection is off by up to 5 % of a factor, the mean
of two years by 1e-4."""


Numbers = Mapping[str, Mapping[str, float]]
"""Internal values of each drug's file, and of ``reservoir``."""


class Drives(NamedTuple):
    """Step means [S], 1 without treatment: factor of osteoclast birth, 1 + added formation."""

    rankl: np.ndarray
    formation: np.ndarray


def drives(
    courses: Sequence[Biologic],
    n_steps: int,
    step_days: float,
    held: Sequence[tuple[float, float]] = (),
    limits: Sequence[Limit] = (),
    numbers: Numbers | None = None,
) -> Drives:
    """What these courses do to osteoclast birth and to formation.

    Args:
        courses: courses of the plan.
        n_steps: number of steps S.
        step_days: length of a step, days.
        held: windows without drug, days.
        limits: rules that end all treatment.
        numbers: defaults to :func:`shipped_numbers`.
    """
    if not courses:
        return Drives(np.ones(n_steps), np.ones(n_steps))
    numbers = numbers or shipped_numbers()
    stop = min((limit.day for limit in limits), default=float("inf"))
    parts = max(int(np.ceil(step_days / SUBSTEP_DAYS - 1e-9)), 1)
    dt = step_days / parts
    time = (np.arange(n_steps * parts) + 0.5) * dt
    horizon = n_steps * step_days
    drive, formation, hormone = np.ones(time.size), np.ones(time.size), np.ones(time.size)
    for drug in sorted({course.drug for course in courses}):
        mine = [course for course in courses if course.drug == drug]
        p = numbers[drug]
        if mine[0].daily:
            dose = np.sum([_daily_dose(course, time, dt, held, stop) for course in mine], axis=0)
            effect = dose / (dose + p["half_dose"])
            built = follow(effect, p["formation_time"], dt)
            hormone *= 1.0 + p["rankl_rise"] * follow(effect, p["rankl_time"], dt)
        else:
            doses = [(day, one.reference_mg) for one in mine for day in one.days(horizon, held, limits)]
            built = effect = _saturable(amount_in_body(time, doses, p), p["half_effect"])
            drive *= 1.0 - p["rankl_fall"] * effect
        formation += (
            p["formation_rise"] * built / (1.0 + p["tolerance"] * follow(effect, p["tolerance_time"], dt))
        )
    rankl = drive * reservoir(drive, dt, numbers["reservoir"]) * hormone
    return Drives(*(factor.reshape(n_steps, parts).mean(axis=1) for factor in (rankl, formation)))


def shipped_numbers() -> Numbers:
    """The numbers of the files."""
    files = {drug: known(drug) for drug in BIOLOGICS}
    files["reservoir"] = load("brittlestar.care.biologics", "reservoir.toml")
    return {name: {key: float(one.internal) for key, one in file.items()} for name, file in files.items()}


def amount_in_body(
    time: np.ndarray, doses: Sequence[tuple[float, float]], p: Mapping[str, float]
) -> np.ndarray:
    """Amount A in mg at the times [T], from doses (day, mg); closed form."""
    ka, ke = log(2.0) / p["absorption_half_life"], log(2.0) / p["half_life"]
    amount = np.zeros(time.size)
    for day, mg in doses:
        since = np.maximum(time - day, 0.0)
        amount += p["bioavailability"] * mg * ka / (ka - ke) * (np.exp(-ke * since) - np.exp(-ka * since))
    return np.maximum(amount, 0.0)


def _saturable(amount: np.ndarray, half: float) -> np.ndarray:
    return amount / (amount + half)


def _daily_dose(
    course: Biologic, time: np.ndarray, dt: float, held: Sequence[tuple[float, float]], stop: float
) -> np.ndarray:
    """Mean mg/day in each substep around the times."""
    share = np.zeros(time.size)
    for start, end in windows_given(course.start.days, min(course.end_day, stop), held):
        covered = np.minimum(time + dt / 2, end) - np.maximum(time - dt / 2, start)
        share += np.clip(covered / dt, 0.0, 1.0)
    return share * course.reference_mg


def follow(target: np.ndarray, time_constant: float, dt: float) -> np.ndarray:
    """Substep means of x' = (target - x)/T from 0, exact for a target constant in each substep."""
    keep = np.exp(-dt / time_constant)
    mean_share = time_constant * (1.0 - keep) / dt
    x, means = 0.0, np.empty(target.size)
    for k, goal in enumerate(target.tolist()):
        means[k] = goal + (x - goal) * mean_share
        x = goal + (x - goal) * keep
    return means


def reservoir(drive: np.ndarray, dt: float, p: Mapping[str, float]) -> np.ndarray:
    """Substep means of the precursors Q, 1 at rest; exact for a drive constant in each substep."""
    lost, wait = p["lost_share"], p["fusion_time"]
    rate = (lost + (1.0 - lost) * drive) / wait
    keep = np.exp(-rate * dt)
    mean_share = (1.0 - keep) / (rate * dt)
    q, means = 1.0, np.empty(drive.size)
    for k, (decay, share, goal) in enumerate(
        zip(keep.tolist(), mean_share.tolist(), (1.0 / (rate * wait)).tolist(), strict=True)
    ):
        means[k] = goal + (q - goal) * share
        q = goal + (q - goal) * decay
    return means
