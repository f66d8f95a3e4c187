"""What follows from a course as a whole: pairing, no drug no effect, pain, metaphyses, height, out of 100."""

from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import fill
from brittlestar._shared.schedule import Care, Schedule
from brittlestar.aftermath import out_of_100
from brittlestar.aftermath.consequences import NEEDED, aftermath
from brittlestar.aftermath.received import Given
from brittlestar.outcomes import metaphysis
from brittlestar.outcomes.height import faster_range
from outcome_courses import Repeated, course, infusions, people


def broken(n, plans, seed=0):
    """One fracture per person and plan, of the same site at about the same time."""
    rng = np.random.default_rng(seed)
    site, when = np.tile(rng.integers(0, 4, n), plans), np.tile(rng.uniform(0.2, 2.0, n), plans)
    return np.arange(n * plans), site, when


def paired(n=300, plans=None, rho=(1.0, 0.3), years=3.0, age=8.0, fractures=None, **more):
    plans = plans or [Given(), infusions(np.arange(0, 3, 0.5))]
    base = people(n, age, 1 + np.arange(n) % 3)
    index = np.repeat(np.arange(len(plans)), n)
    cohort = Repeated(base, np.tile(np.arange(n), len(plans)))
    made = course(
        cohort,
        years,
        rho=np.asarray(rho)[index],
        exposure=np.where(np.asarray(rho)[index] < 1.0, 8.0, 0.0),
        fractures=fractures or broken(n, len(plans)),
        rows_per_year=24,
        **more,
    )
    return aftermath(cohort, made, plans, index), index


def test_a_plan_of_zero_doses_equals_no_plan():
    slots = np.zeros((160, 1, 1, 5)), np.zeros((160, 1, 1))
    no_doses = Schedule(("zoledronate",), *slots, Care.nothing(160, 1), 7.0)

    after, index = paired(plans=[Given(), no_doses], rho=(1.0, 1.0))
    none, zero = index == 0, index == 1
    assert len(after.doses.person) == 0
    for trace in (
        after.spine.cobb,
        after.spine.vertebral_loss,
        after.metaphysis_width,
        after.pain_reported([1.0]),
    ):
        assert np.array_equal(trace[:, none], trace[:, zero])
    for table in (after.unions, after.gut):
        one, two = (
            [
                column[(index[table.person] == i)]
                for name, column in table._asdict().items()
                if name != "person"
            ]
            for i in (0, 1)
        )
        for a, b in zip(one, two):
            assert np.array_equal(a, b)
    row = next(r for r in out_of_100.rows(after) if r["id"] == "jaw_osteonecrosis")
    assert row["plan 1"]["said"] == "no drug given"


def test_fates_do_not_depend_on_order_or_company():
    after, index = paired()
    some = np.flatnonzero(index == 1)[::-3]
    s = after.setting
    alone = Repeated(s.cohort, some)
    place = {int(person): k for k, person in enumerate(some)}
    keep = np.isin(s.course.fracture_person, some)
    moved = (
        np.array([place[int(x)] for x in s.course.fracture_person[keep]]),
        s.course.fracture_site[keep],
        s.course.fracture_years[keep],
    )
    made = course(alone, 3.0, rho=0.3, exposure=8.0, fractures=moved, rows_per_year=24)
    fewer = aftermath(alone, made, [s.plans[1]], np.zeros(len(some), int))
    assert np.array_equal(fewer.spine.cobb, after.spine.cobb[:, some])
    assert np.array_equal(fewer.metaphysis_width, after.metaphysis_width[:, some])
    assert np.array_equal(fewer.metaphysis_measured(), after.metaphysis_measured()[some])
    assert np.array_equal(fewer.pain_reported([1.0]), after.pain_reported([1.0])[:, some])
    for k, person in enumerate(some[:20]):
        mine, was = fewer.doses.person == k, after.doses.person == person
        for name in ("acute_phase", "own_acute_phase_chance", "reaction_days", "low_calcium"):
            assert np.array_equal(getattr(fewer.doses, name)[mine], getattr(after.doses, name)[was])
        assert np.array_equal(
            fewer.unions.days[fewer.unions.person == k], after.unions.days[after.unions.person == person]
        )


def test_another_seed_is_another_fate():
    one = paired()[0]
    s = one.setting
    two = aftermath(s.cohort, s.course, s.plans, s.plan_index, seed=2)
    assert not np.array_equal(one.doses.acute_phase, two.doses.acute_phase)


def test_pain_falls_after_an_infusion_and_is_back_before_the_next():
    # Montreal: median 2 before, 0 a week later, 2 after six months, range 0-10.
    t = np.arange(157) / 52
    rho = np.where(t % 0.5 < 0.25, 0.4, 0.65)[:, None]
    n = 2000
    c = people(n, 9.0, 1 + np.arange(n) % 3)
    made = course(c, 3.0, rho=rho, rows_per_year=52)
    after = aftermath(c, made, [infusions(np.arange(0, 3, 0.5), mg_per_kg=0.05)], np.zeros(n, int), seed=5)
    before, week, later = np.median(after.pain_reported([0.0, 7.1 / 365.25, 0.45], faces=True), axis=1)
    assert (before, week, later) == (2.0, 0.0, 2.0)
    spread = after.pain_reported([0.0])
    assert spread.min() == 0.0 and spread.max() >= 8.0
    faces = after.pain_reported([0.0, 1.0], faces=True)
    assert set(np.unique(faces)) <= {0.0, 2.0, 4.0, 6.0, 8.0, 10.0}


def test_no_relief_lasts_to_the_next_infusion():
    """A week after one pain is lower by 1.6 exp(-26/52) points and what is left of being treated at all."""
    after, index = paired(rho=(1.0, 0.3), fractures=broken(300, 2))
    assert np.asarray(after.parameters.pain.turnover) == 0.0
    week, next_one = 2.5 + 7.0 / 365.25, 2.99
    apart = [level[index == 1] - level[index == 0] for level in after.pain_level([week, next_one])]
    assert np.min(apart[0]) == pytest.approx(
        -1.6 * np.exp(-26 * 7 / 365.25) - 0.7 * np.exp(-2 * week), abs=1e-5
    )
    assert np.max(np.abs(apart[1])) < 0.01


def test_tablets_relieve_no_more_than_placebo_and_the_response_fades():
    oral = Given(tablet_start=np.zeros(1), tablet_end=np.array([1096.0]), tablet_drug=np.array([4]))
    after, index = paired(
        plans=[Given(placebo_day=0.0), oral, Given()], rho=(1.0, 0.5, 1.0), fractures=broken(300, 3)
    )
    reactions = after.doses.acute_phase[index[after.doses.person] == 1].sum()
    assert reactions < 12
    placebo, tablets, nothing = (after.pain_level([0.3, 2.9])[:, index == i] for i in range(3))
    assert np.array_equal(placebo, tablets)
    assert placebo[0].mean() < nothing[0].mean() - 0.2
    assert placebo[1].mean() == pytest.approx(nothing[1].mean(), abs=0.02)


def test_a_reaction_hurts_while_it_lasts():
    after, index = paired(fractures=(np.zeros(0, int),) * 3)
    d = after.doses
    first = d.acute_phase & (d.number == 0)
    ill_for = np.zeros(len(index))
    ill_for[d.person[first]] = d.reaction_days[first]
    day = 1.0 / 365.25
    pain = after.pain_level([0.5 * day, 5 * day])
    over, goes_on = (ill_for > 0.5) & (ill_for < 5.0), ill_for > 5.0
    assert over.sum() > 50 and goes_on.any()
    assert np.all(pain[0, over] >= np.minimum(pain[1, over] + 2.0, 10.0))
    assert np.all(np.abs(pain[0, goes_on] - pain[1, goes_on]) < 1.5)


def test_metaphyses_widen_in_growth_only_and_go_back():
    p = fill(metaphysis.Metaphysis)
    child, index = paired()
    width = child.metaphysis_width
    assert np.all(width[:, index == 0] == 1.0)
    assert np.all(width[-1, index == 1] > 1.0) and np.median(width[-1, index == 1]) > 1.03
    adult, index = paired(age=30.0)
    assert np.all(adult.metaphysis_width[-1, index == 1] == pytest.approx(1.0, abs=1e-3))
    rho = np.where(np.arange(121)[:, None] < 36, 0.3, 1.0)
    height = 100.0 + 6.0 * np.arange(121)[:, None] / 12.0
    stopped = metaphysis.relative_width(rho, height, p.untrimmed, 365.25 / 12, p)
    assert stopped[36, 0] > 1.1 and stopped[-1, 0] < 1.0 + 0.3 * (stopped[36, 0] - 1.0)
    assert np.all(stopped <= 1.0 + float(p.untrimmed))


def test_some_metaphyses_are_wide_and_others_not_and_a_film_is_read_with_error():
    p = fill(metaphysis.Metaphysis)
    after, index = paired(n=2000, fractures=(np.zeros(0, int),) * 3)
    width, read = after.metaphysis_width[-1, index == 1], after.metaphysis_measured()[index == 1]
    share, share_read = metaphysis.is_wide(width, p).mean(), metaphysis.is_wide(read, p).mean()
    assert 0.05 < share < 0.95 and share != share_read
    # People differ as their own response does, about the mean that everyone had.
    turnover, height = (after.setting.course[name][:, index == 1] for name in ("turnover_ratio", "height_cm"))
    alike = metaphysis.relative_width(turnover, height, p.untrimmed, 365.25 / 24, p)[-1]
    assert (width - 1.0).mean() == pytest.approx((alike - 1.0).mean(), rel=0.05)
    assert np.log(width - 1.0).std() == pytest.approx(0.6, abs=0.05)
    assert (read - width).std() == pytest.approx(0.04, rel=0.06)
    untreated = after.metaphysis_measured()[index == 0]
    assert metaphysis.is_wide(untreated, p).mean() < 0.03


def test_one_line_per_course_spaced_by_growth():
    after, index = paired(n=60)
    d = after.doses
    assert np.all(after.dense_lines[index == 0] == 0)
    assert np.all(after.dense_lines[index == 1] == 6)
    # Half a year of growth at the lower femur in mid-childhood: some 4-5 mm.
    assert 2.0 < np.median(d.line_mm) < 6.0
    adult, index = paired(n=60, age=30.0)
    assert np.all(adult.dense_lines == 0)


def test_out_of_100_benefit_and_harm_with_one_denominator():
    after, index = paired(n=600)
    rows = out_of_100.rows(after, 3.0, ["untreated", "treated"])
    by_id = {row["id"]: row for row in rows}
    assert {row["unit"] for row in rows} == {"of 100"} and {row["years"] for row in rows} == {3.0}
    assert {row["kind"] for row in rows} == {"benefit", "harm"}
    jaw = by_id["jaw_osteonecrosis"]["treated"]
    assert jaw["mean"] is None and jaw["at_most"] == pytest.approx(1.346, abs=0.01)
    assert jaw["said"] == "unknown, at most 1.4 in 100 (95 %), 0 of 221 observed"
    assert by_id["acute_phase"]["untreated"]["mean"] == 0.0 < by_id["acute_phase"]["treated"]["mean"]
    first = after.doses
    ever = np.bincount(first.person[first.acute_phase], minlength=len(index))[index == 1] > 0
    expected = by_id["acute_phase"]["treated"]["mean"]
    assert 100 * ever.mean() == pytest.approx(expected, abs=6.0)
    assert by_id["scoliosis"]["treated"] == by_id["scoliosis"]["untreated"]
    early = {row["id"]: row for row in out_of_100.rows(after, 0.4, ["untreated", "treated"])}
    assert early["acute_phase"]["treated"]["mean"] < by_id["acute_phase"]["treated"]["mean"]
    assert early["acute_phase_later"]["treated"]["mean"] == 0.0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"years": 9.0}, "years"),
        ({"years": 0.0}, "years"),
        ({"labels": ["a"]}, "labels"),
        ({"labels": ["a", "a"]}, "labels"),
    ],
)
def test_bad_horizons_and_labels(change, match):
    after, _ = paired(n=5)
    with pytest.raises(InputError, match=match):
        out_of_100.rows(after, **change)


def test_courses_that_do_not_fit_are_refused():
    c = people(3, 8.0)
    made = course(c, 1)
    with pytest.raises(InputError, match="plan_index"):
        aftermath(c, made, [Given()], [0, 0, 1])
    with pytest.raises(InputError, match="one column"):
        aftermath(people(2, 8.0), made, [Given()], [0, 0])
    del made.outputs["bsap"]
    with pytest.raises(InputError, match="bsap"):
        aftermath(c, made, [Given()], [0, 0, 0])


def test_a_plan_brings_its_operations_and_placebo_and_its_hold_leaves_doses_out():
    from brittlestar.care import as_plan

    words = "pamidronate 1 mg/kg/day iv for 3 days every 4 months"
    held, free = (
        as_plan(f"{words}, osteotomy of the left femur at 13 months{hold}")
        for hold in (", hold 4 months before and 4 months after surgery", "")
    )
    one, other = (Given.from_plan(plan, plan.schedule(157, 7.0)) for plan in (held, free))
    assert one.osteotomy_day == pytest.approx([13 * 365.25 / 12], abs=1.0)
    assert len(one.infusion_day) < len(other.infusion_day)
    assert np.all(np.abs(one.infusion_day - one.osteotomy_day) >= 4 * 30.4 - 4.0)
    assert other.courses(7.0).sum() * 3 == len(other.infusion_day)
    waiting = as_plan("placebo from 6 months for 1 year")
    assert Given.from_plan(waiting, waiting.schedule(157, 7.0)).placebo_day == pytest.approx(182.6, abs=1.0)


@pytest.fixture(scope="module")
def engine_run():
    from brittlestar.care import Plan, as_plan
    from brittlestar.engine import simulate_cohort

    n = 12
    c = people(n, np.tile([3.0, 8.0, 13.0], 4), np.repeat([1, 2, 3, 3], 3))
    both = Repeated(c, np.tile(np.arange(n), 2))
    plans = [as_plan("zoledronate 0.05 mg/kg iv every 6 months for 2 years"), Plan()]
    schedules: list[Any] = [plan.schedule(112, 7.0, drugs=("zoledronate",)) for plan in plans]
    index = np.repeat([0, 1], n)
    ran = simulate_cohort(both, schedules, index, 2, outputs=(*NEEDED, "pain"))
    return both, schedules, index, ran


def test_height_is_the_same_treated_and_untreated(engine_run):
    _, _, index, ran = engine_run
    assert np.array_equal(ran["height_cm"][:, index == 0], ran["height_cm"][:, index == 1])


def test_height_is_told_with_what_is_not_known_of_growth_in_the_first_year():
    """Growing 6 cm a year: what is open is the growth of one year from the first dose, times the share."""
    height = (110.0 + 6.0 * np.arange(73) / 24)[:, None] * np.ones(60)
    plans = [Given(), infusions(np.array([0.5, 1.0])), infusions(np.array([2.5]))]
    after, index = paired(n=20, plans=plans, rho=(1.0, 0.4, 0.4), fractures=broken(20, 3), height_cm=height)
    assert np.all(after.height_told() == 128.0)
    low, high = faster_range()
    assert low == 0.0 < high
    told = after.height_told(high)
    for plan, years in enumerate((0.0, 1.0, 0.5)):
        assert told[index == plan] == pytest.approx(128.0 + high * 6.0 * years)
    assert np.array_equal(after.height_told(low), after.height_told())


def test_after_a_real_course(engine_run):
    both, schedules, index, ran = engine_run
    after = aftermath(both, ran, schedules, index)
    assert after.setting.plans[0].infusion_day == pytest.approx(np.arange(4) * 365.25 / 2, abs=1.0)
    assert np.all(after.doses.mg_per_kg == pytest.approx(0.05))
    treated = index[after.unions.person] == 0
    assert np.all(after.unions.exposure[~treated] == 0.0)
    assert np.all(after.metaphysis_width[-1, index == 0] > 1.0)
    assert np.array_equal(after.spine.cobb[-1, index == 0] > 0, after.spine.cobb[-1, index == 1] > 0)
    # The trace of the engine and the level here are one equation for the usual person.
    p = after.parameters
    plain = p._replace(
        report=p.report._replace(
            person_sd=np.array(0.0),
            painless=np.array(0.0),
            placebo=np.array(0.0),
            quick=np.array(0.0),
            vertebral=np.array(0.0),
            reaction=np.array(0.0),
        )
    )
    level = aftermath(both, ran, schedules, index, parameters=plain).pain_level(ran.time_years[1:])
    # The engine books a fracture or infusion at the end of its weekly step, so only others agree closely.
    first = np.full(len(index), np.inf)
    np.minimum.at(first, ran.fracture_person, ran.fracture_years)
    whole = ran.time_years[1:, None] < first
    untouched = whole & (index == 1)
    assert whole.sum() > 50 and untouched.sum() > 20
    assert np.allclose(level[untouched], ran["pain"][1:][untouched], atol=1e-9)
    assert np.abs(level[whole] - ran["pain"][1:][whole]).mean() < 0.06
