"""Random plans and trials through the formats of other tools and back: what comes out is what went in.

``scripts/exchange_round_trips.py`` makes a thousand; the tests some.
"""

import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import legal_questions
from brittlestar._shared.errors import InputError
from brittlestar._shared.result_files import as_json
from brittlestar.care import Plan, as_plan
from brittlestar.care.doses import infusions, tablet_periods
from brittlestar.drugs.dose_rule import dose_mg
from brittlestar.exchange.events.read import EventTable, Subject, read_events
from brittlestar.exchange.events.write import write_events
from brittlestar.exchange.trial_doses import doses_of_trial
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.people.coding import SEXES, TYPES
from brittlestar.people.size import expected_height_cm, expected_weight_kg
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.result import TrialResult

EXACT = 1e-9
"""Relative difference of times and amounts that is none."""


def legal_plan(chance: random.Random) -> Plan:
    """A plan with a drug, of any kind that words can say."""
    while True:
        try:
            plan = as_plan(legal_questions.words(chance))
        except InputError:
            continue
        if plan.all_drugs:
            return plan


def paper_trial(
    plan: Plan, chance: random.Random, people: int = 3, youngest: float = 0.5, oldest: float = 18.0
) -> TrialTables:
    """A trial of one arm as its tables, without a run: people, a visit, a fracture."""
    years = chance.choice((0.5, 1.0, 2.0, 3.0))
    fields: dict[str, Any] = dict(
        id="paper",
        title="A trial on paper",
        sources=("assumed",),
        population={"randomised": people, "age_years": (0, 18), "types": {"III": 1}, "source": "assumed"},
        arms=({"id": "one", "label": "One", "plan": "no treatment"},),
        design={"years": years},
        visits=({"months": (0, 12 * years), "measures": ("ls_z", "ctx")},),
        endpoints=({"id": "z", "label": "Z", "kind": "change", "measure": "ls_z", "month": 12 * years},),
    )  # fmt: skip
    protocol = Protocol(**fields)
    rng = np.random.default_rng(chance.randrange(2**32))
    age, sex, kind = (
        rng.uniform(youngest, oldest, people),
        rng.integers(0, 2, people),
        rng.integers(0, 4, people),
    )
    height_z, factor = rng.normal(size=people), np.exp(0.15 * rng.normal(size=people))
    shift = rng.normal(0, 0.8, people)
    oi_type, sexes = np.array(TYPES)[kind].tolist(), np.array(SEXES)[sex].tolist()
    patients = pl.DataFrame(
        {
            "replicate": np.zeros(people, int),
            "person": np.arange(people) * 7,
            "arm": ["one"] * people,
            "age_years": age,
            "sex": sexes,
            "oi_type": oi_type,
            "screening_weight_kg": expected_weight_kg(
                oi_type, sexes, age, height_z, puberty_shift_years=shift
            )
            * factor,
            "screening_height_cm": expected_height_cm(
                oi_type, sexes, age, height_z, puberty_shift_years=shift
            ),
            "puberty_shift_years": shift,
            "stratum": np.arange(people) % 2,
            "screening_ls_z": rng.normal(-3, 1, people),
            "screening_fractures": rng.integers(0, 5, people),
            "followed_months": np.where(
                rng.random(people) < 0.3, rng.uniform(0, 12 * years, people), 12 * years
            ),
            "disposition": np.where(rng.random(people) < 0.1, "never started", "completed"),
        }
    )
    visits = pl.DataFrame(
        {
            "replicate": np.zeros(2 * people, int),
            "person": np.tile(np.arange(people) * 7, 2),
            "month": np.repeat([0.0, 12 * years], people),
            "ls_z": rng.normal(-3, 1, 2 * people),
            "ctx": np.exp(rng.normal(size=2 * people)),
        }
    ).filter(pl.Series(np.tile(patients["followed_months"], 2) >= np.repeat([0.0, 12 * years], people)))
    site = ["lower_limb", "other"]
    fractures = pl.DataFrame({"replicate": [0, 0], "person": [0, 7], "month": [0.25, 1 / 3], "site": site})
    manifest = {"version": "0", "commit": None, "parameters": "none", "seed": 1, "replicates": 1}
    return TrialTables(protocol, {"one": plan}, manifest, patients, visits, fractures)


def write_run(result: TrialResult, folder: Path) -> Path:
    """The files of a run that other formats are made from, without its report."""
    folder.mkdir()
    asked = {"protocol": result.protocol.inputs, "replicates": result.manifest["replicates"]}
    for name, content in (("results", result.to_dict()), ("protocol", asked)):
        (folder / f"{name}.json").write_text(as_json(content), encoding="utf-8")
    for name in ("patients", "visits", "fractures"):
        getattr(result, name).write_parquet(folder / f"{name}.parquet")
    return folder


def lost_in_events(trial: TrialTables, file: Path) -> list[str]:
    """What of the doses and observations of a trial does not come back from an event table."""
    write_events(trial, file, force=True)
    try:
        table = read_events(file)
    except InputError as error:
        return [f"refused: {error}"]
    return [*doses_lost(trial, table), *_observations_lost(trial, table)]


def doses_lost(trial: TrialTables, table: EventTable) -> list[str]:
    given, years, found = doses_of_trial(trial), trial.protocol.design.years, []
    if len(table.subjects) != trial.patients.height:
        found.append(f"{len(table.subjects)} people of {trial.patients.height}")
    for subject in table.subjects:
        mine = given.filter(pl.col("who") == int(subject.id) - 1)
        needles = mine.filter(pl.col("interval_days") == 0)
        back = sorted((d.day, d.substance.drug, d.amount) for d in subject.doses if not d.interval)
        asked = sorted(needles.select("day", "drug", "mg").iter_rows())
        if not _same(back, asked):
            found.append(f"needles of {subject.id}: {asked[:3]} became {back[:3]}")
        home = sorted(
            mine.filter(pl.col("interval_days") > 0).select("day", "drug", "mg", "count").iter_rows()
        )
        taken = sorted(
            (d.day, d.substance.drug, d.amount, round(d.days / d.interval))
            for d in subject.doses
            if d.interval
        )
        if not _same(taken, home):
            found.append(f"tablets of {subject.id}: {home[:3]} became {taken[:3]}")
        planned = _planned(subject, trial, int(subject.id) - 1, years * 365.25)
        if not _same(planned, asked):
            found.append(f"plan of {subject.id}: {asked[:3]} became {planned[:3]}")
        total = sum(mg * count for *_, mg, count in home)
        if abs(_taken_at_home(subject) - total) > EXACT * total:
            found.append(f"tablets of the plan of {subject.id}: {total} mg became {_taken_at_home(subject)}")
        person, row = subject.person, trial.patients.row(int(subject.id) - 1, named=True)
        if (person.age, person.sex, person.oi_type, person.weight_kg, person.height_cm) != tuple(
            row[k] for k in ("age_years", "sex", "oi_type", "screening_weight_kg", "screening_height_cm")
        ):
            found.append(f"person {subject.id}")
    return found


def _planned(
    subject: Subject, trial: TrialTables, who: int, horizon: float
) -> list[tuple[float, str, float]]:
    """What the plan gives by needle, in mg by the weight of the day."""
    plan = subject.plan_until(horizon / 365.25)
    infused = [one for r in plan.regimens for one in infusions(r, horizon)]
    mg = [float(dose_mg(np.array(one.amount), trial.sizes.weight_kg(who, one.day))) for one in infused]
    needles = [(day, one.drug, one.dose) for one in plan.biologics for day in one.days(horizon)]
    return sorted([*((one.day, one.drug, amount) for one, amount in zip(infused, mg)), *needles])


def _taken_at_home(subject: Subject) -> float:
    """mg of the plan from first to last: a rate over its windows."""
    plan = subject.plan
    tablets = [p for r in plan.regimens for p in tablet_periods(r)]
    taken = sum(p.amount[1] * (end - start) for p in tablets for start, end in p.windows)
    return taken + sum(c.reference_mg * (c.end_day - c.start.days) for c in plan.biologics if c.daily)


def _observations_lost(trial: TrialTables, table: EventTable) -> list[str]:
    measures = [m for m in trial.protocol.measures if m in trial.visits.columns]
    seen = sum(trial.visits[m].drop_nulls().len() for m in measures)
    back = table.observations
    found = []
    if back.height != seen + trial.fractures.height:
        found.append(f"{back.height} observations of {seen + trial.fractures.height}")
    for measure in measures:
        asked = trial.visits[measure].drop_nulls().sort().to_list()
        if back.filter(observed=measure)["value"].sort().to_list() != asked:
            found.append(f"values of {measure}")
    return found


def _same(one: list, other: list) -> bool:
    return len(one) == len(other) and all(
        a == b if isinstance(a, str) else abs(a - b) <= EXACT * max(1.0, abs(b))
        for left, right in zip(one, other)
        for a, b in zip(left, right)
    )
