"""What both screens of answers are told: paired numbers, the same again from saved settings."""

import csv
import json
import re
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loops import alone

from brittlestar._shared.errors import InputError
from brittlestar.care import Plan, as_plan
from brittlestar.cli import main
from brittlestar.comparison import compare, science
from brittlestar.comparison.lives import follow
from brittlestar.drugs.catalogue import FACTSHEET_DRUGS
from brittlestar.engine import fingerprint
from brittlestar.evidence.prediction.laws import mixed_sets
from brittlestar.evidence.prediction.one_person import SETS, open_sets
from brittlestar.outcomes.population_effect import populations
from brittlestar.people.person import Person
from brittlestar.web import (
    answer,
    answers_api,
    catalogue,
    compared,
    downloads,
    glossary,
    kept_lives,
    pages,
    question,
)
from brittlestar.web.requests import SLIDERS, Compare, Course, Explore, Who

TWO = [Course(), Course(drug="risedronate", dose=1.0)]
ASKED = Compare(person=Who(oi_type="III"), plans=TWO, years=1, seed=4)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return compared.whole(ASKED)


def test_each_plan_is_answered_as_on_the_first_screen_beside_one_untreated_course(
    found: dict[str, Any],
) -> None:
    assert found["schema"] == "brittlestar/compare/1" and len(found["answers"]) == 2
    for one, plan in zip(found["answers"], TWO, strict=True):
        alone = answer.whole(Explore(person=ASKED.person, plan=plan, years=1, seed=4))
        for content in (one, alone):
            content["manifest"] = content["manifest"] | {"created": ""}
        assert one == alone
    first, second = (one["fractures"] for one in found["answers"])
    assert first["untreated"] == second["untreated"] and first["plan"] != second["plan"]
    assert found["answers"][0]["course"]["healthy"] == found["answers"][1]["course"]["healthy"]


def test_no_centre_lies_outside_its_range() -> None:
    for kind, age in (("I", 7.0), ("III", 1.0), ("healthy", 40.0)):
        for plan in TWO:
            asked = Explore(person=Who(oi_type=kind, age=age), plan=plan, years=1)  # type: ignore[arg-type]
            for row in answer.sure(asked).rows:
                for low, high in (row.chance, row.people, row.science):
                    assert low <= row.mean <= high, (kind, row)


def test_the_science_range_is_the_same_estimator_under_the_posterior_of_predictions() -> None:
    """Chances under each set, in each population times its level and, of a drug, its effect on fractures."""
    assert [fingerprint(p) for p in open_sets()] == [fingerprint(p) for _, p in mixed_sets(SETS)]
    question = replace(kept_lives.asked(ASKED.person.person(), 1, 4), people=12)
    asked = science.questions(question, open_sets()[:2])
    plan = ASKED.plans[0].plan()
    found, none = science.means(asked, plan), science.means(asked, as_plan("no treatment"))
    level, effect = populations(healthy=False)
    for times, under, lived in (
        (np.concatenate([[1.0], level * effect, effect]), found, [follow(one, plan) for one in asked]),
        (np.concatenate([[1.0], level, np.ones(200)]), none, [follow(one, Plan()) for one in asked]),
    ):
        own = [[100 * float(-np.expm1(-f * one.hazard).mean()) for f in times] for one in lived]
        np.testing.assert_allclose(under["with_fracture"], own)
    apart = found["with_fracture"] - none["with_fracture"]
    moved = np.clip(-20.0 + apart - apart[0, 0], -100, 100)
    for as_told, some in ((False, moved[:, 1:201]), (True, moved[:, 201:])):
        ends = np.quantile(some, (0.05, 0.95), method="inverted_cdf")
        told = science.span("with_fracture", -20.0, found, none, as_told=as_told)
        assert told == pytest.approx([min(ends[0], -20.0), max(ends[1], -20.0)])
    # Of what is no fracture the least and the most of so few sets.
    gain = found["ls_z_gain"] - none["ls_z_gain"]
    assert gain.shape == (3, 1)
    ends = science.span("ls_z_gain", 0.5, found, none)
    assert ends == pytest.approx([0.5 + (gain - gain[0]).min(), 0.5 + (gain - gain[0]).max()])


def test_a_question_that_costs_too_much_is_refused_before_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("work has started")

    monkeypatch.setattr(kept_lives, "follow", never)
    daily = ", ".join(["zoledronate 0.05 mg/kg iv every 1 day"] * 10)
    asked = Explore(plan=Course(drug="words", words=daily), years=10)
    for ask in (answer.answer, answer.sure):
        with pytest.raises(InputError, match=r"make smaller: .* doses in a plan"):
            ask(asked)


def test_work_ends_when_nobody_waits_and_leaves_nothing_half_made() -> None:
    class Left(Exception):
        pass

    def left(*_: int) -> None:
        raise Left

    asked = Explore(person=Who(oi_type="III"), plan=Course(dose=0.0437), years=1, seed=4)
    for ask in (answer.answer, answer.sure):
        with pytest.raises(Left):
            ask(asked, left)
    assert answer.answer(asked).fractures.plan > 0


def test_a_server_ends_the_work_of_a_client_that_has_left() -> None:
    """The work is told between its parts; a client that stays gets its answer."""

    class Asking:
        def __init__(self, leaves: bool) -> None:
            self.leaves = leaves

        async def is_disconnected(self) -> bool:
            return self.leaves

    parts: list[int] = []

    def work(still: Any, count: int) -> str:
        for part in range(count):
            time.sleep(0.01)
            still(part, count)
            parts.append(part)
        return "answer"

    # So many that even a busy machine looks before they are done.
    few, many = (partial(work, count=count) for count in (5, 5000))

    async def answered(leaves: bool, of: Any) -> str:
        return await answers_api.while_wanted(Asking(leaves), of)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers_api, "LOOK_SECONDS", 0.01)
        assert alone(answered(False, few)) == "answer"
        parts.clear()
        with pytest.raises(answers_api.Gone):
            alone(answered(True, many))
    assert len(parts) < 5000


def test_fates_are_paired_and_do_not_depend_on_what_ran_before() -> None:
    question = kept_lives.asked(ASKED.person.person(), 1, 4)
    again = follow(question, Plan()).fractures()
    assert (again == kept_lives.lives(question, Plan()).fractures()).all()
    treated = kept_lives.lives(question, ASKED.plans[0].plan()).fractures()
    assert np.corrcoef(treated, again)[0, 1] > 0.2


def test_no_winner_and_no_promise() -> None:
    text = " ".join(text for key, text in catalogue.catalogue("en").items()).lower()
    for word in ("you will", "you should", "best", "recommended", "optimal"):
        assert not re.search(rf"\b{word}\b", text)


def test_every_dose_is_seen_alike() -> None:
    long = answer.answer(Explore(person=ASKED.person, years=1, seed=4)).course
    surface = np.asarray(long.quantities["drug_surface_nmol"].plan.mean)
    times = np.asarray(long.time_years)
    first, second = (surface[(times >= a) & (times < a + 0.4)].max() for a in (0.0, 0.5))
    assert second / first == pytest.approx(1.0, abs=0.3)


def test_a_file_holds_the_numbers_that_are_drawn(found: dict[str, Any]) -> None:
    saved = list(csv.reader(downloads.to_csv(found).splitlines()))
    for one in found["answers"]:
        for name, quantity in one["course"]["quantities"].items():
            mine = [row for row in saved if row[0] == name and row[2] == one["plan"]["words"]]
            assert [float(row[4]) for row in mine] == quantity["plan"]["mean"]
    # The course without treatment stands there once.
    times = len(found["answers"][0]["course"]["time_years"])
    assert sum(row[0] == "ls_abmd" and row[2] == "no treatment" for row in saved) == times


def test_every_benefit_and_harm_has_plain_words(found: dict[str, Any]) -> None:
    text = catalogue.catalogue("en")
    for row in found["answers"][0]["rows"]:
        told = text[f"row.{row['id']}.label"] + text.get(f"row.{row['id']}.note", "")
        for hard in ("vertebral", "odds ratio", "PMID", "metaphys", "hazard"):
            assert hard not in told


def test_no_line_ends_between_a_number_and_its_unit() -> None:
    assert (
        catalogue.unbroken("rose by 7.6 % in 12 months on 5 mg")
        == "rose by 7.6\u00a0% in 12 months on 5\u00a0mg"
    )


def test_hard_words_are_explained_once_in_an_article_and_nothing_is_lost() -> None:
    explain = glossary.Explainer()
    text = "Osteoclasts work less; resorption falls in vertebrae. Osteoclasts are cells."
    parts = explain.parts(text)
    assert "".join(part for part, _ in parts) == text
    assert [id for _, id in parts if id] == ["osteoclast", "resorption", "vertebra"]
    assert explain.parts("osteoclasts") == [("osteoclasts", "")]
    for one in glossary.glossary().values():
        assert len(one.says) < 300 and "<" not in one.says


def test_what_lies_outside_the_data_is_told_first() -> None:
    told = answer.answer(Explore(person=Who(age=70.0), plan=Course(dose=0.001), years=10))
    assert any(note.startswith("Extrapolated in age") for note in told.outside)
    assert any("Dose below published: zoledronate 0.001 mg/kg" in note for note in told.outside)


def test_settings_give_the_same_numbers_from_the_command_line(found: dict[str, Any], tmp_path: Path) -> None:
    saved, out = tmp_path / "settings.toml", tmp_path / "results.json"
    saved.write_text(downloads.to_toml(ASKED), encoding="utf-8")
    assert downloads.from_toml(saved.read_text(encoding="utf-8")) == ASKED
    assert main(["rerun", str(saved), "--out", str(out)]) == 0
    again = json.loads(out.read_text(encoding="utf-8"))
    mine = json.loads(downloads.to_json(found))
    for one in (*again["answers"], *mine["answers"]):
        one["manifest"].pop("created")
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
    rows = downloads.to_csv(found).splitlines()
    assert rows[0] == "chart,quantity,plan,age_years,mean,low,high,range_is"
    z = next(row for row in rows if row.startswith("ls_z,"))
    assert float(z.split(",")[4]) < 0
    assert downloads.cell_text("=HYPERLINK(1)") == "'=HYPERLINK(1)"


def test_every_drug_of_the_page_reads_as_a_plan() -> None:
    for drug, one in SLIDERS.items():
        plan = Course(drug=drug, dose=one.dose, every_months=one.every_months or 6).plan(80.0)
        assert plan.drugs == (drug,) and plan.activity and one.low < one.dose < one.high
    assert Course(drug="none").plan() == Plan()
    with pytest.raises(ValueError, match="did you mean 'zoledronate'"):
        Course(drug="zoledronat")


@pytest.mark.filterwarnings("ignore")
def test_a_drug_outside_the_factsheet_is_not_offered_and_is_named_first_when_asked_for() -> None:
    assert tuple(SLIDERS) == FACTSHEET_DRUGS
    for screen in ("explore", "compare"):
        html = pages.page(screen, "token")
        assert "neridronate (drip)" in html.lower() and 'value="ibandronate"' not in html
    words = "ibandronate 3 mg iv every 3 months"
    told = answer.answer(Explore(person=Who(age=40.0), plan=Course(drug="words", words=words), years=1))
    assert any("ibandronate is not one of the five drugs" in note for note in told.outside)


def test_a_rule_that_waits_for_the_course_is_dated_as_in_a_comparison() -> None:
    words = "zoledronate 0.05 mg/kg iv every 6 months, stop when Z reaches -5"
    asked = Explore(plan=Course(drug="words", words=words), years=2, seed=4)
    person, given = asked.person.person(), question.plans_of(asked)
    assert given["plan"].is_open
    lives, settled = kept_lives.side_by_side(kept_lives.asked(person, 2, 4), given)["plan"]
    mine = lives.plan.stop_day(person.age, person.sex)
    theirs = compare(person, words, 2.0, seed=4, untreated=False)
    assert settled and 0 < mine < 2 * 365.25
    assert mine == theirs.resolved.stop_day(person.age, person.sex)
    assert "is met" in answer.answer(asked).dates[0]
    open_ended = kept_lives.lives(lives.question, as_plan("zoledronate 0.05 mg/kg iv every 6 months"))
    surface = [one.course["drug_surface_nmol"][-1].mean() for one in (lives, open_ended)]
    assert surface[0] < 0.7 * surface[1]


def test_a_comparison_holds_up_to_four_plans() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        Compare(plans=[Course()] * 5)
    assert len(compared.questions(Compare(plans=[Course()] * 4))) == 4


def test_a_person_of_the_page_is_a_person_of_the_model() -> None:
    assert Who().person() == Person(age=7.0, sex="female", oi_type="IV", vitamin_d_nmol_per_l=50.0)
