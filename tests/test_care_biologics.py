"""Denosumab, teriparatide and antibodies to sclerostin: their factors against what was measured in adults."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brittlestar.care import BIOLOGICS, Biologic, Plan, Span, as_plan
from brittlestar.care.biologics import drives
from brittlestar.care.biologics.kinetics import amount_in_body, follow, reservoir

MONTH = 365.25 / 12


def adult_turnover(words: str, months: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Resorption and formation by day of an adult whose cells follow with the lags of the engine."""
    plan = as_plan(words)
    rankl, formation = drives(plan.biologics, int(months * MONTH), 1.0)
    cells, signal = 1.0 - np.exp(-25 / 365.25), 1.0 - np.exp(-1 / (0.05 * 365.25))
    C = P = B = 1.0
    resorbed, formed = [], []
    for drive, gain in zip(rankl, formation, strict=True):
        C += (drive - C) * cells
        P += (C - P) * signal
        B += (P * gain - B) * signal
        resorbed.append(C)
        formed.append(B)
    return np.array(resorbed), np.array(formed)


def at(series: np.ndarray, months: float) -> float:
    return float(series[int(months * MONTH) - 1])


def test_denosumab_suppresses_and_rebounds():
    # CTX -63 % at 24 months, above the start 3 months later, back by 48 months: doi:10.1210/jc.2010-1502.
    resorbed, _ = adult_turnover("denosumab 60 mg every 6 months for 2 years")
    assert at(resorbed, 1) < 0.3
    assert at(resorbed, 24) == pytest.approx(0.37, abs=0.05)
    assert 0.95 < at(resorbed, 27) < 1.2
    assert 1.3 < resorbed.max() < 1.7
    assert at(resorbed, 48) == pytest.approx(1.0, abs=0.05)


def test_more_denosumab_more_rebound():
    peaks = [
        adult_turnover(f"denosumab 60 mg every 6 months for {years} years", 72)[0].max()
        for years in ("0.4", "1", "2")
    ]
    assert 1.0 < peaks[0] < peaks[1] < peaks[2]


def test_antibody_to_sclerostin_forms_bone_for_a_while():
    # P1NP and CTX of the label: +145 and -55 % at 2 weeks, 0 at 9 months, -15 and -25 % at 12 months.
    resorbed, formed = adult_turnover("romosozumab 210 mg every month for 1 year")
    assert at(formed, 0.5) == pytest.approx(2.45, abs=0.35)
    assert at(formed, 9) == pytest.approx(1.0, abs=0.15)
    assert at(formed, 12) == pytest.approx(0.85, abs=0.15)
    assert at(resorbed, 12) == pytest.approx(0.75, abs=0.1)
    assert at(resorbed, 15) > 1.0 and at(resorbed, 24) == pytest.approx(1.0, abs=0.1)


def test_setrusumab_in_adults_with_oi():
    # P1NP +84 % at day 43 after 5, 10 and 20 mg/kg two weeks apart.
    words = ", ".join(
        f"setrusumab {dose} mg/kg once from {day} days" for dose, day in ((5, 0), (10, 14), (20, 28))
    )
    _, formed = adult_turnover(words, 6)
    assert formed[42] == pytest.approx(1.84, abs=0.4)


def test_teriparatide_raises_both_formation_first():
    resorbed, formed = adult_turnover("teriparatide 20 ug/day for 2 years")
    assert at(formed, 1) == pytest.approx(2.05, abs=0.2) and at(resorbed, 1) < 1.15
    assert at(formed, 6) == pytest.approx(3.18, abs=0.3)
    assert at(resorbed, 6) == pytest.approx(1.58, abs=0.15)
    assert at(formed, 36) == pytest.approx(1.0, abs=0.15)


def test_no_biologic_no_factor():
    schedule = as_plan("zoledronate 0.05 mg/kg iv every 6 months").schedule(10, 7.0)
    for name in ("rankl", "formation", "limb_hazard"):
        assert getattr(schedule.care, name).tolist() == [1.0] * 10


def test_effects_of_two_drugs_multiply():
    both = as_plan("denosumab 60 mg every 6 months, teriparatide 20 ug/day").schedule(52, 7.0)
    one, other = (
        as_plan(w).schedule(52, 7.0) for w in ("denosumab 60 mg every 6 months", "teriparatide 20 ug/day")
    )
    np.testing.assert_allclose(both.care.rankl, one.care.rankl * other.care.rankl, rtol=0.01)
    np.testing.assert_allclose(both.care.formation, other.care.formation)


def test_holds_and_stops_reach_biologics():
    words = "teriparatide 20 ug/day, osteotomy at 3 months, hold 1 day before until 3 months after surgery"
    held = as_plan(words).schedule(52, 7.0).care.formation
    assert held[10] > 2 and held[20] < 1.05 and held[40] > 2
    stopped = as_plan("denosumab 60 mg every 6 months, stop after 1 year")
    assert stopped.doses(4 * 365.25) == [(0.0, "denosumab"), (365.25 / 2, "denosumab")]


@given(
    st.sampled_from(BIOLOGICS),
    st.sampled_from([1.0, 7.0, 28.0]),
    st.floats(0.1, 2.0),
    st.floats(20.0, 400.0),
    st.floats(0, 500),
)
@settings(max_examples=60, deadline=None)
def test_factors_stay_in_bounds_and_begin_at_one(drug, step, share, every, start):
    unit, dose = ("ug/day", 20.0) if drug == "teriparatide" else ("mg", 200.0)
    interval = None if drug == "teriparatide" else Span(every)
    course = Biologic(drug=drug, dose=dose * share, dose_unit=unit, start=Span(start), every=interval)
    rankl, formation = drives([course], int(1000 / step), step)
    before = int(start / step)
    assert (rankl[:before] == 1).all() and (formation[:before] == 1).all()
    assert np.isfinite(rankl).all() and (rankl > 0.05).all() and (rankl < 3.0).all()
    assert (formation >= 1).all() and (formation < 7.0).all()


def test_step_length_changes_means_only_slightly():
    plan = as_plan("denosumab 60 mg every 6 months for 2 years, romosozumab 210 mg every month from 3 years")
    fine = drives(plan.biologics, 28 * 60, 1.0)
    coarse = drives(plan.biologics, 60, 28.0)
    for a, b in zip(fine, coarse, strict=True):
        np.testing.assert_allclose(a.reshape(60, 28).mean(axis=1), b, rtol=1e-9)


def test_closed_forms_agree_with_a_solver():
    from scipy.integrate import solve_ivp

    p = {"absorption_half_life": 2.7, "half_life": 26.0, "bioavailability": 0.61}
    ka, ke = np.log(2) / 2.7, np.log(2) / 26.0
    solved = solve_ivp(
        lambda t, y: [-ka * y[0], ka * y[0] - ke * y[1]], (0, 90), [0.61 * 60, 0], rtol=1e-10, atol=1e-12
    )
    assert amount_in_body(np.array([90.0]), [(0.0, 60.0)], p)[0] == pytest.approx(solved.y[1, -1], rel=1e-6)
    assert follow(np.ones(2000), 30.0, 1.0)[-1] == pytest.approx(1.0)
    low = 0.2
    waiting = reservoir(np.full(4000, low), 1.0)
    assert waiting[0] > 1.0 and waiting[-1] == pytest.approx(1.0 / (0.38 + 0.62 * low), rel=1e-3)
    assert (reservoir(np.ones(10), 1.0) == 1.0).all()


def test_every_number_of_a_biologic_has_a_source():
    from brittlestar.care.biologics import known

    for drug in BIOLOGICS:
        for parameter in known(drug).values():
            assert parameter.source and parameter.status
    assert isinstance(as_plan("setrusumab-20mgkg-monthly"), Plan)
