"""Height and weight: CDC values, the joint at 2 y, and the heights of people with OI."""

import numpy as np
import pytest

from brittlestar.people.reference import (
    growth_table,
    height_z,
    lms_table,
    median_height_cm,
    median_weight_kg,
)
from brittlestar.people.size import expected_height_cm, expected_weight_kg, height_z_from_cm

BOTH = np.array([[0], [1]], np.int8)


def test_medians_are_cdc_values():
    assert float(median_height_cm("male", 4.0)) == pytest.approx(102.22, abs=0.01)
    assert float(median_height_cm("female", 20.0)) == pytest.approx(163.338, abs=1e-3)
    assert float(median_weight_kg("male", 20.0)) == pytest.approx(70.598, abs=1e-3)
    for measure, curve in (("height", median_height_cm), ("weight", median_weight_kg)):
        for sex in (0, 1):
            table = lms_table(measure, sex)
            table = table[(table[:, 0] >= 2.5) & (table[:, 0] <= 20)]
            np.testing.assert_allclose(curve(sex, table[:, 0]), table[:, 2], rtol=3e-4)


def test_z_of_a_median_is_zero_and_length_is_not_stature():
    age = np.array([3.0, 8.0, 15.0])
    z, inside = height_z(BOTH, age, median_height_cm(BOTH, age))
    assert np.abs(z).max() < 0.01 and inside.all()
    standing, _ = height_z("male", 1.0, 75.0)
    lying, _ = height_z("male", 1.0, 75.8, recumbent=True)
    assert float(standing) == pytest.approx(float(lying))


def test_height_z_does_not_mix_length_with_stature():
    """CDC: length before 2 y (median 86.838 cm at 23.5 months), stature from 2 y (86.452 cm)."""
    z, _ = height_z("male", np.array([23.5, 23.99, 24.0, 24.01]) / 12.0, 86.0)
    np.testing.assert_allclose(z, [-0.0109, -0.1275, -0.1297, -0.1321], atol=1e-3)


@pytest.mark.parametrize("recumbent", [False, True])
def test_height_z_is_continuous_where_a_child_stands_up(recumbent):
    before, after = 2.0 - 1e-6, 2.0
    height = np.linspace(65.0, 105.0, 41)
    (young, _), (older, _) = (height_z(BOTH, age, height, recumbent=recumbent) for age in (before, after))
    assert np.abs(young - older).max() < 2e-3


@pytest.mark.parametrize("sex", [0, 1])
def test_references_have_no_seam(sex):
    """Z of one body from birth to 80 y by the day: no step where tables meet (2 y, 20 y)."""
    age = np.arange(0.5, 80.0, 1.0 / 365.25)
    z, _ = height_z(sex, age, median_height_cm(sex, age))
    assert np.abs(z).max() < 0.06 and np.abs(np.diff(z)).max() < 2e-3
    months, _, median, _ = lms_table("weight", sex).T
    apart = np.log(median_weight_kg(sex, age) / np.interp(age, months, median))
    assert np.abs(apart).max() < 0.003 and np.abs(np.diff(apart)).max() < 2e-4
    height = median_height_cm(sex, age)
    assert np.abs(np.diff(height)).max() < 0.08


def test_far_tail_is_flagged():
    _, inside = height_z("female", 12.0, [150.0, 95.0])
    assert inside.tolist() == [True, False]


def test_default_table_grows_smoothly_to_90():
    table = growth_table()
    assert table.age_years[[0, -1]].tolist() == [0.0, 90.0]
    young = table.age_years < 18.0
    assert np.all(np.diff(table.height_cm[:, young], axis=1) > 0), (
        "no step down where lying turns to standing"
    )
    assert np.all(table.height_velocity_cm_per_year[:, table.age_years >= 20.0] == 0.0)
    slope = np.gradient(table.height_cm, table.age_years, axis=1)
    inner = (table.age_years > 2.0) & (table.age_years < 19.0)
    np.testing.assert_allclose(table.height_velocity_cm_per_year[:, inner], slope[:, inner], atol=0.35)


@pytest.mark.parametrize(("oi_type", "published", "tolerance"), [("I", -0.66, 0.1), ("IV", -2.79, 0.2)])
def test_median_height_of_oi_children_meets_jain(oi_type, published, tolerance):
    age = np.arange(2.0, 18.01, 0.25)
    z, _ = height_z(BOTH, age, expected_height_cm(oi_type, BOTH, age))
    assert float(np.median(z)) == pytest.approx(published, abs=tolerance)


def test_type_iii_lies_outside_the_reference_below_minus_5():
    age = np.arange(2.0, 18.01, 0.25)
    z, inside = height_z(BOTH, age, expected_height_cm("III", BOTH, age))
    assert not inside.any() and -9.5 < float(np.median(z)) < -6.0


def test_size_and_its_inverse_agree():
    height = expected_height_cm("IV", "female", 9.0, 1.3)
    assert float(height_z_from_cm("IV", "female", 9.0, height)) == pytest.approx(1.3)
    ratio = float(height / median_height_cm("female", 9.0))
    expected = float(median_weight_kg("female", 9.0)) * ratio**2 * 1.05
    assert float(expected_weight_kg("IV", "female", 9.0, 1.3)) == pytest.approx(expected)
