"""The law of fracture: untreated rates, strength against one's own untreated, quiet remodelling, rivals."""

import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import default_parameters, simulate_cohort, with_values
from brittlestar.engine.baseline import at_entry
from brittlestar.outcomes.fracture import (
    SITES,
    Fracture,
    hazard,
    healthy_rate,
    reference_rates,
    untreated_hazard,
    within_reach,
)
from brittlestar.people.coding import TYPES
from outcome_courses import people

LIMBS = slice(0, 3)
P = fill(Fracture)
ONE, ZERO = jnp.ones(1), jnp.zeros(1)
UNTREATED = jnp.full((4, 1), 0.2 / DAYS_PER_YEAR)


def ratio(p=P, limb=ZERO, vertebra=ZERO, space=ONE, tough=ONE, reach=ONE, untreated=UNTREATED):
    """Hazard over the untreated one [site]."""
    found = hazard(
        untreated, limb=limb, vertebra=vertebra, space=space, recent=ZERO, tough=tough, reach=reach, p=p
    )
    return np.asarray(found / untreated)[:, 0]


def test_bone_as_it_was_has_the_untreated_hazard():
    assert ratio() == pytest.approx(np.ones(4), abs=1e-12)


def test_strength_acts_as_a_power_of_its_gain():
    strength_alone = P._replace(bL=2.0, gL=0.0, bV=1.5, gV=0.0)
    found = ratio(strength_alone, limb=jnp.log(2.0) * ONE, vertebra=jnp.log(4.0) * ONE, space=0.3 * ONE)
    assert found == pytest.approx([0.25, 0.25, 0.25, 0.125])


def test_quiet_remodelling_saturates_in_limbs_and_not_in_the_spine():
    quiet_alone = P._replace(bL=0.0, bV=0.0, gL=0.2, gV=1.0, kL=0.1)
    found = ratio(quiet_alone, space=0.9 * ONE)
    assert found == pytest.approx(np.exp([-0.2 * (1 - np.exp(-1))] * 3 + [-0.1]))
    found = ratio(quiet_alone, space=0.2 * ONE)
    assert found == pytest.approx(np.exp([-0.2] * 3 + [-0.8]), rel=1e-3)
    # More of it than usual adds risk, to a limit.
    assert ratio(quiet_alone, space=1.01 * ONE) == pytest.approx(np.exp([0.02] * 3 + [0.01]))
    assert ratio(quiet_alone, space=3.0 * ONE) == pytest.approx(np.exp([0.1] * 3 + [0.5]))


def test_loads_near_the_limit_leave_strength_less_to_do_in_whom_most_of_them_break_a_bone():
    law = P._replace(bL=2.0, gL=0.0, load_years=DAYS_PER_YEAR)
    stronger = jnp.log(2.0) * ONE

    def limbs(per_year):
        return ratio(law, limb=stronger, untreated=jnp.full((4, 1), per_year / DAYS_PER_YEAR))[LIMBS]

    # q + (1 - q) S^b with S^b = 4 and q the share of loads that break the bone.
    assert limbs(0.5) == pytest.approx([1 / (0.5 + 0.5 * 4)] * 3)
    assert limbs(1e-9) == pytest.approx([0.25] * 3)
    assert limbs(2.0) == pytest.approx([1.0] * 3)


def test_what_is_out_of_reach_stays_whatever_the_bone():
    law = P._replace(bL=2.0, gL=0.0, matrix_power=1.0)
    reach = within_reach(jnp.array([1.2, 0.5]), law)
    assert np.asarray(reach) == pytest.approx([1.0, 0.5])
    assert ratio(law, limb=jnp.log(2.0) * ONE, reach=reach[1:])[LIMBS] == pytest.approx([0.5 + 0.5 / 4] * 3)


def test_the_weaker_of_two_untreated_people_breaks_more_bones():
    p = P._replace(b0L=2.0, b0V=1.5)
    added, healthy = jnp.zeros((4, 2)), jnp.full(2, 0.01)
    strong, weak = np.asarray(
        untreated_hazard(added, healthy, jnp.log(jnp.array([1.0, 0.5])), jnp.log(jnp.array([1.0, 0.25])), p)
    ).T
    assert strong == pytest.approx(0.01 * np.asarray(P.healthy_sites))
    assert weak / strong == pytest.approx([4.0, 4.0, 4.0, 8.0])


@pytest.mark.parametrize("b0L", [1.5, 2.5])
def test_untreated_type_I_has_the_rates_that_its_curves_state(b0L):
    """Fractures a year of the typical girl, at any exponent: those of a healthy one, more as her bone is
    weaker, and the curves of type I, whatever the strength of type I is in the model."""
    p = with_values(default_parameters(), fracture__b0L=b0L)
    cohort = people(3, np.array([4.0, 12.0, 30.0]), TYPES.index("I"), sex=1)
    names = [*(f"hazard_{site}" for site in SITES), "strength_limb"]
    found = at_entry(cohort, tuple(names), p)
    f, age = p.fracture, jnp.asarray(cohort.age_years)
    everybody = np.asarray(healthy_rate(age, 1, f)) * found["strength_limb"] ** -b0L
    own = np.asarray(reference_rates(age, f))
    for site, share in zip(range(3), np.asarray(f.healthy_sites)[:3]):
        expected = (share * everybody + own[site]) * DAYS_PER_YEAR
        assert found[names[site]] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("kind", ["I", "III", "IV"])
def test_no_exponent_of_treatment_moves_an_untreated_rate(kind):
    cohort = people(2, np.array([8.0, 30.0]), TYPES.index(kind))
    untreated = as_plan("no treatment").schedule(60, 7.0, drugs=DRUGS)
    names = [f"hazard_{site}" for site in SITES]

    def rates(**values):
        p = with_values(default_parameters(), **values)
        course = simulate_cohort(cohort, [untreated], np.zeros(2, int), 1.0, fates=False, parameters=p)
        return np.stack([course[name] for name in names])

    usual = rates()
    other = rates(fracture__bL=4.0, fracture__gL=1.0, fracture__bV=3.0, fracture__gV=2.0)
    assert other[:, 0] == pytest.approx(usual[:, 0], rel=1e-9)
    # Over a year a child's bone leaves the closed form of its own course a little.
    assert other == pytest.approx(usual, rel=0.05)
