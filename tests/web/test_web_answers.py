"""What a page is told: the same numbers as the engine's, paired, reproducible from the saved settings."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brittlestar.care import Plan, as_plan
from brittlestar.cli import main
from brittlestar.comparison import compare
from brittlestar.people.person import Person
from brittlestar.web import explore, files, live, pages, words
from brittlestar.web.asked import USUAL, Compare, Course, Explore, Who
from brittlestar.web.pictures import ALONE, templates

ASKED = Explore(person=Who(oi_type="III"), years=1, seed=4)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return explore.whole(ASKED)


def test_years_of_the_page_are_those_of_the_engine() -> None:
    person, plan = ASKED.person.person(), ASKED.plan.plan()
    mine = live.fates(person, plan, 1, 4)
    told = compare(person, plan, 1.0, draws=live.DRAWS, people=0, seed=4, step_days=7.1, untreated=False)
    usual = told.chance.outputs["treated"]
    for name in ("ls_abmd", "strength_limb", "drug_buried_nmol"):
        assert mine.course[name][-1].mean() == pytest.approx(usual[name][-1].mean(), rel=0.01)
    assert mine.course[name][0] == pytest.approx(usual[name][0], rel=1e-12)
    assert mine.fractures(1.0).mean() == pytest.approx(
        told.chance.total("treated", "fractures")[-1].mean(), rel=0.1
    )


def test_fates_are_paired_and_do_not_depend_on_what_ran_before() -> None:
    person = ASKED.person.person()
    again = live._fates.__wrapped__(person, Plan().to_toml(), 1, 4)
    assert (again.fractures(1.0) == live.fates(person, Plan(), 1, 4).fractures(1.0)).all()
    treated = live.fates(person, ASKED.plan.plan(), 1, 4).fractures(1.0)
    assert np.corrcoef(treated, again.fractures(1.0))[0, 1] > 0.2


def test_the_same_hundred_is_told_everywhere(found: dict[str, Any]) -> None:
    row = next(row for row in found["table"] if row["id"] == "fracture")
    for label in ALONE:
        assert round(row["cells"][label]["mean"]) == found["icons"][label]
        assert sum(found["dots"]["dots"][label]) == explore.MOST_DOTS
    jaw = next(row for row in found["table"] if row["id"] == "jaw_osteonecrosis")
    assert "at most" in jaw["cells"]["this plan"]["said"]


def test_no_winner_and_no_promise(found: dict[str, Any]) -> None:
    text = json.dumps(pages.filled(found)).lower()
    for word in ("you will", "you should", "best plan", "recommended", "optimal"):
        assert word not in text


def test_every_dose_is_seen_alike(found: dict[str, Any]) -> None:
    rows = [row for row in found["charts"]["drug_surface"]["rows"] if row["plan"] == "this plan"]
    first, second = (max(r["mean"] for r in rows if a <= r["age_years"] < a + 0.4) for a in (7.0, 7.5))
    assert second / first == pytest.approx(1.0, abs=0.3)


def test_words_and_file_hold_the_numbers_that_are_drawn_last(found: dict[str, Any]) -> None:
    shown = pages.unsure(found["ranges"])
    saved = [row.split(",") for row in files.to_csv(found).splitlines() if row.endswith(",this person")]
    for name, chart in shown["charts"].items():
        drawn = [row for row in chart["rows"] if row["plan"] == "this plan"]
        assert shown["text"][f"said-{name}"] == chart["said"]
        assert [float(row[4]) for row in saved if row[0] == name and row[2] == "this plan"] == [
            row["mean"] for row in drawn
        ]
    # Expected courses have no fractures, and so not the pain that comes with them.
    assert "pain" in found["charts"] and "pain" not in shown["charts"]


def test_every_benefit_and_harm_has_plain_words(found: dict[str, Any]) -> None:
    assert {row["id"] for row in found["table"]} == set(words.rows())
    html = pages.filled(found)["html"]["hundred"]
    families = html.replace("\n", "").split('<small class="for-researchers"')
    told = families[0] + "".join(part.partition("</small>")[2] for part in families[1:])
    for hard in ("vertebral", "odds ratio", "PMID", "metaphys", "hazard"):
        assert hard not in told


def test_hard_words_are_explained_once_in_an_article_and_nothing_is_lost() -> None:
    explain = words.Explainer()
    text = "Osteoclasts work less; resorption falls in vertebrae. Osteoclasts are cells."
    parts = explain.parts(text)
    assert "".join(part for part, _ in parts) == text
    assert [id for _, id in parts if id] == ["osteoclast", "resorption", "vertebra"]
    assert explain.parts("osteoclasts") == [("osteoclasts", "")]
    for one in words.glossary().values():
        assert len(one.says) < 300 and "<" not in one.says


@pytest.mark.filterwarnings("ignore::brittlestar.care.PlanWarning")
def test_what_lies_outside_the_data_is_told_first() -> None:
    old = Explore(person=Who(age=50.0), plan=Course(dose=0.001), years=1)
    html = pages.filled(explore.answer(old))["html"]["told"]
    assert html.index("Extrapolated in age") < html.index('class="icons"')
    assert "Dose below published: zoledronate 0.001 mg/kg" in html
    assert explore.answer(ASKED)["outside"] == []


def test_fates_that_were_drawn_never_tell_none_or_all() -> None:
    none, one, some = np.zeros(200), np.eye(200)[0], np.arange(200) < 64
    assert explore._both_ways(none) == explore._both_ways(one) == ("under 1", "over 99")
    assert explore._both_ways(1 - none) == ("over 99", "under 1")
    assert explore._both_ways(some) == ("32", "68")


def test_a_difference_in_words() -> None:
    assert explore.signed(-12.0, -20.0, -4.0) == "12 fewer (4 to 20 fewer)"
    assert explore.signed(-4.0, -9.0, 1.0) == "4 fewer (9 fewer to 1 more)"
    assert explore.signed(0.0, 0.0, 0.0) == "no difference"


def test_settings_give_the_same_numbers_from_the_command_line(found: dict[str, Any], tmp_path: Path) -> None:
    saved, out = tmp_path / "settings.toml", tmp_path / "results.json"
    saved.write_text(files.to_toml(ASKED), encoding="utf-8")
    assert files.from_toml(saved.read_text(encoding="utf-8")) == ASKED
    assert main(["rerun", str(saved), "--out", str(out)]) == 0
    again = json.loads(out.read_text(encoding="utf-8"))
    mine = json.loads(files.to_json(found))
    for content in (again, mine):
        content["manifest"].pop("created")
    assert again == mine


def test_settings_that_a_page_would_refuse_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "settings.toml"
    for text in (
        "screen = 'trial'",
        "screen = 'explore'\nyears = 4",
        "screen = 'explore'\nname = 'x'",
        "screen =",
    ):
        place.write_text(text, encoding="utf-8")
        assert main(["rerun", str(place)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_spreadsheet_takes_text_for_text_and_numbers_for_numbers(found: dict[str, Any]) -> None:
    rows = files.to_csv(found).splitlines()
    assert rows[0] == "chart,quantity,plan,age_years,mean,low,high,range_is"
    z = next(row for row in rows if row.startswith("z,"))
    assert float(z.split(",")[4]) < 0
    assert files._text("=HYPERLINK(1)") == "'=HYPERLINK(1)"


def test_what_comes_with_a_result_is_escaped(found: dict[str, Any]) -> None:
    evil = found | {"told": ["<img src=x onerror=alert(1)>"], "notes": ["<script>alert(1)</script>"]}
    html = "".join(pages.filled(evil)["html"].values())
    assert "<img" not in html and "<script" not in html


def test_every_drug_of_the_page_reads_as_a_plan() -> None:
    for drug, (dose, every, (low, high)) in USUAL.items():
        plan = Course(drug=drug, dose=dose, every_months=every or 6).plan(80.0)  # type: ignore[arg-type]
        assert plan.drugs == (drug,) and plan.activity and low < dose < high
    assert Course(drug="none").plan() == Plan()


def test_a_rule_that_waits_for_the_course_is_dated_as_in_a_comparison() -> None:
    words = "zoledronate 0.05 mg/kg iv every 6 months, stop when Z reaches -4"
    asked = Explore(plan=Course(drug="words", words=words), years=2, seed=4)
    person, given = asked.person.person(), explore.plans_of(asked)
    assert given["this plan"].is_open
    plans, told = explore.dated(person, given, 2, 4)
    mine = plans["this plan"].stop_day(person.age, person.sex)
    theirs = compare(person, words, 2.0, draws=live.DRAWS, people=0, seed=4, step_days=7.0, untreated=False)
    other = theirs.resolved.stop_day(person.age, person.sex)
    # Seen every four weeks here, every month there.
    assert 0 < mine < 2 * 365.25 and abs(mine - other) < 62
    assert "is met" in told["this plan"][0] and list(told) == ["this plan"]
    after = live.fates(person, plans["this plan"], 2, 4).course
    open_ended = live.fates(person, as_plan("zoledronate 0.05 mg/kg iv every 6 months"), 2, 4).course
    assert after["drug_surface_nmol"][-1].mean() < 0.7 * open_ended["drug_surface_nmol"][-1].mean()


def test_a_comparison_holds_up_to_four_plans() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        Compare(plans=[Course()] * 5)
    assert list(explore.plans_of(Compare(plans=[Course()] * 4)))[-1] == "plan D"


def test_templates_wait_for_data_and_hold_none() -> None:
    for one in templates(ALONE).values():
        assert one.explained in words.glossary()
        assert one.spec["datasets"] == {"rows": [], "healthy": []}
        assert '"values": [{"time_years"' not in json.dumps(one.spec)


def test_a_person_of_the_page_is_a_person_of_the_model() -> None:
    assert Who().person() == Person(age=7.0, sex="female", oi_type="IV", vitamin_d_nmol_per_l=50.0)
