"""Plans whose rules wait for the course, the care beside them, and warnings at every door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import brittlestar as bs
from brittlestar._shared.errors import InputError
from brittlestar.care import Plan, Span, Stop, as_plan
from brittlestar.cli import main
from brittlestar.comparison import dating
from brittlestar.comparison.compare import beside
from brittlestar.comparison.over_people import OverPeople
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import default_parameters

CHILD = bs.Person(7, "female", "III", baseline_z=-5.5)
DRUG = "zoledronate 0.05 mg/kg iv every 3 months"
OPERATED = "osteotomy of the femur at 1 week"
HELD = f"{DRUG}, {OPERATED}, hold around surgery until healing is seen"
YEARS = 0.75


def run(plan: str | Plan | Path, clearance: Any = None) -> bs.Comparison:
    return bs.compare(CHILD, plan, YEARS, draws=24, seed=3, creatinine_clearance_ml_min=clearance)


@pytest.fixture(scope="module")
def waiting() -> bs.Comparison:
    return run(f"{HELD}, stop when Z reaches -5.5")


@pytest.fixture(scope="module")
def held() -> bs.Comparison:
    return run(HELD)


def test_a_hold_ends_when_the_usual_person_is_seen_to_have_healed(held: bs.Comparison) -> None:
    (surgery,) = held.resolved.surgeries
    assert surgery.healed is not None and held.plan.surgeries[0].healed is None
    u, question = held.lives["treated"].after.unions, held.lives["treated"].question
    assert question.weight is not None
    middle = OverPeople(u.days[u.osteotomy], question.weight[u.person[u.osteotomy]]).median()
    assert surgery.healed.days == np.ceil(7 + middle)
    ((start, end),) = held.summary()["plan"]["held_years"]
    assert (start, end) == pytest.approx((7 / 365.25, surgery.healed.days / 365.25))
    doses = held.lives["treated"].after.doses
    dosed = doses.years[doses.person == 0]
    assert not np.any((dosed > start) & (dosed < end - 1e-6)) and np.any(np.abs(dosed - end) < 1e-6)
    weeks = (surgery.healed.days - 7) / 7
    assert f"drugs are held from 0.02 to {end:.2f} years, for {weeks:.0f} weeks" in held.notes[0]
    assert surgery.healed == as_plan(held.summary()["plan"]["resolved"]).surgeries[0].healed


def test_the_plan_that_was_run_is_the_plan_that_its_run_resolves_to(held: bs.Comparison) -> None:
    assert dating.dated(held.plan, held.lives["treated"]) == held.resolved
    again = run(held.resolved)
    assert again.resolved == held.resolved and again.table().equals(held.table())


def test_treatment_stops_when_the_usual_person_reaches_the_z_score(waiting: bs.Comparison) -> None:
    (stop,) = waiting.resolved.stops
    course = waiting.lives["treated"].course
    z = waiting.lives["treated"].question.over_people(course["ls_z"]).median()
    reached = course.time_years[np.flatnonzero(z >= -5.5)[0]]
    assert stop.met is not None and stop.met.days == pytest.approx(reached * 365.25, abs=1e-3)
    assert waiting.summary()["plan"]["stopped_years"] == pytest.approx(reached, abs=1e-5)
    assert np.all(waiting.lives["treated"].after.doses.years < max(reached, 1e-9) + 1e-9)
    assert "'stop when Z reaches -5.5' is met" in waiting.notes[0]


def test_a_rule_that_is_not_met_is_said_and_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(dating, "dated", lambda *a, f=dating.dated: calls.append(1) or f(*a))
    found = run(f"{DRUG}, {OPERATED} healed at 2 years, hold until healing is seen, stop when Z reaches 3")
    assert len(calls) == 1 and found.resolved == found.plan
    assert "'stop when Z reaches 3' is not met within the 0.75 years" in found.notes[0]
    assert "held from 0.02 years to the end of the course" in found.notes[0]
    assert found.summary()["plan"]["stopped_years"] is None


def test_dates_that_do_not_settle_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter(range(100))

    def resolve(plan: Plan, *_: object) -> Plan:
        return plan.model_copy(update={"stops": (Stop(ls_z=3.0, met=Span(next(seen) % 2 + 30.0)),)})

    monkeypatch.setattr(Plan, "resolve", resolve)
    monkeypatch.setattr(dating, "MOST_ROUNDS", 2)
    found = run(f"{DRUG}, stop when Z reaches 3")
    assert "Dates not settled: after 2 runs" in " ".join(found.notes)


def test_a_plan_without_open_rules_has_its_dates_too() -> None:
    plan = as_plan(
        f"{DRUG}, stop at 7.5 years, osteotomy at 3 months, hold 1 week before until 9 weeks after"
    )
    assert dating.dates(plan, CHILD, 3.0) == {
        "stopped_years": pytest.approx(0.5),
        "held_years": [[pytest.approx(0.25 - 7 / 365.25), pytest.approx(0.25 + 63 / 365.25)]],
    }
    late = as_plan(f"{DRUG}, stop at 7.5 years, osteotomy at 1 year, hold 1 week before until 9 weeks after")
    assert dating.dates(late, CHILD, 3.0)["held_years"] == [], "nothing is left to hold"
    (line,) = dating.said(late, CHILD, 3.0, True)
    assert "7.5 years of age" in line and "usual" not in line
    assert dating.said(as_plan(DRUG), CHILD, 3.0, True) == ()


def test_without_treatment_is_the_same_care_without_the_drugs(held: bs.Comparison) -> None:
    assert held.beside == as_plan(OPERATED) and held.summary()["plan"]["untreated"] == OPERATED
    unions = [lives.after.unions for lives in held.lives.values()]
    days = [u.days_without[u.osteotomy] for u in unions]
    assert days[0].size == 24
    np.testing.assert_array_equal(days[0], days[1])
    assert any("same care without the drugs" in note for note in held.notes)


def test_care_without_a_drug_stands_beside_no_care() -> None:
    assert beside(as_plan("calcium 500 mg/day, physiotherapy")) == Plan()
    assert beside(as_plan(f"{DRUG}, calcium 500 mg/day")) == as_plan("calcium 500 mg/day")
    assert beside(as_plan("denosumab 60 mg every 6 months")) == Plan(monitoring=())


PART = '[[regimens]]\ndrug = "{}"\ndose = {}\ndose_unit = "{}"\n'
EVERY = 'every = "3 months"\n'
ZOL = PART.format("zoledronate", 0.05, "mg/kg") + EVERY
CONTRADICTIONS = {
    "hold-without-operation": (
        f"{DRUG}, hold 2 weeks before until 6 weeks after surgery",
        ZOL + '[[holds]]\nbefore = "2 weeks"\nafter = "6 weeks"\n',
    ),
    "two-tablets-at-once": (
        "risedronate 35 mg/week, alendronate 10 mg/day",
        PART.format("risedronate", 35, "mg/week") + PART.format("alendronate", 10, "mg/day"),
    ),
    "dose-out-of-range": (
        "zoledronate 5 mg/kg iv every 3 months",
        PART.format("zoledronate", 5, "mg/kg") + EVERY,
    ),
    "hold-or-stop-without-drug": (
        "calcium 500 mg/day, stop at 12 years",
        "[[calcium]]\nmg_per_day = 500\n[[stops]]\nage_years = 12\n",
    ),
    "stop-said-twice": (
        f"{DRUG}, stop at 12 years, stop at 13 years",
        ZOL + "[[stops]]\nage_years = 12\n[[stops]]\nage_years = 13\n",
    ),
}


def through_every_door(words: str, toml: str, folder: Path) -> list[Callable[[], object]]:
    (folder / "plan.toml").write_text(toml)
    told = ["--age", "7", "--sex", "female", "--type", "III", "--years", f"{YEARS}", "--plan"]
    return [
        lambda: run(words),
        lambda: run(folder / "plan.toml"),
        lambda: main(["simulate", *told, words]),
        lambda: main(["simulate", *told, str(folder / "plan.toml")]),
    ]


@pytest.mark.parametrize("rule", CONTRADICTIONS)
def test_a_plan_that_contradicts_itself_stops_at_every_door(
    rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    *python, words, file = through_every_door(*CONTRADICTIONS[rule], tmp_path)
    for door in python:
        with pytest.raises(InputError, match=f"plan: {rule}.*source: "):
            door()
    for door in (words, file):
        assert door() == 2
        said = capsys.readouterr()
        assert f"plan: {rule}" in said.err and "(source: " in said.err and not said.out


def test_departures_from_labels_are_noted_at_every_door(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "zoledronate 0.2 mg/kg iv every 3 months over 6 minutes"
    toml = PART.format("zoledronate", 0.2, "mg/kg") + EVERY + "infusion_hours = 0.1\n"
    expected = ("dose-above-published", "infusion-too-short", "year-above-published", "renal-limit")
    (tmp_path / "plan.toml").write_text(toml)
    for plan in (words, tmp_path / "plan.toml"):
        notes = [n for n in run(plan, 30).notes if n.startswith("Plan, ")]
        assert [n.split(":")[0].removeprefix("Plan, ") for n in notes] == list(expected)
        assert all("(source: " in note for note in notes)
    who = ["--age", "7", "--sex", "female", "--type", "III", "--baseline-z", "-5.5", "--years", f"{YEARS}"]
    size = ["--draws", "24", "--people", "0", "--creatinine-clearance", "30"]
    for plan in (words, str(tmp_path / "plan.toml")):
        assert main(["simulate", *who, *size, "--plan", plan]) == 0
        out = capsys.readouterr().out
        assert all(f"Note: Plan, {rule}: " in out for rule in expected)


def test_clearance_warns_only_below_the_limit_and_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert "renal-limit" not in " ".join(run(DRUG, 36).notes)
    for bad in (0, -1, float("nan"), 400, "low"):
        with pytest.raises(InputError, match=r"creatinine_clearance_ml_min: got .*accepted: more than 0"):
            run(DRUG, bad)
    who = ["--age", "7", "--sex", "female", "--type", "III", "--years", "1", "--plan", DRUG]
    assert main(["simulate", *who, "--creatinine-clearance", "0"]) == 2
    assert "--creatinine-clearance: got 0.0" in capsys.readouterr().err


def test_notes_say_which_regimen_a_drug_alone_is_and_what_a_long_infusion_does():
    from brittlestar.comparison.notes import notes_on

    said = notes_on(bs.Person(7, "female", "IV"), as_plan("Zometa"), 1.0, 200)
    assert any("zoledronate-0.05-6monthly" in note and "ooi2013" in note for note in said)
    assert any("does nothing on bone" in note for note in said)
    weekly = as_plan("zoledronate 0.05 mg/kg iv every 1 week over 1 hour")
    told = [note for note in notes_on(bs.Person(7, "female", "IV"), weekly, 1.0, 200)]
    assert any(note.startswith("Plan, year-above-published") for note in told)
    assert any(note.startswith("Plan, infusion-longer-than-published") for note in told)


def test_a_child_on_risedronate_is_told_what_nothing_explains():
    def said(age: float, plan: str) -> list[str]:
        found = bs.compare(age=age, sex="male", oi_type="IV", years=0.5, plan=plan, draws=10, sets=0)
        return [note for note in found.notes if note.startswith("Tablets of")]

    share = default_parameters().drugs.F_child[DRUGS.index("risedronate")]
    (note,) = said(9, "risedronate 5 mg/day")
    assert f"{100 * share:.0f} % of the exposure" in note and "nothing explains it" in note
    assert not said(30, "risedronate 5 mg/day") and not said(9, "alendronate 5 mg/day")
