"""Time to union: odds ratios of the published cohort, what a hold does, and nothing without drug."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.parameter_files import fill, load
from brittlestar.aftermath.consequences import aftermath
from brittlestar.aftermath.received import Given
from brittlestar.outcomes import healing
from outcome_courses import Repeated, course, infusions, people

P = fill(healing.Healing)
MONTH = 365.25 / 12.0


@pytest.mark.parametrize(("kind", "published"), [("fracture", 1.76), ("osteotomy", 7.29)])
def test_a_logistic_regression_of_simulated_events_finds_the_published_odds_ratio(kind, published):
    n = 40_000
    who = np.arange(n)
    treated = who % 2
    age = np.clip(8.0 + 3.5 * normal(3, who, "age"), 1.0, 17.0)
    days = healing.union_days(uniform(3, who, "union"), kind, treated.astype(float), age, P)
    years = age - float(P.age_reference)
    by_age = years * treated if kind == "osteotomy" else years
    fit = sm.Logit(days > P.mark, np.column_stack([np.ones(n), treated, by_age])).fit(disp=0)
    assert abs(fit.params[1] - np.log(published)) < 3.0 * fit.bse[1]
    if kind == "osteotomy":
        assert abs(fit.params[2] - np.log(1.25)) < 3.0 * fit.bse[2]


def test_medians():
    months = {
        (kind, E): float(healing.median_days(kind, E, 8.0, P)) / MONTH
        for kind in healing.KINDS
        for E in (0.0, 1.0)
    }
    assert months["fracture", 0.0] == pytest.approx(4.5, abs=0.1)
    assert months["osteotomy", 0.0] == pytest.approx(5.8, abs=0.1)
    # Seven osteotomies on treatment took 8 to 12 months, mean 10.4.
    assert 8.0 < months["osteotomy", 1.0] < 12.0
    assert months["fracture", 1.0] / months["fracture", 0.0] == pytest.approx(1.76 ** (1 / 3))


def test_the_interval_of_a_fracture_holds_no_effect_and_that_of_an_osteotomy_does_not():
    told = load("brittlestar.outcomes", "healing.toml")
    published = {"fracture": (1.76, 0.61, 5.10), "osteotomy": (7.29, 2.62, 20.3)}
    for kind in healing.KINDS:
        reach = np.array([0.0, -1.96, 1.96]) * (told[f"or_{kind}"].log_sd or 0.0)
        ratio = np.exp(healing.log_odds_ratio(kind, 1.0, P.age_reference, P) + reach)
        assert ratio == pytest.approx(published[kind], rel=0.01)
    assert healing.log_odds_ratio("osteotomy", 0.0, P.age_reference, P) == 0.0


def test_the_slowest_never_unite_with_drug_as_without():
    u = uniform(1, np.arange(50_000), "union")
    never = [np.isinf(healing.union_days(u, "osteotomy", E, 8.0, P)) for E in (0.0, 1.0)]
    assert never[0].mean() == pytest.approx(0.015, abs=0.002)
    assert np.array_equal(never[0], never[1])


@given(st.floats(0, 30), st.floats(0, 1.5), st.floats(0, 1), st.floats(0, 20), st.floats(0.001, 0.98))
def test_more_drug_never_heals_earlier_at_the_reference_age(exposure, rho, dosing, more, u):
    def days(e):
        E = healing.local_exposure(healing.skeletal_load(e, rho, P), dosing, P)
        assert 0.0 <= E <= 1.0
        return healing.union_days(u, "osteotomy", E, 8.0, P)

    assert days(exposure) <= days(exposure + more)


@given(st.floats(0, 400), st.floats(0.01, 5.0))
def test_a_hold_one_day_longer_changes_little(after, more):
    shares = [float(healing.dosing_share(day, 0.0, P)) for day in (after, after + more)]
    assert 0.0 <= shares[1] <= shares[0] <= 1.0
    assert shares[0] - shares[1] < 0.02 * more + 1e-9


def test_slow_turnover_without_drug_is_not_taken_for_drug():
    assert healing.skeletal_load(0.0, 0.3, P) == 0.0
    assert healing.skeletal_load(8.0, 0.3, P) == pytest.approx(1.0)


def test_a_hold_around_the_operation_shortens_healing_and_no_drug_is_fastest():
    c = people(300, 8.0, 2)
    plans = [
        infusions(np.arange(0.1, 4, 1 / 3), 1, 1.0, osteotomy_day=np.array([731.0])),
        infusions([0, 1 / 3, 2 / 3, 1, 4 / 3, 3, 10 / 3], 1, 1.0, osteotomy_day=np.array([731.0])),
        Given(osteotomy_day=np.array([731.0])),
    ]
    ids, index = np.tile(np.arange(300), 3), np.repeat([0, 1, 2], 300)
    three = Repeated(c, ids)
    rho = np.where(index == 2, 1.0, 0.3)
    after = aftermath(three, course(three, 4, rho=rho, exposure=np.where(index == 2, 0.0, 8.0)), plans, index)
    u = after.unions
    on, held, none = (np.sort(u.days[index[u.person] == i]) for i in range(3))
    assert np.all(on >= held) and np.all(held >= none)
    assert u.exposure[index[u.person] == 1].mean() == pytest.approx(0.5, abs=0.02)
    # A pause of four months leaves an odds ratio of about 2.7.
    ratio = np.exp(healing.log_odds_ratio("osteotomy", 0.5, P.age_reference, P))
    assert ratio == pytest.approx(2.7, abs=0.05)
    assert np.array_equal(none, np.sort(u.days_without[index[u.person] == 2]))
