"""A population's effect of treatment on fractures: how far it may lie from the model's, and how that
is told."""

import inspect

import jax
import numpy as np
import pytest
from scipy.stats import halfnorm

import brittlestar as bs
from brittlestar.comparison import science
from brittlestar.comparison.summary import as_groups_differ, as_trials_differ, more_in_the_back
from brittlestar.evidence.calibration.rivals import rivals
from brittlestar.evidence.prediction.laws import mixed_sets
from brittlestar.evidence.prediction.one_person import open_sets
from brittlestar.outcomes.population_effect import (
    LEVEL_SCALE,
    LEVEL_SCALE_HEALTHY,
    TAU_SCALE,
    factor,
    half_normal,
    populations,
)


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
        (
            [31.2, 49.9],
            45.0,
            "Where it is 45 without treatment, as laws and trials differ, with treatment it "
            "could be as few as 31, or no fewer than without at all.",
        ),
        (
            [31.2, 44.6],
            50.0,
            "Where it is 50 without treatment, as laws and trials differ, with treatment it "
            "could be as few as 31, or as many as 45.",
        ),
        (
            [31.2, 44.6],
            None,
            "As laws and trials differ, with treatment it could be as few as 31, or as many as 45.",
        ),
    ],
)
def test_a_range_that_holds_no_effect_says_so(ends: list[float], without: float | None, said: str):
    (line,) = as_trials_differ({"population": ends}, None if without is None else {"mean": without})
    assert line == said
    (line,) = as_groups_differ({"mean": 45.0, "population": ends})
    assert line.endswith(f"without treatment it could be as few as 31, or as many as {ends[1]:.0f}.")
    assert as_groups_differ(None) == as_groups_differ({"mean": 45.0}) == []


def test_populations_lie_as_far_apart_as_their_scales_say():
    """200 stand for all: the ends of 9 of 10 are the distribution's, and levels and effects go apart."""
    for healthy, scale in ((False, LEVEL_SCALE), (True, LEVEL_SCALE_HEALTHY)):
        found = populations(healthy)
        assert np.quantile(found.level, (0.05, 0.95)) == pytest.approx(factor((0.05, 0.95), scale), rel=0.06)
        assert np.quantile(found.effect, (0.05, 0.95)) == pytest.approx(factor((0.05, 0.95)), rel=0.04)
        assert abs(np.corrcoef(np.log(found.level), np.log(found.effect))[0, 1]) < 0.15
    # Rates of type I in a review lie 26-fold apart; nine of ten cohorts here about fourfold.
    low, high = factor((0.05, 0.95), LEVEL_SCALE)
    assert 3.5 < high / low < 6.0


@pytest.fixture(scope="module")
def boy():
    """A boy under tablets: the number of parameter sets is that of the fewest that differ."""
    return bs.compare(age=9, sex="male", oi_type="IV", years=1, plan="alendronate 5 mg/day", draws=40, sets=2)


def test_a_comparison_says_that_sets_are_so_many():
    sets = inspect.signature(bs.compare).parameters["sets"]
    assert (sets.annotation, sets.default) == (int, 16)
    assert "sets: how many parameter sets" in str(bs.compare.__doc__)


def test_sets_that_are_kept_on_disk_are_those_of_the_fit():
    for kept, (_, drawn) in zip(open_sets(3), mixed_sets(3), strict=True):
        assert jax.tree.structure(kept) == jax.tree.structure(drawn)
        for one, other in zip(jax.tree.leaves(kept), jax.tree.leaves(drawn), strict=True):
            np.testing.assert_array_equal(one, other)
    for wrong in (-1, 201, "8"):
        with pytest.raises(bs.InputError, match=r"count: got .* accepted: a whole number from 0 to 200"):
            bs.open_sets(wrong)  # type: ignore[arg-type]


def test_no_number_of_fractures_stands_alone(boy):
    """Without treatment the range of cohorts, with it that of laws and trials at the level that is told."""
    rows = {row["id"]: row for row in boy.summary()["rows"]}
    for name in ("with_fracture", "with_vertebral_fracture", "fractures"):
        row = rows[name]
        for plan in ("treated", "untreated"):
            low, high = row[plan]["population"]
            assert low < row[plan]["mean"] < high, (name, plan)
        low, high = row["difference"]["science"]
        assert low <= row["difference"]["mean"] <= high
        without, with_ = (np.ptp(row[plan]["population"]) for plan in ("untreated", "treated"))
        assert with_ < without  # trials lie less far apart than cohorts
    # Populations multiply fractures by so much; the parameter sets move them as well, so more lie between.
    least, most = factor((0.05, 0.95), LEVEL_SCALE)
    low, high = rows["fractures"]["untreated"]["population"]
    assert high / low > most / least
    assert "science" in rows["ls_z_gain"]["difference"] and "population" not in rows["ls_z_gain"]["treated"]
    first, second, third, *_ = boy.summary()["sentences"]
    assert "at least one fracture. Groups of people differ" in first and second.startswith("Where it is")
    assert third.startswith("The mean of the model: ") and "without treatment" in third


def test_a_statement_tells_ranges_first_and_the_mean_last(boy):
    """Of 100 such people: what groups and trials leave open, then the number in its middle."""
    told = boy.summary()["sentences"]
    with_fracture = boy.summary()["rows"][0]
    mean = f"{with_fracture['treated']['mean']:.0f} with the plan"
    assert [mean in line for line in told[:3]] == [False, False, True]
    vertebral = next(i for i, line in enumerate(told) if "a vertebral fracture:" in line)
    rows = boy.summary()["rows"]
    back = more_in_the_back(rows[0], rows[1])
    assert (told[vertebral + 1] == "Bones of the back gain more than arms and legs.") == bool(back)


@pytest.mark.parametrize(
    ("limb", "vertebral", "more"),
    [
        ((40.0, 50.0), (5.0, 10.0), True),  # hazards 0.74 and 0.49 of the untreated
        ((25.0, 50.0), (8.0, 10.0), False),  # 0.42 and 0.79
        ((50.0, 50.0), (9.0, 10.0), False),  # nothing is gained in the limbs to gain more than
        ((100.0, 100.0), (5.0, 10.0), False),  # everybody: no hazard can be told
    ],
)
def test_the_back_gains_more_only_where_its_hazard_falls_more(limb, vertebral, more):
    rows = [{"treated": {"mean": t}, "untreated": {"mean": u}} for t, u in (limb, vertebral)]
    assert more_in_the_back(*rows) == ["Bones of the back gain more than arms and legs."] * more
    assert more_in_the_back({"treated": {"mean": 40.0}}, rows[1]) == []


def test_laws_are_in_the_range_of_an_effect():
    """Under strength alone tablets spare fewer: with its set the range reaches further up."""
    told = {"age": 9, "sex": "male", "oi_type": "IV", "years": 1, "plan": "alendronate 5 mg/day", "draws": 20}
    question = bs.compare(**told, sets=0).lives["treated"].question
    lives = {label: one for label, one in bs.compare(**told, sets=0).lives.items()}
    only = rivals()["strength-only"].parameters
    ends = {}
    for name, sets in (("shipped", ()), ("strength only", (only,))):
        asked = science.questions(question, sets)
        plan, none = (science.means(asked, lives[label].plan) for label in ("treated", "untreated"))
        centre = float(plan["fractures"][0, 0] - none["fractures"][0, 0])
        ends[name] = science.span("fractures", centre, plan, none, as_told=True)
    assert ends["strength only"][1] > ends["shipped"][1] + 0.01


def test_who_gives_parameters_is_told_no_others():
    """A set is taken as if known: what lies between populations stays."""
    own = bs.with_values(bs.default_parameters(), fracture__gL=0.0)
    told = {"age": 9, "sex": "male", "oi_type": "IV", "years": 1, "plan": "alendronate 5 mg/day", "draws": 10}
    row = next(r for r in bs.compare(**told, parameters=own).summary()["rows"] if r["id"] == "ls_z_gain")
    assert row["difference"]["science"] == [row["difference"]["mean"]] * 2
    with pytest.raises(bs.InputError, match="sets"):
        bs.compare(**told, sets=-1)


def test_nobody_without_a_drug_is_told_what_a_drug_may_do():
    none = bs.compare(age=9, sex="male", oi_type="IV", years=1, plan="no treatment", draws=5, sets=0)
    said = none.summary()["sentences"]
    assert not any("laws and trials differ" in one for one in said)
    assert any("Groups of people differ" in one for one in said)
