"""Kinds of record of an event table with the doses they stand for, and what a plan of care gives."""

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar.care import Plan
from brittlestar.drugs.dose_rule import dose_mg
from brittlestar.exchange.events.dictionary import Dictionary, Substance

CASES = tomllib.loads((Path(__file__).parent / "data" / "event_records.toml").read_text())["case"]
WEIGHT = 20.0
PERSON = {"AGE": "7", "SEX": "female", "OITYPE": "III", "WT": f"{WEIGHT:g}"}


def with_person(table: str) -> str:
    """The table with the covariates that it does not have."""
    header, *rows = table.splitlines()
    more = [name for name in PERSON if name not in header.split(",")]
    return "\n".join(
        [",".join([header, *more]), *(",".join([row, *(PERSON[n] for n in more)]) for row in rows)]
    )


def told(case: dict[str, Any]) -> Dictionary:
    substances = {
        number: Substance.of(said["drug"], said.get("route", ""))
        for number, said in case.get("compartments", {}).items()
    }
    return Dictionary(case.get("time_unit", "day"), case.get("amount_unit", "mg"), substances)


def given(plan: Plan, run: float) -> list[tuple[float, str, float]]:
    """Day, drug and mg of every infusion and injection: from the tables that the engine runs."""
    table = plan.schedule(int(np.ceil(run)), 1.0)
    found = [
        (
            float(step + table.iv_day[step, drug, k]),
            table.drugs[drug],
            float(dose_mg(amount[:, None], WEIGHT)[0]),
        )
        for step, drug, k in zip(*np.nonzero(table.iv_amount[..., :3].any(axis=-1)))
        for amount in [table.iv_amount[step, drug, k]]
    ]
    needles = [
        (day, one.drug, one.dose * (WEIGHT if one.dose_unit == "mg/kg" else 1.0))
        for one in plan.biologics
        if not one.daily
        for day in one.days(run)
    ]
    return sorted([*found, *needles])


def daily(plan: Plan, run: float) -> list[tuple[float, float, str, float]]:
    """Stretches of days with the same tablets, from the tables that the engine runs."""
    table, found = plan.schedule(int(np.ceil(run)), 1.0), []
    for drug, name in enumerate(table.drugs):
        mg = dose_mg(table.care.oral_rate[:, drug].T, np.full(table.steps, WEIGHT))
        edges = np.flatnonzero(np.diff(mg, prepend=0.0, append=0.0))
        found += [(float(a), float(b), name, float(mg[a])) for a, b in pairwise(edges) if mg[a] > 0]
    return sorted(found)
