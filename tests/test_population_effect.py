"""A population's effect of treatment on fractures: how far it may lie from the model's, and how that
is told."""

import numpy as np
import pytest
from scipy.stats import halfnorm

import brittlestar as bs
from brittlestar.comparison.summary import as_trials_differ
from brittlestar.outcomes.population_effect import TAU_SCALE, factor, half_normal


def test_the_factor_is_exp_of_tau_z():
    rng = np.random.default_rng(1)
    by_chance = np.exp(
        halfnorm.rvs(scale=TAU_SCALE, size=400_000, random_state=rng) * rng.normal(size=400_000)
    )
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    assert factor(shares) == pytest.approx(np.quantile(by_chance, shares), rel=0.01)
    assert half_normal(np.array([0.5])) == pytest.approx(halfnorm.ppf(0.5, scale=TAU_SCALE))


@pytest.mark.parametrize(
    ("ends", "without", "said"),
    [
        ([31.2, 49.9], 45.0, "could be as few as 31, or no fewer than without at all."),
        ([31.2, 44.6], 50.0, "could be as few as 31, or as many as 45."),
        ([31.2, 44.6], None, "could be as few as 31, or as many as 45."),
    ],
)
def test_a_range_that_holds_no_effect_says_so(ends: list[float], without: float | None, said: str):
    (line,) = as_trials_differ({"population": ends}, None if without is None else {"mean": without})
    assert line.endswith(said)


def test_people_under_a_drug_are_told_the_range_of_populations():
    """Of each person 1 - exp(-f H) at both ends of the factor; nobody without a drug has such a range."""
    found = bs.compare(age=9, sex="male", oi_type="IV", years=1, plan="alendronate 5 mg/day", draws=40)
    row = next(row for row in found.summary()["rows"] if row["id"] == "with_fracture")
    hazard = found.lives["treated"].hazard
    expected = [100.0 * np.mean(-np.expm1(-f * hazard)) for f in factor((0.05, 0.95))]
    assert row["treated"]["population"] == pytest.approx(expected)
    low, high = row["treated"]["population"]
    assert low < row["treated"]["mean"] < high and "population" not in row["untreated"]
    first, second, *_ = found.summary()["sentences"]
    assert "at least one fracture" in first and second.startswith("As trials differ from one another")
    none = bs.compare(age=9, sex="male", oi_type="IV", years=1, plan="no treatment", draws=5)
    assert not any("As trials differ" in said for said in none.summary()["sentences"])
