"""The density reference: shape, values, sources, and that the shipped knots are what the formula gives."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.references import named_in
from brittlestar.people import density
from brittlestar.people.density import REFERENCES, spine_reference, spine_z, yearly_change_percent
from brittlestar.people.density_knots import rows
from brittlestar.people.tables import table_lines, table_rows

BOTH = np.array([[0], [1]], np.int8)
STEP = 0.05


def _growth_percent_per_year(name: str, first: float, last: float) -> np.ndarray:
    median, _ = spine_reference(BOTH, np.arange(first, last, STEP), name)
    return 100.0 * np.diff(np.log(median), axis=1) / STEP


def test_shipped_knots_are_those_of_the_formula():
    assert list(table_lines("spine_density.csv")) == rows()


def test_every_knot_names_its_source():
    sources = {row["source"] for row in table_rows("spine_density.csv")}
    assert all(named_in(source) for source in sources)


@pytest.mark.parametrize("name", ["default", "steep", "flat"])
def test_density_rises_through_childhood_without_a_kink(name):
    growth = _growth_percent_per_year(name, 0.0, 15.0)
    assert growth.min() > 0.5
    late = _growth_percent_per_year(name, 2.5, 30.0)
    assert np.abs(np.diff(late, axis=1)).max() < 1.0, "a bone model would see a jump of the slope"


@pytest.mark.parametrize("name", ["default", "steep", "flat"])
def test_first_year_rises_and_infancy_is_plausible(name):
    birth, one, three = (spine_reference(BOTH, age, name)[0] for age in (0.0, 1.0, 3.0))
    assert np.all((one / birth > 1.14) & (one / birth < 1.75))
    assert np.all((birth > 0.15) & (birth < 0.40))
    assert np.all(three / spine_reference(BOTH, 1 / 12, name)[0] < 2.2)


def test_default_meets_the_independent_healthy_children():
    at = lambda sex, age: float(spine_reference(sex, age)[0])  # noqa: E731
    assert np.mean([at(0, 7.0), at(1, 7.0)]) == pytest.approx(0.574, abs=2 * 0.073 / np.sqrt(15))
    assert 100 * (at(0, 5.8) / at(0, 4.8) - 1) == pytest.approx(4.7, abs=2 * 2.7 / np.sqrt(10))
    assert 100 * (at(1, 5.8) / at(1, 4.8) - 1) == pytest.approx(7.2, abs=2 * 5.3 / np.sqrt(10))
    assert at(1, 12.0) / at(0, 12.0) == pytest.approx(1.125, abs=0.05)


def test_adults_follow_the_decade_ratios():
    women, men = spine_reference(1, [26.0, 45.5, 55.5, 75.5])[0], spine_reference(0, [26.0, 75.5])[0]
    assert women / women[0] == pytest.approx([1.0, 0.9925, 0.933, 0.848], abs=1e-4)
    assert men[1] == pytest.approx(men[0])


def test_rivals_bracket_the_default_yearly_change():
    change = {name: yearly_change_percent(name) for name in REFERENCES}
    assert change["flat"] < change["default"] < change["steep"]
    assert change["default"] == pytest.approx(6.4, abs=0.1)


def test_z_score_is_the_sd_score_and_the_fitted_power_stretches_the_tail():
    median, spread = spine_reference(1, 5.0)
    assert float(spine_z(median * (1 - 2 * spread), 1, 5.0)) == pytest.approx(-2.0)
    assert float(spine_z(0.5 * median, 1, 5.0, power="fitted")) < float(spine_z(0.5 * median, 1, 5.0)) - 1.0
    assert abs(float(spine_z(0.9 * median, 1, 5.0, power="fitted") - spine_z(0.9 * median, 1, 5.0))) < 0.1


def test_unknown_reference_is_named_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'default'"):
        spine_reference(0, 5.0, "defualt")


def test_report_lists_every_reference():
    assert all(name in density.reference_tables() for name in REFERENCES)
