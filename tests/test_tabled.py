"""Every result as polars, pandas and xarray: the same numbers; one sentence where a library is missing."""

import json
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
import xarray as xr

import brittlestar as bs
from brittlestar._shared.at_a_glance import AtAGlance
from brittlestar._shared.errors import InputError
from brittlestar._shared.tabled import Gridded, Tabled
from brittlestar.evidence.leaflet.statements import statements
from brittlestar.evidence.leaflet.verdict import Finding
from brittlestar.evidence.prediction.over_seeds import OverSeeds
from brittlestar.trials import shipped

OUTPUTS = ("ls_z", "weight_kg")
ASKED_WITH = {bs.InputError, bs.Person, bs.Plan, bs.Protocol, bs.Regimen}
"""Public classes that are no result."""
PART = {bs.Spread}
"""Part of a result."""

EVENTS = """ID,TIME,EVID,AMT,ADDL,II,CMT,DV,AGE,SEX,OITYPE
9,0,1,0.75,1,182,zoledronate,.,7,female,III
9,0,0,.,.,.,ls_z,-4.1,7,female,III
9,365,0,.,.,.,ls_z,-3.2,7,female,III
10,30,0,.,.,.,ls_z,-2.5,9,male,I
"""


def by_hand() -> tuple[Any, list[Any], np.ndarray, float]:
    """People, two plans, who follows which, and for how long."""
    plan = bs.parse("no treatment").schedule(8, 7.0, drugs=("zoledronate",))
    return bs.sample_cohort(3, seed=1), [plan, plan], np.array([0, 1, 1]), 8 * 7 / 365.25


@cache
def course() -> bs.Course:
    return bs.simulate_cohort(*by_hand(), outputs=OUTPUTS)


@cache
def events() -> bs.EventTable:
    with TemporaryDirectory() as folder:
        (path := Path(folder) / "two.csv").write_text(EVENTS)
        return bs.read_events(path, time_unit="day", amount_unit="mg")


def prediction(shift: float = 0.0) -> bs.Prediction:
    rows = [
        {"id": id, "label": id, "arm": arm, "time_months": 12.0, "unit": "%", "scale": "linear",
         "mean": mean + shift, "limit_error_share": 0.01,
         "interval": {"50": [mean - 1, mean + 1], "90": [mean - 2 - shift, mean + 2]}}
        for id, arm, mean in (("z", "placebo", 1.0), ("z", "drug", 2.0), ("rate", "drug", 3.0))
    ]  # fmt: skip
    return bs.Prediction(bs.load_protocol("poise"), rows, [], 0, {"seed": 1}, {})


def power() -> bs.PowerResult:
    rows = [
        {"contrast": "difference", "test": "rate", "label": "Rate", "months": months, "size": size,
         "direction": "lower", "share": share, "se": 0.01, "low": 0.1, "high": 0.9}
        for months, size, share in ((12.0, 50, 0.1), (12.0, 100, 0.4), (24.0, 50, 0.7))
    ]  # fmt: skip
    return bs.PowerResult(bs.load_protocol("poise"), "one set", rows, [], [], [], [], [], [], {})


def leaflet() -> bs.Leaflet:
    found = {id: Finding("said", [], [], [], []) for id in list(statements())[:3]}
    return bs.Leaflet(found, {"seed": 1})


RESULTS: dict[type, tuple[Callable[[], Any], tuple[str, ...]]] = {
    bs.AllTrials: (lambda: bs.AllTrials(json.loads(shipped.FILE.read_text())["trials"], {}), ("comparison",)),
    bs.Cohort: (lambda: bs.sample_cohort(5, seed=1, first_id=10), ("id",)),
    bs.Comparison: (
        lambda: bs.compare(bs.Person(age=7, sex="female", oi_type="III"), "zoledronate", 0.25, draws=4),
        ("plan", "output", "time_years"),
    ),
    bs.Course: (course, ("time_years", "person")),
    bs.EventTable: (events, ("record",)),
    bs.Leaflet: (leaflet, ("id",)),
    bs.Pooling: (lambda: bs.pooling("fracture_ratio"), ("study",)),
    bs.PowerResult: (power, ("test", "contrast", "months", "size")),
    bs.Prediction: (prediction, ("id", "arm", "time_months")),
    bs.Study: (lambda: bs.study("alendronate_phase3"), ("result",)),
    bs.Summary: (lambda: bs.summarise_cohort(*by_hand(), outputs=OUTPUTS), ("output", "time_years", "plan")),
    bs.TrialResult: (lambda: bs.run_trial("poise", replicates=2, seed=1), ("id", "arm", "time_months")),
    bs.Vpc: (lambda: bs.vpc(events(), "ls_z", draws=20), ("bin", "percentile")),
    OverSeeds: (lambda: OverSeeds((prediction(), prediction(0.1))), ("id", "arm", "time_months")),
}
"""Result -> one of it, and its dimensions in xarray."""


def heirs(kind: type) -> set[type]:
    mine = {one for one in kind.__subclasses__() if one.__module__.startswith("brittlestar.")}
    return mine.union(*map(heirs, mine))


def known(values: Iterable[Any]) -> list[Any]:
    """The values, None where there is none: those two libraries write not-a-number for it."""
    return [None if value != value else value for value in values]


def test_every_result_is_held_to_its_three_views() -> None:
    public = {value for name in bs.__all__ if isinstance(value := getattr(bs, name), type)}
    assert public - ASKED_WITH - PART <= set(RESULTS)
    assert heirs(AtAGlance) - {Tabled, Gridded} == set(RESULTS)


@pytest.mark.parametrize("kind", RESULTS, ids=lambda kind: kind.__name__)
def test_numbers_in_polars_pandas_and_xarray_are_the_same(kind: type) -> None:
    make, dimensions = RESULTS[kind]
    found = make()
    table, frame, data = found.table(), found.to_pandas(), found.to_xarray()
    assert isinstance(table, pl.DataFrame) and table.height > 0
    if frame.index.names != [None]:
        frame = frame.reset_index()
    assert list(frame.columns) == table.columns and tuple(data.sizes) == dimensions
    assert {*data.coords, *data.data_vars} - {found.row} == set(table.columns)
    rows = xr.Dataset({name: ("row", table[name].to_numpy()) for name in dimensions if name != found.row})
    there = data if found.row else data.sel(rows)  # the places that are rows of the table, in its order
    numbers = [name for name in table.columns if table.schema[name].is_numeric()]
    assert numbers or kind is bs.Leaflet
    for name in table.columns:
        if name in numbers:
            expected = table[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
            np.testing.assert_array_equal(frame[name].to_numpy(float), expected)
            np.testing.assert_array_equal(there[name].to_numpy().astype(float), expected)
        else:
            assert known(frame[name]) == known(there[name].to_numpy()) == table[name].to_list()


def test_a_course_is_a_data_set_over_time_and_person() -> None:
    data = course().to_xarray()
    assert dict(data.sizes) == {"time_years": len(course().time_years), "person": 3}
    np.testing.assert_array_equal(data["ls_z"].to_numpy(), course()["ls_z"])
    assert data["weight_kg"].attrs["units"] == "kg"
    assert course().to_pandas().loc[(0.0, 2), "ls_z"] == course()["ls_z"][0, 2]


def test_people_are_a_frame_by_id() -> None:
    people = bs.sample_cohort(5, seed=1, first_id=10)
    assert people.to_pandas().index.tolist() == people.table()["id"].to_list() == [10, 11, 12, 13, 14]
    np.testing.assert_array_equal(people.to_xarray()["age_years"].to_numpy(), people.age_years)


def test_a_summary_has_what_is_known_of_each_output_by_time_and_plan() -> None:
    found = bs.summarise_cohort(*by_hand(), outputs=OUTPUTS)
    at = found.to_xarray().sel(output="ls_z", plan=1).isel(time_years=-1)
    assert float(at["mean"]) == pytest.approx(course()["ls_z"][-1, 1:].mean()) and int(at["count"]) == 2
    assert float(at["most"]) == course()["ls_z"][-1, 1:].max()


def test_records_of_an_event_table_are_in_the_order_of_people_and_days() -> None:
    records = events().table()
    assert records["id"].to_list() == ["9"] * 4 + ["10"]
    assert records["day"].to_list() == [0.0, 0.0, 182.0, 365.0, 30.0]
    assert records["value"].to_list() == [-4.1, None, None, -3.2, -2.5]
    assert records["drug"].to_list() == [None, "zoledronate", "zoledronate", None, None]
    assert set(records["unit"].drop_nulls()) == {"mg"} and records["amount"].sum() == 1.5
    assert events().to_xarray().sel(id="9").sizes == {"record": 4}


def test_rows_that_are_no_grid_are_chosen_by_the_columns_that_name_them() -> None:
    every = bs.AllTrials(json.loads(shipped.FILE.read_text())["trials"], {})
    data, table = every.to_xarray(), every.table()
    assert data.sel(trial="poise").sizes == {"comparison": table.filter(pl.col("trial") == "poise").height}
    assert set(data.sel(arm="difference")["trial"].to_numpy()) <= set(table["trial"])
    nothing = bs.AllTrials([], {})
    assert nothing.table().is_empty() and dict(nothing.to_xarray().sizes) == {"comparison": 0}


@pytest.mark.parametrize("name", ["pandas", "xarray"])
@pytest.mark.parametrize("result", [course, lambda: bs.study("poise2013")])
def test_a_missing_library_is_said_in_one_sentence(
    name: str, result: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]
    said = rf"to_{name}: got 'no {name}'; needs {name}: pip install 'brittlestar\[exchange\]'"
    with pytest.raises(InputError, match=said):
        getattr(result(), f"to_{name}")()
