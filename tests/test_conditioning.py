"""What is told of a person weighs the people drawn: a Z-score by its precision, fractures by the frailty."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import brittlestar as bs
from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.comparison.conditioning import TOLD_SITES, condition, told
from brittlestar.comparison.lives import Question
from brittlestar.comparison.over_people import OverPeople, effective
from brittlestar.engine import at_entry, default_parameters
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person

P = default_parameters()
PLAN = "zoledronate 0.05 mg/kg iv every 6 months"
GIRL = {"age": 7, "sex": "female", "oi_type": "IV"}


def z_at_entry(cohort: Cohort) -> tuple[np.ndarray, np.ndarray]:
    """Z-score at entry and the error of a scan in SD [person]."""
    found = at_entry(cohort, ("ls_z", "ls_sd"))
    return found["ls_z"], 0.01 / found["ls_sd"]


def test_the_mean_z_moves_to_the_precision_weighted_value():
    """Infants without OI have Z 0 and SD 0.8, and a scan errs by 0.2: of a Z of 1.5 nine tenths stay.

    More have much more bone than much less, so the mean over them is not quite that of a normal.
    """
    infant = Person(0.5, "female", "healthy", baseline_z=1.5)
    drawn = infant.to_cohort(4000, seed=1)
    z, error = z_at_entry(drawn)
    prior, reading = 1.0 / z.var(), 1.0 / np.mean(error**2)
    expected = (z.mean() * prior + 1.5 * reading) / (prior + reading)
    moved, weight = condition(drawn, infant, P)
    assert weight is not None
    assert 1.3 < expected < 1.45 and weight @ z_at_entry(moved)[0] == pytest.approx(expected, abs=0.03)
    # The people differ still, by what a scan leaves open: 1 / sqrt of both precisions.
    assert OverPeople(z_at_entry(moved)[0], weight).sd() == pytest.approx((prior + reading) ** -0.5, rel=0.1)


def test_moved_people_say_what_many_drawn_people_weighed_as_they_are_say():
    """Without any move: each of 40,000 counts by N(z; Z, error) and Poisson(n; hazard)."""
    child = Person(3.0, "male", "IV", baseline_z=-5.5, fractures_last_2_years=3)
    many = Person(3.0, "male", "IV").to_cohort(40_000, seed=2)
    z, error = z_at_entry(many)
    mean = expected_fractures(many)
    plain = np.exp(-0.5 * ((-5.5 - z) / error) ** 2 - mean) * mean**3 / error
    moved, weight = condition(child.to_cohort(2000, seed=3), child, P)
    assert weight is not None and effective(weight, 2000) > 800
    for name, spread in (("eta_bone", 0.1), ("frailty", 0.35)):
        before = np.average(getattr(many, name), weights=plain)
        assert weight @ getattr(moved, name) == pytest.approx(before, abs=4 * spread / 800**0.5)


def expected_fractures(cohort: Cohort) -> np.ndarray:
    """Bones other than the spine in the two years before entry, of which 95 % are told."""
    rates = at_entry(replace(cohort, age_years=cohort.age_years - 1.0), TOLD_SITES).values()
    return 0.95 * 2.0 * np.sum(list(rates), axis=0)


@pytest.mark.parametrize("n", [0, 1, 4, 9])
def test_frailty_of_people_alike_but_for_it_is_the_gamma_poisson_posterior(n):
    """Gamma with shape and rate a = 1 / 0.35, n Poisson with mean frailty x H: mean (a + n) / (a + H)."""
    child = Person(**GIRL, fractures_last_2_years=n)
    usual, drawn = child.to_cohort(), child.to_cohort(2000, seed=4)
    same = {f.name: np.full(2000, getattr(usual, f.name)[0]) for f in fields(Cohort)}
    drawn = Cohort(**(same | {"id": drawn.id, "frailty": drawn.frailty}))
    moved, weight = condition(drawn, child, P)
    H, a = expected_fractures(usual)[0], 1 / 0.35
    assert float(told().fracture_capture) == 0.95 and 1.0 < H < 3.0
    error = (a + n) ** 0.5 / (a + H) / 2000**0.5
    assert weight @ moved.frailty == pytest.approx((a + n) / (a + H), abs=4 * error)


def test_more_fractures_told_more_are_expected_and_the_effective_number_is_shown():
    some = {n: bs.compare(**GIRL, plan=PLAN, years=1, draws=200, fractures_last_2_years=n) for n in (0, 4)}
    none, four = (
        next(row for row in found.summary()["rows"] if row["id"] == "fractures")["untreated"]
        for found in some.values()
    )
    assert four["mean"] > 1.5 * none["mean"]
    assert none["person"][1] > four["person"][0]  # people differ still: the ranges overlap
    left = some[4].summary()["effective_draws"]
    assert 100 < left < 200
    assert any(f"effective number of draws {left:.0f}" in note for note in some[4].summary()["notes"])
    weight = some[4].lives["treated"].question.weight
    assert weight is not None and effective(weight, 200) == left
    assert some[4].fractures["weight"].to_numpy() == pytest.approx(
        weight[some[4].fractures["draw"].to_numpy()]
    )


def test_few_that_fit_are_said_to_be_few():
    found = bs.compare(**GIRL, plan=PLAN, years=0.1, draws=100, fractures_last_2_years=50)
    assert found.summary()["effective_draws"] < 20
    assert any("Rough: counts" in note and "more draws" in note for note in found.summary()["notes"])


def test_nothing_told_moves_and_weighs_nobody():
    question = Question(Person(**GIRL), 1.0, people=50)
    drawn = Person(**GIRL).to_cohort(50)
    assert question.weight is None
    assert all(np.array_equal(getattr(question.cohort, f.name), getattr(drawn, f.name), equal_nan=True)
               for f in fields(Cohort))  # fmt: skip
    found = bs.compare(**GIRL, plan=PLAN, years=0.1, draws=50)
    assert found.summary()["effective_draws"] == 50 and "weight" not in found.fractures.columns
    assert not any(note.startswith("Told") for note in found.summary()["notes"])
    x = np.array([0.1, 0.2, 0.7])
    plain = OverPeople(x)
    assert (plain.mean(), plain.sd(), plain.median()) == (x.mean(), x.std(ddof=1), np.median(x))


def test_means_and_ranges_of_people_who_count_differently_by_hand():
    """2 and 4 with weights 1/4 and 3/4: mean 3.5, squares 9/16 + 3/16 = 3/4 over 1 - 10/16, so variance 2."""
    two = OverPeople(np.array([[2.0, 4.0], [1.0, 1.0]]), np.array([0.25, 0.75]))
    assert two.mean() == pytest.approx([3.5, 1.0]) and two.sd() == pytest.approx([2**0.5, 0.0])
    # 1/16 x 9/4 + 9/16 x 1/4 = 9/32 over 6/16.
    assert two.error() == pytest.approx([0.75**0.5, 0.0])
    assert two.quantile(0.2).tolist() == [2.0, 1.0] and two.median().tolist() == [4.0, 1.0]
    assert effective(np.array([0.25, 0.75]), 2) == pytest.approx(1.6)
    x = np.random.default_rng(1).normal(size=40)
    alike, plain = OverPeople(x, np.full(40, 1 / 40)), OverPeople(x)
    for of in ("mean", "sd", "error"):
        assert getattr(alike, of)() == pytest.approx(getattr(plain, of)())
    assert alike.quantile((0.03, 0.97)) == pytest.approx(plain.quantile((0.03, 0.97)))


def test_the_newborn_broke_nothing_and_what_is_told_is_a_whole_number():
    assert Question(Person(0.0, "male", "III", fractures_last_2_years=0), 1.0, people=4).weight is not None
    with pytest.raises(
        InputError, match="fractures_last_2_years: got 2; accepted: 0 where there was no time"
    ):
        bs.compare(
            age=0.0, sex="male", oi_type="III", plan=PLAN, years=0.1, draws=4, fractures_last_2_years=2
        )
    wrongs: tuple[Any, ...] = (-1, 2.5, "2", 201)
    for wrong in wrongs:
        with pytest.raises(InputError, match=r"Person.fractures_last_2_years.*a whole number from 0 to 200"):
            Person(**GIRL, fractures_last_2_years=wrong)


def test_the_command_line_hands_fractures_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    told = [
        "--age",
        "7",
        "--sex",
        "female",
        "--type",
        "IV",
        "--plan",
        PLAN,
        "--years",
        "0.1",
        "--draws",
        "40",
    ]
    out = tmp_path / "run"
    assert main(["simulate", *told, "--fractures-last-2-years", "4", "--out", str(out)]) == 0
    content = json.loads((out / "summary.json").read_text())
    same = bs.compare(**GIRL, plan=PLAN, years=0.1, draws=40, fractures_last_2_years=4).summary()
    assert content["person"]["fractures_last_2_years"] == 4 and content["rows"] == json.loads(
        json.dumps(same["rows"])
    )
    assert "effective number of draws" in capsys.readouterr().out.replace("\n", " ")
    assert main(["simulate", *told, "--fractures-last-2-years", "2.5"]) == 2
    assert "--fractures-last-2-years" in capsys.readouterr().err
