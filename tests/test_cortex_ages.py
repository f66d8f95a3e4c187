"""The cortex ages in both sexes: canals join, for good. Mineral of growing bone may resist."""

from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar.bone import cortex, mineral
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, simulate_cohort
from brittlestar.engine.healthy_tables import known_table
from brittlestar.model.healthy import PER_YEAR, Healthy
from brittlestar.model.healthy_table import load_reference
from brittlestar.model.parameters import default_parameters, with_values
from brittlestar.people.coding import TYPES
from outcome_courses import people

MEN, WOMEN = 0, 1


@cache
def healthy() -> Healthy:
    return Healthy(*np.moveaxis(known_table(load_reference(), default_parameters()), -1, 0))


def followed(age: float, plan: str, years: float, sex: int = WOMEN, oi_type: str = "healthy") -> Course:
    cohort = people(1, np.array([age]), TYPES.index(oi_type), sex)
    schedule = as_plan(plan).schedule(int(years * 53) + 9, 7.0, drugs=DRUGS)
    return simulate_cohort(cohort, [schedule], np.zeros(1, int), years, fates=False)


def test_canals_leave_what_their_turnover_does_not_refill():
    """A tenth of 4 % a year for ten years at usual turnover: 0.04 of the cortex."""
    p = default_parameters().cortex._replace(fL=0.04 / 365.25, canal_loss=0.06)
    share = cortex.unfilled(0.96, 1.0, p)
    assert float(share) == pytest.approx(0.10)
    assert float(cortex.joining(jnp.ones(()), share, p)) * 3652.5 == pytest.approx(0.04)


def test_no_canal_joins_in_children_and_both_sexes_lose_from_thirty():
    joined = healthy().joined
    assert np.all(joined[:, : 25 * PER_YEAR] == 0.0)
    men, women = (joined[sex, 80 * PER_YEAR] for sex in (MEN, WOMEN))
    assert 0.0 < men < women
    assert healthy().phi[MEN, 80 * PER_YEAR] > healthy().phi[MEN, 30 * PER_YEAR] + 0.9 * men


@pytest.mark.parametrize("sex", [MEN, WOMEN])
def test_a_drug_that_quiets_remodelling_slows_what_is_lost(sex: int):
    years = 10.0
    alone, treated = (followed(65.0, plan, years, sex)["porosity"][-1, 0] for plan in
                      ("no treatment", "denosumab 60 mg every 6 months"))  # fmt: skip
    start = followed(65.0, "no treatment", 0.1, sex)["porosity"][0, 0]
    assert alone > start and treated < alone


@pytest.mark.parametrize("oi_type", ["I", "IV", "III"])
def test_untreated_adults_with_oi_start_on_their_own_course(oi_type: str):
    """What they have lost by 60 is what they would have lost had they been followed from 40."""
    from_40 = followed(40.0, "no treatment", 20.0, WOMEN, oi_type)["porosity"][-1, 0]
    at_60 = followed(60.0, "no treatment", 0.1, WOMEN, oi_type)["porosity"][0, 0]
    assert at_60 == pytest.approx(from_40, rel=0.02)


def test_mineral_of_growing_bone_answers_in_part():
    p = default_parameters().mineral._replace(resist=3.0)

    def answer(mature: float) -> float:
        B, usual, share = (jnp.asarray(value) for value in (0.4, 1.0, mature))
        return float(mineral.filling_formation(B, usual, share, p))

    assert answer(1.0) == pytest.approx(0.4)
    assert answer(0.0) == pytest.approx(1.0 - 0.6 / 4.0)


def test_a_childs_mineral_rises_less_where_it_resists_and_an_adults_does_not_care():
    def gain(age: float, resist: float) -> float:
        cohort = people(1, np.array([age]), TYPES.index("IV"), WOMEN)
        schedule = as_plan("zoledronate 0.05 mg/kg every 6 months").schedule(160, 7.0, drugs=DRUGS)
        p = with_values(default_parameters(), mineral__resist=resist)
        course = simulate_cohort(cohort, [schedule], np.zeros(1, int), 3.0, fates=False, parameters=p)
        return float(course["mineral_mean"][-1, 0] / course["mineral_mean"][0, 0] - 1.0)

    assert 0.0 < gain(6.0, 9.0) < 0.6 * gain(6.0, 0.0)
    assert gain(40.0, 9.0) == pytest.approx(gain(40.0, 0.0), rel=1e-6)
