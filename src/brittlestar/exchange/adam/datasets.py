"""The data sets of a simulated trial: people, exposure, measurements, times to fracture, fractures."""

from collections.abc import Iterator

import polars as pl

from brittlestar.exchange.adam.variables import arranged
from brittlestar.exchange.trial_doses import NEVER, doses_of_trial
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH

PERSON = ("STUDYID", "USUBJID", "REPLICAT", "TRT01P", "TRT01PN", "SAFFL")
"""Variables of ADSL that every data set has."""

ROUTES = {"iv": "INTRAVENOUS", "oral": "ORAL", "sc": "SUBCUTANEOUS"}
FREQUENCIES = {0.0: "ONCE", 1.0: "QD", 7.0: "QS"}

ENDS = {
    "event": "FRACTURE",
    "complete": "END OF THE WINDOW OR OF THE TRIAL",
    "left": "LEFT THE TRIAL",
}


def study_day(days: pl.Expr) -> pl.Expr:
    """Day of the study: the day of entry is day 1."""
    return days.floor().cast(pl.Int64) + 1


def data_sets(trial: TrialTables) -> dict[str, pl.DataFrame]:
    """Every data set by its name."""
    people = _people(trial)
    fractures = _fractures(trial, people)
    found = {
        "ADSL": people,
        "ADEX": _exposure(trial, people),
        "ADLB": _measurements(trial, people),
        "ADTTE": _times(trial, people, fractures),
        "ADFX": fractures,
    }
    return {name: arranged(name, frame) for name, frame in found.items()}


def _people(trial: TrialTables) -> pl.DataFrame:
    arms = {arm.id: (place, arm.label) for place, arm in enumerate(trial.protocol.arms, start=1)}
    study, end = trial.protocol.id.upper(), pl.col("followed_months") * DAYS_PER_MONTH
    arm, fate = pl.col("arm").cast(pl.String), pl.col("disposition").cast(pl.String)
    label = arm.replace_strict({id: label for id, (_, label) in arms.items()}, return_dtype=pl.String)
    started = fate != NEVER
    number = pl.col("replicate") + 1
    return trial.patients.with_row_index("who").select(
        "who",
        "person",
        replicate="replicate",
        months=pl.col("followed_months"),
        STUDYID=pl.lit(study),
        USUBJID=pl.format("{}-{}-{}", pl.lit(study), number, pl.col("person")),
        SUBJID=pl.col("person").cast(pl.String),
        REPLICAT=number,
        ARM=arm,
        TRT01P=label,
        TRT01PN=arm.replace_strict({id: place for id, (place, _) in arms.items()}, return_dtype=pl.Int64),
        TRT01A=pl.when(started).then(label).otherwise(pl.lit("")),
        AGE=pl.col("age_years"),
        AGEU=pl.lit("YEARS"),
        SEX=pl.col("sex").cast(pl.String).str.slice(0, 1).str.to_uppercase(),
        OITYPE=pl.col("oi_type").cast(pl.String).str.to_uppercase(),
        STRATUMN=pl.col("stratum"),
        ITTFL=pl.lit("Y"),
        SAFFL=pl.when(started).then(pl.lit("Y")).otherwise(pl.lit("N")),
        WEIGHTBL=pl.col("screening_weight_kg"),
        HEIGHTBL=pl.col("screening_height_cm"),
        LSZBL=pl.col("screening_ls_z"),
        FXHISTBL=pl.col("screening_fractures"),
        TRTSDY=pl.when(started).then(1),
        EOSDY=study_day(end),
        FOLLOWUP=end,
        EOSSTT=pl.when(fate == "completed").then(pl.lit("COMPLETED")).otherwise(pl.lit("DISCONTINUED")),
        DCSREAS=pl.when(~started)
        .then(pl.lit("NEVER STARTED"))
        .when(fate != "completed")
        .then(pl.lit("DROPOUT"))
        .otherwise(pl.lit("")),
    )


def _exposure(trial: TrialTables, people: pl.DataFrame) -> pl.DataFrame:
    doses = doses_of_trial(trial).join(
        people.select("who", *PERSON).with_columns(pl.col("who").cast(pl.Int64)),
        on="who",
        how="left",
        maintain_order="left",
    )
    last = pl.col("day") + (pl.col("count") - 1) * pl.col("interval_days")
    return doses.with_columns(
        ASEQ=pl.int_range(pl.len()).over("USUBJID") + 1,
        EXTRT=pl.col("drug").str.to_uppercase(),
        EXDOSE="mg",
        EXDOSU=pl.lit("mg"),
        EXDOSFRQ=pl.col("interval_days").replace_strict(FREQUENCIES, default="QM", return_dtype=pl.String),
        EXROUTE=pl.col("route").replace_strict(ROUTES, return_dtype=pl.String),
        ASTDY=study_day(pl.col("day")),
        AENDY=study_day(last),
        ADAY="day",
        NDOSE="count",
        EXCUM=pl.col("mg") * pl.col("count"),
    )


def _measurements(trial: TrialTables, people: pl.DataFrame) -> pl.DataFrame:
    visits = trial.visits.join(people, on=["replicate", "person"], how="left", maintain_order="left")
    parts = list(_by_measure(trial, visits))
    return pl.concat(parts).sort("who", "PARAMCD", "AVISITN")


def _by_measure(trial: TrialTables, visits: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for measure in trial.protocol.measures:
        if measure not in visits.columns:
            continue
        days, about = trial.protocol.visit_days[measure], MEASURES[measure]
        rows = visits.filter(pl.col(measure).is_not_null()).select("who", *PERSON, "month", AVAL=measure)
        first = rows.filter(pl.col("month") == 0).select("who", BASE="AVAL")
        change = pl.col("AVAL") - pl.col("BASE")
        month = pl.col("month")
        yield rows.join(first, on="who", how="left").select(
            "who",
            *PERSON,
            "AVAL",
            "BASE",
            PARAMCD=pl.lit(about.code),
            PARAM=pl.lit(f"{about.words} ({about.unit})"),
            PARCAT1=pl.lit(about.category),
            AVISIT=pl.when(month == 0)
            .then(pl.lit("BASELINE"))
            .otherwise(pl.format("MONTH {}", month.round(2).cast(pl.String).str.strip_suffix(".0"))),
            AVISITN=month,
            ADY=study_day(month.replace_strict(list(days), list(days.values()), return_dtype=pl.Float64)),
            CHG=pl.when(month > 0).then(change),
            PCHG=pl.when(month > 0).then(100 * change / pl.col("BASE"))
            if about.above_zero
            else pl.lit(None, pl.Float64),
            ABLFL=pl.when(month == 0).then(pl.lit("Y")).otherwise(pl.lit("")),
        )


def _fractures(trial: TrialTables, people: pl.DataFrame) -> pl.DataFrame:
    broken = trial.fractures.join(people, on=["replicate", "person"], how="left", maintain_order="left")
    day = pl.col("month") * DAYS_PER_MONTH
    return broken.sort("who", "month", maintain_order=True).with_columns(
        ASEQ=pl.int_range(pl.len()).over("USUBJID") + 1,
        ADY=study_day(day),
        ADAY=day,
        FXSITE=pl.col("site").cast(pl.String).str.replace_all("_", " ").str.to_uppercase(),
    )


def windows(trial: TrialTables) -> list[tuple[float, float, tuple[str, ...]]]:
    """First and last month and sites of every window in which the trial counts fractures, the whole trial
    first."""
    whole = (0.0, 12.0 * trial.protocol.design.years, ())
    counted = [(*e.window, e.sites) for e in trial.protocol.endpoints if e.window is not None]
    return list(dict.fromkeys([whole, *counted]))


def _times(trial: TrialTables, people: pl.DataFrame, fractures: pl.DataFrame) -> pl.DataFrame:
    """Who is treated and still observed when a window begins, with their first fracture in it."""
    parts = []
    for number, (start, end, sites) in enumerate(windows(trial), start=1):
        there = people.filter((pl.col("SAFFL") == "Y") & (pl.col("months") > start))
        inside = fractures.filter((pl.col("month") > start) & (pl.col("month") <= end))
        if sites:
            inside = inside.filter(pl.col("site").cast(pl.String).is_in(sites))
        seen = inside.group_by("who").agg(first=pl.col("month").min(), NEVENT=pl.len())
        until = pl.min_horizontal(pl.col("months"), end)
        month = pl.coalesce("first", until)
        gone = (pl.col("EOSSTT") == "DISCONTINUED") & (pl.col("months") < end)
        words = f" at {', '.join(site.replace('_', ' ') for site in sites)}" if sites else ""
        parts.append(
            there.join(seen, on="who", how="left").select(
                "who",
                *PERSON,
                PARAMCD=pl.lit(f"TTFX{number}"),
                PARAM=pl.lit(f"Time to the first fracture{words} in months {start:g} to {end:g} (days)"),
                WINSTART=pl.lit(float(start)),
                AVAL=(month - start) * DAYS_PER_MONTH,
                ADY=study_day(month * DAYS_PER_MONTH),
                CNSR=pl.col("first").is_null().cast(pl.Int64),
                EVNTDESC=pl.when(pl.col("first").is_not_null())
                .then(pl.lit(ENDS["event"]))
                .when(gone)
                .then(pl.lit(ENDS["left"]))
                .otherwise(pl.lit(ENDS["complete"])),
                NEVENT=pl.col("NEVENT").fill_null(0),
                RISKDAYS=(until - start) * DAYS_PER_MONTH,
            )
        )
    return pl.concat(parts).sort("who", "PARAMCD", maintain_order=True)
