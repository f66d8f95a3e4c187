"""From true courses to what a trial has on file: visits with error and drift, dropout, captured fractures."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from brittlestar._shared.chance import exponential, normal, uniform
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill
from brittlestar.engine import Course
from brittlestar.outcomes.fracture import SITES
from brittlestar.trials.protocol import Protocol, visit_months

NEEDED = {
    "ls_abmd": ("ls_abmd", "ls_sd"),
    "ls_z": ("ls_z", "ls_sd"),
    "ls_bmad": ("ls_bmad", "ls_abmd", "ls_sd"),
    "tb_z": ("tblh_ratio",),
    "ctx": ("ctx",),
    "untx": ("ctx",),
    "p1np": ("p1np",),
    "bsap": ("bsap",),
    "height_cm": ("height_cm",),
    "pain": ("pain",),
    "calcium_change_mmol_per_l": ("calcium_change_mmol_per_l",),
    "ct_wi_mm": ("ct_wi_mm",),
    "bone_volume_fraction": ("bone_volume_fraction",),
    "tb_n": ("tb_n",),
    "tb_th_um": ("tb_th_um",),
    "bfr_bs_um_per_year": ("bfr_bs_um_per_year",),
    "bone_volume_fraction_metaphysis": ("bone_volume_fraction_metaphysis",),
}
"""Engine outputs behind each measure."""

RELATIVE_ERROR = {
    "ctx": "marker_error",
    "p1np": "marker_error",
    "bsap": "marker_error",
    "untx": "untx_error",
    "ct_wi_mm": "biopsy_error",
    "bone_volume_fraction": "biopsy_error",
    "tb_n": "biopsy_error",
    "tb_th_um": "biopsy_error",
    "bfr_bs_um_per_year": "formation_error",
    "bone_volume_fraction_metaphysis": "pqct_error",
}
"""Measures whose error is on the log scale, and the number of ``measurement.toml`` that holds its SD."""

_PLAIN_ERROR = {"height_cm": "height_error", "calcium_change_mmol_per_l": "calcium_error"}


class Measurement(NamedTuple):
    """Numbers of ``measurement.toml``; rates per day."""

    dxa_error: np.ndarray
    z_drift: np.ndarray
    z_drift_lasts: np.ndarray
    tb_z_sd: np.ndarray
    tb_error: np.ndarray
    marker_error: np.ndarray
    untx_error: np.ndarray
    height_error: np.ndarray
    pain_error: np.ndarray
    calcium_error: np.ndarray
    biopsy_error: np.ndarray
    formation_error: np.ndarray
    pqct_error: np.ndarray


@cache
def measurement() -> Measurement:
    """Default values with their sources in ``measurement.toml``."""
    return fill(Measurement, "brittlestar.trials", "measurement.toml")


@dataclass(frozen=True)
class Records:
    """What a trial knows; people flattened over replicates, [person]."""

    months: dict[str, np.ndarray]
    """measure -> visit months"""
    values: dict[str, np.ndarray]
    """measure -> [visit, person], NaN where the person was not there"""
    followed_months: np.ndarray
    """months under observation"""
    treated: np.ndarray
    """took at least one dose (the analysis set)"""
    fracture_person: np.ndarray
    """one entry per counted fracture, sorted by person and time"""
    fracture_month: np.ndarray
    fracture_site: np.ndarray


def outputs_for(protocol: Protocol) -> tuple[str, ...]:
    """Engine outputs that the protocol's measures need."""
    return tuple(dict.fromkeys(name for m in protocol.measures for name in NEEDED[m]))


def spine_drift(months: np.ndarray, ids: np.ndarray, seed: int) -> np.ndarray:
    """Each person's own drift of spine Z since entry [visit, person].

    N(0, z_drift) a year, fading over ``z_drift_lasts``: the timing of growth and puberty that the model's
    typical course of a type does not know.
    """
    m = measurement()
    own = float(m.z_drift) * DAYS_PER_YEAR * normal(seed, ids, "spine drift")
    lasts = float(m.z_drift_lasts)
    return own[None, :] * (lasts * -np.expm1(-months / 12.0 / lasts))[:, None]


def _spine(
    measure: str, course: Course, months: np.ndarray, times: np.ndarray, ids: np.ndarray, seed: int
) -> np.ndarray:
    """One scan gives aBMD and Z, so both carry the same error and the same drift."""
    scan = np.stack([normal(seed, ids, "error scan", round(month * 100)) for month in months])
    sd = course.at("ls_sd", times / 12.0)
    error = float(measurement().dxa_error) * scan + spine_drift(times, ids, seed) * sd
    if measure == "ls_z":
        return course.at("ls_z", times / 12.0) + error / sd
    true = course.at("ls_abmd", times / 12.0)
    seen = np.maximum(true + error, 0.01)
    return seen if measure == "ls_abmd" else course.at("ls_bmad", times / 12.0) * seen / true


def _measured(
    measure: str, course: Course, months: np.ndarray, times: np.ndarray, ids: np.ndarray, seed: int
) -> np.ndarray:
    """A measure at the visits of some months, which take place at these times (months) [visit, person]."""
    if measure in ("ls_abmd", "ls_z", "ls_bmad"):
        return _spine(measure, course, months, times, ids, seed)
    m = measurement()
    noise = np.stack([normal(seed, ids, f"error {measure}", round(month * 100)) for month in months])
    if measure == "tb_z":
        return (course.at("tblh_ratio", times / 12.0) * (1.0 + float(m.tb_error) * noise) - 1.0) / float(
            m.tb_z_sd
        )
    true = course.at(NEEDED[measure][0], times / 12.0)
    if measure == "pain":
        return np.clip(true + float(m.pain_error) * noise, 0.0, 10.0)
    if measure in _PLAIN_ERROR:
        return true + float(getattr(m, _PLAIN_ERROR[measure])) * noise
    return true * np.exp(float(getattr(m, RELATIVE_ERROR[measure])) * noise)


def record(protocol: Protocol, course: Course, ids: np.ndarray, seed: int) -> Records:
    """Visits, follow-up and counted fractures of everyone.

    Args:
        protocol: the trial.
        course: true courses of the people, in the order of ``ids``.
        ids: ids of the people.
        seed: key of all chance.
    """
    end = protocol.design.years * 12.0
    conduct = protocol.conduct
    left = np.full(len(ids), np.inf)
    if conduct.dropout_per_year > 0:
        left = 12.0 * exponential(seed, ids, "dropout") / conduct.dropout_per_year
    followed = np.minimum(left, end)
    at, values = {}, {}
    for measure, visits in visit_months(protocol).items():
        when, times = np.array(sorted(visits)), np.array([visits[month] for month in sorted(visits)])
        seen = _measured(measure, course, when, times, ids, seed)
        at[measure] = when
        values[measure] = np.where(times[:, None] <= followed[None, :], seen, np.nan)
    sites = [SITES.index(site) for site in conduct.fracture_sites]
    month = 12.0 * course.fracture_years
    who, site = course.fracture_person, course.fracture_site
    number = np.arange(len(who)) - np.searchsorted(who, who)
    caught = uniform(seed, ids[who], "capture", number) < conduct.fracture_capture
    keep = np.isin(site, sites) & (month <= followed[who]) & caught
    return Records(
        months=at,
        values=values,
        followed_months=followed,
        treated=uniform(seed, ids, "never started") >= conduct.never_started,
        fracture_person=who[keep],
        fracture_month=month[keep],
        fracture_site=site[keep],
    )
