"""The credibility report: rows that run, failures that stay, contexts that need what they say."""

import json
import re
import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.evidence.credibility import assess as whole
from brittlestar.evidence.credibility import (
    controls,
    counts,
    exact_answers,
    manufactured,
    recorded_checks,
    recorded_run,
    records,
    sensitivity,
    validation,
)
from brittlestar.evidence.credibility.assess import context_of_use, save, timed
from brittlestar.evidence.credibility.row import LEFT_OUT, STATUSES, Row, Settings, judged, left_out
from brittlestar.evidence.studies.split import split
from brittlestar.report.credibility import GROUPS, view
from brittlestar.report.page import html
from brittlestar.trials.endpoint import Said
from brittlestar.trials.summary import verdict

QUICK = Settings(quick=True, seed=1, samples=16)


@cache
def content() -> dict[str, Any]:
    """A quick run with nothing recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorded_run, "FILE", Path("no such file"))
        return whole(quick=True)


def rows() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in content()["rows"]}


def test_what_a_quick_run_leaves_out_is_not_run_and_nothing_else():
    left = {id for id, row in rows().items() if row["note"] == LEFT_OUT}
    assert left == {"continuous", "antibody", "power_formula", "sobol", "validation"}
    for row in rows().values():
        ran = row["status"] in ("PASS", "FAIL")
        assert ran == bool(row["value"]) == bool(row["threshold"]) == (row["seconds"] is not None), row["id"]
        assert ran or (row["note"] and row["cure"])


def test_a_quick_run_tells_what_was_recorded_with_its_day_and_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recorded_run, "FILE", tmp_path / "recorded.json")
    ran, left = Row("a", "code", "", "", "t", "1", "PASS"), left_out("slow", "code", "")
    slow = Row("error_x", "code", "", "", "t", "2", "FAIL", seconds=3.0, note="n")
    same = recorded_run.fingerprint(recorded_run.default_parameters())
    manifest = {"commit": "0123456789abcdef", "created": "2026-11-30T00:00:00", "parameters_sha256": same}
    whole_run = {"manifest": manifest, "rows": [replace(ran, value="old").to_dict(), slow.to_dict()]}
    assert recorded_run.recorded() is None
    recorded_run.write(whole_run | {"sensitivity": {}})
    kept = recorded_run.recorded()
    assert kept is not None
    first, second = recorded_run.with_recorded([ran, left], kept)
    assert first == ran and second == replace(slow, note="n; recorded 2026-11-30, commit 0123456789ab")
    monkeypatch.setattr(recorded_run, "fingerprint", lambda _: "another")
    assert recorded_run.recorded() is None


def test_what_ships_is_a_whole_run_of_the_parameters_in_use():
    kept = recorded_run.recorded()
    if kept is None:
        pytest.skip("nothing is recorded yet: `brittlestar credibility --write`")
    assert not [row["id"] for row in kept["rows"] if row["note"] == LEFT_OUT]
    assert len(kept["sensitivity"]["outputs"]) == len(sensitivity.ANSWERS)
    assert "dirty" not in kept["manifest"]["commit"]


def test_only_a_whole_run_is_recorded(capsys: pytest.CaptureFixture[str]):
    assert main(["credibility", "--quick", "--write"]) == 2
    assert "whole report" in capsys.readouterr().err


def test_cheap_checks_pass():
    for id in ("plasma", "plasma_area", "transfer", "drug_mass", "zero_dose", "neighbours", "steady_density",
               "steady_turnover", "before_after", "sources", "split", "pooling", "made_drug",
               "made_cavity", "counts", "mutants"):  # fmt: skip
        assert rows()[id]["status"] == "PASS", rows()[id]


def test_failures_come_first_and_are_counted():
    order = [STATUSES.index(row["status"]) for row in content()["rows"]]
    assert order == sorted(order)
    assert sum(content()["counts"].values()) == len(content()["rows"]) == len(rows())


def test_a_wrong_plasma_curve_fails(monkeypatch: pytest.MonkeyPatch):
    right = exact_answers.plasma_concentration
    monkeypatch.setattr(exact_answers, "plasma_concentration", lambda *a: 1.0001 * np.asarray(right(*a)))
    assert [row.status for row in exact_answers.plasma(QUICK)] == ["FAIL", "FAIL"]


def test_drug_that_appears_from_nowhere_fails(monkeypatch: pytest.MonkeyPatch):
    untreated, _, mixed, half, infused = exact_answers.treated_and_untreated(1)
    leaking = {k: v * np.linspace(1.0, 1.001, len(v))[:, None] for k, v in mixed.outputs.items()}
    bad = replace(mixed, outputs=leaking)
    monkeypatch.setattr(
        exact_answers, "treated_and_untreated", lambda _: (untreated, bad, bad, half, infused)
    )
    assert exact_answers.mass_balance(QUICK)[0].status == "FAIL"
    assert {row.status for row in exact_answers.no_drug(QUICK)} == {"FAIL"}


def test_the_antibody_control_has_the_verdict_of_the_trial(monkeypatch: pytest.MonkeyPatch):
    said = Said(arm="difference", words="no clear difference", source="s")
    for low, status in ((0.8, "PASS"), (1.1, "FAIL")):
        simulated: dict[str, float | None] = {"mean": 1.2, "low": low, "high": 1.5}
        row: dict[str, Any] = {"label": "rate ratio", "said": said.model_dump(), "simulated": simulated}
        row["verdict"] = verdict(simulated, None, said, 1.0)
        other = row | {"said": None, "verdict": "not published"}
        monkeypatch.setattr(
            controls, "run_trial", lambda *_, rows=(row, other), **__: SimpleNamespace(endpoints=rows)
        )
        found = controls.antibody(replace(QUICK, quick=False))[0]
        assert found.status == status and f"({low:g} to 1.5)" in found.value


def test_a_step_that_is_only_of_first_order_fails(monkeypatch: pytest.MonkeyPatch):
    right = manufactured.cavity_burden
    monkeypatch.setattr(manufactured, "cavity_burden", lambda K, rho, days, p: right(K, rho, 1.01 * days, p))
    assert [row.status for row in manufactured.manufactured(QUICK)] == ["PASS", "FAIL"]


def test_a_misfit_beyond_its_errors_fails(monkeypatch: pytest.MonkeyPatch):
    recorded = records.recorded("posterior")
    for chi2, status in ((10.0, "PASS"), (200.0, "FAIL")):
        monkeypatch.setattr(
            records, "recorded", lambda name, chi2=chi2: recorded | {"chi2": chi2, "truths": None}
        )
        assert {row.id: row.status for row in records.calibration(QUICK)}["misfit"] == status


def test_fitted_targets_are_counted_as_the_calibration_counts_them():
    """Those only looked at are no part of it, neither there nor in what is recorded."""
    page = (Path(__file__).parents[1] / "docs" / "calibration-tables.md").read_text(encoding="utf-8")
    told = re.search(r"Inside 90 % of their stated error: (\d+ of \d+)\.", page)
    assert told is not None
    row = {row.id: row for row in records.calibration(QUICK)}["inside"]
    shipped = {row["id"]: row for row in (recorded_run.recorded() or {})["rows"]}["inside"]
    assert row.value == shipped["value"] == told[1]


def test_a_sum_beyond_its_limit_is_told_with_the_digits_that_show_it():
    assert records.apart(118.04, 117.96) == ("118.04", "117.96")
    assert records.apart(118.0, 94.3) == ("118.0", "94.3")
    row = {row.id: row for row in records.calibration(QUICK)}["misfit"]
    assert not row.threshold.startswith(f"at most {row.value},")


def test_a_context_is_supported_only_if_all_it_needs_passed():
    good = judged("a", "code", "", method="m", threshold="t", value="v", passed=True)
    bad = judged("b", "controls", "", method="m", threshold="t", value="v", passed=False)
    entry = {"needs": ["code", "controls"]}
    assert context_of_use("x", entry, [good, bad])["lacking"] == ["b"]
    assert context_of_use("x", entry, [good])["lacking"] == ["controls"]  # nothing ran: not supported
    assert context_of_use("x", {"needs": ["code"]}, [good])["status"] == "supported"
    assert context_of_use("x", {"needs": []}, [good])["status"] == "not supported"
    open_row = Row("c", "code", "", "", "", "", "NO DATA", note="n", cure="c")
    assert context_of_use("x", {"needs": ["code"]}, [good, open_row])["status"] == "evidence incomplete"
    assert all(row.seconds is not None for row in timed(lambda: [good, bad]))


SHARE = {"value": 0.8, "low": 0.6, "high": 0.93}


def test_a_coverage_passes_where_its_limits_by_studies_hold_the_nominal_one():
    wide = validation.coverage("x", "validation", 90, SHARE, method="m")
    narrow = validation.coverage("x", "validation", 50, SHARE, method="m")
    assert (wide.status, narrow.status) == ("PASS", "FAIL") and wide.value == "80 of 100 (60 to 93)"


def test_each_study_is_predicted_from_the_others_and_the_spread_must_earn_its_width(
    monkeypatch: pytest.MonkeyPatch,
):
    def summary(crps: float) -> list[dict[str, Any]]:
        share = {"inside_50": SHARE, "inside_90": SHARE, "results": 9, "studies": 4}
        return [
            {"group": "all", "forecast": name, "crps": {"value": score}, "width_90": width, **share}
            for name, score, width in (("with spread", crps, 3.0), ("without spread", 1.0, 2.0))
        ]

    for crps, status in ((0.9, "PASS"), (1.1, "FAIL")):
        found = SimpleNamespace(summary=lambda crps=crps: summary(crps))
        monkeypatch.setattr(validation, "left_out_forecasts", lambda found=found: found)
        told = {row.id: row for row in validation.nested(QUICK)}
        assert {id: row.status for id, row in told.items()} == {
            "left_out_50": "FAIL", "left_out_90": "PASS", "left_out_score": status
        }  # fmt: skip
        assert "1.50 times as wide" in told["left_out_score"].value


def test_verdicts_that_hang_on_the_seed_fail(monkeypatch: pytest.MonkeyPatch):
    for close, status in ((1, "PASS"), (3, "FAIL")):
        found = {
            "statements": [{}] * 20,
            "counts": {"CLOSE": close},
            "seeds": 5,
            "manifest": {"seed": 1},
        }
        monkeypatch.setattr(recorded_checks, "shipped", lambda found=found: found)
        assert recorded_checks.seeds(QUICK)[0].status == status
    monkeypatch.setattr(recorded_checks, "shipped", lambda: None)
    assert recorded_checks.seeds(QUICK)[0].status == "NOT RUN"


def test_a_fault_that_changes_an_answer_unnoticed_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert recorded_checks.mutants(QUICK)[0].status == "PASS"
    monkeypatch.setattr(recorded_checks, "CHECKOUT", tmp_path)
    assert recorded_checks.mutants(QUICK)[0].status == "NOT RUN"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mutants.toml").write_text(
        "mutants = [{ module = 'a', found = 'killed' }, "
        "{ module = 'a', found = 'survived', verdict = 'changes' }]"
    )
    row = recorded_checks.mutants(QUICK)[0]
    assert row.status == "FAIL" and row.value == "1 noticed; 1 not, of which 1 change an answer"


def test_documents_and_report_count_the_same_things():
    studies, targets = counts.studies_counted(), counts.targets_counted()
    assert studies["all"] == len(split().studies) == sum(n for use, n in studies.items() if use != "all")
    assert targets["all"] == targets["fitted"] + targets["looked at"]
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(\d+) studies(?:;| as data)", readme)) == {str(studies["all"])}


def test_a_test_is_counted_once_however_many_cases_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counts, "CHECKOUT", tmp_path)
    assert counts.tests_counted() is None
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(
        "def test_one(): ...\nclass T:\n  def test_two(self): ...\n"
    )
    (tmp_path / "tests" / "test_b.py").write_text("def help(): ...\n")
    assert counts.tests_counted() == {"functions": 2, "files": 2}


def test_contexts_name_rows_that_exist():
    known = set(GROUPS) | set(rows())
    table = records.table("contexts")
    assert set(table) == {"C1", "C2", "C3", "C4", "C5", "none"}
    assert {name for entry in table.values() for name in entry["needs"]} <= known
    assert {row["group"] for row in content()["rows"]} <= set(GROUPS)


def test_counts_of_numbers_are_those_of_the_files():
    counted = records.parameter_counts()
    text = resources.files("brittlestar.bone").joinpath("turnover.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text).values()
    file = counted["files"]["bone/turnover"]
    assert file["total"] == len(entries)
    assert file.get("assumed", 0) == sum(e["status"] == "assumed" for e in entries)
    assert (
        counted["total"]
        == sum(counted["by_status"].values())
        == sum(f["total"] for f in counted["files"].values())
    )
    assert len(counted["assumed"]) == counted["by_status"]["assumed"]


def test_sobol_indices_of_a_known_function(monkeypatch: pytest.MonkeyPatch):
    """y = a + 2 b of independent uniform a, b of spread s_a, s_b: S = (s_a^2, 4 s_b^2) over their sum."""
    free = sensitivity.free_parameters()
    share = np.array([free[0].prior.log_sd ** 2, 4.0 * free[1].prior.log_sd ** 2])
    monkeypatch.setattr(
        sensitivity, "compiled_answers", lambda: lambda x: np.stack([x[:, 0] + 2 * x[:, 1]] * 5, axis=1)
    )
    found = sensitivity.sobol(256, 1)["outputs"][0]
    total = {p["parameter"]: p["total"] for p in found["parameters"]}
    assert [total[free[0].id], total[free[1].id]] == pytest.approx(share / share.sum(), abs=0.05)
    assert max(total[prior.id] for prior in free[2:]) == pytest.approx(0.0, abs=1e-9)
    assert found["sum_first_order"] == pytest.approx(1.0, abs=0.1)


def test_answers_that_are_not_finite_fail(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sensitivity, "compiled_answers", lambda: lambda x: np.full((len(x), 5), np.nan))
    found, indices = sensitivity.sensitivity(replace(QUICK, quick=False))
    assert [row.status for row in found] == ["FAIL"] and indices["outputs"] == []


def test_without_the_library_the_row_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sensitivity.importlib.util, "find_spec", lambda name: None)
    found, _ = sensitivity.sensitivity(replace(QUICK, quick=False))
    assert found[0].status == "NOT RUN" and "calibration" in found[0].cure


def test_the_page_says_what_was_not_run(tmp_path: Path):
    save(content(), tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert page == html(view(json.loads((tmp_path / "out" / "credibility.json").read_text())))
    assert page.count(">NOT RUN<") == content()["counts"]["NOT RUN"]
    assert page.count(">PASS<") == content()["counts"]["PASS"]
    assert "This was a quick run" in page and "What is not known" in page
    assert not re.search(r"recommended treatment|validated simulator", page)


def test_samples_are_a_power_of_two(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(InputError, match="--samples"):
        whole(samples=100)
    assert main(["credibility", "--samples", "100"]) == 2
    assert "power of two" in capsys.readouterr().err


def test_the_command_prints_every_row(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    from brittlestar.evidence import credibility

    monkeypatch.setattr(credibility, "assess", lambda **_: content())
    assert main(["credibility", "--quick"]) == 0
    said = capsys.readouterr().out
    assert all(f" {id} " in said for id in rows()) and "evidence incomplete" in said
