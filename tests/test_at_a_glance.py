"""Results in Python: a dozen lines, a table in a notebook, frames of people, a chart."""

import json
from pathlib import Path

import polars as pl
import pytest

import brittlestar as bs
from brittlestar._shared.at_a_glance import AtAGlance, Glance
from brittlestar._shared.table import Column, Table, with_range
from brittlestar.cli import main, tables
from brittlestar.engine import identity
from brittlestar.report.view import View
from brittlestar.trials.protocol_files import load_protocol


@pytest.fixture(scope="module")
def trial() -> bs.TrialResult:
    return bs.run_trial("ward2011", replicates=1, seed=3)


@pytest.fixture(scope="module")
def comparison() -> bs.Comparison:
    plan = "zoledronate 0.05 mg/kg iv every 6 months"
    return bs.compare(bs.Person(age=7, sex="f", oi_type=4), plan, 1.0, people=8)


def small(result: object) -> str:
    said = repr(result)
    assert 3 <= len(said.splitlines()) <= 16 and max(map(len, said.splitlines())) <= 100
    return said


class Shown(AtAGlance):
    def _glance(self) -> Glance:
        table = Table.of("endpoint", Column("month", right=True, rank=1), Column("found", right=True))
        for k in range(10):
            table.row(
                "a name of very many words, so many that it cannot stand in a line", k, "−1.23 (−2.0 to 3.4)"
            )
        return Glance("What <was> found", table, ("Note.",))

    def table(self) -> None: ...


def test_a_line_for_each_row_and_what_is_left_is_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "60")
    lines = repr(Shown()).splitlines()
    assert [" ".join(line.split()) for line in lines[:3]] == [
        "What <was> found",
        "endpoint found",
        "a name of very many words, so many ... −1.23 (−2.0 to 3.4)",
    ]
    assert lines[-2:] == ["... and 2 more rows: .table()", "Note."] and len(lines) == 12


def test_words_that_would_be_cut_alike_stand_over_their_rows(monkeypatch: pytest.MonkeyPatch):
    class Endpoints(AtAGlance):
        def _glance(self) -> Glance:
            table = Table.of(Column("endpoint", over=True), "arm", Column("found", right=True))
            for label in ("Lumbar-spine aBMD, change in %", "Lumbar-spine Z-score, change"):
                for arm in ("risedronate", "placebo"):
                    table.row(label, arm, "−1.23 (−2.0 to 3.4)")
            return Glance("Found", table)

    monkeypatch.setenv("COLUMNS", "60")
    said = repr(Endpoints())
    assert said.count("Lumbar-spine aBMD, change in %\n") == said.count("Lumbar-spine Z-score, change\n") == 1
    assert "..." not in said and len(said.splitlines()) == 8
    monkeypatch.setenv("COLUMNS", "90")
    assert repr(Endpoints()).count("Lumbar-spine Z-score, change ") == 2


def test_a_notebook_gets_a_table_in_which_words_are_no_markup():
    shown = Shown()._repr_html_()
    assert "What &lt;was&gt; found" in shown and shown.count("<tr>") == 9
    assert '<td style="text-align: right">−1.23 (−2.0 to 3.4)</td>' in shown


def test_a_trial_is_a_dozen_lines(trial: bs.TrialResult):
    said = small(trial)
    assert said.startswith(load_protocol("ward2011").title) and "1 replicate of" in " ".join(said.split())
    row = trial.endpoints[0]["simulated"]
    first = said.splitlines()[3]
    assert (
        with_range(row["mean"], row["low"], row["high"]) in first and trial.endpoints[0]["verdict"] in first
    )
    assert "<svg" in trial._repr_html_()


def test_every_result_says_which_parameters_program_and_seed_made_it(
    trial: bs.TrialResult, comparison: bs.Comparison
):
    shipped = identity(bs.default_parameters())
    for result, seed in ((trial, 3), (comparison, 1)):
        line = f"Parameters v6 ({shipped.sha256[:8]}), brittlestar {bs.__version__}, seed {seed}"
        assert repr(result).splitlines()[-1] == line and f"<p>{line}</p>" in result._repr_html_()
        assert line in str(result).splitlines()
    earlier = bs.compare(age=7, sex="f", oi_type=4, plan="zoledronate", years=0.1, draws=2, parameters="v4")
    assert "Parameters v4 (" in str(earlier)
    assert "Parameters" not in repr(Shown())


@pytest.mark.parametrize("command", ["simulate", "trial", "physiology"])
def test_every_command_prints_what_made_its_result(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    made = {"parameters": "v6", "parameters_sha256": "c9cf9523" * 8, "version": "0.1.0", "seed": 1}
    content = {"manifest": made}
    if command == "physiology":
        monkeypatch.setattr("brittlestar.evidence.physiology.compared.compared", lambda: content)
        shown = View("page.html", "Points", made, {}, ("a table",), ("12 of 13",))
        monkeypatch.setattr("brittlestar.report.physiology.view", lambda _: shown)
        assert main(["physiology"]) == 0
    else:
        # Both go through one door.
        tables.show(View("page.html", command, made, {}, ("a table",)))
    assert "Parameters v6 (c9cf9523), brittlestar 0.1.0, seed 1" in capsys.readouterr().out.splitlines()


def test_a_trial_has_its_people(trial: bs.TrialResult, tmp_path: Path):
    per_trial = load_protocol("ward2011").population.randomised
    assert trial.patients.height == per_trial
    assert set(trial.visits.columns) >= {"replicate", "person", "month", "ls_z"}
    counted = trial.patients["fractures"].sum()
    assert trial.fractures.height == counted > 0
    written = bs.run_trial("ward2011", replicates=1, seed=3, out=tmp_path / "run")
    for name in ("patients", "visits", "fractures"):
        one, other = getattr(trial, name), getattr(written, name)
        assert one.equals(other.cast(dict(one.schema)))


def test_a_trial_is_drawn(trial: bs.TrialResult):
    assert "published" in json.dumps(trial.plot().to_dict()).lower()


def test_a_comparison_is_a_dozen_lines(comparison: bs.Comparison):
    said = small(comparison)
    assert said.startswith("female, 7 years, IV; 1 year: zoledronate 0.05 mg/kg iv every 6 months")
    rows = {row["id"]: row for row in comparison.summary()["rows"]}
    line = next(line for line in said.splitlines() if line.startswith("people with at least one fracture"))
    assert line.split()[-3] == f"{rows['with_fracture']['treated']['mean']:.0f}"
    # What pooled trials found stands beside the fractures of the model.
    told, words = comparison.summary()["in_trials"], " ".join(said.split())
    assert "; in pooled trials of bisphosphonates 0.71 (0.52 to 0.96). Single trials found half" in words
    # The model's own ratio never stands alone: expected fractures at both ends of how trials differ.
    low, high = (
        end / rows["fractures"]["untreated"]["mean"] for end in rows["fractures"]["treated"]["population"]
    )
    assert low < told["simulated"] < high and told["simulated_as_trials_differ"] == [low, high]
    assert f"{told['simulated']:.2f} here ({low:.2f} to {high:.2f}, as laws and trials differ" in words
    assert "<svg" in comparison._repr_html_()


def test_a_comparison_has_its_frames_and_is_drawn(comparison: bs.Comparison):
    assert isinstance(comparison.table(), pl.DataFrame) and isinstance(comparison.fractures, pl.DataFrame)
    said = json.dumps(comparison.plot().to_dict())
    assert "Spine density" in said and "Expected fractures" in said
    one = comparison.plot("z").to_dict()
    assert one["title"]["text"][0] == "Spine Z-score" and "concat" not in one
    with pytest.raises(bs.InputError, match="panel: got 'spine'; did you mean 'pain'"):
        comparison.plot("spine")


def test_a_course_and_a_cohort_are_a_dozen_lines():
    cohort = bs.Person(age=7, sex="f", oi_type="4").to_cohort(5)
    assert small(cohort).startswith("5 people (5 female): 5 IV\n")
    course = bs.Course(*_course())
    assert small(course).splitlines()[:3] == [
        "Course of 2 people over 1 years: means",
        "output  at the start  at the end  unit",
        "ls_z           −2.00       −1.00  SD",
    ]


def _course():
    import numpy as np

    values = {"ls_z": np.array([[-3.0, -1.0], [-2.0, 0.0]])}
    return np.array([0.0, 1.0]), values, np.array([0]), np.array([0]), np.array([0.5])


def test_published_studies_are_a_dozen_lines_and_a_table():
    study = bs.study("poise2013")
    assert small(study).startswith("poise2013: Bishop 2013 Lancet 382:1424")
    table = study.table()
    risk = table.filter(pl.col("measure") == "RR_any_clinical_fracture").row(0, named=True)
    assert (risk["value"], risk["ci95_low"], risk["ci95_high"]) == (0.63, 0.42, 0.96)
    pooled = bs.pooling("fracture_ratio")
    assert "poise2013" in small(pooled) and "3 studies" in repr(pooled)
    assert pooled.table()["study"].to_list() == ["poise2013", "sakkers2004", "plotkin2000"]


def test_what_can_be_asked_has_help():
    for name in bs.__all__:
        thing = getattr(bs, name)
        assert name == "__version__" or (thing.__doc__ or "").strip(), name
    assert {"predict", "power", "study", "studies", "pooling", "export_sbml", "run_all"} <= set(bs.__all__)
