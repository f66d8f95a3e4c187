"""Rules and dates, number by number: what a run showed becomes a date, and a date ends or holds the drugs."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import load
from brittlestar._shared.schedule import Care
from brittlestar.care import Observations, Plan, Span, Stop, as_plan, growth_ends, parse, published
from brittlestar.care.dates import Limit, due, fills
from brittlestar.care.doses import infusions
from brittlestar.care.stop_rules import growth_spurt, least_growth, resolve_stop
from brittlestar.care.supplements import Activity, Calcium, VitaminD, vitamin_d_rise
from brittlestar.comparison import dating as rules
from brittlestar.people.coding import sex_code
from brittlestar.people.person import Person
from brittlestar.people.reference import growth_table

YEAR = 365.25
CHILD = Person(7, "female", "III", baseline_z=-5.5)
DRUG = "zoledronate 0.05 mg/kg iv every 3 months"
TWO = f"{DRUG}, osteotomy of the femur at 1 week, rodding of the tibia at 10 weeks, "
TWO += "hold around surgery until healing is seen, stop when Z reaches -2"


def lives(
    plan: Plan, z: list[list[float]], unions: list[tuple[float, float, bool]], years: float = 1.0
) -> Any:
    """Lives [time, person] with unions (day of the operation, days to healing, of an osteotomy)."""
    at, days, osteotomy = (np.array(column) for column in zip(*unions))

    class Course(dict):
        time_years = np.linspace(0.0, years, len(z))

    after = SimpleNamespace(
        unions=SimpleNamespace(years=at / YEAR, days=days, osteotomy=osteotomy.astype(bool))
    )
    question = SimpleNamespace(person=CHILD, weight=None)
    return SimpleNamespace(course=Course(ls_z=np.array(z)), after=after, plan=plan, question=question)


SEEN = [(7.0, 60.0, True), (7.0, 70.4, True), (7.0, 300.0, True), (70.0, 50.0, True), (70.0, 9.0, False)]
RISING = [[-6.0, -5.0, 0.0], [-4.0, -3.0, 9.0], [-3.0, -2.0, 1.0]]


def test_what_the_usual_person_showed_is_the_median_in_whole_days():
    found = rules.observed(lives(as_plan(TWO), RISING, SEEN))
    assert np.asarray(found.ls_z).tolist() == [-5.0, -3.0, -2.0]
    assert np.asarray(found.time_years).tolist() == [0.0, 0.5, 1.0]
    assert [year * YEAR for year in found.healed_years] == pytest.approx([78.0, 120.0])
    short = rules.observed(lives(as_plan(TWO), RISING, SEEN, years=100 / YEAR))
    assert short.healed_years[0] * YEAR == pytest.approx(78.0) and math.isnan(short.healed_years[1])
    last = rules.observed(lives(as_plan(TWO), RISING, SEEN, years=120 / YEAR))
    assert last.healed_years[1] * YEAR == pytest.approx(120.0)
    nobody = rules.observed(lives(as_plan(TWO), RISING, SEEN[:3]))
    assert math.isnan(nobody.healed_years[1])


def test_dates_that_a_plan_was_given_with_stay():
    plan = as_plan(TWO)
    found = rules.dated(plan, lives(plan, RISING, SEEN))
    assert [round(s.healed.days, 2) for s in found.surgeries if s.healed] == [78.0, 120.0]
    assert found.stops[0].met is not None and found.stops[0].met.days == pytest.approx(YEAR)
    given = plan.model_copy(
        update={
            "surgeries": (plan.surgeries[0].model_copy(update={"healed": Span(90.0)}), plan.surgeries[1]),
            "stops": (plan.stops[0].model_copy(update={"met": Span(33.0)}),),
        }
    )
    kept = rules.dated(given, lives(given, RISING, SEEN))
    assert [round(s.healed.days, 2) for s in kept.surgeries if s.healed] == [90.0, 120.0]
    assert kept.stops[0].met == Span(33.0)


def test_a_plan_is_run_until_its_dates_come_out_as_they_went_in(monkeypatch: pytest.MonkeyPatch):
    plan, ran = as_plan(f"{DRUG}, stop when Z reaches -2"), []

    def follow(one: Plan) -> Any:
        ran.append(one)
        return SimpleNamespace(plan=one)

    def dating(dates: list[float]) -> None:
        seen = iter(dates)
        stop = plan.stops[0]
        ran.clear()
        monkeypatch.setattr(
            rules,
            "dated",
            lambda *_: plan.model_copy(
                update={"stops": (stop.model_copy(update={"met": Span(next(seen))}),)}
            ),
        )

    dating([50.0, 40.0, 40.0])
    found, settled = rules.settled(plan, follow)
    assert settled and len(ran) == 3 and found.plan.stops[0].met == Span(40.0) == ran[-1].stops[0].met
    dating([float(day) for day in range(10)])
    found, settled = rules.settled(plan, follow)
    assert not settled and len(ran) == rules.MOST_ROUNDS == 6
    dating([0.0, 1.0, 2.0, 3.0, 4.0, 4.0])
    assert rules.settled(plan, follow)[1] and len(ran) == 6
    ran.clear()
    assert rules.settled(as_plan(DRUG), follow)[1] and len(ran) == 1


def test_dates_and_their_sentences():
    words = f"{DRUG}, stop at 8 years, stop after 2 years, osteotomy at 3 months, osteotomy at 11 months"
    plan = as_plan(f"{words}, hold 1 week before until 12 weeks after surgery")
    months = YEAR / 12
    first, second = (3 * months - 7, 3 * months + 84), (11 * months - 7, 11 * months + 84)
    found = rules.dates(plan, CHILD, 3.0)
    assert found["stopped_years"] == pytest.approx(1.0)
    assert np.array(found["held_years"]) * YEAR == pytest.approx(np.array([first, second]))
    assert rules.dates(plan, CHILD, 1.0)["stopped_years"] is None
    (line,) = rules.said(plan, CHILD, 3.0, True)
    assert "'stop at 8 years' is met 1.00 years after the start, at 8.0 years of age: no drug" in line
    assert "'stop after 2 years' is met only after another rule has ended treatment" in line
    assert "drugs are held from 0.23 to 0.48 years, for 13 weeks" in line and "usual" not in line
    (early,) = rules.said(plan, CHILD, 0.4, True)
    assert "'stop at 8 years' is not met within the 0.4 years" in early
    assert "drugs are held from 0.23 years to the end of the course" in early and "healing" not in early
    waiting = as_plan(f"{DRUG}, osteotomy at 3 months, hold around surgery until healing is seen")
    assert rules.dates(waiting, CHILD, 3.0) == {
        "stopped_years": None,
        "held_years": [[pytest.approx(0.25), None]],
    }
    line, unsettled = rules.said(waiting, CHILD, 3.0, False)
    assert "to the end of the course: healing is not seen before; a date that the course decides" in line
    assert unsettled.startswith("Dates not settled: after 6 runs")
    stops = as_plan(f"{DRUG}, stop when Z reaches -2")
    assert "that of the usual such person" in rules.said(stops, CHILD, 3.0, True)[0]
    # The very end of the course is within nothing, and what begins with the stop holds nothing.
    assert rules.dates(as_plan(f"{DRUG}, stop after 3 years"), CHILD, 3.0)["stopped_years"] is None


def test_intervals_fill_a_length_of_another_kind():
    year, weeks = Span(1, "year"), Span(26, "week")
    assert fills(364.0, weeks, year) and not fills(182.0, weeks, year) and not fills(0.0, weeks, year)
    assert not fills(365.25, Span(6, "month"), year) and not fills(364.0, weeks, Span(52, "week"))
    # Half an interval may be left, not more: of 8 days 360 of 365.25 leave 5.25.
    assert fills(360.0, Span(90), year) and fills(360.0, Span(12), year) and not fills(360.0, Span(8), year)
    assert fills(360.0, Span(10.5), year) and not fills(360.0, Span(10.4), year)
    # The nearest day of a year of 360, 364, 365 or 366.
    assert [day for day in range(355, 372) if fills(float(day), Span(100), year)] == [360, 364, 365, 366]
    assert fills(366.5, Span(100), year) and not fills(366.6, Span(100), year)
    assert fills(359.5, Span(100), year) and not fills(359.4, Span(100), year)
    # The other way round: a twelfth of such a year, twelve times, against days.
    month = Span(1, "month")
    assert fills(12 * month.days, month, Span(360)) and fills(12 * month.days, month, Span(366))
    assert not fills(12 * month.days, month, Span(362)) and not fills(12 * month.days, month, Span(390))


def test_courses_that_are_due_by_hand():
    def every(days: float) -> Any:
        return lambda _: Span(days)

    assert list(due(5.0, every(10.0), 30.0)) == [5.0, 15.0, 25.0]
    assert list(due(5.0, every(10.0), 25.0)) == [5.0, 15.0]
    assert list(due(5.0, lambda _: None)) == [5.0]
    end = Limit(25.0, 5.0, Span(20.0))
    assert list(due(5.0, every(10.0), 99.0, (end,))) == [5.0, 15.0]
    assert list(due(5.0, every(10.0), 99.0, (end,), days=10)) == [5.0, 15.0]
    assert list(due(5.0, every(10.0), 99.0, (end,), days=11)) == [5.0]
    seen = Limit(25.0, 0.0, Span(25.0), seen=True)
    assert list(due(5.0, every(10.0), 99.0, (seen,), days=11)) == [5.0, 15.0]
    # A hold of days 12 to 40 takes the course of 10 to 12, and one that an infusion of a day would reach.
    assert list(due(0.0, every(10.0), 60.0, held=[(12.0, 40.0)], days=3)) == [0.0, 40.0, 50.0]
    assert list(due(0.0, every(10.0), 60.0, held=[(13.0, 40.0)], days=3)) == [0.0, 10.0, 40.0, 50.0]
    assert list(due(0.0, every(10.0), 60.0, held=[(10.5, 40.0)], hours=11.0)) == [0.0, 10.0, 40.0, 50.0]
    assert list(due(0.0, every(10.0), 60.0, held=[(10.5, 40.0)], hours=13.0)) == [0.0, 40.0, 50.0]
    assert list(due(0.0, every(10.0), 30.0, held=[(5.0, 10.0)])) == [0.0, 10.0, 20.0]
    # An interval that changes runs from the course that changed it.
    change = list(due(0.0, lambda day: Span(10.0) if day < 20 else Span(30.0), 100.0))
    assert change == [0.0, 10.0, 20.0, 50.0, 80.0]


def test_an_end_counts_from_where_it_was_said():
    """26 weeks fill a year that begins with them or whole intervals before, not one that lies across."""
    half, every = Span(26, "week"), lambda _: Span(26, "week")
    assert list(due(0.0, every, limits=(Limit(YEAR, 0.0, Span(1, "year")),))) == [0.0, 182.0]
    late = Limit(91.0 + YEAR, 91.0, Span(1, "year"))
    assert list(due(91.0, every, limits=(late,))) == [91.0, 273.0]
    across = Limit(91.0 + YEAR, 91.0, Span(1, "year"))
    assert list(due(0.0, every, limits=(across,))) == [0.0, 182.0, 364.0]
    whole = Limit(182.0 + YEAR, 182.0, Span(1, "year"))
    assert list(due(0.0, every, limits=(whole,))) == [0.0, 182.0, 364.0]
    before = Limit(YEAR, 0.0, Span(1, "year"))
    assert list(due(half.days, every, limits=(before,))) == [182.0]


def test_every_rule_has_its_day_and_its_limit():
    age, time = Stop(age_years=9.0), Stop(after=Span(2, "year"))
    assert age.limit(7.0, None) == Limit(2 * YEAR, 0.0, Span(2.0, "year"))
    assert time.limit(None, None) == Limit(2 * YEAR, 0.0, Span(2, "year"))
    assert age.day(10.0, None) == 0.0 and Stop(ls_z=-1.0).limit(None, None) is None
    growth = Stop(end_of_growth=True)
    assert growth.day(7.0, "male") == pytest.approx((growth_ends("male") - 7.0) * YEAR)
    limit = growth.limit(7.0, "male")
    assert limit is not None and limit.seen and limit.since == 0.0
    assert Stop(ls_z=-1.0, met=Span(40.0)).limit(None, None) == Limit(40.0, 0.0, Span(40.0), seen=True)
    assert Stop(after=Span(2, "year"), met=Span(40.0)).limit(None, None) == Limit(40.0, 0.0, Span(40.0))
    kinds = [one.kind for one in (age, growth, Stop(ls_z=0.0), time)]
    assert kinds == ["age", "growth", "z", "time"]
    for rule, years, sex in ((age, None, None), (growth, 7.0, None), (growth, None, "male")):
        with pytest.raises(InputError, match="needs them"):
            rule.day(years, sex)


def test_growth_ends_when_the_median_grows_less_than_the_limit_for_good():
    for sex in ("female", "male"):
        table, least = growth_table(0.05), least_growth()
        velocity = np.asarray(table.height_velocity_cm_per_year)[int(sex_code(sex))]
        ends = growth_ends(sex)
        after = table.age_years >= ends - 1e-9
        assert (velocity[after] < least).all() and velocity[np.flatnonzero(after)[0] - 1] >= least
        assert 9.0 < growth_spurt(sex) < ends < 20.0
    assert growth_spurt("female") < growth_spurt("male")


def test_what_a_run_shows_gives_a_rule_its_date():
    time = [0.0, 0.5, 1.0, 1.5]
    z = resolve_stop(Stop(ls_z=-2.0), Observations(time, ls_z=[-4.0, -2.0, -3.0, -1.0]), None, None)
    assert z.met == Span(round(0.5 * YEAR, 4))
    open_ = resolve_stop(Stop(ls_z=0.0, met=Span(5.0)), Observations(time, ls_z=[-4.0] * 4), None, None)
    assert open_.met is None
    start = growth_spurt("female")
    grown = Observations(time, height_velocity_cm_per_year=[0.1, 0.1, 0.1, 0.1])
    rule = Stop(end_of_growth=True)
    # Slow growth counts after the spurt alone: the first of the times that lies beyond it.
    assert resolve_stop(rule, grown, start - 0.75, "female").met == Span(round(YEAR, 4))
    assert resolve_stop(rule, grown, start, "female").met == Span(round(0.5 * YEAR, 4))
    growing = Observations(time, height_velocity_cm_per_year=[6.0] * 4)
    expected = max(1.5, growth_ends("female") - 7.0)
    assert resolve_stop(rule, growing, 7.0, "female").met == Span(round(expected * YEAR, 4))
    at_limit = Observations(time, height_velocity_cm_per_year=[least_growth()] * 4)
    assert resolve_stop(rule, at_limit, start, "female").met != Span(round(0.5 * YEAR, 4))
    assert resolve_stop(rule, growing, 19.5, "female").met == Span(round(1.5 * YEAR, 4))
    reference = resolve_stop(rule, Observations(), 7.0, "female").met
    assert reference == Span(round((growth_ends("female") - 7.0) * YEAR, 4))
    for who in ((None, "female"), (7.0, None)):
        with pytest.raises(InputError, match="needs both"):
            resolve_stop(rule, grown, *who)
    assert resolve_stop(Stop(age_years=9.0), Observations(), 7.0, None).met == Span(round(2 * YEAR, 4))
    assert resolve_stop(Stop(age_years=9.0, met=Span(3.0)), Observations(), 7.5, None).met == (
        Span(round(1.5 * YEAR, 4))
    )
    assert resolve_stop(rule, Observations(), 7.0, None).met is None
    assert resolve_stop(Stop(after=Span(1, "year")), Observations(time), 7.0, "female").met is None


@pytest.mark.parametrize(
    "given",
    [{"time_years": [0.0, 0.0]}, {"time_years": [1.0, 0.5]}, {"time_years": [0.0, 1.0], "ls_z": [0.0]},
     {"time_years": [0.0], "height_velocity_cm_per_year": [1.0, 2.0]}],
)  # fmt: skip
def test_series_that_do_not_rise_or_fit_are_refused(given: dict[str, Any]):
    with pytest.raises(InputError, match="observations"):
        Observations(**given)
    assert Observations([0.0, 0.01], ls_z=[1.0, 2.0]).ls_z == [1.0, 2.0]


COUNTED = {
    ("zoledronate 0.05 mg/kg iv every 26 weeks", 3.0): [("infusion", (2, 2, 2))],
    ("zoledronate 0.05 mg/kg iv every 26 weeks from 1 year", 3.0): [("infusion", (0, 2, 2))],
    ("zoledronate 0.05 mg/kg iv every 365 days from 1 year", 4.0): [("infusion", (0, 1, 1, 1))],
    ("zoledronate 0.05 mg/kg iv every 13 weeks from 3 months", 2.0): [("infusion", (3, 4))],
    ("zoledronate 0.05 mg/kg iv every 5 weeks from 1 year", 2.0): [("infusion", (0, 11))],
    ("zoledronate 0.05 mg/kg iv every 26 weeks from 3 months", 2.0): [("infusion", (2, 2))],
    ("zoledronate 0.05 mg/kg iv every 6 months", 2.25): [("infusion", (2, 2, 1))],
    ("pamidronate 1 mg/kg/day iv for 3 days every 26 weeks", 2.0): [("infusion", (6, 6))],
    ("risedronate 5 mg daily from 100 days for 1 year", 2.0): [("day of tablets", (265, 100))],
    ("risedronate 5 mg daily", 1.5): [("day of tablets", (365, 183))],
    ("alendronate 70 mg weekly", 2.0): [("week of tablets", (52, 52))],
    ("denosumab 60 mg every 26 weeks", 2.0): [("injection", (2, 2))],
    ("teriparatide 20 ug/day for 18 months", 2.0): [("day of injections", (365, 183))],
    ("risedronate 5 mg daily, stop after 100 days", 1.0): [("day of tablets", (100,))],
    ("risedronate 5 mg daily, osteotomy at 100 days, hold 10 days before until 20 days after surgery", 1.0): [
        ("day of tablets", (335,))
    ],
    ("zoledronate 0.05 mg/kg iv every 6 months, stop after 1 year", 2.0): [("infusion", (2, 0))],
}


@pytest.mark.parametrize(("words", "years"), COUNTED, ids=[f"{w} / {y:g}" for w, y in COUNTED])
def test_doses_in_each_year_on_paper(words: str, years: float):
    found = as_plan(words).doses_per_year(years)
    assert [(one.what, one.per_year) for one in found] == COUNTED[words, years]
    assert found[0].total == sum(found[0].per_year)


def test_counts_are_said_in_years_that_are_alike():
    def said(words: str, years: float) -> str:
        return parse(words).doses_in_words(years)

    assert said("zoledronate 0.05 mg/kg iv every 12 months for 1 year", 1) == "zoledronate: 1 infusion."
    assert said("zoledronate 0.05 mg/kg iv every 6 months for 3 years", 4) == (
        "zoledronate: 6 infusions, 2 in each of years 1 to 3, 0 in year 4."
    )
    assert said("alendronate 70 mg weekly for 1 week", 1) == "alendronate: 1 week of tablets."
    assert said("alendronate 70 mg weekly for 10 days", 1) == "alendronate: 1 week of tablets."
    assert said("zoledronate 0.05 mg/kg iv every 6 months from 2 years for 1 year", 3) == (
        "zoledronate: 2 infusions, 0 in each of years 1 to 2, 2 in year 3."
    )
    for years in (0.0, -1.0, 120.1):
        with pytest.raises(InputError, match="years"):
            parse(DRUG).doses_per_year(years)
    assert parse(DRUG).doses_per_year(120.0)[0].total == 480


def test_infusions_know_their_course_and_end_with_what_is_seen():
    plan = as_plan("pamidronate 1 mg/kg/day iv for 3 days every 4 months, first dose half")
    regimen, course = plan.regimens[0], YEAR / 3
    found = list(infusions(regimen, 200.0))
    assert [one.day for one in found] == pytest.approx([0, 1, 2, course, course + 1, course + 2])
    assert [one.begins for one in found] == pytest.approx([0, 0, 0, course, course, course])
    assert [one.amount[0] for one in found] == [0.5, 1, 1, 1, 1, 1]
    assert [one.day for one in infusions(regimen, 2.0)] == [0, 1]
    seen = Limit(1.0, 0.0, Span(1.0), seen=True)
    assert [one.day for one in infusions(regimen, 200.0, limits=(seen,))] == [0]
    later = Limit(2.0, 0.0, Span(2.0), seen=True)
    assert [one.day for one in infusions(regimen, 200.0, limits=(later, seen))] == [0]
    assert list(infusions(as_plan("risedronate 5 mg daily").regimens[0], 200.0)) == []
    fixed = as_plan("pamidronate 30 mg iv every 4 months").regimens[0]
    assert next(infusions(fixed, 9.0)).amount == (0.0, 30.0, 30.0, 0.0, math.inf)


def test_load_and_rest_are_counted_by_share_of_a_step_and_its_middle():
    words = "zoledronate 0.05 mg/kg iv every 6 months, activity x3 from 7 days for 3.5 days, "
    words += "immobilised from 3.5 days for 7 days, osteotomy of the femur at 4 weeks"
    table = as_plan(words).schedule(6, 7.0)
    assert table.care.activity[:, 2].tolist() == [1, 2, 1, 1, 1, 1]
    # Middles on days 3.5, 10.5, ...: from the first on, up to the last, which is out.
    assert table.care.immobilised[:4].tolist() == [True, False, False, False] and table.care.immobilised[4]
    (effect,) = (e for e in as_plan(words).surgeries[0].effects() if e.on == "limb_hazard")
    hazard = table.care.limb_hazard
    assert hazard[:4].tolist() == [1] * 4 and hazard[4] == pytest.approx(effect.value)
    assert table.care.rankl.tolist() == table.care.formation.tolist() == [1] * 6
    assert (table.step_days, table.drugs) == (7.0, ("zoledronate",))
    with pytest.raises(InputError, match="longer than 0 days"):
        as_plan(words).schedule(1, 0.0)


def test_two_cuts_in_a_step_leave_the_one_that_fills_more_of_it():
    words = "risedronate 2.5 mg daily below {} kg, 5 mg daily above for {} days"
    plan = as_plan(f"{words.format(30, 2)} then {words.format(40, 5)}")
    assert plan.schedule(1, 7.0).care.oral_rate[0, 0, 3] == 40.0
    plan = as_plan(f"{words.format(30, 5)} then {words.format(40, 2)}")
    assert plan.schedule(1, 7.0).care.oral_rate[0, 0, 3] == 30.0
    assert plan.schedule(1, 7.0).care.oral_rate[0, 0, 1:3].tolist() == pytest.approx([2.5, 5.0])


def test_nothing_given_is_zero_amounts_and_factors_of_one():
    nothing = Care.nothing(2, 1)
    assert nothing.oral_rate.tolist() == [[[0] * 4]] * 2
    assert nothing.calcium_mg_per_day.tolist() == nothing.vitamin_d_nmol_per_l.tolist() == [0, 0]
    assert nothing.immobilised.tolist() == [0, 0] and nothing.activity.tolist() == [[1] * 3] * 2
    assert nothing.rankl.tolist() == nothing.formation.tolist() == nothing.limb_hazard.tolist() == [1, 1]


def test_doses_by_age_need_an_age():
    for name in ("montreal-pamidronate", "alendronate-by-age"):
        with pytest.raises(InputError, match="age_years"):
            list(infusions(published("montreal-pamidronate").regimens[0], 9.0))
        with pytest.raises(InputError, match="age_years"):
            published(name).schedule(2, 7.0)


def test_a_rule_has_a_possible_age_or_score():
    assert Stop(age_years=120.0).age_years == 120.0 and Stop(ls_z=-10.0).ls_z == -10.0
    for stop in (lambda: Stop(age_years=120.5), lambda: Stop(age_years=0.0)):
        with pytest.raises(InputError):
            stop()
    for stop in (
        lambda: Stop(ls_z=10.5),
        lambda: Stop(ls_z=-10.5),
        Stop,
        lambda: Stop(ls_z=1.0, age_years=9.0),
    ):
        with pytest.raises(InputError):
            stop()
    assert Stop(ls_z=10.0).ls_z == 10.0


@pytest.mark.parametrize("name", ["vertebral", "metaphyseal", "long_bone"])
def test_load_has_limits(name: str):
    def activity(value: float) -> float:
        given: dict[str, Any] = {name: value}
        return getattr(Activity(**given), name)

    assert (activity(3.0), activity(0.0), getattr(Activity(), name)) == (3.0, 0.0, 1.0)
    for beyond in (3.01, -0.01):
        with pytest.raises(InputError):
            activity(beyond)


def test_a_supplement_is_more_than_nothing():
    assert Calcium(mg_per_day=0.5).mg_per_day == 0.5 and VitaminD(iu_per_day=0.5).start == Span(0)
    for nothing in (0.0, -1.0):
        with pytest.raises(InputError):
            Calcium(mg_per_day=nothing)
        with pytest.raises(InputError):
            VitaminD(iu_per_day=nothing)


def test_a_dose_that_a_hold_put_off_belongs_to_the_year_it_is_given_in():
    words = "zoledronate 0.05 mg/kg iv every 26 weeks for 1 year, osteotomy at 200 days"
    words += ", hold 30 days before until 164 days after surgery"
    (found,) = as_plan(words).doses_per_year(1.0)
    assert found.per_year == (2,)


def test_vitamin_d_levels_off():
    """The rise of the supplement at the scale is 1 - 1/e of the most there is."""
    most, scale = (
        float(load("brittlestar.care", "supplements.toml")[f"vitamin_d_{n}"].internal)
        for n in ("rise", "scale")
    )
    assert vitamin_d_rise(scale) == pytest.approx(most * (1 - math.exp(-1)))
    assert vitamin_d_rise(0.0) == 0.0 and vitamin_d_rise(100 * scale) == pytest.approx(most)


BOTH = {
    "zoledronate 0.05 mg/kg iv every 6 months": 3,
    "risedronate 5 mg/day": 548,
    "teriparatide 20 ug/day": 548,
    "denosumab 1 mg/kg every 3 months": 6,
}
"""Doses until the twelfth birthday of a girl of ten and a half."""


@pytest.mark.parametrize("drug", BOTH)
@pytest.mark.parametrize(
    "rules", ["stop at 12 years, stop after 2 years", "stop after 2 years, stop at 12 years"]
)
def test_of_two_stops_the_earlier_ends_the_drug(drug: str, rules: str):
    plan = as_plan(f"{drug}, {rules}")
    (row,) = plan.doses_per_year(3.0, 10.5, "female")
    assert row.total == BOTH[drug]
    weeks, last = plan.schedule(157, 7.0, age_years=10.5, sex="female"), int(1.5 * YEAR / 7.0)
    if drug.startswith("zoledronate"):
        assert np.flatnonzero(np.nansum(weeks.iv_amount, axis=(1, 2, 3))).tolist() == [0, 26, 52]
    elif drug.startswith("risedronate"):
        assert np.flatnonzero(weeks.care.oral_rate.sum(axis=(1, 2)))[-1] == last
    elif drug.startswith("teriparatide"):
        formation, ruleless = weeks.care.formation, as_plan(drug).schedule(157, 7.0).care.formation
        assert formation[last - 1] == ruleless[last - 1] > 1.5
        assert formation[last + 1] < 0.8 * ruleless[last + 1] and formation[last + 10] < 1.05
