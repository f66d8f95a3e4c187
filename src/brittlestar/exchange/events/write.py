"""A simulated trial as an event table: every dose and every observation of everybody, with a data dictionary.

All columns are numbers, as NONMEM asks; what they stand for is in the dictionary. Nothing is missing: dose
items are 0 in an observation, and DV is 0 with MDV 1 in a dose.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import NOTE
from brittlestar._shared.output import output_file
from brittlestar.exchange.events.columns import COVARIATES, ITEMS
from brittlestar.exchange.events.dictionary import FRACTURE, Dictionary, Substance, dictionary_of
from brittlestar.exchange.trial_doses import doses_of_trial
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import SEXES, TYPES
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH
from brittlestar.trials.result import TrialResult

TYPE_NUMBERS = {"healthy": 0, "I": 1, "IV": 4, "III": 3}
"""The number of each type, not the code of arrays."""


OWN = {
    "ARM": "arm, as in codes",
    "REP": "replicate of the trial",
    "PERSON": "number of the person, by which chance is keyed",
}


def event_table(trial: TrialResult | TrialTables | str | os.PathLike[str]) -> tuple[pl.DataFrame, Dictionary]:
    """Doses as planned until people left, measures at their planned days, counted fractures.

    Args:
        trial: a result, or the directory of a run.
    """
    told = trial if isinstance(trial, TrialTables) else TrialTables.of(trial)
    doses, people = doses_of_trial(told), told.patients
    given = list(doses.select("drug", "route").unique(maintain_order=True).sort("drug", "route").iter_rows())
    observed = [name for name in told.protocol.measures if name in told.visits.columns]
    seen = [*observed, *(FRACTURE + site for site in told.protocol.conduct.fracture_sites)]
    records = pl.concat([_given(doses, given), *_observed(told, observed), _fractures(told, seen)])
    arms = [arm.id for arm in told.protocol.arms]
    who = pl.DataFrame(
        {
            "who": np.arange(people.height),
            "AGE": people["age_years"],
            "SEX": told.sex.astype(int),
            "OITYPE": np.array([TYPE_NUMBERS[word] for word in TYPES])[told.oi_type],
            "WT": people["screening_weight_kg"],
            "HT": people["screening_height_cm"],
            "PUBSHIFT": people["puberty_shift_years"],
            "ARM": [arms.index(arm) + 1 for arm in people["arm"].cast(pl.String).to_list()],
            "REP": people["replicate"],
            "PERSON": people["person"],
        }
    )
    table = (
        records.join(who, on="who", how="inner")
        # What is seen on the day of a dose is seen before it.
        .sort("who", "TIME", "EVID", "CMT", "DVID", maintain_order=True)
        .with_columns(ID=pl.col("who") + 1)
        .select("ID", *(c for c in records.columns if c != "who"), *(c for c in who.columns if c != "who"))
    )
    return table, _dictionary(told, given, seen, arms, table.columns)


def write_events(
    trial: TrialResult | TrialTables | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    force: bool = False,
) -> Path:
    """Write :func:`event_table` as CSV or Parquet, by the end of the name, and its dictionary beside it.

    Raises:
        InputError: another ending, no finished trial, or files that are there.
    """
    place = Path(path)
    if place.suffix not in (".csv", ".parquet"):
        raise InputError("out", str(path), "accepted: a file that ends in .csv or .parquet")
    table, dictionary = event_table(trial)
    with output_file(dictionary_of(place), force=force) as beside, output_file(place, force=force) as file:
        beside.write_text(dictionary.to_json(), encoding="utf-8")
        table.write_csv(file) if place.suffix == ".csv" else table.write_parquet(file)
    return place


_RECORD = {
    "who": pl.Int64, "TIME": pl.Float64, "EVID": pl.Int64, "AMT": pl.Float64, "RATE": pl.Float64,
    "DUR": pl.Float64, "ADDL": pl.Int64, "II": pl.Float64, "SS": pl.Int64, "CMT": pl.Int64, "DV": pl.Float64,
    "DVID": pl.Int64, "MDV": pl.Int64,
}  # fmt: skip


def _record(frame: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    nothing = {name: pl.lit(0) for name in _RECORD if name != "who"}
    told = {**nothing, "who": pl.col("who"), **columns}
    return frame.select(told[name].cast(kind).alias(name) for name, kind in _RECORD.items())


def _given(doses: pl.DataFrame, given: list[tuple[str, str]]) -> pl.DataFrame:
    numbers = pl.DataFrame(
        {"drug": [d for d, _ in given], "route": [r for _, r in given], "CMT": range(1, len(given) + 1)},
        schema={"drug": pl.String, "route": pl.String, "CMT": pl.Int64},
    )
    length = pl.col("hours") / 24.0
    return _record(
        doses.join(numbers, on=["drug", "route"], how="left", maintain_order="left"),
        TIME=pl.col("day"),
        EVID=pl.lit(1),
        AMT=pl.col("mg"),
        RATE=pl.when(length > 0).then(pl.col("mg") / length).otherwise(0.0),
        DUR=length,
        ADDL=pl.col("count") - 1,
        # Of a tablet alone it says how long that lasts.
        II=pl.col("interval_days"),
        CMT=pl.col("CMT"),
        MDV=pl.lit(1),
    )


def _observed(trial: TrialTables, measures: list[str]) -> Iterator[pl.DataFrame]:
    rows = pl.DataFrame(
        {"replicate": trial.patients["replicate"], "person": trial.patients["person"]}
    ).with_row_index("who")
    visits = trial.visits.join(rows, on=["replicate", "person"], how="left", maintain_order="left")
    for number, measure in enumerate(measures, start=1):
        days = trial.protocol.visit_days[measure]
        taken = visits.filter(pl.col(measure).is_not_null())
        when = pl.col("month").replace_strict(list(days), list(days.values()), return_dtype=pl.Float64)
        yield _record(taken, TIME=when, DV=pl.col(measure), DVID=pl.lit(number))


def _fractures(trial: TrialTables, seen: list[str]) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"replicate": trial.patients["replicate"], "person": trial.patients["person"]}
    ).with_row_index("who")
    broken = trial.fractures.join(rows, on=["replicate", "person"], how="left", maintain_order="left")
    numbers = {site: seen.index(FRACTURE + site) + 1 for site in SITES if FRACTURE + site in seen}
    site = (
        pl.col("site")
        .cast(pl.String)
        .replace_strict(list(numbers), list(numbers.values()), return_dtype=pl.Int64)
    )
    return _record(broken, TIME=pl.col("month") * DAYS_PER_MONTH, DV=pl.lit(1.0), DVID=site)


def _dictionary(
    trial: TrialTables, given: list[tuple[str, str]], seen: list[str], arms: list[str], columns: list[str]
) -> Dictionary:
    units = {"time": "day", "amount": "mg", "amount per time": "mg/day"}
    about = {name: item for name, item in ITEMS.items()} | {
        name: item for name, (_, item) in COVARIATES.items()
    }
    measured = {
        name: "one counted fracture" if name.startswith(FRACTURE) else MEASURES[name].unit for name in seen
    }
    return Dictionary(
        time_unit="day",
        amount_unit="mg",
        compartments={
            str(i): Substance(drug, route if route != "sc" else "")
            for i, (drug, route) in enumerate(given, 1)
        },
        observed={str(i): name for i, name in enumerate(seen, 1)},
        codes={
            "SEX": {str(i): word for i, word in enumerate(SEXES)},
            "OITYPE": {str(number): word for word, number in TYPE_NUMBERS.items()},
            "ARM": {str(i): id for i, id in enumerate(arms, 1)},
        },
        columns={
            name: {"meaning": about[name].meaning, "unit": units.get(about[name].unit, about[name].unit)}
            if name in about
            else {"meaning": OWN[name], "unit": ""}
            for name in columns
        }
        | {f"DV of {name}": {"meaning": name, "unit": unit} for name, unit in measured.items()},
        about={
            "note": NOTE,
            "trial": trial.protocol.id,
            "title": trial.protocol.title,
            "doses": "as planned until the person left; share of tablets taken is not in them",
            "times": "observations at their planned days; fractures when they happened",
            **{k: trial.manifest[k] for k in ("version", "commit", "parameters", "seed", "replicates")},
        },
    )
