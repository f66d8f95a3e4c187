"""Event tables written from trials and read as people: nothing is lost, and commands follow what they say."""

import random
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import round_trips
from brittlestar._shared.errors import InputError
from brittlestar.care import parse
from brittlestar.cli import main
from brittlestar.exchange.events.mistakes import TableError
from brittlestar.exchange.events.read import read_events
from brittlestar.exchange.events.write import event_table, write_events
from brittlestar.exchange.trial_doses import doses_of_trial
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.result import TrialResult
from brittlestar.trials.run import run_trial
from brittlestar.trials.told_people import with_people


@pytest.fixture(scope="module")
def poise() -> TrialResult:
    return run_trial("poise", replicates=1, seed=5)


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1))
def test_random_plans_come_back_from_a_table(tmp_path_factory: pytest.TempPathFactory, key: int) -> None:
    chance = random.Random(key)
    trial = round_trips.paper_trial(round_trips.legal_plan(chance), chance)
    file = tmp_path_factory.mktemp("events") / chance.choice(("t.csv", "t.parquet"))
    assert round_trips.lost_in_events(trial, file) == []


@pytest.mark.parametrize("key", range(3))
def test_doses_of_infants_far_below_published_ones_come_back(tmp_path: Path, key: int) -> None:
    plan = parse("pamidronate 0.5 mg/kg/day iv for 3 days every 2 months, first dose x0.5")
    trial = round_trips.paper_trial(plan, random.Random(key), youngest=0.1, oldest=0.6)
    assert (doses_of_trial(trial)["mg"] < 3.0).any()
    assert round_trips.lost_in_events(trial, tmp_path / "t.csv") == []


def test_a_simulated_trial_comes_back_from_a_table(poise: TrialResult, tmp_path: Path) -> None:
    for name in ("t.csv", "t.parquet"):
        assert round_trips.lost_in_events(TrialTables.of(poise), tmp_path / name) == []


def test_a_loss_is_seen(poise: TrialResult, tmp_path: Path) -> None:
    trial = TrialTables.of(poise)
    write_events(trial, file := tmp_path / "t.csv")
    table = pl.read_csv(file)
    later = pl.when(pl.col("EVID") == 1).then(pl.col("ADDL") + 1).otherwise(0)
    table.with_columns(ADDL=later).write_csv(file)
    lost = round_trips.doses_lost(trial, read_events(file))
    assert any("tablets of 1:" in one for one in lost)


def test_doses_by_body_surface_are_those_of_the_size_of_the_day() -> None:
    chance = random.Random(3)
    words = "pamidronate 30 mg/m2 every 6 months for 1 year, max 30 mg"
    trial = round_trips.paper_trial(parse(words), chance)
    for one in doses_of_trial(trial).iter_rows(named=True):
        area = float(trial.sizes.surface_m2(np.array([one["who"]]), one["day"])[0])
        assert one["mg"] == pytest.approx(min(30 * area, 30.0))
    tablets = round_trips.paper_trial(parse("risedronate 1 mg/kg/week, max 20 mg"), chance)
    assert doses_of_trial(tablets)["mg"].to_numpy().max() <= 20.0


def test_doses_are_those_of_the_plan_by_the_weight_of_the_day() -> None:
    chance = random.Random(3)
    trial = round_trips.paper_trial(parse("zoledronate 0.05 mg/kg iv every 6 months for 2 years"), chance)
    doses = doses_of_trial(trial)
    for who, day, mg in doses.select("who", "day", "mg").iter_rows():
        assert mg == pytest.approx(0.05 * float(trial.sizes.weight_kg(who, day)), rel=1e-12)
    # At entry that is the weight that screening saw.
    first = doses.filter(pl.col("day") == 0)
    seen = trial.patients["screening_weight_kg"].to_numpy()[first["who"].to_numpy()]
    assert first["mg"].to_numpy() == pytest.approx(0.05 * seen, rel=1e-12)


def test_nobody_is_given_anything_after_leaving_or_without_starting(poise: TrialResult) -> None:
    trial = TrialTables.of(poise)
    doses = doses_of_trial(trial)
    last = doses.with_columns(end=pl.col("day") + pl.col("count") * pl.col("interval_days"))
    followed = trial.patients["followed_months"].to_numpy()[doses["who"].to_numpy()] * 365.25 / 12
    assert (last["end"].to_numpy() <= followed + 0.5).all()
    never = np.flatnonzero((trial.patients["disposition"].cast(pl.String) == "never started").to_numpy())
    assert never.size and not np.isin(doses["who"].to_numpy(), never).any()
    # Placebo is no dose: the control begins after a year.
    arm = trial.patients["arm"].cast(pl.String).to_numpy()[doses["who"].to_numpy()]
    assert doses["day"].to_numpy()[arm == "placebo"].min() == 365.25


def test_a_table_has_numbers_only_and_a_dictionary_of_every_column(poise: TrialResult) -> None:
    table, dictionary = event_table(poise)
    assert (
        all(kind.is_numeric() for kind in table.schema.values())
        and table.null_count().sum_horizontal()[0] == 0
    )
    assert set(table.columns) <= set(dictionary.columns)
    doses, seen = table.filter(pl.col("EVID") == 1), table.filter(pl.col("EVID") == 0)
    assert (doses["MDV"] == 1).all() and (doses["II"] > 0).all() and (seen["MDV"] == 0).all()
    assert seen.select("AMT", "RATE", "DUR", "ADDL", "II", "SS").sum().row(0) == (0, 0, 0, 0, 0, 0)
    assert table.group_by("ID", maintain_order=True).agg(pl.col("TIME").is_sorted())["TIME"].all()


def test_a_run_on_disk_gives_the_same_table(poise: TrialResult, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    again = run_trial("poise", replicates=1, seed=5, out=folder)
    assert event_table(folder)[0].equals(event_table(poise)[0])
    asked = folder / "protocol.json"
    asked.write_text(asked.read_text().replace('"randomised": 147', '"randomised": 148'))
    with pytest.raises(InputError, match=r"got 'changed'; accepted: as the run wrote it"):
        TrialTables.of(folder)
    assert again.protocol.id == "poise"


def test_people_of_a_table_take_part_in_a_trial(poise: TrialResult, tmp_path: Path) -> None:
    write_events(poise, file := tmp_path / "t.csv")
    people = [subject.person for subject in read_events(file).subjects][:12]
    trial = with_people(load_protocol("poise"), people, file.name)
    once = run_trial(trial, replicates=3, seed=2)
    seen = once.patients.sort("replicate", "age_years")
    asked = sorted((p.age, p.sex, p.oi_type) for p in people)
    for replicate in range(3):
        rows = seen.filter(replicate=replicate).select("age_years", "sex", "oi_type")
        assert sorted(rows.iter_rows()) == asked
    weights = {p.age: p.weight_kg for p in people}
    got = dict(seen.select("age_years", "screening_weight_kg").iter_rows())
    assert got == pytest.approx(weights, rel=1e-5)
    assert seen["person"].n_unique() == 36  # what was not told is drawn anew
    fields = trial.inputs | {}
    fields.pop("plans")
    assert Protocol(**fields).population == trial.population


def test_a_z_that_was_told_is_that_of_the_person(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    rows = "\n".join(f"{i},0,0,{4 + i},female,IV,{-2 - i / 10}" for i in range(1, 9))
    file.write_text(f"ID,TIME,MDV,AGE,SEX,OITYPE,LSZ\n{rows}\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        people = [subject.person for subject in read_events(file, time_unit="day").subjects]
    seen = run_trial(with_people(load_protocol("poise"), people, "t"), replicates=2, seed=1).patients
    z = seen.sort("replicate", "age_years")["screening_ls_z"].to_numpy()
    # Screening sees it through one scan, with an error of some tenths.
    assert np.abs(z - np.tile([-2 - i / 10 for i in range(1, 9)], 2)).max() < 1.0
    assert np.abs(z - np.tile([-2 - i / 10 for i in range(1, 9)], 2)).mean() > 0.01


TABLE = """ID,TIME,EVID,AMT,ADDL,II,CMT,AGE,SEX,OITYPE
1,0,1,0.5,1,182,zoledronate,7,female,III
2,0,1,2.5,364,1,risedronate,9,male,IV
"""
UNITS = ["--time-unit", "day", "--amount-unit", "mg"]


def test_simulate_follows_a_person_of_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file := tmp_path / "t.csv").write_text(TABLE)
    short = ["--years", "0.25", "--draws", "10"]
    assert main(["simulate", "--data", str(file), *UNITS, "--id", "1", *short]) == 0
    out = capsys.readouterr().out
    assert "age 7, sex female, oi_type III" in out and "zoledronate 0.5 mg iv once" in out
    for argv, said in (
        ([*UNITS, *short], "--id: got None; accepted: one of the 2 people, such as 1, 2"),
        ([*UNITS, *short, "--id", "9"], "ID: got '9'; accepted: 1, 2"),
        ([*UNITS, *short, "--id", "1", "--age", "8"], "--data, --age: got 8.0; accepted: one of the two"),
        ([*UNITS, "--id", "1"], "--years: got None; missing"),
        ([*short, "--id", "1"], "column TIME: got 'no unit'"),
    ):
        assert main(["simulate", "--data", str(file), *argv]) == 2
        assert said in capsys.readouterr().err


def test_trial_takes_the_people_of_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i},0,1,0.5,zoledronate,{5 + i},female,III\n" for i in range(1, 9))
    (file := tmp_path / "t.csv").write_text(f"ID,TIME,EVID,AMT,CMT,AGE,SEX,OITYPE\n{rows}")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert main(["trial", "poise", "--replicates", "2", "--population", str(file), *UNITS]) == 0
    shown = capsys.readouterr()
    assert "8 doses of the table are not given" in shown.err and "16 candidates were screened" in shown.out
    assert main(["trial", "all", "--population", str(file)]) == 2
    capsys.readouterr()
    file.write_text("ID,TIME,MDV,AGE,SEX,OITYPE\n1,0,1,7,female,III\n")
    assert main(["trial", "poise", "--population", str(file), "--time-unit", "day"]) == 2
    assert "t.csv: people: got 1; accepted: 2 to 10,000 in a trial" in capsys.readouterr().err


def test_export_writes_a_table_and_refuses_another_ending(
    poise: TrialResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "events", str(tmp_path / "none"), "--out", str(tmp_path / "t.csv")]) == 2
    assert "accepted: the directory that a trial wrote" in capsys.readouterr().err
    round_trips.write_run(poise, tmp_path / "run")
    assert main(["export", "events", str(tmp_path / "run"), "--out", str(tmp_path / "t.xlsx")]) == 2
    assert main(["export", "events", str(tmp_path / "run"), "--out", str(tmp_path / "t.parquet")]) == 0
    assert {p.name for p in tmp_path.glob("t.*")} == {"t.parquet", "t.dictionary.json"}


def test_a_dictionary_is_held_to_its_fields(tmp_path: Path) -> None:
    (file := tmp_path / "t.csv").write_text(TABLE)
    beside = tmp_path / "t.dictionary.json"
    for text, said in (
        ("{}", "accepted: a dictionary with schema"),
        ('{"schema": "brittlestar/events/1", "time_units": "day"}', "did you mean 'time_unit'"),
        ('{"schema": "brittlestar/events/1", "time_unit": "fortnight"}', "accepted: hour, day"),
        (
            '{"schema": "brittlestar/events/1", "compartments": {"1": {"drug": "x"}}}',
            "compartments.1: got 'x'",
        ),
    ):
        beside.write_text(text)
        with pytest.raises(InputError, match=r"t\.dictionary\.json") as caught:
            read_events(file)
        assert said in str(caught.value)
    beside.write_text('{"schema": "brittlestar/events/1", "time_unit": "day", "amount_unit": "mg"}')
    assert len(read_events(file).subjects) == 2
    (tmp_path / "u.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="accepted: Parquet"):
        read_events(tmp_path / "u.parquet")
    with pytest.raises(TableError, match="row 1, column AMT: got 'x'"):
        pl.DataFrame(
            {"ID": [1], "TIME": [0.0], "AMT": ["x"], "AGE": [7], "SEX": ["f"], "OITYPE": ["I"]}
        ).write_parquet(tmp_path / "v.parquet")
        read_events(tmp_path / "v.parquet", time_unit="day", amount_unit="mg")
