"""Reactions to infusions and tablets: published shares, direction of each cause, once per course."""

import numpy as np
import pytest
from scipy.special import ndtri

from brittlestar._shared.parameter_files import fill
from brittlestar.aftermath.consequences import aftermath, aftermath_parameters
from brittlestar.aftermath.received import Given
from brittlestar.drugs.dose_rule import dose_mg
from brittlestar.outcomes import reactions
from outcome_courses import Repeated, course, infusions, people

P = fill(reactions.Reactions)
ZOL, PAM, NER, ALN, RIS = range(5)


def george(seed=1, copies=20):
    """81 patients, 49 of them new to the drug, with 204 infusions of zoledronate 0.025 mg/kg; in copies."""
    n = 81 * copies
    c = people(n, 11.0, 1 + np.arange(n) % 3)
    counts = np.tile(np.repeat([2, 3], [39, 42]), copies)
    assert counts[:81].sum() == 204
    plans = [infusions([0.0, 0.25]), infusions([0.0, 0.25, 0.5])]
    before = np.tile(np.arange(81) * 37 % 81 >= 49, copies)
    rho = np.where((np.arange(13)[:, None] == 0) & ~before, 1.0, 0.45)
    made = course(c, 1, rho=rho, bsap=1.4 * (0.25 + 0.75 * rho))
    return aftermath(c, made, plans, counts - 2, seed=seed, treated_before=before)


def test_shares_of_the_published_infusions():
    d = george().doses
    assert len(d.person) == 204 * 20
    within = 3.0 * np.sqrt(0.19 * 0.81 / len(d.person))
    assert d.acute_phase.mean() == pytest.approx(0.191, abs=within)
    assert d.low_calcium.mean() == pytest.approx(0.164, abs=0.03)
    assert d.low_phosphate.mean() == pytest.approx(0.252, abs=0.03)
    assert d.symptomatic_calcium.mean() == pytest.approx(2 / 204, abs=0.006)
    assert d.acute_phase[d.naive].mean() == pytest.approx(0.5, abs=0.05)
    assert d.acute_phase[~d.naive].mean() == pytest.approx(0.09, abs=0.02)


def test_one_study_of_that_size_would_see_the_published_share():
    seen = [george(seed, copies=1).doses.acute_phase.mean() for seed in range(1, 21)]
    low, high = np.quantile(seen, [0.05, 0.95])
    assert low < 0.191 < high


def test_length_and_severity():
    d = george(copies=60).doses
    ill = d.acute_phase
    assert np.array_equal(d.reaction_days > 0, ill) and np.array_equal(d.severity > 0, ill)
    assert np.median(d.reaction_days[ill]) == pytest.approx(2.0, rel=0.05)
    assert np.log(d.reaction_days[ill]).std() == pytest.approx(0.6, rel=0.05)
    assert d.reaction_days.max() > 6.0
    assert (d.severity[ill] == reactions.SEVERITY.index("marked")).mean() == pytest.approx(0.30, abs=0.03)


def test_drug_route_history_and_age_of_the_acute_phase():
    def chance(drug, naive=True, age=8.0):
        return float(reactions.acute_phase_chance(drug, naive, age, P))

    assert chance(ZOL) > chance(NER) > chance(ALN)
    assert chance(ZOL, naive=False) < 0.25 * chance(ZOL)
    assert chance(ZOL, age=40.0) == pytest.approx(0.424, abs=0.005)
    assert 0.0 < chance(RIS) < 0.05


def test_adults_are_ill_for_three_days_in_the_middle_and_some_for_longer():
    n = 4000
    c = people(n, 65.0, 1)
    d = aftermath(c, course(c, 1), [infusions([0.0])], np.zeros(n, int)).doses
    assert np.median(d.reaction_days[d.acute_phase]) == pytest.approx(3.0, rel=0.05)
    assert 0.1 < (d.reaction_days[d.acute_phase] > 5.0).mean() < 0.3


def test_who_reacted_first_reacts_again_more_often_and_first_doses_stay_as_published():
    n = 20000
    c = people(n, 8.0, 1)
    made, plan = course(c, 1), [infusions([0.0, 0.5])]
    p = aftermath_parameters()
    drawn_anew = p._replace(reactions=p.reactions._replace(susceptibility=np.array(0.0)))
    again = {}
    for name, q in (("own", p), ("anew", drawn_anew)):
        d = aftermath(c, made, plan, np.zeros(n, int), parameters=q).doses
        first, second = (d.acute_phase[d.number == k] for k in (0, 1))
        again[name] = second[first].mean() / second[~first].mean()
        # Whoever is susceptible: the share of all at each dose is the chance of such people.
        assert first.mean() == pytest.approx(0.50, abs=0.011)
        assert second.mean() == pytest.approx(0.09, abs=0.007)
    assert again["own"] > 3.0 and again["anew"] == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("chance", [0.01, 0.09, 0.425, 0.5])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_the_mean_over_people_is_the_chance_whatever_the_susceptibility(chance, share):
    people_of_all_kinds = ndtri((np.arange(200_000) + 0.5) / 200_000)
    p = P._replace(susceptibility=np.array(share))
    own = reactions.own_acute_phase_chance(chance, people_of_all_kinds, p)
    assert own.mean() == pytest.approx(chance, rel=1e-3)
    assert (own.std() < 1e-9) == (share == 0.0)


def test_three_days_in_a_row_are_one_course():
    day = np.array([0, 1, 2, 120, 121, 122]) / 365.25
    c = people(500, 8.0, 2)
    d = aftermath(c, course(c, 1), [infusions(day, PAM, 1.0)], np.zeros(500, int)).doses
    assert len(d.person) == 3000 and d.opens.sum() == 1000
    assert not d.acute_phase[~d.opens].any() and np.isnan(d.line_mm[~d.opens]).all()
    assert d.acute_phase[d.number == 0].sum() > d.acute_phase[d.number == 1].sum()


def test_causes_of_low_calcium():
    def chance(drug=ZOL, naive=True, turnover=1.0, vitamin_d=65.0, intake=1000.0, p=P):
        return float(reactions.low_calcium_chance(drug, naive, turnover, vitamin_d, intake, p))

    def of_204(first, later):
        return (49 * first + 155 * later) / 204

    assert of_204(chance(), chance(naive=False)) == pytest.approx(0.164, abs=5e-4)
    assert chance(turnover=2.0) > chance() > chance(turnover=0.5)
    assert chance(PAM) < chance() and chance(RIS) == 0.0
    # As in the series: no association with calcium or vitamin D; a rival has one.
    assert chance(vitamin_d=25.0) == chance() == chance(intake=400.0)
    rival = P._replace(vitamin_d_or=np.array(1.5), calcium_or=np.array(1.3))
    assert chance(vitamin_d=25.0, p=rival) > chance() and chance(intake=400.0, p=rival) > chance()
    dose = reactions.low_phosphate_chance(ZOL, True, 1.0, np.array([0.0125, 0.025, 0.05]), P)
    later = reactions.low_phosphate_chance(ZOL, False, 1.0, 0.025, P)
    assert of_204(dose[1], later) == pytest.approx(0.252, abs=5e-4) and np.all(np.diff(dose) > 0)


def test_if_calcium_matters_a_supplement_lowers_the_risk_of_the_same_people():
    n = 500
    base = people(n, 8.0, 2)
    base = base.take(np.arange(n))
    index = np.repeat([0, 1], n)
    cohort = Repeated(base, np.tile(np.arange(n), 2))
    plans = [infusions([0.0]), infusions([0.0], calcium_mg_per_day=np.full(60, 1000.0))]
    p = aftermath_parameters()
    rival = p._replace(reactions=p.reactions._replace(calcium_or=np.array(1.3)))
    d = aftermath(cohort, course(cohort, 1), plans, index, parameters=rival).doses
    with_it, without = d.low_calcium[index[d.person] == 1], d.low_calcium[index[d.person] == 0]
    assert with_it.sum() < without.sum() and np.all(with_it <= without)


def test_dose_per_infusion_and_its_cap():
    amount = np.array([[0.05, 0.0, 0.0, 0.0, np.inf], [0.0, 2.0, 4.0, 30.0, np.inf], [0.05, 0, 0, 0, 1.0]])
    assert dose_mg(amount.T, np.array([20.0, 20.0, 40.0])) == pytest.approx([1.0, 2.0, 1.0])
    c = people(3, 8.0, [1, 2, 3])
    d = aftermath(c, course(c, 1), [infusions([0.5], mg_per_kg=0.05)], np.zeros(3, int)).doses
    assert d.mg_per_kg == pytest.approx([0.05] * 3) and np.all(np.diff(d.mg) < 0)


def tablets(upright=True, fasting=True):
    return Given(
        tablet_start=np.array([0.0]),
        tablet_end=np.array([3 * 365.25]),
        tablet_drug=np.array([RIS]),
        upright=upright,
        fasting=fasting,
    )


def test_complaints_of_the_gut_by_how_tablets_are_taken():
    n = 4000
    base = people(n, 8.0, 1)
    index = np.repeat([0, 1, 2, 3], n)
    cohort = Repeated(base, np.tile(np.arange(n), 4))
    plans = [Given(), tablets(), tablets(upright=False), tablets(upright=False, fasting=False)]
    g = aftermath(cohort, course(cohort, 3, rows_per_year=2), plans, index).gut
    rate = [(index[g.person] == i).sum() / (3 * n) for i in range(4)]
    assert rate[0] == pytest.approx(0.25, abs=0.015)
    assert rate[1] == rate[0]
    assert rate[2] / rate[0] == pytest.approx(1.5, rel=0.05)
    assert rate[3] / rate[0] == pytest.approx(1.8, rel=0.05)
    stops = g.stopped & (index[g.person] == 1)
    # 5 withdrawals for adverse events of 143 children.
    assert stops.sum() / n == pytest.approx(5 / 143, abs=0.015)
    assert not g.stopped[index[g.person] == 0].any()
    assert np.all(np.bincount(g.person[g.stopped], minlength=4 * n) <= 1)
