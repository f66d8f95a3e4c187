"""One person with and without treatment: paired, honest about chance, the same by words and by objects."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import brittlestar as bs
from brittlestar._shared import of_100
from brittlestar._shared.errors import InputError
from brittlestar._shared.output import SUMS
from brittlestar._shared.parameter_files import load
from brittlestar.care import Regimen, Span, as_plan
from brittlestar.care.withheld import withheld
from brittlestar.cli import tables
from brittlestar.comparison import lives
from brittlestar.comparison.compare import beside
from brittlestar.comparison.notes import FRACTURES_IN_TRIALS, notes_on, notes_on_z
from brittlestar.engine import Course, identity, parameters_of
from brittlestar.evidence.studies.study import studies
from brittlestar.outcomes.fracture import SITES
from brittlestar.report.page import html
from brittlestar.report.person import view

BOTH = ("treated", "untreated")
START_YEARS = 0.25
WORDS = "zoledronate 0.05 mg/kg iv every 6 months from 0.25 years"
SMALL = {"years": 0.75, "draws": 24, "seed": 3}


@pytest.fixture(scope="module")
def comparison() -> bs.Comparison:
    return bs.compare(age=7, sex="female", oi_type="III", baseline_z=-5.5, plan=WORDS, **SMALL)


def row(comparison: bs.Comparison, name: str) -> dict:
    return next(row for row in comparison.summary()["rows"] if row["id"] == name)


def test_words_and_objects_give_the_same_result_bit_for_bit(comparison: bs.Comparison) -> None:
    every, start = Span(6, "month"), Span(START_YEARS, "year")
    regimen = Regimen(drug="zoledronate", dose=0.05, dose_unit="mg/kg", every=every, start=start)
    person = bs.Person(7, "female", "III", baseline_z=-5.5)
    again = bs.compare(person, bs.Plan(regimens=(regimen,)), parameters=bs.default_parameters(), **SMALL)
    assert again.table().equals(comparison.table())
    assert again.fractures.equals(comparison.fractures)
    same = ("rows", "sentences", "notes", "person", "plan")
    assert [again.summary()[key] for key in same] == [comparison.summary()[key] for key in same]
    assert again.manifest["input_sha256"] == comparison.manifest["input_sha256"]
    assert len(again.manifest["parameters_sha256"]) == 64 and again.manifest["parameters"] == "v6"


def test_an_earlier_set_by_its_name_is_that_set_and_the_result_says_so() -> None:
    told = {"age": 7, "sex": "female", "oi_type": "I", "plan": WORDS, "years": 0.5, "draws": 4}
    named = bs.compare(**told, parameters="v2")
    assert named.table().equals(bs.compare(**told, parameters=parameters_of("v2")).table())
    assert named.manifest["parameters"] == identity(parameters_of("v2")).name
    with pytest.raises(InputError, match="v6, the shipped set, or v2, v3, v4"):
        bs.compare(**told, parameters="v7")


def test_both_courses_are_one_until_the_first_dose_and_differ_after(comparison: bs.Comparison) -> None:
    values = comparison.table().select("time_years", "output", "plan", "mean", "low", "high")
    treated, untreated = (values.filter(plan=plan).drop("plan") for plan in ("treated", "untreated"))
    before = pl.col("time_years") < START_YEARS + 1e-9
    assert treated.filter(before).equals(untreated.filter(before))
    met = comparison.fractures.filter(before).drop("age_years")
    assert met.filter(plan="treated").drop("plan").equals(met.filter(plan="untreated").drop("plan"))
    assert met.height > 0
    assert row(comparison, "ls_z_end")["difference"]["mean"] > 0.3


def test_the_course_ends_when_it_should_in_monthly_steps(comparison: bs.Comparison) -> None:
    times = comparison.table()["time_years"].unique().sort().to_numpy()
    np.testing.assert_allclose(times, np.arange(10) / 12, atol=1e-12)
    np.testing.assert_allclose(comparison.table()["age_years"].to_numpy().max(), 7.75)


def test_a_measured_z_score_holds_for_everybody_but_for_the_error_of_a_scan(
    comparison: bs.Comparison,
) -> None:
    """0.01 g/cm2 are 0.16 SD at 7 years."""
    start = row(comparison, "ls_z_start")["treated"]
    assert start["mean"] == pytest.approx(-5.5, abs=0.1)
    np.testing.assert_allclose(start["person"], -5.5, atol=2.5 * 0.16)


def test_counts_are_means_of_chances_and_near_the_lives_that_were_drawn() -> None:
    """The chance of a first fracture is 1 - exp(-hazard without fractures); lives scatter about it."""
    found = bs.compare(age=7, sex="female", oi_type="IV", plan=WORDS, years=2, draws=400, seed=2)
    n = 400
    for name, sites in (("with_fracture", SITES), ("with_vertebral_fracture", ("vertebral",))):
        for plan in BOTH:
            lived = found.fractures.filter(pl.col("plan") == plan, pl.col("site").is_in(sites))
            share = lived["draw"].n_unique() / n
            cell = row(found, name)[plan]
            error = 100 * np.sqrt(share * (1 - share) / n)
            assert abs(cell["mean"] - 100 * share) < 3 * error + 1.0
    for plan in BOTH:
        broken = found.fractures.filter(plan=plan).height / n
        assert row(found, "fractures")[plan]["mean"] == pytest.approx(broken, abs=3 * (broken / n) ** 0.5)
    count = row(found, "fractures")
    assert count["difference"]["mean"] == pytest.approx(count["treated"]["mean"] - count["untreated"]["mean"])


def test_out_of_100_is_a_mean_over_people_who_differ() -> None:
    """90.9 and 79.0 with 100 people who differ."""
    plan = "zoledronate 0.05 mg/kg iv every 6 months for 3 years"
    girl = bs.Person(7, "female", "IV", vitamin_d_nmol_per_l=50.0)
    cell = row(bs.compare(girl, plan, 3, draws=100), "with_fracture")
    assert cell["untreated"]["mean"] == pytest.approx(90.9, abs=0.3)
    assert cell["treated"]["mean"] == pytest.approx(79.0, abs=0.3)
    assert cell["treated"]["simulation_error"] == pytest.approx(1.91, abs=0.1)


def every_range(cells: dict) -> list[tuple[float, list[float]]]:
    kinds = ("chance", "person")
    return [(c["mean"], c[k]) for c in cells.values() for k in kinds if c["mean"] is not None and c[k]]


@pytest.mark.parametrize(("oi_type", "age"), [("I", 7), ("I", 40), ("IV", 7), ("III", 1), ("III", 30)])
@pytest.mark.parametrize("drug", ["zoledronate 0.05 mg/kg iv every 6 months", "risedronate 5 mg/day"])
def test_no_centre_lies_outside_its_range(oi_type: str, age: float, drug: str) -> None:
    found = bs.compare(age=age, sex="female", oi_type=oi_type, plan=drug, years=1, draws=16)
    for told in found.summary()["rows"]:
        cells = {key: told[key] for key in (*BOTH, "difference")}
        for mean, (low, high) in every_range(cells):
            assert low <= mean <= high, (told["id"], mean, low, high)


def test_saved_files_are_whole_and_say_the_same(comparison: bs.Comparison, tmp_path: Path) -> None:
    comparison.save(tmp_path / "run")
    course = pl.read_csv(tmp_path / "run" / "course.csv")
    assert course.columns == comparison.table().columns
    np.testing.assert_allclose(course["mean"], comparison.table()["mean"])
    content = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert content == json.loads(json.dumps(comparison.summary()))
    assert content["manifest"]["note"] == "simulated, not observed" and "not advice" in content["closing"]
    assert pl.read_csv(tmp_path / "run" / "fractures.csv").height == comparison.fractures.height
    assert (tmp_path / "run" / SUMS).is_file()
    assert (tmp_path / "run" / "comparison.png").read_bytes()[:4] == b"\x89PNG"
    assert "Simulated, not observed" in (tmp_path / "run" / "comparison.html").read_text()


def test_whether_treatment_changes_growth_is_told_as_not_known(comparison: bs.Comparison) -> None:
    """The mean is without an effect; what is open reaches a sixth of half a year's growth more."""
    height = row(comparison, "height_end")
    treated, untreated, apart = (height[name] for name in (*BOTH, "difference"))
    assert treated["mean"] == untreated["mean"] == treated["not_known"][0] and apart["mean"] == 0.0
    course = comparison.table().filter(plan="untreated", output="height_cm").sort("time_years")
    grown = course["mean"][-1] - course.filter(pl.col("time_years") > START_YEARS - 1e-9)["mean"][0]
    assert untreated["not_known"] is None
    assert apart["not_known"] == pytest.approx([0.0, 0.17 * grown])
    assert any("whether treatment changes growth is not known" in note for note in comparison.notes)
    assert all("cm" not in said for said in comparison.summary()["sentences"])


def test_notes_name_the_ground_that_is_left() -> None:
    def about(age: float, plan: str, years: float = 3, oi_type: str = "I", draws: int = 200) -> str:
        return " ".join(notes_on(bs.Person(age, "male", oi_type), as_plan(plan), years, draws))

    usual = "risedronate 5 mg/day"
    assert "Extrapolated" not in about(8, usual) and "Rough" not in about(8, usual)
    assert "Extrapolated in age" in about(1, usual) and "Extrapolated in age" in about(17.5, usual)
    assert "Beyond 80 y" in about(70, usual, years=15)
    assert "without OI" in about(8, usual, oi_type="healthy")
    assert "Rough" in about(8, usual, draws=10)
    assert "dose-above-published" in about(8, "zoledronate 0.2 mg/kg iv every 6 months")
    lasting = "does nothing on bone"
    assert lasting in about(8, f"{WORDS} over 30 minutes") and lasting not in about(8, WORDS)
    assert as_plan("zoledronate").note in about(8, "zoledronate")


def test_calcium_under_a_drug_that_builds_bone_is_not_told_and_that_is_said() -> None:
    balance = ("calcium_change_mmol_per_l", "pth_ratio")
    for drug in (
        "teriparatide 20 ug/day",
        "romosozumab 210 mg every month",
        "setrusumab 20 mg/kg every month",
    ):
        assert withheld(as_plan(drug)) == balance
    denosumab = "denosumab 60 mg every 6 months for 2 years then zoledronate 5 mg iv once"
    assert withheld(as_plan(denosumab)) == withheld(as_plan("no treatment")) == ()

    found = bs.compare(age=40, sex="female", oi_type="I", plan=drug, years=0.1, draws=2)
    rows = found.table().filter(pl.col("output").is_in(balance)).select("plan", "output")
    assert set(rows.rows()) == {("untreated", name) for name in balance}
    said = "Ionised calcium and parathyroid hormone are not told: not known under a drug that builds bone."
    assert said in str(found)


def test_what_rest_does_to_a_growing_child_is_told_as_not_known_and_moves_no_number() -> None:
    """Girls grow to about 16; a grown person's bone answers to rest, and a child's to exercise."""

    def density(plan: str, age: float) -> tuple[float, str]:
        asked = lives.Question(
            bs.Person(age, "female", "I"), 0.5, people=2, outputs=("ls_abmd", *lives.EXPECTED)
        )
        return lives.follow(asked, as_plan(plan)).course["ls_abmd"][-1].mean(), " ".join(
            notes_on(asked.person, as_plan(plan), 0.5, 200)
        )

    said = "what less load does to the bone of a growing child is not known"
    (usual, _), (rest, told), (trained, _) = (density(f"activity x{x}", 8.0) for x in (1, 0.5, 1.2))
    assert rest == usual < trained and said in told
    (usual, _), (rest, told) = (density(f"activity x{x}", 30.0) for x in (1, 0.5))
    assert rest < usual and said not in told
    stated = load("brittlestar.care", "rest.toml")["child_share"]
    assert (float(stated.internal), stated.range, stated.status) == (0.0, (0.0, 1.0), "assumed")


def test_mineral_of_a_treated_child_is_told_as_not_measured() -> None:
    def told(age: float, plan: str) -> bool:
        notes = notes_on(bs.Person(age, "female", "I"), as_plan(plan), 1, 200)
        return any(note.startswith("Mineral:") and "it may be none" in note for note in notes)

    assert told(8, WORDS) and not told(30, WORDS) and not told(8, "no treatment")


def test_operations_of_the_plan_alone_are_named() -> None:
    def about(plan: str) -> str:
        return " ".join(notes_on(bs.Person(8, "male", "III"), as_plan(plan), 3, 200, beside(as_plan(plan))))

    operated = "osteotomy of the femur at 1 year"
    assert "operating" not in about(WORDS) and "same care" not in about(WORDS)
    assert "that of operating" in about(operated)
    assert f"the same care without the drugs: {operated}." in about(f"{WORDS}, {operated}")


def of_z(z: tuple[float, float], ratio: tuple[float, float]) -> Course:
    outputs = {"ls_z": np.array(z)[:, None], "ls_ratio": np.array(ratio)[:, None]}
    none = np.zeros(0, int)
    return Course(np.array([0.0, 3.0]), outputs, none, none, np.zeros(0))


def test_a_z_score_that_moves_without_bone_is_explained() -> None:
    child = bs.Person(9, "female", "III")
    (said,) = notes_on_z(child, of_z((-6.0, -4.8), (0.62, 0.62)))
    assert "+1.2 SD" in said and "62 % to 62 % of healthy" in said and "puberty" in said
    assert "-1.0 SD" in notes_on_z(child, of_z((-4.0, -5.0), (0.7, 0.65)))[0]
    assert "puberty" not in notes_on_z(bs.Person(40, "male", "I"), of_z((-4.0, -5.0), (0.7, 0.65)))[0]
    assert notes_on_z(child, of_z((-6.0, -4.8), (0.62, 0.70))) == ()
    assert notes_on_z(child, of_z((-6.0, -5.6), (0.62, 0.62))) == ()


def test_harm_stands_beside_benefit_with_one_denominator(comparison: bs.Comparison) -> None:
    harms = [row for row in comparison.summary()["rows"] if "kind" in row]
    assert len(harms) == 15 and {row["unit"] for row in harms} == {"of 100"}
    assert len({row["id"] for row in comparison.summary()["rows"]}) == len(comparison.summary()["rows"])
    for told in harms[:-1]:
        treated, untreated, apart = (told[key] for key in ("treated", "untreated", "difference"))
        assert apart["mean"] == pytest.approx(treated["mean"] - untreated["mean"], abs=1e-9)
        assert (
            apart["chance"][0] - 1e-9 <= apart["mean"] <= apart["chance"][1] + 1
            and 0 <= treated["mean"] <= 100
        )
    fever, gut = row(comparison, "acute_phase"), row(comparison, "gut")
    assert fever["treated"]["mean"] > 0 == fever["untreated"]["mean"]
    assert fever["difference"]["chance"] == fever["treated"]["chance"]
    # Complaints without tablets are the same ones under both plans: paired, they leave no range.
    assert gut["treated"]["mean"] > 0 and gut["difference"]["chance"] == [0, 0]
    assert any("harm that treatment adds most often" in said for said in comparison.summary()["sentences"])


def test_a_bound_is_never_a_rate_and_never_zero(comparison: bs.Comparison) -> None:
    jaw = row(comparison, "jaw_osteonecrosis")
    assert all(jaw[key]["mean"] is None for key in ("treated", "untreated", "difference"))
    assert 1 < jaw["treated"]["at_most"] < 2 and "unknown, at most" in jaw["treated"]["said"]
    assert (of_100.people(jaw["treated"]), of_100.people(jaw["untreated"])) == (
        "at most 1.4",
        "no drug given",
    )
    shown = [of_100.people({"mean": mean}) for mean in (0.0, 0.2, -0.2, -3.4, 99.6)]
    assert shown == ["0", "<1", "<1 fewer", "−3", "100"]
    assert of_100.people({"mean": None, "at_most": 0.51}) == "at most 0.6"


def test_people_who_could_not_be_computed_are_named_and_no_mean_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = lives.simulate_cohort

    def broken(*args, **kwargs):
        course = run(*args, **kwargs)
        values = course.outputs["expected_fractures_other"].copy()
        values[-1, [1, 5, 9]] = np.nan
        return replace(course, outputs=course.outputs | {"expected_fractures_other": values})

    monkeypatch.setattr(lives, "simulate_cohort", broken)
    with pytest.raises(InputError, match="3 of 24 people who could not be computed"):
        bs.compare(age=7, sex="female", oi_type="III", plan=WORDS, **SMALL)


def test_work_and_memory_are_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_, **__):
        raise AssertionError("work has started")

    monkeypatch.setattr(lives, "simulate_cohort", never)
    monkeypatch.setattr(lives.Person, "to_cohort", never)
    told = {"age": 7, "sex": "female", "oi_type": "I"}
    with pytest.raises(
        InputError, match=r"GiB of memory.*up to 4 GiB; make smaller: draws \(100000\), years"
    ):
        bs.compare(**told, plan=WORDS, years=80, draws=100_000)
    daily = ", ".join(["zoledronate 0.05 mg/kg iv every 1 day"] * 10)
    with pytest.raises(InputError, match=r"make smaller: .* doses in a plan \(up to 36"):
        bs.compare(**told, plan=daily, years=10, draws=2000)


def test_work_ends_when_the_one_who_is_told_of_it_stops() -> None:
    class Left(Exception):
        pass

    def gone(*_: int) -> None:
        raise Left

    with pytest.raises(Left):
        bs.compare(age=7, sex="female", oi_type="III", plan=WORDS, progress=gone, **SMALL)


def test_terminal_and_page_show_harm_beside_benefit(
    comparison: bs.Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    found = view(comparison.summary(), {"course": comparison.table()})
    tables.show(found)
    page = html(found)
    _, section, after = page.partition("Harm and burden, out of 100 such people over the same 0.75 years")
    assert section and "flu-like reaction" in after and "at most 1.4" in after and "PMID 24478911" in after
    heading = "Benefit and harm, out of 100 people like this over the same 0.75 years"
    _, section, after = capsys.readouterr().out.partition(heading)
    table, _, averages = after.partition("The mean over such people, over the same 0.75 years")
    head = table.strip().splitlines()[0]
    assert section and head.split("  ")[0] == "with the plan" and "without treatment" in head
    for told in comparison.summary()["rows"]:
        here, elsewhere = (table, averages) if told["unit"] == "of 100" else (averages, table)
        assert told["label"] in here and f"\n{told['label']} " not in elsewhere
    assert table.index("a vertebral fracture") < table.index("What treatment may bring")
    assert "at most 1.4" in table and "PMID 24478911" in table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age": None}, "Person.age.*missing"),
        ({"agee": 7}, "did you mean 'age'"),
        ({"years": float("nan")}, "years: got nan"),
        ({"years": None}, "years.*missing"),
        ({"plan": None}, "plan.*missing"),
        ({"plan": "zoledronate 0.05 mg iv every 6 months"}, "did you mean mg/kg"),
        ({"draws": 0}, "draws: got 0"),
        ({"draws": 2.5}, "draws: got 2.5"),
        ({"people": -1}, "people: got -1"),
        ({"person": {"age": 7}, "sex": "femal"}, "did you mean 'female'"),
        ({"person": bs.Person(7, "male", "I")}, "not both"),
        ({"step_days": 0.0}, "step_days: got 0"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(change: dict, message: str) -> None:
    told = {"age": 7, "sex": "female", "oi_type": "I", "plan": WORDS, "years": 1, **change}
    with pytest.raises(InputError, match=message):
        bs.compare(**told)


def test_a_plan_file_must_hold_a_plan(tmp_path: Path) -> None:
    named = tmp_path / "named.toml"
    named.write_text('name = "usual care"')
    assert as_plan(named).name == "usual care" and as_plan("no treatment") == bs.Plan()
    empty, latin = tmp_path / "empty.toml", tmp_path / "latin.toml"
    empty.write_text("")
    latin.write_bytes(b"name = 'caf\xe9'")
    for file, message in (
        (empty, "holds no plan"),
        (latin, "UTF-8"),
        (tmp_path / "none.toml", "cannot be read"),
    ):
        with pytest.raises(InputError, match=message):
            as_plan(file)
        with pytest.raises(InputError, match=message):
            bs.compare(age=7, sex="female", oi_type="I", plan=str(file), years=1)


def test_a_plan_with_a_drug_says_what_trials_found_of_fractures_and_says_it_right():
    girl = bs.Person(age=7, sex="female", oi_type="III")
    assert FRACTURES_IN_TRIALS in notes_on(
        girl, as_plan("zoledronate 0.05 mg/kg iv every 6 months"), 3.0, 200
    )
    assert FRACTURES_IN_TRIALS not in notes_on(girl, as_plan("no treatment"), 3.0, 200)
    rates = [e for e in studies()["hald2015"].results if e.measure.startswith("RR_fracture_rate")]
    assert len(rates) == 2
    for e in rates:
        assert e.value is not None and e.ci95 is not None
        value, low, high = (round(100 * v) for v in (e.value, *e.ci95))
        assert str(value) in FRACTURES_IN_TRIALS and f"{low} to {high}" in FRACTURES_IN_TRIALS


@pytest.mark.parametrize(("age", "z"), [(7, -14.0), (0.5, -7.5), (0.5, -6.2)])
def test_a_measured_z_that_nobody_has_is_refused_before_anything_runs_and_the_accepted_one_is(age, z):
    """What is accepted everybody of the comparison can have, usual or drawn: its end is accepted."""
    told = {
        "age": age,
        "sex": "female",
        "oi_type": "IV",
        "plan": "no treatment",
        "years": 0.1,
    }
    steps: list[int] = []
    with pytest.raises(InputError, match="accepted for this age, sex and type") as refused:
        bs.compare(**told, baseline_z=z, draws=60, progress=lambda done, _: steps.append(done))
    assert not steps
    low, high = (float(x) for x in refused.value.accepted.split(": ")[1].split(" to "))
    assert z < low < high <= 6.0
    found = bs.compare(**told, baseline_z=low, draws=60)
    # What is at the end of what anybody can have is more likely the error of a scan in part.
    start = row(found, "ls_z_start")["treated"]
    usual = row(bs.compare(**told, draws=60), "ls_z_start")["treated"]
    assert low < start["mean"] < usual["mean"] - 0.5
