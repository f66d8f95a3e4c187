"""A part of ``make hostile``: some hundred inputs through every door, none of which has a course compiled."""

import importlib.util
import json
import math
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import brittlestar as bs
import legal_questions
from brittlestar._shared.errors import InputError
from brittlestar.comparison import lives
from brittlestar.comparison.lives import Question
from brittlestar.engine import batches
from brittlestar.engine.native import kept_programs
from brittlestar.web import compared, question
from brittlestar.web.requests import SLIDERS, Compare, Explore

SCRIPT = Path(__file__).parent.parent / "scripts" / "hostile.py"


def loaded() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("hostile", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = sys.modules["hostile"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LIMITS = 10.0, 60.0
"""Seconds of processor time as in the script; on the clock more, for tests run beside other work."""

hostile = loaded()
DOORS = {door.name: door for door in hostile.DOORS}
COUNTS = {
    "words": 60,
    "plan toml": 60,
    "protocol": 60,
    "python": 60,
    "page": 25,
    "query": 30,
    "files": 25,
    "flags": 25,
}


@pytest.mark.parametrize("name", DOORS)
def test_every_input_is_met_with_a_result_or_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name not in [door.name for door in hostile.without_packages(hostile.DOORS)]:
        pytest.skip("the packages of the page are not here")

    def no_course(*_: object, **__: object) -> None:
        raise InputError("this test", "a course", "compiles none")

    # Compiling is left to `make hostile`, and so are the courses that half of a page's questions work out; of
    # the command line what is kept on the disk runs.
    monkeypatch.setattr(batches, "machine_code", kept_programs.program)
    monkeypatch.setattr(kept_programs, "new_code", no_course)
    if name == "page":
        monkeypatch.setattr(lives, "simulate_cohort", no_course)
    report = hostile.send(COUNTS[name], 1, doors=[DOORS[name]], limits=LIMITS, opened=False)
    assert not report.failed, "\n\n".join(report.failed)
    assert report.answered[name] + report.refused[name] == COUNTS[name]


def fails(use: Any) -> str:
    door = hostile.Door("x", 1, lambda *_: "asked", use)
    return "\n".join(hostile.send(1, 1, doors=[door], limits=(1.0, 60.0), opened=False).failed)


def test_each_kind_of_failure_is_seen() -> None:
    def raises(error: BaseException) -> Any:
        return lambda _: (_ for _ in ()).throw(error)

    def works_on(_: Any) -> None:
        while True:
            pass

    def half(_: Any) -> None:
        Path("x/out").mkdir()
        Path("x/out/results.json").write_text("{")

    assert "ZeroDivisionError" in fails(raises(ZeroDivisionError()))
    assert "Hang" in fails(works_on)
    assert "half written" in fails(half)
    assert "a number that is none" in fails(lambda _: {"a": [(1.0, math.nan)]})
    assert "an error of" in fails(raises(InputError("x" * 5000, 1, "y")))
    assert "the input was 'asked'" in fails(raises(KeyError("x")))
    assert "could not be computed" in fails(raises(InputError("x", "1 of 2 could not be computed", "y")))
    assert fails(raises(InputError("x", 1, "y"))) == fails(lambda _: {"a": [1.0, "nan"]}) == ""


def test_an_input_follows_from_seed_door_and_number(tmp_path: Path) -> None:
    door = DOORS["words"]

    def made(seed: int, number: int) -> str:
        return json.dumps(door.make(hostile.Chance(f"{seed} {door.name} {number}"), tmp_path))

    assert made(1, 5) == made(1, 5) != made(2, 5) != made(1, 6)


def test_what_costs_more_than_the_budget_is_refused_before_any_course_begins() -> None:
    def simulated(draws: int) -> Any:
        told = hostile.GIRL | {"--draws": str(draws)}
        line = ["simulate", *(part for pair in told.items() for part in pair)]
        return hostile.Door("flags", 1, lambda *_: line, hostile.command)

    before = hostile.BEGUN.total()
    report = hostile.send(1, 1, doors=[simulated(100_000)], limits=LIMITS, opened=False)
    assert (report.over["flags"], hostile.BEGUN.total(), report.failed) == (1, before, [])

    plan = bs.parse(hostile.GIRL["--plan"])
    girl = bs.Person(age=7, sex="female", oi_type="IV")
    Question(girl, 0.5, people=8_000, budget=hostile.BUDGET).check([plan, plan])
    with pytest.raises(InputError, match=r"accepted: up to 8e\+06; make smaller: draws \(20000\)"):
        Question(girl, 0.5, people=20_000, budget=hostile.BUDGET).check([plan, plan])

    def late(_: Any) -> None:
        hostile.BEGUN["courses"] += 1
        raise InputError("x", 1, "make smaller: y")

    assert "refused after work had begun" in fails(late)


def test_a_run_that_did_not_meet_what_it_was_made_for_says_so() -> None:
    doors = [DOORS["flags"], DOORS["page"]]
    few = hostile.Report(Counter(flags=50, page=29), Counter(flags=50, page=71))
    assert [line.split(" : ")[0] for line in hostile.missed(few, doors)] == ["flags", "page"]
    enough = hostile.Report(Counter(flags=50, page=30), Counter(flags=50, page=70), Counter(flags=1))
    assert hostile.missed(enough, doors) == []


@pytest.mark.filterwarnings("ignore::brittlestar.care.PlanWarning")
def test_questions_of_the_page_are_legal_and_of_every_kind() -> None:
    drawn = [legal_questions.of_a_page(random.Random(i)) for i in range(120)]
    several = [Compare.model_validate(asked) for path, asked in drawn if "compare" in path]
    assert {len(asked.plans) for asked in several} == {2, 3, 4}
    alone = [Explore.model_validate(asked) for path, asked in drawn if "compare" not in path]
    asked_of_plans = [*alone, *(one for asked in several for one in compared.questions(asked))]
    read = [question.plans_of(one) for one in asked_of_plans]
    assert {drug for plans in read for plan in plans.values() for drug in plan.all_drugs} > set(SLIDERS)
    assert any(plan.stops for plans in read for plan in plans.values())
    assert any(plan.holds for plans in read for plan in plans.values())
