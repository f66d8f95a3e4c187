"""The files of a virtual trial as tables: patients, visits, fractures."""

from dataclasses import fields

import numpy as np
import polars as pl

from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import SEXES, TYPES
from brittlestar.people.cohort import Cohort
from brittlestar.trials.measurement import Records, planned_months
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.recruit import Enrolled

_IDENTITY = ("age_years", "sex", "oi_type")
_INPUTS = [field.name for field in fields(Cohort) if field.name not in ("id", "sex", "oi_type")]
_DISPOSITION = ("completed", "left early", "never started")


def _words(codes: np.ndarray, words: tuple[str, ...]) -> pl.Series:
    return pl.Series(np.asarray(words)[codes], dtype=pl.Enum(list(words)))


def patients(protocol: Protocol, enrolled: Enrolled, records: Records, replicate: np.ndarray) -> pl.DataFrame:
    """One row per person: who they are, their arm, what screening saw, how their trial ended."""
    cohort = enrolled.cohort
    left = records.followed_months < planned_months(protocol.design, records.entered_months)
    fate = np.where(records.treated, np.where(left, 1, 0), 2)
    fractures = np.bincount(records.fracture_person, minlength=len(cohort))
    return pl.DataFrame(
        {
            "replicate": replicate,
            "person": cohort.id,
            "arm": _words(enrolled.arm, tuple(arm.id for arm in protocol.arms)),
            "age_years": cohort.age_years,
            "sex": _words(cohort.sex, SEXES),
            "oi_type": _words(cohort.oi_type, TYPES),
            "stratum": enrolled.stratum,
            "puberty_shift_years": cohort.puberty_shift_years,
            **{f"screening_{k}": v for k, v in enrolled.baseline.items() if k not in _IDENTITY},
            **({} if records.entered_months is None else {"entered_months": records.entered_months}),
            "followed_months": records.followed_months,
            "disposition": _words(fate, _DISPOSITION),
            "fractures": fractures,
        }
    )


def visits(protocol: Protocol, enrolled: Enrolled, records: Records, replicate: np.ndarray) -> pl.DataFrame:
    """One row per person and visit month; a measure not taken then is null."""
    months = np.unique(np.concatenate(list(records.months.values())))
    n = len(enrolled.cohort)
    there = (months[:, None] <= records.followed_months[None, :]).ravel()
    columns: dict[str, np.ndarray] = {
        "replicate": np.tile(replicate, len(months)),
        "person": np.tile(enrolled.cohort.id, len(months)),
        "month": np.repeat(months, n),
    }
    for measure, when in records.months.items():
        values = np.full((len(months), n), np.nan)
        values[np.searchsorted(months, when)] = records.values[measure]
        columns[measure] = values.ravel()
    frame = pl.DataFrame(columns).filter(pl.Series(there))
    return frame.with_columns(pl.col(list(records.months)).fill_nan(None))


def fractures(enrolled: Enrolled, records: Records, replicate: np.ndarray) -> pl.DataFrame:
    """One row per counted fracture."""
    return pl.DataFrame(
        {
            "replicate": replicate[records.fracture_person],
            "person": enrolled.cohort.id[records.fracture_person],
            "month": records.fracture_month,
            "site": _words(records.fracture_site, SITES),
        }
    )


def failed(protocol: Protocol, enrolled: Enrolled, replicate: np.ndarray, who: np.ndarray) -> pl.DataFrame:
    """One row per person with a number that is not finite: everything that went into their course."""
    people = enrolled.cohort.take(who)
    inputs = {name: getattr(people, name) for name in _INPUTS}
    return pl.DataFrame(
        {
            "replicate": replicate[who],
            "person": people.id,
            "arm": _words(enrolled.arm[who], tuple(arm.id for arm in protocol.arms)),
            "sex": _words(people.sex, SEXES),
            "oi_type": _words(people.oi_type, TYPES),
            **inputs,
        }
    )
