"""Denosumab, teriparatide and antibodies to sclerostin: their factors against what was measured in adults."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brittlestar.care import BIOLOGICS, Biologic, Plan, Span, as_plan
from brittlestar.care.biologics import drives
from brittlestar.care.biologics.kinetics import amount_in_body, follow, reservoir, shipped_numbers
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.run import simulate_cohort
from brittlestar.evidence.calibration.targets import TargetCohort
from brittlestar.evidence.calibration.typical_people import typical_people
from brittlestar.model.state import People

MONTH = 365.25 / 12
OUTPUTS = (
    "ls_abmd", "ctx", "ntx", "p1np", "formation", "porosity", "neck_density", "femur_failure_load",
    "tibia_failure_load", "calcium_change_mmol_per_l",
)  # fmt: skip
WOMAN, MAN, MAN_I, CHILD = ("healthy", 65.0, 1), ("healthy", 65.0, 0), ("I", 41.0, 0), ("III", 7.0, 1)
DENOSUMAB, TERIPARATIDE = "denosumab 60 mg every 6 months for 2 years", "teriparatide 20 ug/day for 2 years"
ROMOSOZUMAB = "romosozumab 210 mg every month for 1 year"
AFTER = ", zoledronate 5 mg iv once from 2 years"
ARMS = {
    "nothing": (WOMAN, "no treatment"),
    "denosumab": (WOMAN, DENOSUMAB),
    "denosumab, 5 months": (WOMAN, "denosumab 60 mg every 6 months for 5 months"),
    "denosumab, a year": (WOMAN, "denosumab 60 mg every 6 months for 1 year"),
    "denosumab, a year, child": (CHILD, "denosumab 1 mg/kg every 3 months for 1 year"),
    "denosumab, zoledronate": (WOMAN, DENOSUMAB + AFTER),
    "denosumab, teriparatide": (WOMAN, DENOSUMAB + ", teriparatide 20 ug/day from 2 years"),
    "teriparatide": (WOMAN, TERIPARATIDE),
    "teriparatide, man": (MAN, TERIPARATIDE),
    "teriparatide, zoledronate": (WOMAN, TERIPARATIDE + AFTER),
    "teriparatide, denosumab": (WOMAN, TERIPARATIDE + ", denosumab 60 mg every 6 months from 2 years"),
    "romosozumab": (WOMAN, ROMOSOZUMAB),
    "setrusumab": (MAN_I, "setrusumab 20 mg/kg every month"),
    "setrusumab, rising": (
        MAN_I,
        ", ".join(f"setrusumab {mg} mg/kg once from {day} days" for mg, day in ((5, 0), (10, 14), (20, 28))),
    ),
}
"""Who gets what."""


@pytest.fixture(scope="module")
def over_start():
    """Outputs over those at the start [arm][output](months): typical people, expected course."""
    cohorts = [
        TargetCohort(study="", ages=(age,), types={kind: 1}, female=sex, spread="typical")
        for (kind, age, sex), _ in ARMS.values()
    ]
    people = [typical_people(cohort, treated=False).people for cohort in cohorts]
    columns: dict[str, Any] = {name: np.concatenate([one[name] for one in people]) for name in people[0]}
    schedules = [as_plan(words).schedule(53 * 4, 7.0, drugs=DRUGS) for _, words in ARMS.values()]
    course = simulate_cohort(
        People(**columns), schedules, np.arange(len(ARMS)), 4.0, output_days=7.0, outputs=OUTPUTS, fates=False
    )

    def read(arm: str, output: str, months: float, share: bool = True) -> float:
        values = course[output][:, list(ARMS).index(arm)]
        at = float(np.interp(months / 12.0, course.time_years, values))
        return at / float(values[0]) if share else at - float(values[0])

    return read


def gain(over_start, arm: str, months: float) -> float:
    """Spine density gained, %."""
    return 100.0 * (over_start(arm, "ls_abmd", months) - 1.0)


def test_denosumab_suppresses_and_rebounds(over_start):
    # P1NP -47 % at 24 months, CTX above the start 3 months later, both back by 48 months
    # (doi:10.1210/jc.2010-1502).
    assert over_start("denosumab", "ctx", 1) < 0.4 and over_start("denosumab", "ctx", 24) < 0.6
    assert np.log(over_start("denosumab", "p1np", 24)) == pytest.approx(-0.635, abs=0.2)
    assert over_start("denosumab", "ctx", 27) > 1.0 and over_start("denosumab", "p1np", 30) > 1.0
    assert over_start("denosumab", "ctx", 48) == pytest.approx(1.0, abs=0.05)


@pytest.mark.xfail(strict=True, reason="hip, radius and failure loads ask for less suppression: -50 %")
def test_denosumab_suppresses_resorption_as_measured(over_start):
    # CTX -63 % at 24 months, ln -0.99 +- 0.25 (doi:10.1210/jc.2010-1502).
    assert np.log(over_start("denosumab", "ctx", 24)) == pytest.approx(-0.99, abs=0.25)


def test_calcium_rises_in_a_child_after_denosumab_stops(over_start):
    """Published in words: it can rise. About 0.1 mmol/L here, half a year after the last of its effect."""

    def calcium(months: float) -> float:
        return over_start("denosumab, a year, child", "calcium_change_mmol_per_l", months, share=False)

    while_given, after = [calcium(m) for m in (6, 9, 12)], [calcium(m) for m in (16, 17, 18, 19, 20)]
    assert calcium(1) < -0.05 and max(map(abs, while_given)) < 0.04
    assert max(after) == pytest.approx(0.10, abs=0.04) and max(after) > 3.0 * max(while_given)
    assert calcium(24) < 0.04


def test_more_denosumab_more_rebound(over_start):
    peaks = [
        max(over_start(f"denosumab{length}", "ctx", months) for months in range(1, 48))
        for length in (", 5 months", ", a year", "")
    ]
    assert 1.0 < peaks[0] < peaks[1] < peaks[2]


def test_what_denosumab_gave_is_lost_without_zoledronate_and_kept_with_it(over_start):
    # In the year after the last effect the spine lost 4.8 +- 0.7 %. Two years after one infusion it was as at
    # the switch after 2 years of denosumab (PMID 31433518), and 4.0 +- 0.8 % lower after 5 (PMID 33813753).
    lost, kept = (
        gain(over_start, arm, 48) - gain(over_start, arm, 24)
        for arm in ("denosumab", "denosumab, zoledronate")
    )
    assert gain(over_start, "denosumab", 36) - gain(over_start, "denosumab", 24) < -4.0
    assert -4.0 < kept < 1.2 and kept > lost / 3.0


def test_teriparatide_raises_formation_first(over_start):
    # P1NP +105 % at 1 month, NTX +58 % at 6, spine +10.3 % at 18
    # (doi:10.1001/archinte.165.15.1762); that at 1 month was told by a later paper, so with twice its SD.
    assert np.log(over_start("teriparatide", "p1np", 1)) == pytest.approx(0.72, abs=0.39)
    assert over_start("teriparatide", "p1np", 6) > over_start("teriparatide", "p1np", 1)
    assert np.log(over_start("teriparatide", "ntx", 6)) == pytest.approx(0.457, abs=0.2)
    assert gain(over_start, "teriparatide", 18) == pytest.approx(10.3, abs=1.6)
    assert over_start("teriparatide", "p1np", 36) == pytest.approx(1.0, abs=0.15)


@pytest.mark.xfail(strict=True, reason="spine and femoral neck ask for less formation: +150 %")
def test_teriparatide_raises_formation_as_much_as_measured(over_start):
    # P1NP +218 % at 6 months (doi:10.1001/archinte.165.15.1762).
    assert np.log(over_start("teriparatide", "p1np", 6)) == pytest.approx(1.157, abs=0.2)


@pytest.mark.xfail(strict=True, reason="the femoral neck and pores of the cortex ask for less: -1.6 %")
def test_teriparatide_strengthens_the_femur_as_computed(over_start):
    # +5.4 % (p = 0.06) at 18 months (PMID 22015818).
    assert 100.0 * (over_start("teriparatide", "femur_failure_load", 18) - 1.0) == pytest.approx(5.4, abs=4.9)


def test_teriparatide_gives_the_femoral_neck_what_was_found(over_start):
    # +2.8 % (SD 3.9 of 31 women) at 24 months (PMC4083737).
    assert 100.0 * (over_start("teriparatide", "neck_density", 24) - 1.0) == pytest.approx(2.8, abs=1.4)


def test_teriparatide_builds_as_much_in_men_whose_turnover_is_lower(over_start):
    # 12 months: spine +11.3 % in 75 men and +9.6 % in 488 women, P1NP up by the same amount (PMID 25567777).
    men, women = (over_start(f"teriparatide{who}", "formation", 6, share=False) for who in (", man", ""))
    assert men / women == pytest.approx(1.0, abs=0.3)
    assert 0.8 < gain(over_start, "teriparatide, man", 12) / gain(over_start, "teriparatide", 12) < 1.6


def test_teriparatide_leaves_the_cortex_porous(over_start):
    # Porosity rose by 5.6 +- 9.9 % at the tibia, by more at the radius (PMID 25043459).
    assert -15.0 < 100.0 * (over_start("teriparatide", "porosity", 12) - 1.0) < 25.0


def test_the_order_of_two_drugs_matters(over_start):
    # 48 months: teriparatide, then denosumab +18.3 +- 8.5 %; the reverse +14.0 +- 6.7 %, with a loss at first
    # (PMC4620731).
    first, then = (gain(over_start, "teriparatide, denosumab", months) for months in (24, 48))
    assert then > first + 4.0
    assert gain(over_start, "teriparatide, zoledronate", 48) > first + 4.0
    reverse = [gain(over_start, "denosumab, teriparatide", months) for months in (24, 30, 48)]
    assert reverse[1] < reverse[0] < reverse[2] < then


def test_antibody_to_sclerostin_forms_bone_for_a_while(over_start):
    # P1NP and CTX of the label: +145 and -55 % at 2 weeks, 0 at 9 months, -15 and -25 % at 12 months.
    assert over_start("romosozumab", "p1np", 0.5) == pytest.approx(2.45, abs=0.35)
    assert over_start("romosozumab", "p1np", 9) == pytest.approx(1.0, abs=0.15)
    assert over_start("romosozumab", "p1np", 12) == pytest.approx(0.85, abs=0.15)
    assert over_start("romosozumab", "ctx", 12) == pytest.approx(0.75, abs=0.1)
    assert over_start("romosozumab", "ctx", 15) > 1.0


def test_setrusumab_in_adults_with_oi(over_start):
    # P1NP +84 % at day 43 after 5, 10 and 20 mg/kg two weeks apart. Not fitted to.
    assert over_start("setrusumab, rising", "p1np", 43 / MONTH) == pytest.approx(1.84, abs=0.4)


@pytest.mark.xfail(strict=True, reason="resorption rises by 17 % in the first month, with formation")
def test_teriparatide_leaves_resorption_for_a_month(over_start):
    assert over_start("teriparatide", "ntx", 1) < 1.15


def test_resorption_is_back_a_year_after_romosozumab(over_start):
    assert over_start("romosozumab", "ctx", 24) == pytest.approx(1.0, abs=0.1)


def test_setrusumab_strengthens_limbs_as_published(over_start):
    # Failure load of a limb +3.2 % (SE 1.3) after a year of 20 mg/kg. Not fitted to.
    assert 100.0 * (over_start("setrusumab", "tibia_failure_load", 12) - 1.0) == pytest.approx(3.2, abs=2.1)


def test_no_biologic_no_factor():
    schedule = as_plan("zoledronate 0.05 mg/kg iv every 6 months").schedule(10, 7.0)
    for name in ("rankl", "formation", "limb_hazard"):
        assert getattr(schedule.care, name).tolist() == [1.0] * 10


def test_two_drugs_multiply_in_resorption_and_add_in_formation():
    both = as_plan("denosumab 60 mg every 6 months, teriparatide 20 ug/day").schedule(52, 7.0)
    one, other = (
        as_plan(w).schedule(52, 7.0) for w in ("denosumab 60 mg every 6 months", "teriparatide 20 ug/day")
    )
    np.testing.assert_allclose(both.care.rankl, one.care.rankl * other.care.rankl, rtol=0.01)
    np.testing.assert_allclose(both.care.formation - 1.0, one.care.formation + other.care.formation - 2.0)


def test_holds_and_stops_reach_biologics():
    words = "teriparatide 20 ug/day, osteotomy at 3 months, hold 1 day before until 3 months after surgery"
    held = as_plan(words).schedule(52, 7.0).care.formation
    assert held[10] > 2 and held[24] < 1.05 and held[40] > 2
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
    assert (formation >= 1).all() and (formation < 10.0).all()


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
    p = {"lost_share": 0.38, "fusion_time": 166.0}
    waiting = reservoir(np.full(4000, low), 1.0, p)
    assert waiting[0] > 1.0 and waiting[-1] == pytest.approx(1.0 / (0.38 + 0.62 * low), rel=1e-3)
    assert (reservoir(np.ones(10), 1.0, p) == 1.0).all()


def test_numbers_of_ones_own_replace_those_of_the_files():
    courses, numbers = as_plan("denosumab 60 mg every 6 months").biologics, shipped_numbers()
    stronger = {**numbers, "denosumab": {**numbers["denosumab"], "rankl_fall": 0.95}}
    shipped, own = drives(courses, 20, 7.0), drives(courses, 20, 7.0, numbers=stronger)
    assert (own.rankl[1:8] < shipped.rankl[1:8]).all()
    np.testing.assert_array_equal(drives(courses, 20, 7.0, numbers=numbers).rankl, shipped.rankl)


def test_every_number_of_a_biologic_has_a_source():
    from brittlestar.care.biologics import known

    for drug in BIOLOGICS:
        for parameter in known(drug).values():
            assert parameter.source and parameter.status
    assert isinstance(as_plan("setrusumab-20mgkg-monthly"), Plan)
