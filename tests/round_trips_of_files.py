"""Plans, trials, people, parameter sets and models through their files and back: what is lost is named.

Each function gives what does not come back, in words; ``scripts/exchange_round_trips.py`` calls them.
"""

import json
import random
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import polars as pl

from brittlestar._shared.errors import InputError
from brittlestar.care import Plan, parse
from brittlestar.comparison import compare
from brittlestar.engine import Parameters, default_parameters, fingerprint
from brittlestar.exchange import export_omex, sbml
from brittlestar.exchange.adam.write import adam, write_adam
from brittlestar.exchange.export import model_of
from brittlestar.exchange.fhir import read_fhir
from brittlestar.exchange.fhir_bundle import fhir_bundle, given_to
from brittlestar.exchange.fhir_codes import MEASURED
from brittlestar.exchange.trial_tables import NEEDED, TrialTables
from brittlestar.model.parameter_sets import read_parameter_sets, write_parameter_sets
from brittlestar.people.person import Person
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.result import TrialResult
from round_trips import write_run

EXACT = 1e-9
"""Relative difference of numbers that is none."""

XPT_EXACT = 1e-14
"""That of the transport format, whose numbers have 56 bits in base 16."""


def lost_in_plan(plan: Plan) -> list[str]:
    """What of a plan its TOML, its JSON or its own words lose."""
    back = {
        "TOML": Plan.from_toml(plan.to_toml()),
        "JSON": Plan(**json.loads(plan.model_dump_json())),
    }
    found = [f"{name}: {plan.in_words()}" for name, one in back.items() if one != plan]
    if parse(plan.in_words()).in_words() != plan.in_words():
        found.append(f"words: {plan.in_words()}")
    return found


def lost_in_protocol(protocol: Protocol) -> list[str]:
    """What of a protocol the file of a run loses."""
    told = json.loads(json.dumps(protocol.inputs))
    plans = told.pop("plans")
    back = Protocol(**told)
    found = [] if back.inputs == protocol.inputs else ["protocol"]
    return found + [f"plan of {arm.id}" for arm in protocol.arms if Plan(**plans[arm.id]) != arm.care]


def lost_in_run(result: TrialResult, folder: Path) -> list[str]:
    """What of a trial the files of its run, Parquet and JSON, lose."""
    back = TrialTables.of(write_run(result, folder))
    asked = TrialTables.of(result)
    found = [name for name in NEEDED if not getattr(back, name).equals(getattr(asked, name))]
    if [arm.care for arm in back.protocol.arms] != [arm.care for arm in asked.protocol.arms]:
        found.append("plans")
    return [f"run: {name}" for name in found]


def lost_in_adam(trial: TrialTables, format: str) -> list[str]:
    """What of the analysis data sets of a trial their files lose.

    Known of every text format: an empty text and none are the same.
    """
    import pandas as pd

    with tempfile.TemporaryDirectory() as name:
        folder, found = write_adam(trial, Path(name) / "sets", format=format), []
        for data_set, frame in adam(trial).items():
            file = folder / f"{data_set.lower()}.{format}"
            text = pl.col(pl.String).fill_null("")
            if format == "parquet":
                same = pl.read_parquet(file).equals(frame)
            elif format == "csv":
                same = (
                    pl.read_csv(file, schema=frame.schema).with_columns(text).equals(frame.with_columns(text))
                )
            else:
                back: Any = pd.read_sas(file, format="xport", encoding="utf-8") if frame.height else None
                same = back is None or all(_same_column(back[c], frame[c]) for c in frame.columns)
            if not same:
                found.append(f"{format} of {data_set}")
    return found


def _same_column(back, asked: pl.Series) -> bool:
    if asked.dtype == pl.String:
        return back.fillna("").tolist() == asked.fill_null("").to_list()
    numbers = (back.to_numpy(float), asked.cast(pl.Float64).to_numpy())
    return np.allclose(*numbers, rtol=XPT_EXACT, atol=1e-70, equal_nan=True)


def lost_in_parameters(sets: list[Parameters], folder: Path) -> list[str]:
    """Endings of files from which sets do not come back, value by value."""
    found = []
    for ending in ("json", "parquet"):
        write_parameter_sets(sets, file := folder / f"sets.{ending}", force=True)
        back = read_parameter_sets(file)
        if [fingerprint(one) for one in back] != [fingerprint(one) for one in sets]:
            found.append(ending)
    return found


def a_set(chance: random.Random) -> Parameters:
    """The shipped set with every number moved a little, none out of its range."""
    groups = default_parameters()
    moved = ([np.asarray(value) * chance.uniform(0.97, 1.0) for value in group] for group in groups)
    return Parameters._make(type(group)._make(values) for group, values in zip(groups, moved))


def a_person(chance: random.Random) -> Person:
    """Somebody with OI."""
    return Person(
        age=round(chance.uniform(0.5, 40.0), 3),
        sex=chance.choice(("female", "male")),
        oi_type=chance.choice(("I", "IV", "III")),
        height_z=round(chance.uniform(-2, 2), 2) if chance.random() < 0.5 else None,
    )


def lost_in_fhir(plan: Plan, chance: random.Random, folder: Path) -> list[str]:
    """What of a simulated course does not come back from a bundle, days being whole ones."""
    person, years = a_person(chance), chance.choice((0.5, 1.0, 2.0))
    try:
        course = compare(
            person, plan, years, untreated=False, draws=1, seed=chance.randrange(99), step_days=7.0
        )
    except InputError as error:
        return [f"no course: {error.accepted}"]
    start, release = date(2024, 2, 29), chance.choice(("R4", "R5"))
    content = fhir_bundle(course, start, release=release)
    (file := folder / "bundle.json").write_text(json.dumps(content), encoding="utf-8")
    try:
        table = read_fhir(file)
    except InputError as error:
        return [f"refused: {error}"]
    one, given, found = table.only(), given_to(course), []
    first = min(map(round, given["day"])) if given.height else round(table_end(content, start))
    asked = [
        (round(day) - first, drug, mg, round(day + count * apart) - round(day) if apart else 0, apart)
        for day, drug, mg, count, apart in given.select(
            "day", "drug", "mg", "count", "interval_days"
        ).iter_rows()
    ]
    back = [(d.day, d.substance.drug, d.amount, d.days, d.interval) for d in one.doses]
    if len(back) != len(asked) or any(
        a[1] != b[1] or not np.allclose(a[:1] + a[2:], b[:1] + b[2:], rtol=EXACT, atol=EXACT)
        for a, b in zip(sorted(asked), sorted(back))
    ):
        found.append(f"doses: {sorted(asked)[:2]} became {sorted(back)[:2]}")
    who = (one.person.sex, one.person.oi_type)
    if who != (person.sex, person.oi_type) or abs(one.person.age - person.age - first / 365.25) > 1 / 365.25:
        found.append(f"person: {who}, {one.person.age}")
    said = [e["resource"] for e in content["entry"] if e["resource"]["resourceType"] == "Observation"]
    later = [o for o in said if date.fromisoformat(o["effectiveDateTime"]) >= start + timedelta(days=first)]
    values = sorted(o["valueQuantity"]["value"] for o in later)
    if values != sorted(table.observations["value"].to_list()):
        found.append(f"observations: {len(values)} became {table.observations.height}")
    if len(said) % len(MEASURED):
        found.append("a visit without all its measures")
    return found


def table_end(content: dict, start: date) -> float:
    """Day of the last observation of a bundle."""
    days = [e["resource"].get("effectiveDateTime") for e in content["entry"]]
    return max((date.fromisoformat(day) - start).days for day in days if day)


def lost_in_model(plan: Plan, chance: random.Random, folder: Path) -> list[str]:
    """What of one person's model SBML and an archive lose, as libSBML reads them: names, values, and days."""
    import libsbml  # pyright: ignore[reportMissingImports]

    person, years = a_person(chance), 0.5
    try:
        model, _ = model_of(person, plan, years)
    except InputError as error:
        return [f"no model: {error.accepted}"]
    text, found = sbml(person, plan, years), []
    export_omex(folder / "model.omex", person, plan, years, force=True)
    with ZipFile(folder / "model.omex") as archive:
        if archive.read("model.xml").decode() != text:
            found.append("archive")
    back = libsbml.readSBMLFromString(text).getModel()
    for name, one in model.constants.items():
        if (held := back.getParameter(name)) is None or held.getValue() != one.value:
            found.append(f"constant {name}")
    for variable in model.variables:
        if back.getRateRule(variable.name) is None:
            found.append(f"rate of {variable.name}")
        begins = back.getParameter(variable.name).getValue()
        if not np.isnan(begins) and begins != variable.initial:
            found.append(f"start of {variable.name}: {variable.initial} became {begins}")
    if back.getNumEvents() != len(model.events):
        found.append(f"{len(model.events)} events became {back.getNumEvents()}")
    return found
