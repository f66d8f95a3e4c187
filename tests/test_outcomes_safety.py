"""Rare harms: exact bounds that are never 0, and a hypothesis that can be switched off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import fill
from brittlestar.aftermath.consequences import aftermath, aftermath_parameters
from brittlestar.aftermath.received import Given
from brittlestar.outcomes import safety
from outcome_courses import Repeated, course, infusions, people

P = fill(safety.Safety)


@given(st.integers(1, 3000), st.data())
def test_the_bound_is_never_zero_and_never_below_what_was_seen(observed, data):
    cases = data.draw(st.integers(0, observed))
    low, high = safety.clopper_pearson(cases, observed)
    assert 0.0 <= low <= cases / observed <= high <= 1.0
    assert high > 0.0


@given(st.integers(2, 2000), st.data())
def test_agrees_with_another_library(observed, data):
    cases = data.draw(st.integers(1, observed - 1))
    expected = proportion_confint(cases, observed, alpha=0.05, method="beta")
    assert safety.clopper_pearson(cases, observed) == pytest.approx(expected, rel=1e-9)


def test_published_counts():
    children = safety.jaw_osteonecrosis("children_with_oi", P)
    assert (children.cases, children.observed) == (0, 221)
    assert children.high == pytest.approx(1.0 - 0.05 ** (1 / 221))
    assert children.said() == "unknown, at most 1.4 in 100 (95 %), 0 of 221 observed"
    assert safety.jaw_osteonecrosis("extractions_in_oi", P).high == pytest.approx(0.049, abs=0.001)
    mixed = safety.jaw_osteonecrosis("young_mixed", P)
    assert (mixed.low, mixed.high) == pytest.approx((0.0064, 0.0196), abs=1e-4)


@given(st.integers(1, 100_000))
def test_what_is_said_never_understates_the_bound(observed):
    low, high = safety.clopper_pearson(0, observed)
    said = safety.Bound(0, observed, low, high, "person", "", "").said(100)
    assert float(said.split("at most ")[1].split(" in")[0]) >= 100 * high * (1 - 1e-6)


@pytest.mark.parametrize("counts", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts(counts):
    with pytest.raises(InputError, match="cases"):
        safety.clopper_pearson(*counts)


def test_an_unknown_population_is_refused():
    with pytest.raises(InputError, match="children_with_oi"):
        safety.jaw_osteonecrosis("children", P)


def two_plans(rho, parameters=None):
    n = 400
    base = people(n, 8.0, 3)
    index = np.repeat([0, 1], n)
    cohort = Repeated(base, np.tile(np.arange(n), 2))
    made = course(cohort, 10, rho=np.where(index == 0, 1.0, rho), rows_per_year=4)
    plans = [Given(), infusions(np.arange(0, 10, 0.5))]
    return aftermath(cohort, made, plans, index, parameters=parameters), index


def test_over_suppression_adds_hazard_by_years_and_can_be_switched_off():
    deep, index = two_plans(0.2)
    expected = deep.femur.excess_expected
    assert np.all(expected[:, index == 0] == 0.0)
    assert np.all(np.diff(expected[1:, index == 1], axis=0) > 0.0)
    shallow, _ = two_plans(0.4)
    assert np.all(shallow.femur.excess_expected == 0.0)
    p = aftermath_parameters()
    off = p._replace(safety=p.safety._replace(excess=np.array(0.0)))
    assert np.all(two_plans(0.2, off)[0].femur.excess_expected == 0.0)


def test_severity_brings_atypical_looking_fractures_without_any_drug():
    n = 3000
    c = people(n, 8.0, 3)
    broken = (np.arange(n), np.arange(n) % 4, np.full(n, 0.5))
    femur = aftermath(c, course(c, 1, fractures=broken), [Given()], np.zeros(n, int)).femur
    assert not femur.looks_atypical[broken[1] != 0].any()
    assert femur.looks_atypical[broken[1] == 0].mean() == pytest.approx(0.67 * 0.31, abs=0.05)
