"""Results as pandas and xarray: the same numbers, and one sentence where a library is missing."""

import sys
from typing import Any

import numpy as np
import pytest

from brittlestar import Person, compare, sample_cohort, study
from brittlestar._shared.errors import InputError
from brittlestar._shared.tabled import Tabled
from brittlestar.care import parse
from brittlestar.engine import simulate_cohort


@pytest.fixture(scope="module")
def course() -> Any:
    people = sample_cohort(3, seed=1)
    schedule = parse("no treatment").schedule(8, 7.0, drugs=("zoledronate",))
    return simulate_cohort(
        people, [schedule], np.zeros(3, int), 8 * 7 / 365.25, outputs=("ls_z", "weight_kg")
    )


def test_a_course_is_a_data_set_over_time_and_person(course: Any) -> None:
    data = course.to_xarray()
    assert dict(data.sizes) == {"time_years": len(course.time_years), "person": 3}
    np.testing.assert_array_equal(data["ls_z"].to_numpy(), course["ls_z"])
    assert data["weight_kg"].attrs["units"] == "kg"
    assert course.to_pandas().loc[(0.0, 2), "ls_z"] == course["ls_z"][0, 2]


def test_people_are_a_frame_by_id() -> None:
    people = sample_cohort(5, seed=1, first_id=10)
    assert people.to_pandas().index.tolist() == [10, 11, 12, 13, 14]
    np.testing.assert_array_equal(people.to_xarray()["age_years"].to_numpy(), people.age_years)


def test_a_comparison_is_a_data_set_over_plan_output_and_time() -> None:
    result = compare(Person(age=7, sex="female", oi_type="III"), "zoledronate", 0.25, draws=4)
    data, table = result.to_xarray(), result.table()
    assert set(data.sizes) == {"plan", "output", "time_years"}
    row = table.row(5, named=True)
    at = data.sel(plan=row["plan"], output=row["output"], time_years=row["time_years"])
    assert float(at["mean"]) == row["mean"] and float(at["high"]) == row["high"]
    assert result.to_pandas()["mean"].tolist() == table["mean"].to_list()


def test_a_table_without_axes_counts_its_rows() -> None:
    found = study("poise2013")
    assert isinstance(found, Tabled) and dict(found.to_xarray().sizes) == {"row": found.table().height}


@pytest.mark.parametrize("name", ["pandas", "xarray"])
def test_a_missing_library_is_said_in_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]
    said = rf"to_{name}: got 'no {name}'; needs {name}: pip install 'brittlestar\[exchange\]'"
    with pytest.raises(InputError, match=said):
        getattr(study("poise2013"), f"to_{name}")()
