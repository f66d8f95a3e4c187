"""Plans as objects: what is refused, what is warned about, files."""

import warnings

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import Calcium, Plan, PlanWarning, Regimen, Span, as_plan, published, vitamin_d_rise

ZOLEDRONATE = {"drug": "zoledronate", "dose": 0.05, "dose_unit": "mg/kg", "every": "6 months"}


WARNED = {
    "zoledronate 0.1 mg/kg iv every 6 months": "dose-above-published",
    "risedronate 1 mg/day": "dose-below-published",
    "zoledronate 0.05 mg/kg iv every 6 months over 5 minutes": "infusion-too-short",
    "pamidronate 1 mg/kg/day iv for 3 days every 4 months over 1 hour": "infusion-too-short",
    "zoledronate 0.05 mg/kg iv every 6 months, risedronate 5 mg/day": "two-drugs-at-once",
    "alendronate 0.2 mg/kg/day": "no-published-dose",
}


@pytest.mark.parametrize("words", WARNED)
def test_departures_are_named_with_their_source(words):
    (warning,) = as_plan(words).check()
    assert isinstance(warning, PlanWarning)
    assert warning.rule == WARNED[words]
    assert warning.source


@pytest.mark.parametrize("words", WARNED)
def test_a_plan_is_silent_when_it_is_made_read_or_copied(words):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        plan = as_plan(words)
        assert Plan.from_toml(plan.to_toml()) == plan == Plan(**plan.model_dump()) == plan.model_copy()
        assert plan.check()
    assert caught == []


def test_of_usual_care_there_is_nothing_to_say():
    usual = "pamidronate 1 mg/kg/day iv for 3 days every 4 months over 3 hours, calcium 500 mg/day"
    assert as_plan(usual).check() == ()


def test_one_drug_by_mouth_after_another_is_fine():
    plan = as_plan("risedronate 5 mg/day for 1 year then alendronate 10 mg/day for 1 year")
    assert plan.drugs == ("alendronate", "risedronate")


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("zoledronate 0.05 mg/kg iv every 6 months", 35.0),
        ("alendronate 10 mg/day", 35.0),
        ("pamidronate 1 mg/kg/day iv for 3 days every 4 months", 30.0),
        ("neridronate 2 mg/kg iv every 3 months", 30.0),
        ("risedronate 5 mg/day", 30.0),
    ],
)
def test_renal_limits_are_those_of_the_drug_files_to_the_millilitre(words, limit):
    plan = as_plan(words)
    said = {clearance: [w.rule for w in plan.check(creatinine_clearance_ml_min=clearance)]
            for clearance in (limit - 0.1, limit, 90.0)}  # fmt: skip
    assert said == {limit - 0.1: ["renal-limit"], limit: [], 90.0: []}


def test_a_fixed_dose_is_held_against_weight():
    plan = as_plan("zoledronate-5mg-yearly")
    assert plan.check(weight_kg=100) == ()
    assert [w.rule for w in plan.check(weight_kg=15)] == ["dose-above-published"]


WRONG = {
    "unknown field": ({"evry": "6 months"}, "did you mean 'every'"),
    "bare number": ({"every": 6}, "a number and a unit"),
    "negative dose": ({"dose": -1}, "greater than 0"),
    "nan": ({"dose": float("nan")}, "finite"),
    "unit": ({"dose_unit": "mg/kq"}, "did you mean 'mg/kg'"),
    "route": ({"route": "oral"}, "zoledronate is given iv"),
    "half a band": ({"weight_bands": [{"below_kg": 30}]}, "dose"),
    "bands need mg": ({"weight_bands": [{"below_kg": 30, "dose": 0.02}]}, "weight_bands, dose_unit"),
    "course longer than the regimen": (
        {"days_per_course": 3, "dose_unit": "mg/kg/day", "duration": "2 days"},
        "a course of 3 days at least",
    ),
    "no time at all": ({"duration": "0 weeks"}, "longer than 0"),
    "longer than a day on each of three days": (
        {"days_per_course": 3, "dose_unit": "mg/kg/day", "infusion_hours": 25},
        "at most 24 hours",
    ),
    "course longer than interval": (
        {"days_per_course": 9, "dose_unit": "mg/kg/day", "every": "1 week"},
        "at least 9 days",
    ),
    "ages fall": (
        {"age_bands": [{"below_years": 3, "dose": 0.02}, {"below_years": 2, "dose": 0.02}]},
        "rising ages",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_regimens_that_do_not_fit_together_are_refused(case):
    fields, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        Regimen(**{**ZOLEDRONATE, **fields})


def test_missing_field_is_named():
    with pytest.raises(InputError, match=r"Regimen\.dose_unit"):
        Regimen(**{"drug": "zoledronate", "dose": 4})


def test_plans_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Plan().name = "other"


def test_toml_errors_name_file_place_and_nearest_field(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text('[[regimens]]\ndrug = "zoledronate"\ndoze = 0.05\ndose_unit = "mg/kg"\n')
    with pytest.raises(InputError, match=r"plan\.toml.*regimens.*did you mean 'dose'"):
        as_plan(path)
    path.write_text("regimens = [")
    with pytest.raises(InputError, match="not TOML"):
        as_plan(path)
    with pytest.raises(InputError, match="cannot be read"):
        as_plan(tmp_path / "missing.toml")


def test_beginners_and_experts_get_the_same_plan(tmp_path):
    expert = Plan(regimens=(Regimen(**ZOLEDRONATE),), calcium=(Calcium(mg_per_day=500),))
    path = tmp_path / "plan.toml"
    path.write_text(expert.to_toml())
    assert (
        as_plan("zoledronate 0.05 mg/kg every 6 months, calcium 500 mg/day") == expert == as_plan(str(path))
    )
    assert as_plan(Regimen(**ZOLEDRONATE)).regimens == expert.regimens


def test_lasting_ends_what_has_no_end():
    assert published("poise-risedronate").lasting("1 year").regimens[0].duration == Span(1, "year")
    with pytest.raises(InputError, match="published regimen"):
        published("poise")


def test_vitamin_d_rise_agrees_with_young_people_with_oi():
    # A year on 400 or 2000 IU/day: rises of 15.2 and 30.5 nmol/L, doi:10.1016/j.bone.2016.02.013.
    assert vitamin_d_rise(2000) - vitamin_d_rise(400) == pytest.approx(15.3, abs=3.0)
    assert vitamin_d_rise(1000) == pytest.approx(12.0, rel=0.01)
    assert vitamin_d_rise(0) == 0


ZOL, PAM = "zoledronate 0.05 mg/kg iv every", "pamidronate 1 mg/kg/day iv for 3 days every 4 months"

NOBODY = {
    f"{ZOL} 1 week": "year-above-published",
    f"{ZOL} 1 month": "year-above-published",
    "zoledronate 5 mg iv every 1 week": "year-above-published",
    "pamidronate 1 mg/kg/day iv for 3 days every 1 month": "year-above-published",
    "pamidronate 1 mg/kg/day iv for 3 days every 4 months below age 2, 1 mg/kg/day every 2 weeks above": (
        "year-above-published"
    ),
    f"{ZOL} 6 months over 400 hours": "infusion-longer-than-published",
    f"{PAM} over 24 hours": None,
    "neridronate 2 mg/kg iv every 3 months over 6 hours": "infusion-longer-than-published",
    "denosumab 60 mg every 1 week, no checks": "more-often-than-published",
    "denosumab 60 mg every 3 months": None,
    "denosumab 60 mg every 6 months, teriparatide 20 ug/day": "two-drugs-at-once",
    "denosumab 60 mg every 6 months, romosozumab 210 mg every 4 weeks": "two-drugs-at-once",
    f"{ZOL} 6 months": None,
    f"{ZOL} 26 weeks": None,
}


@pytest.mark.parametrize("words", NOBODY)
def test_what_nobody_has_studied_is_named_with_its_source(words):
    found = [w for w in as_plan(words).check() if w.rule != "no-dental-check"]
    assert [w.rule for w in found] == ([NOBODY[words]] if NOBODY[words] else [])
    assert all(w.source for w in found)


def test_tablets_of_an_adult_are_told_for_a_newborn():
    for words in ("alendronate 10 mg/day", "alendronate 70 mg/week", "risedronate 35 mg/week"):
        named = {w.rule for w in as_plan(words).check(age_years=0.0, weight_kg=3.2)}
        assert named == {"dose-above-published", "younger-than-published"}, words
        assert as_plan(words).check(age_years=40.0, weight_kg=60.0) == ()
    assert as_plan("poise-risedronate").check(age_years=5.0, weight_kg=15.0) == ()


REFUSED = {
    "zoledronate 0.05 mg/kg iv every 24 hours": "did you mean|accepted",
    f"{ZOL} 1 day over 48 hours": "at most 24 hours",
    "pamidronate 1 mg/kg/day iv for 3 days every 4 months over 30 hours": "at most 24 hours",
    "pamidronate 1 mg/kg/day iv for 3 days every 3 days over 25 hours": "at most 24 hours",
    "pamidronate 1 mg/kg/day iv for 3 days every 3.5 days over 40 hours": "at most 24 hours",
    f"{ZOL} 6 months for 0 years": "longer than 0",
    f"{ZOL} 6 months for 0 days": "a single infusion is said 'once'",
    "calcium 500 mg/day for 0 days": "longer than 0",
    "denosumab 60 mg every 6 months for 0 months": "longer than 0",
    "placebo for 0 years": "longer than 0",
    f"{ZOL} 6 months, first dose x1e-9": "first_dose_fraction",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_has_no_meaning_is_refused(words):
    with pytest.raises(InputError, match=REFUSED[words]):
        as_plan(words)


def test_a_plan_says_each_departure_once_and_has_no_endless_parts():
    plan = as_plan(", ".join(["zoledronate 4 mg iv once"] * 30))
    assert [w.rule for w in plan.check()] == ["two-drugs-at-once"]
    with pytest.raises(InputError, match="at most 300"):
        Plan(calcium=(Calcium(mg_per_day=1),) * 301)


def test_low_vitamin_d_is_told_with_a_drug_and_only_then():
    assert [w.rule for w in as_plan(f"{ZOL} 6 months").check(vitamin_d_nmol_per_l=1.0)] == ["vitamin-d-low"]
    assert as_plan(f"{ZOL} 6 months").check(vitamin_d_nmol_per_l=60.0) == ()
    assert as_plan("calcium 500 mg/day").check(vitamin_d_nmol_per_l=1.0) == ()
