"""The answer of the first screen: the command line's numbers in the stated form, whoever was told of."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import surgery
from brittlestar.care.monitoring import known_checks
from brittlestar.cli import main
from brittlestar.comparison import compare
from brittlestar.outcomes import pooled_trials
from brittlestar.web import answer, catalogue, downloads, uncertainty
from brittlestar.web.answer_schema import Answer, Sure
from brittlestar.web.requests import Course, Explore, Who

ASKED = Explore(person=Who(oi_type="III"), years=1, seed=4)


@pytest.fixture(scope="module")
def found() -> Answer:
    return answer.answer(ASKED)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line says of the same question."""
    out = tmp_path_factory.mktemp("cli") / "run"
    who = ["--age", "7", "--sex", "female", "--type", "III", "--vitamin-d", "50", "--years", "1"]
    assert main(["simulate", *who, "--plan", ASKED.plan.said(), "--seed", "4", "--out", str(out)]) == 0
    return out


def test_page_and_command_line_give_the_same_numbers(found: Answer, told: Path) -> None:
    rows = {row["id"]: row for row in json.loads((told / "summary.json").read_text(encoding="utf-8"))["rows"]}
    fractures = rows["fractures"]
    assert found.fractures.untreated == pytest.approx(fractures["untreated"]["mean"])
    assert found.fractures.plan == pytest.approx(fractures["treated"]["mean"])
    sure = next(row for row in answer.sure(ASKED).rows if row.id == "fractures")
    assert sure.science == pytest.approx(fractures["difference"]["science"])
    assert sure.population["untreated"] == pytest.approx(fractures["untreated"]["population"])
    assert sure.population["plan"] == pytest.approx(fractures["treated"]["population"])
    # What the first view tells at once holds how populations differ, and not yet parameters and laws.
    low, high = found.fractures.untreated_population
    assert low < found.fractures.untreated < high
    low, high = found.fractures.population or (0.0, 0.0)
    assert low < found.fractures.plan < high
    for row in found.rows:
        theirs = rows[row.id]
        assert row.difference == pytest.approx(theirs["difference"]["mean"])
        for mine, key in ((row.untreated, "untreated"), (row.plan, "treated")):
            assert mine.mean == pytest.approx(theirs[key]["mean"])
            assert mine.at_most == pytest.approx(theirs[key].get("at_most"))
            assert mine.chance == pytest.approx(theirs[key]["chance"])
    course = pl.read_csv(told / "course.csv")
    for name in ("ls_abmd", "ls_z", "pain", "resorption", "drug_buried_nmol"):
        for side, plan in (("untreated", "untreated"), ("plan", "treated")):
            end = course.filter(plan=plan, output=name)["mean"][-1]
            band = getattr(found.course.quantities[name], side)
            assert band.mean[-1] == pytest.approx(end, rel=2e-4)


def test_every_list_of_the_course_has_its_times_and_every_mean_lies_in_its_band(found: Answer) -> None:
    times = len(found.course.time_years)
    assert (found.course.time_years[0], found.course.time_years[-1]) == (0.0, 1.0)
    for name, quantity in found.course.quantities.items():
        for band in (quantity.untreated, quantity.plan):
            assert len(band.mean) == len(band.low) == len(band.high) == times
            # A few who break many bones carry the mean of pain and of fractures beyond their band.
            if name not in ("pain", "expected_fractures"):
                assert np.all(np.less_equal(band.low, band.mean)) and np.all(
                    np.less_equal(band.mean, band.high)
                )
    assert len(found.course.growth_mm) == len(found.course.metaphysis_width["plan"]) == times
    assert found.course.growth_mm[0] == 0.0 < found.course.growth_mm[-1]


def test_fractures_so_far_end_where_the_lives_do(found: Answer) -> None:
    counts = found.fractures.counts["untreated"]
    assert len(counts) == 50 and counts == sorted(counts)
    assert found.course.fractures_low["untreated"][0] == found.course.fractures_high["untreated"][0] == 0
    # The 10th and 90th of 100 are those of the middle persons beside them.
    assert counts[4] <= found.course.fractures_low["untreated"][-1] <= counts[5]
    assert counts[44] <= found.course.fractures_high["untreated"][-1] <= counts[45]


def test_trials_stand_beside_the_model_where_they_reach(found: Answer) -> None:
    trials = found.fractures.trials
    assert trials is not None and found.fractures.no_trials is None
    for mine, ratio in zip((trials.mean, trials.low, trials.high), pooled_trials.RATE_RATIO):
        assert mine == pytest.approx(ratio * found.fractures.untreated)


@pytest.mark.parametrize(
    ("plan", "who", "why"),
    [
        (Course(drug="none"), {}, "no-drug"),
        (Course(dose=0.1), {}, "dose-above"),
        (Course(every_months=2), {}, "dose-above"),
        (Course(dose=0.004), {}, "dose-below"),
        (Course(), {"oi_type": "healthy"}, "without-oi"),
        (Course(drug="words", words="denosumab 1 mg/kg every 3 months"), {}, "other-drugs"),
    ],
)
def test_trials_are_silent_where_they_do_not_reach(plan: Course, who: dict[str, Any], why: str) -> None:
    asked = Explore(person=Who.model_validate({"oi_type": "III"} | who), plan=plan, years=1, seed=4)
    found = answer.answer(asked).fractures
    assert (found.trials, found.no_trials) == (None, why)


def test_what_is_given_is_dated(found: Answer) -> None:
    assert (
        found.plan.given_years == [0.0, 0.5]
        and found.plan.clinic_days == 2
        and found.plan.drugs == ["zoledronate"]
    )
    tablets = answer.answer(
        Explore(person=Who(oi_type="III"), plan=Course(drug="risedronate", dose=1.0), years=1, seed=4)
    )
    assert tablets.plan.given_years == [] and tablets.plan.tablets_years == [[0.0, 1.0]]


def test_what_is_done_on_each_day_at_a_clinic_is_that_of_the_plans_calendar(found: Answer) -> None:
    plan, told = Course().plan(), found.plan.visits
    assert [(one.day, tuple(one.what)) for one in told] == [
        (int(one.day), one.what) for one in plan.visits(1.0, found.asked.person.age, "female")
    ]
    first, second = (set(one.what) for one in told)
    assert {"zoledronate", "blood-test", "dxa-scan", "dental-check"} <= first
    assert {"zoledronate", "blood-test", "dental-check"} <= second and "dxa-scan" not in second
    # Each has its words in every language; a drug has its name.
    for language in catalogue.LANGUAGES:
        text = catalogue.catalogue(language)
        ids = {*known_checks(), *surgery.KINDS}
        assert all(f"days.{what}" in text for what in ids), language


def test_what_a_clinic_measured_is_told_as_on_the_command_line() -> None:
    who = Who(oi_type="III", height_cm=95.0, weight_kg=14.0, baseline_z=-5.0, fractures_last_2_years=1)
    found = answer.answer(Explore(person=who, years=1, seed=4))
    theirs = compare(who.person(), Course().said(), 1.0, seed=4).summary()
    fractures = next(row for row in theirs["rows"] if row["id"] == "fractures")
    assert found.fractures.untreated == pytest.approx(fractures["untreated"]["mean"])
    assert found.effective == pytest.approx(theirs["effective_draws"]) and found.effective < 200
    assert found.fractures.told_2_years == 1


def test_a_bad_year_points_to_more_than_usual_and_to_fewer_than_before() -> None:
    usual, bad = (
        answer.answer(Explore(person=Who(oi_type="I", fractures_last_2_years=n), years=1, seed=4)).fractures
        for n in (None, 12)
    )
    assert usual.untreated < bad.untreated < 12 / 2


def test_a_measure_that_nobody_has_is_refused_in_the_words_of_python() -> None:
    for change, match in (
        ({"height_cm": 230.0}, "height_cm.*accepted at 7 y"),
        ({"weight_kg": 90.0}, "weight_kg"),
        ({"baseline_z": -14.9}, "baseline_z"),
    ):
        with pytest.raises(InputError, match=match):
            answer.answer(Explore(person=Who.model_validate(change), years=1))


def test_how_sure_tells_each_difference_with_its_ranges(found: Answer) -> None:
    sure = answer.sure(ASKED)
    assert [row.id for row in sure.rows] == [row[0] for row in uncertainty.TOLD]
    some = next(row for row in found.rows if row.id == "with_fracture")
    assert sure.rows[0].mean == pytest.approx(some.difference)
    for row in sure.rows:
        for low, high in (row.chance, row.people, row.science):
            assert low <= row.mean <= high


def test_files_hold_the_answer_and_bring_it_back(found: Answer, tmp_path: Path) -> None:
    whole = json.loads(downloads.to_json(downloads.whole(ASKED)))
    assert Sure.model_validate(whole.pop("sure")).sets > 0
    assert Answer.model_validate(whole).fractures == found.fractures
    assert downloads.from_toml(downloads.to_toml(ASKED)) == ASKED
    lines = downloads.to_csv(whole).splitlines()
    assert lines[0].startswith("chart,quantity,plan,age_years") and lines[1].startswith(
        "ls_abmd,g/cm2,no treatment,7.0,"
    )
    means = [
        float(line.split(",")[4]) for line in lines if line.startswith("ls_z,") and ",no treatment," in line
    ]
    assert means == found.course.quantities["ls_z"].untreated.mean


def test_languages_have_the_same_keys_and_the_same_places() -> None:
    english = catalogue.catalogue("en")
    for language in catalogue.LANGUAGES[1:]:
        text = catalogue.catalogue(language)
        assert catalogue.own_keys(language) == set(english)
        for key, said in english.items():
            assert sorted(places(said)) == sorted(set(places(said))) and set(places(text[key])) == set(
                places(said)
            ), key
        assert text["lang.draft"]


def places(said: str) -> set[str]:
    """Names that a text waits for."""
    return {part.partition("}")[0] for part in said.split("{")[1:]}


def test_every_drug_and_every_row_has_words(found: Answer) -> None:
    for language in catalogue.LANGUAGES:
        text = catalogue.catalogue(language)
        assert all(f"row.{row.id}.label" in text for row in found.rows)
        assert all(f"drug.{drug}" in text for drug in found.plan.drugs)
        banned = re.compile(r"\b(best|optimal|you will|safe|plan a)\b", re.IGNORECASE)
        assert [key for key, said in text.items() if banned.search(said)] == []
