"""What the screen of plans side by side is told: paired numbers, the same again from saved settings."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import Plan, as_plan
from brittlestar.cli import main
from brittlestar.comparison import compare, science
from brittlestar.comparison.lives import follow
from brittlestar.drugs.catalogue import FACTSHEET_DRUGS
from brittlestar.engine import fingerprint
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.people.person import Person
from brittlestar.web import answer, answers_api, compared, downloads, glossary, kept_lives, pages, question
from brittlestar.web.counted import both_ways, signed
from brittlestar.web.pictures import PLANS, templates
from brittlestar.web.requests import SLIDERS, Compare, Course, Explore, Who

ASKED = Compare(person=Who(oi_type="III"), years=1, seed=4)
LABELS = PLANS[:2]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return compared.whole(ASKED)


def rows_by_id(content: dict[str, Any], name: str) -> dict[str, Any]:
    return {row["id"]: row for row in content[name]}


def test_page_and_command_line_give_the_same_numbers(
    found: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every number that both show: means, errors and ranges of each plan and of the difference."""
    asked = ["--age", "7", "--sex", "female", "--type", "III", "--vitamin-d", "50", "--years", "1"]
    plan = ["--plan", ASKED.plans[0].said(), "--seed", "4", "--out", str(tmp_path / "run")]
    assert main(["simulate", *asked, *plan]) == 0
    capsys.readouterr()
    told = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    mine, theirs = rows_by_id(found, "numbers"), rows_by_id(told, "rows")
    assert list(mine) == list(theirs)
    for name, row in mine.items():
        for label, key in zip(LABELS, ("untreated", "treated")):
            same(row["cells"][label], theirs[name][key])
        same(row["differences"]["plan A"], theirs[name]["difference"])
    for row in found["ranges"]["rows"]:
        cell, apart = row["plans"]["plan A"]["numbers"], theirs[row["id"]]["difference"]
        assert (cell["mean"], cell["chance"], cell["people"]) == pytest.approx(
            (apart["mean"], pytest.approx(apart["chance"]), pytest.approx(apart["person"]))
        )
    assert found["icons"]["plan A"] == round(theirs["with_fracture"]["treated"]["mean"])
    assert found["dots"]["mean"]["plan A"] == pytest.approx(theirs["fractures"]["treated"]["mean"])
    course = pl.read_csv(tmp_path / "run" / "course.csv").filter(plan="treated")
    for name, output in (
        ("density", "ls_abmd"),
        ("z", "ls_z"),
        ("pain", "pain"),
        ("expected_fractures",) * 2,
    ):
        last = [row for row in found["charts"][name]["rows"] if row["plan"] == "plan A"][-1]
        end = course.filter(output=output)["mean"][-1]
        assert last["mean"] == pytest.approx(end, rel=2e-4)


def same(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert set(mine) == set(theirs)
    for key, value in mine.items():
        expected = theirs[key]
        plain = expected is None or isinstance(expected, str)
        assert value == (expected if plain else pytest.approx(expected, rel=1e-9)), key


def test_no_centre_lies_outside_its_range() -> None:
    for kind, age in (("I", 7.0), ("III", 1.0), ("healthy", 40.0)):
        plans = [Course(), Course(drug="risedronate", dose=1.0)]
        asked = Compare(person=Who(oi_type=kind, age=age), plans=plans, years=1)  # type: ignore[arg-type]
        for row in compared.ranges(asked)["rows"]:
            for cell in row["plans"].values():
                n = cell["numbers"]
                for low, high in (n["chance"], n["people"], n["science"]):
                    assert low <= n["mean"] <= high, (kind, row["id"], n)


def test_the_science_range_is_the_same_estimator_under_the_posterior_of_predictions() -> None:
    posterior = ensemble()
    assert len(kept_lives.posterior_sets()) == kept_lives.SETS
    for set_, i in zip(kept_lives.posterior_sets(), posterior.pick(kept_lives.SETS)):
        assert fingerprint(set_) == fingerprint(posterior.parameters(i))
    question = replace(kept_lives.asked(ASKED.person.person(), 1, 4), people=12)
    asked = science.questions(question, kept_lives.posterior_sets()[:2])
    plan = ASKED.plans[0].plan()
    found, none = science.means(asked, plan), science.means(asked, as_plan("no treatment"))
    lives = [follow(one, plan) for one in asked]
    own = [100 * float(-np.expm1(-one.hazard).mean()) for one in lives]
    np.testing.assert_allclose(found["with_fracture"], own)
    apart = found["with_fracture"] - none["with_fracture"]
    centre = -20.0
    expected = np.clip(centre + apart - apart[0], -100, 100)
    assert science.span("with_fracture", centre, found, none) == [expected.min(), expected.max()]


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

    def work(still: Any) -> str:
        for part in range(40):
            time.sleep(0.01)
            still(part, 40)
            parts.append(part)
        return "answer"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers_api, "LOOK_SECONDS", 0.01)
        assert asyncio.run(answers_api.while_wanted(Asking(False), work)) == "answer"  # type: ignore[arg-type]
        parts.clear()
        with pytest.raises(answers_api.Gone):
            asyncio.run(answers_api.while_wanted(Asking(True), work))  # type: ignore[arg-type]
    assert len(parts) < 40


def test_fates_are_paired_and_do_not_depend_on_what_ran_before() -> None:
    question = kept_lives.asked(ASKED.person.person(), 1, 4)
    again = follow(question, Plan()).fractures()
    assert (again == kept_lives.lives(question, Plan()).fractures()).all()
    treated = kept_lives.lives(question, ASKED.plans[0].plan()).fractures()
    assert np.corrcoef(treated, again)[0, 1] > 0.2


def test_the_same_hundred_is_told_everywhere(found: dict[str, Any]) -> None:
    row = next(row for row in found["table"] if row["id"] == "with_fracture")
    for label in LABELS:
        assert round(row["cells"][label]["mean"]) == found["icons"][label]
        assert sum(found["dots"]["dots"][label]) == compared.MOST_DOTS
    jaw = next(row for row in found["table"] if row["id"] == "jaw_osteonecrosis")
    assert "at most" in jaw["cells"]["plan A"]["said"]


def test_no_winner_and_no_promise(found: dict[str, Any]) -> None:
    text = json.dumps(pages.filled(found)).lower()
    for word in ("you will", "you should", "best plan", "recommended", "optimal"):
        assert word not in text


def test_every_dose_is_seen_alike(found: dict[str, Any]) -> None:
    rows = [row for row in found["charts"]["drug_surface"]["rows"] if row["plan"] == "plan A"]
    first, second = (max(r["mean"] for r in rows if a <= r["age_years"] < a + 0.4) for a in (7.0, 7.5))
    assert second / first == pytest.approx(1.0, abs=0.3)


def test_words_and_file_hold_the_numbers_that_are_drawn(found: dict[str, Any]) -> None:
    shown = pages.filled(found)
    saved = [row.split(",") for row in downloads.to_csv(found).splitlines()]
    for name, chart in shown["charts"].items():
        drawn = [row for row in chart["rows"] if row["plan"] == "plan A"]
        assert shown["text"][f"said-{name}"] == chart["said"]
        assert [float(row[4]) for row in saved if row[0] == name and row[2] == "plan A"] == [
            row["mean"] for row in drawn
        ]


def test_every_benefit_and_harm_has_plain_words(found: dict[str, Any]) -> None:
    assert {row["id"] for row in found["table"]} == set(glossary.rows())
    html = pages.filled(found)["html"]["hundred"]
    families = html.replace("\n", "").split('<small class="for-researchers"')
    told = families[0] + "".join(part.partition("</small>")[2] for part in families[1:])
    for hard in ("vertebral", "odds ratio", "PMID", "metaphys", "hazard"):
        assert hard not in told


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
    old = Compare(person=Who(age=70.0), plans=[Course(dose=0.001)], years=10)
    html = pages.filled(compared.answer(old))["html"]["told"]
    assert html.index("Extrapolated in age") < html.index('class="icons"')
    assert "Dose below published: zoledronate 0.001 mg/kg" in html
    assert compared.answer(ASKED)["outside"] == []


def test_chances_never_tell_none_or_all() -> None:
    none, one, some = {"mean": 0.0}, {"mean": 0.5}, {"mean": 32.0}
    assert both_ways(none) == both_ways(one) == ("under 1", "over 99")
    assert both_ways({"mean": 100.0}) == ("over 99", "under 1")
    assert both_ways(some) == ("32", "68")


def test_what_trials_found_stands_beside_the_ratio(found: dict[str, Any]) -> None:
    (line,) = [line for line in found["told"] if "trials of these drugs" in line]
    cells = rows_by_id(found, "numbers")["fractures"]["cells"]
    ratio = 100 * cells["plan A"]["mean"] / cells["no treatment"]["mean"]
    assert f"with plan A {ratio:.0f} in this model; 71 (52 to 96) in trials" in line
    none = compared.answer(Compare(person=Who(oi_type="III"), plans=[Course(drug="none")], years=1, seed=4))
    assert len(none["told"]) == 2


def test_a_difference_in_words() -> None:
    assert signed(-12.0, -20.0, -4.0) == "12 fewer (4 to 20 fewer)"
    assert signed(-4.0, -9.0, 1.0) == "4 fewer (9 fewer to 1 more)"
    assert signed(0.0, 0.0, 0.0) == "no difference"


def test_settings_give_the_same_numbers_from_the_command_line(found: dict[str, Any], tmp_path: Path) -> None:
    saved, out = tmp_path / "settings.toml", tmp_path / "results.json"
    saved.write_text(downloads.to_toml(ASKED), encoding="utf-8")
    assert downloads.from_toml(saved.read_text(encoding="utf-8")) == ASKED
    assert main(["rerun", str(saved), "--out", str(out)]) == 0
    again = json.loads(out.read_text(encoding="utf-8"))
    mine = json.loads(downloads.to_json(found))
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
    rows = downloads.to_csv(found).splitlines()
    assert rows[0] == "chart,quantity,plan,age_years,mean,low,high,range_is"
    z = next(row for row in rows if row.startswith("z,"))
    assert float(z.split(",")[4]) < 0
    assert downloads.cell_text("=HYPERLINK(1)") == "'=HYPERLINK(1)"


def test_what_comes_with_a_result_is_escaped(found: dict[str, Any]) -> None:
    evil = found | {"told": ["<img src=x onerror=alert(1)>"], "notes": ["<script>alert(1)</script>"]}
    html = "".join(pages.filled(evil)["html"].values())
    assert "<img" not in html and "<script" not in html


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
        html = pages.page(screen, "token", charts=())
        assert "neridronate (drip)" in html.lower() and 'value="ibandronate"' not in html
    words = "ibandronate 3 mg iv every 3 months"
    told = answer.answer(Explore(person=Who(age=40.0), plan=Course(drug="words", words=words), years=1))
    assert any("ibandronate is not one of the five drugs" in note for note in told.outside)


def test_a_rule_that_waits_for_the_course_is_dated_as_in_a_comparison() -> None:
    glossary = "zoledronate 0.05 mg/kg iv every 6 months, stop when Z reaches -4"
    asked = Compare(plans=[Course(drug="words", words=glossary)], years=2, seed=4)
    person, given = asked.person.person(), question.plans_of(asked)
    assert given["plan A"].is_open
    lives, settled = kept_lives.side_by_side(kept_lives.asked(person, 2, 4), given)["plan A"]
    mine = lives.plan.stop_day(person.age, person.sex)
    theirs = compare(person, glossary, 2.0, seed=4, untreated=False)
    assert settled and 0 < mine < 2 * 365.25
    assert mine == theirs.resolved.stop_day(person.age, person.sex)
    told = compared.answer(asked)["dates"]
    assert "is met" in told["plan A"][0] and list(told) == ["plan A"]
    open_ended = kept_lives.lives(lives.question, as_plan("zoledronate 0.05 mg/kg iv every 6 months"))
    surface = [one.course["drug_surface_nmol"][-1].mean() for one in (lives, open_ended)]
    assert surface[0] < 0.7 * surface[1]


def test_a_comparison_holds_up_to_four_plans() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        Compare(plans=[Course()] * 5)
    assert list(question.plans_of(Compare(plans=[Course()] * 4)))[-1] == "plan D"


def test_templates_wait_for_data_and_hold_none() -> None:
    for one in templates(PLANS[:3]).values():
        assert one.explained in glossary.glossary()
        assert one.spec["datasets"] == {"rows": [], "healthy": []}
        assert '"values": [{"time_years"' not in json.dumps(one.spec)


def test_a_person_of_the_page_is_a_person_of_the_model() -> None:
    assert Who().person() == Person(age=7.0, sex="female", oi_type="IV", vitamin_d_nmol_per_l=50.0)
