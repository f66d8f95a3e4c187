"""Operations, holds, stop rules and checks: what they do to a schedule, and how rules get their dates."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import (
    Observations,
    Plan,
    Span,
    Stop,
    Surgery,
    as_plan,
    growth_ends,
    published,
)
from brittlestar.comparison.notes import notes_on
from brittlestar.engine import simulate_cohort
from brittlestar.people.person import Person
from brittlestar.trials.arms import warnings_of
from brittlestar.trials.protocol_files import load_protocol

YEAR = 365.25
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months"


def dose_days(plan: Plan, years: float = 4.0, **who) -> list[float]:
    return [day for day, _ in sorted(plan.doses(years * YEAR, **who))]


def rules(plan: Plan, **check) -> list[str]:
    return [warning.rule for warning in plan.check(**check)]


def test_a_course_due_in_a_hold_waits_for_its_end_and_the_interval_runs_on():
    words = (
        f"{ZOLEDRONATE}, osteotomy of the femur at 1 year, hold 4 weeks before until 8 weeks after surgery"
    )
    half, resumed = YEAR / 2, YEAR + 56
    np.testing.assert_allclose(
        dose_days(as_plan(words), 2.1), [0, half, resumed, resumed + half], rtol=0, atol=1e-9
    )
    outside = as_plan(f"{ZOLEDRONATE}, osteotomy at 9 months, hold 1 week before until 2 weeks after surgery")
    np.testing.assert_allclose(dose_days(outside, 2.0), np.arange(4) * half)


def test_tablets_stop_for_the_hold():
    plan = as_plan("risedronate 7 mg/day, surgery at 2 weeks, hold 7 days before until 7 days after surgery")
    np.testing.assert_allclose(plan.schedule(5, 7.0).care.oral_rate[:, 0, 2], [7, 0, 0, 7, 7])


def test_an_open_hold_has_no_end_until_healing_is_seen():
    plan = as_plan(f"{ZOLEDRONATE}, osteotomy at 1 year, hold around surgery until healing is seen")
    assert plan.is_open and len(plan.rules) == 1
    assert len(dose_days(plan)) == 2
    resolved = plan.resolve(Observations(healed_years=[1.75]))
    assert not resolved.is_open
    np.testing.assert_allclose(dose_days(resolved)[2], 1.75 * YEAR, atol=0.01)
    assert resolved.resolve(Observations(healed_years=[1.75])) == resolved
    assert plan.resolve(Observations(healed_years=[float("nan")])) == plan
    with pytest.raises(InputError, match="one per operation"):
        plan.resolve(Observations(healed_years=[1.0, 2.0]))


def test_two_operations_join_their_holds():
    words = (
        f"{ZOLEDRONATE}, osteotomy at 1 year, rodding at 14 months, hold 1 week before until 3 months after"
    )
    ((start, end),) = as_plan(words + " surgery").held
    assert start == YEAR - 7 and end == pytest.approx((14 + 3) / 12 * YEAR)


def test_treatment_stops_at_an_age_a_time_and_the_end_of_growth():
    assert max(dose_days(as_plan(f"{ZOLEDRONATE}, stop at 12 years"), age_years=10.0)) == 1.5 * YEAR
    assert max(dose_days(as_plan(f"{ZOLEDRONATE}, stop after 1 year"))) == 0.5 * YEAR
    assert 13 < growth_ends("female") < 15 < growth_ends("male") < 18
    grown = as_plan(f"{ZOLEDRONATE}, stop at end of growth")
    assert grown.needs_age and grown.needs_sex
    girl, boy = (grown.schedule(312, 7.0, age_years=12.0, sex=sex) for sex in ("female", "male"))
    assert 0 < np.count_nonzero(girl.iv_amount) < np.count_nonzero(boy.iv_amount)
    with pytest.raises(InputError, match="age_years and sex"):
        grown.schedule(52, 7.0, age_years=12.0)
    done = grown.resolve(age_years=12.0, sex="female")
    assert not done.needs_sex
    assert dose_days(done, 6.0) == dose_days(grown, 6.0, age_years=12.0, sex="female")


def test_the_first_rule_that_is_met_counts():
    plan = as_plan(f"{ZOLEDRONATE}, stop after 3 years, stop when Z reaches -1")
    assert plan.stop_day() == 3 * YEAR
    resolved = plan.resolve(Observations([0.0, 1.0, 2.0], ls_z=[-3.0, -2.0, 0.0]))
    assert resolved.stop_day() == 2 * YEAR, "the first time that shows it, not a date in between"
    assert dose_days(resolved) == [0, YEAR / 2, YEAR, 1.5 * YEAR]


def test_a_z_score_never_reached_leaves_the_rule_open():
    plan = as_plan(f"{ZOLEDRONATE}, stop when Z reaches -1")
    assert plan.resolve(Observations([0.0, 1.0], ls_z=[-4.0, -3.0])) == plan


def test_own_growth_counts_over_the_reference():
    plan, time = as_plan(f"{ZOLEDRONATE}, stop at end of growth"), np.arange(0.0, 8.0, 0.25)
    seen = Observations(time, height_velocity_cm_per_year=np.where(time < 5.0, 4.0, 0.5))
    assert plan.resolve(seen, age_years=9.0, sex="female").stop_day() == pytest.approx(5 * YEAR, abs=0.01)
    slow_child = Observations([0.0, 1.0], height_velocity_cm_per_year=[1.5, 1.5])
    assert plan.resolve(slow_child, age_years=4.0, sex="female").stop_day() > 5 * YEAR
    with pytest.raises(InputError, match="both"):
        plan.resolve(seen)


def test_runs_and_rules_agree_after_a_few_passes():
    def run(plan: Plan) -> Observations:
        # A toy person: Z rises while treated and falls slowly after; healing takes a year less the hold.
        time, z = np.arange(0.0, 6.0, 0.1), [-4.0]
        stop, held = plan.stop_day() / YEAR, plan.held
        for t in time[:-1]:
            off = t >= stop or any(a <= t * YEAR < b for a, b in held)
            z.append(z[-1] + (-0.05 if off else 0.1))
        return Observations(time, ls_z=z, healed_years=[1.6])

    plan = as_plan(
        f"{ZOLEDRONATE}, osteotomy at 1 year, hold around surgery until healing is seen, "
        "stop when Z reaches -1"
    )
    passes = 0
    while (resolved := plan.resolve(run(plan))) != plan:
        plan, passes = resolved, passes + 1
        assert passes <= len(plan.rules) + 1
    assert not plan.is_open and plan.stop_day() > 3 * YEAR


def test_a_rod_protects_its_bone_and_a_resting_bone_is_out_of_danger():
    plan = as_plan("rodding of the femur at 2 weeks cast 2 weeks")
    schedule = plan.schedule(6, 7.0)
    np.testing.assert_allclose(
        schedule.care.limb_hazard, [1, 1, 0.665, 0.665, 1 - 0.335 * 0.5, 1 - 0.335 * 0.5]
    )
    assert schedule.care.immobilised.tolist() == [False, False, True, True, False, False]
    arm = as_plan("osteotomy of the forearm at 2 weeks").schedule(6, 7.0)
    assert (arm.care.limb_hazard == 1).all() and arm.care.immobilised.sum() == 4
    with pytest.raises(InputError, match="not before the operation"):
        Surgery(at=Span(1, "year"), healed=Span(1, "month"))


def test_programmes_act_on_load():
    activity = as_plan("physiotherapy from 1 week for 1 week").schedule(3, 7.0).care.activity
    np.testing.assert_allclose(activity, [[1] * 3, [1.05] * 3, [1] * 3])


def test_every_plan_with_a_drug_carries_dental_checks_in_words_and_file():
    plan = as_plan(ZOLEDRONATE)
    assert "usual checks" in plan.in_words()
    assert 'what = "dental-check"' in plan.to_toml() and 'what = "physiotherapy-review"' in plan.to_toml()
    assert "no-dental-check" in rules(as_plan(f"{ZOLEDRONATE}, no checks"))
    assert as_plan("no treatment").monitoring == ()


def test_visits_are_dated_days_with_their_reasons_in_order():
    plan = as_plan(f"{ZOLEDRONATE}, osteotomy of the left femur at 1 year")
    visits = plan.visits(2.0, start=date(2026, 1, 1))
    days = [visit.day for visit in visits]
    assert days == [0, 182, 365, 547] and all(r.source and r.why for v in visits for r in v.reasons)
    at = {what: [v.day for v in visits if what in v.what] for what in {w for v in visits for w in v.what}}
    assert at["dental-check"] == at["blood-test"] == at["zoledronate"] == days
    assert at["dxa-scan"] == [0, 365] and at["osteotomy"] == [365]
    assert next(v.on for v in visits if "osteotomy" in v.what) == date(2027, 1, 1)
    with pytest.raises(InputError, match="years"):
        plan.visits(0.0)


VISITS = {
    (f"{ZOLEDRONATE} for 1 year", 1.0): 2,
    (f"{ZOLEDRONATE} for 3 years", 3.0): 6,
    # Doses on days 0, 182, 364, ... and checks on days 0, 182.6, 365.25, ... meet.
    ("zoledronate 0.05 mg/kg iv every 26 weeks for 3 years", 3.0): 6,
    # Nine courses on three days, and the half-yearly checks of the months 6, 18 and 30 that fall between two.
    ("pamidronate 1 mg/kg/day iv for 3 days every 4 months for 3 years", 3.0): 30,
    ("pamidronate 1 mg/kg/day iv for 3 days every 4 months, no checks", 3.0): 27,
    # A check joins a dose that is less than a week away: day 182.6 joins 188 or 176, but neither 190 nor 175.
    **{
        (f"zoledronate 0.05 mg/kg iv once from {day} days", 0.6): days
        for day, days in ((175, 3), (176, 2), (188, 2), (190, 3))
    },
    ("risedronate 5 mg/day for 1 year", 1.0): 2,
    ("denosumab 60 mg every 6 months, zoledronate 0.05 mg/kg iv every 6 months, no checks", 1.0): 2,
    ("no treatment, dxa scan every 26 weeks for 1 year", 2.0): 2,
    ("no treatment", 3.0): 0,
}


@pytest.mark.parametrize(("words", "years"), VISITS)
def test_a_visit_is_a_day(words, years):
    visits = as_plan(words).visits(years, 7.0, "female")
    assert len(visits) == len({v.day for v in visits}) == VISITS[words, years]


def test_the_untreated_twin_keeps_the_rest_of_care():
    words = (
        f"{ZOLEDRONATE}, calcium 500 mg/day, osteotomy at 1 year, hold around surgery until healing is seen"
    )
    twin = as_plan(words).without_drugs()
    assert not twin.regimens and not twin.holds
    assert twin.calcium and twin.surgeries
    assert Plan.from_toml(twin.to_toml()) == twin


PERSONAL = {
    "outside-published-population": ("poise-risedronate", {"age_years": 3.0}),
    "younger-than-published": ("teriparatide 20 ug/day for 1 year", {"age_years": 10.0}),
    "rest-in-childhood": ("activity x0.8", {"age_years": 12.0}),
    "stop-before-start": (f"{ZOLEDRONATE}, stop at 12 years", {"age_years": 12.5}),
    "above-upper-intake": (f"{ZOLEDRONATE}, vitamin D 3500 IU/day", {"age_years": 6.0}),
    "surgery-after-the-end": (f"{ZOLEDRONATE}, osteotomy at 3 years", {"years": 3.0}),
    "drug-after-the-end": (f"no treatment for 4 years then {ZOLEDRONATE}", {"years": 3.0}),
    "renal-limit": (ZOLEDRONATE, {"creatinine_clearance_ml_min": 30.0}),
}


@pytest.mark.parametrize("rule", PERSONAL)
def test_departures_for_one_person_or_run_are_named(rule):
    words, who = PERSONAL[rule]
    plan = as_plan(words)
    assert rules(plan) == [] and rules(plan, **who) == [rule]


GENERAL = {
    f"{ZOLEDRONATE} for 1 year then {ZOLEDRONATE}": "switch-to-the-same",
    "denosumab 60 mg every 6 months for 2 years": "rebound-after-denosumab",
    "romosozumab 210 mg every month for 3 years": "longer-than-published",
    "denosumab 120 mg every 6 months, teriparatide 20 ug/day": "two-drugs-at-once",
    "denosumab 300 mg every 6 months": "dose-above-published",
    "teriparatide 10 ug/day": "dose-below-published",
}


@pytest.mark.parametrize("words", GENERAL)
def test_departures_of_a_plan_are_named_with_their_source(words):
    found = as_plan(words).check()
    assert [w.rule for w in found] == [GENERAL[words]] and all(w.source for w in found)


def test_a_switch_to_another_drug_is_fine():
    plan = as_plan(f"pamidronate 1 mg/kg/day iv for 3 days every 4 months for 2 years then {ZOLEDRONATE}")
    assert rules(plan) == [] and plan.regimens[1].start.days == 2 * YEAR


def test_one_rule_in_each_stop():
    wrong: tuple[dict[str, Any], ...] = ({}, {"age_years": 12, "ls_z": -1})
    for fields in wrong:
        with pytest.raises(InputError, match="one of"):
            Stop(**fields)


def test_the_table_of_published_regimens_names_limits_and_sources():
    from brittlestar.care import published_names, published_table

    rows = {row["name"]: row for row in published_table()}
    assert set(rows) == set(published_names())
    montreal = rows["montreal-pamidronate"]
    assert (
        montreal["caps_mg"] == "60"
        and montreal["first_dose"] == "0.5"
        and "30 mL/min" in montreal["renal_limits"]
    )
    assert montreal["infusion"].startswith("4 h; at least 2 h") and all(
        row["sources"] for row in rows.values()
    )
    people = published("montreal-pamidronate").population
    assert people is not None and people.age_years == (0, 18)


TWICE = {
    "denosumab 60 mg every 6 months, teriparatide 20 ug/day": "denosumab and teriparatide",
    "denosumab 60 mg every 6 months, romosozumab 210 mg every month": "denosumab and romosozumab",
    f"denosumab 60 mg every 6 months, {ZOLEDRONATE}": "denosumab and zoledronate",
    f"teriparatide 20 ug/day for 1 year, {ZOLEDRONATE}": "teriparatide and zoledronate",
    "zoledronate 5 mg iv every 1 year, alendronate 70 mg/week": "zoledronate and alendronate",
    "denosumab 60 mg once, teriparatide 20 ug/day from 2 months": "denosumab and teriparatide",
    "teriparatide 20 ug/day for 2 years, denosumab 60 mg once from 1 year": "teriparatide and denosumab",
}


@pytest.mark.parametrize("words", TWICE)
def test_two_drugs_at_once_are_flagged_whichever_they_are(words):
    found = [str(w) for w in as_plan(words).check() if w.rule == "two-drugs-at-once"]
    assert len(found) == 1 and TWICE[words] in found[0]


@pytest.mark.parametrize(
    "words",
    (
        f"denosumab 60 mg every 6 months for 2 years then {ZOLEDRONATE}",
        "teriparatide 20 ug/day for 2 years then denosumab 60 mg every 6 months",
        "denosumab 60 mg once, zoledronate 5 mg iv once from 6 months",
        "zoledronate 5 mg iv once, teriparatide 20 ug/day from 1 year",
        "zoledronate 5 mg iv once, zoledronate 5 mg iv once from 1 year",
    ),
)
def test_one_drug_after_the_other_is_no_combination(words):
    assert "two-drugs-at-once" not in rules(as_plan(words))


def test_every_door_tells_two_drugs_at_once():
    """Python, command line and page print the notes of a comparison; a protocol has them by arm."""
    both = "denosumab 60 mg every 6 months, teriparatide 20 ug/day"
    said = next(str(w) for w in as_plan(both).check() if w.rule == "two-drugs-at-once")
    assert f"Plan, {said}." in notes_on(Person(40, "female", "I"), as_plan(both), 2.0, 200)
    protocol = load_protocol("orbit-like")
    arms = (*protocol.arms[:-1], protocol.arms[-1].model_copy(update={"plan": both}))
    told = warnings_of(protocol.model_copy(update={"arms": arms}))
    assert [w["arm"] for w in told if w["rule"] == "two-drugs-at-once"] == [arms[-1].id]


def test_exercise_is_a_load_under_which_healthy_children_gain_what_trials_found():
    """Percent beyond none after a year, with the 95 % interval of 22 trials: spine, neck, total body."""
    assert as_plan("exercise for 1 year") == as_plan("weight-bearing-exercise for 1 year")
    child = Person(10.0, "female", "healthy").to_cohort(draws=1)

    def ends(words: str) -> list[float]:
        schedule = as_plan(words).schedule(52, 7.0, 10.0, ("zoledronate",), "female")
        course = simulate_cohort(
            child, [schedule], np.zeros(1, int), 52 * 7 / YEAR, output_days=52 * 7, fates=False
        )
        return [100 * course[name][-1, 0] / course[name][0, 0] for name in found]

    found = {"ls_abmd": (0.4, 3.1), "neck_density": (0.5, 2.5), "tblh_ratio": (0.3, 1.3)}
    for more, none, (low, high) in zip(ends("exercise"), ends("no treatment"), found.values(), strict=True):
        assert low < more - none < high
