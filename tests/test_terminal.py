"""What a terminal shows fits it, keeps names and numbers whole, and reads in any character set."""

import io
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from brittlestar._shared.table import Column, Table, wrapped
from brittlestar.cli import (
    characters,
    main,
    studies,
    tables,
    terminal,
)
from brittlestar.evidence.leaflet.result import tally
from brittlestar.outcomes import pooled_trials
from brittlestar.report import credibility, person, trials
from brittlestar.report import fractures as fractures_report
from brittlestar.report import leaflet as leaflet_report
from brittlestar.report import power as power_report
from brittlestar.report import prediction as prediction_report
from brittlestar.report import trial as trial_report
from brittlestar.report import validation as validation_report

WIDTHS = (40, 60, 80, 120, 200)


def too_long(text: str, width: int) -> list[str]:
    """Lines longer than the width, but for an address that is so alone."""
    return [line for line in text.splitlines() if len(line) > width and " " in line.strip()]


def lines(table: Table, width: int) -> list[str]:
    return [text for text, _ in table.lines(width)]


def endpoints() -> Table:
    table = Table.of(
        Column("endpoint", over=True), Column("arm", whole=True), Column("month", right=True, over=True),
        Column("published", right=True), Column("simulated", right=True),
        Column("verdict", rank=1, comfort=0),
    )  # fmt: skip
    for arm, published, verdict in (
        ("difference", "8.70 (5.70 to 11.7)", "inside"),
        ("placebo", "-", "not published"),
    ):
        table.row("Spinal density", arm, 12, published, "−10.2 (−8.34 to −12.1)", verdict)
    return table


def test_a_wide_terminal_shows_every_column_side_by_side():
    assert lines(endpoints(), 120) == [
        "endpoint        arm         month            published               simulated  verdict",
        "Spinal density  difference     12  8.70 (5.70 to 11.7)  −10.2 (−8.34 to −12.1)  inside",
        "Spinal density  placebo        12                    -  −10.2 (−8.34 to −12.1)  not published",
    ]


def test_a_narrower_one_puts_what_repeats_over_its_rows():
    assert lines(endpoints(), 76) == [
        "  arm                   published               simulated  verdict",
        "Spinal density; month 12",
        "  difference  8.70 (5.70 to 11.7)  −10.2 (−8.34 to −12.1)  inside",
        "  placebo                       -  −10.2 (−8.34 to −12.1)  not published",
    ]


def test_the_narrowest_puts_the_least_needed_on_a_line_below():
    assert lines(endpoints(), 40) == [
        "  arm                   published",
        "Spinal density; month 12",
        "  difference  8.70 (5.70 to 11.7)",
        "    simulated −10.2 (−8.34 to −12.1);",
        "    verdict inside",
        "  placebo                       -",
        "    simulated −10.2 (−8.34 to −12.1);",
        "    verdict not published",
    ]


def test_an_address_leaves_its_row_and_is_never_cut():
    address = "https://example.org/" + "x" * 90
    table = Table.of("source", Column("numbers", right=True), "for")
    table.row(address, 6, "turnover")
    table.row("PMID 1", 2, address)
    assert [" ".join(line.split()) for line in lines(table, 60)] == [
        "source numbers for",
        address,
        "6 turnover",
        "PMID 1 2",
        "for",
        address,
    ]
    assert wrapped(f"seen in {address}, twice", 40) == ["seen in", f"{address},", "twice"]


@pytest.mark.parametrize(("told", "columns"), [("72", 72), ("5", 20), ("0", 200), ("wide", 200), ("٣٠", 200)])
def test_columns_are_honoured_where_they_are_a_number(
    told: str, columns: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: (_ for _ in ()).throw(OSError()))
    monkeypatch.setenv("COLUMNS", told)
    assert terminal.width() == columns


def test_a_pipe_is_read_in_the_terminal_that_standard_error_is(monkeypatch: pytest.MonkeyPatch):
    def size(stream: int) -> os.terminal_size:
        if stream == 1:
            raise OSError
        return os.terminal_size((93, 40))

    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", size)
    assert terminal.width() == 93


TRIAL = [
    ("Lumbar-spine aBMD, change in %", "difference:zoledronate", 12.0, "%", (8.7, 5.7, 11.7), "inside"),
    ("Lumbar-spine aBMD, change in %", "placebo", 12.0, "%", None, "not published"),
    ("First fracture in year 1, hazard ratio of the treated over the control", "difference", 36.0, "ratio",
     (-0.667, -0.808, -0.534), "outside"),
]  # fmt: skip


ARMS = [
    {
        "id": "risedronate",
        "label": "Risedronate",
        "doses": "risedronate: 1095 days of tablets, 365 in each of years 1 to 3.",
    }
]
WARNED = [{"arm": None, "rule": "beyond-reference-ages", "message": "references stay " * 8, "source": "x"}]
IN_TRIALS = pooled_trials.beside("hazard_ratio")


def trial_rows() -> list[dict[str, Any]]:
    return [
        {
            "label": label, "arm": arm, "time_months": months, "unit": unit, "verdict": verdict, "said": None,
            "published": published and dict(zip(("value", "low", "high"), published, strict=True)),
            "simulated": {"mean": -1234.0, "low": -2345.0, "high": 0.0123}, "monte_carlo_se": 12.3,
            "pooled": {"value": -1212.0, "monte_carlo_se": 10.1}, "near_limit": verdict == "outside",
            "replicates": 400, "replicates_without_answer": 112 if arm == "difference" else 0,
            "fractures_in_trials": IN_TRIALS if unit == "ratio" else None,
        }
        for label, arm, months, unit, published, verdict in TRIAL
    ]  # fmt: skip


def one_trial() -> None:
    rows = trial_rows()
    content = {"manifest": {}, "trial": {"title": "A trial " * 20, "arms": ARMS}, "endpoints": rows,
               "warnings": WARNED, "screened": 9, "failed_people": [1]}  # fmt: skip
    tables.show(trial_report.view(content), *tables.written("out"))


def all_trials() -> None:
    rows = [
        row | {"trial": "senthilnathan2008", "role": "validation", "in_range": True} for row in trial_rows()
    ]
    rows[1] |= {"published": None, "said": {"words": "no difference between the two groups was seen by then"}}
    error = {"id": "poise", "role": "calibration", "error": "too strict: " * 9, "failed_people": []}
    tables.show(trials.view({"trials": [error], "compared": rows, "manifest": {"replicates": 3}}))


def prediction() -> None:
    ends = {"50": [-30.5, -0.267], "90": [-51.8, 21.2]}
    alone = dict.fromkeys(prediction_report.SOURCES, ends)
    rows = [
        {"label": label, "arm": arm, "time_months": months, "unit": unit, "mean": -15.3, "interval": ends,
         "alone": alone, "between_trials_known": False, "monte_carlo_se": 0.31, "runs": 144,
         "sd": dict.fromkeys(prediction_report.PARTS, 1.0), "under_rivals": {}, "without": {"strength": 0.8},
         "pooled": {"value": -16.2, "monte_carlo_se": 0.4}, "runs_without_answer": 12,
         "fractures_in_trials": IN_TRIALS, "sd_below": {"people": 0.1},
         "limit_error": {"50": [0.2, 0.3], "90": [0.41, 0.52]}, "limit_error_share": 0.0123,
         "beyond_the_evidence": ["drug", "interval"]}
        for label, arm, months, unit, *_ in TRIAL
    ]  # fmt: skip
    flags = [{"arm": "risedronate", "what": "years", "words": "three years of it; seen for two " * 4}]
    content = {"manifest": {}, "trial": {"title": "A trial", "arms": ARMS, "people": 9}, "rivals": [],
               "law": "strength-only", "published_results_ignored": 13, "warnings": WARNED,
               "extrapolation": flags, "people_as_assumed": {"population": {"types": 3.0}},
               "visits_as_assumed": [{"measures": ["ctx"], "months": [0.0, 6.0], "days": [-90, 0]}],
               "switches": {"strength": "stronger bone spares no fracture"},
               "endpoints": rows}  # fmt: skip
    tables.show(prediction_report.view(content), "Took 5 s.")


def validation() -> None:
    forecast = {
        "mean": -0.851,
        "interval_90": (-1.84, 1.12),
        "inside_50": False,
        "inside_90": True,
        "pit": 0.12,
    }
    names = ("model", "same route", "last known effect", "constant effect", "no effect")
    share = {"value": 0.75, "low": 0.45, "high": 0.95}
    label = "Senthilnathan 2008, 12 mg/kg a year: ln of density gain in a year"
    scores = {"results": 1, "inside_50": 0, "inside_90": 1, "mean_absolute_error": 0.5, "crps": 0.4,
              "width_90": 4.44, "studies_50": share, "studies_90": share,
              "skill": {"error": share, "crps": share}}  # fmt: skip
    seeds = {
        "seeds": 3,
        "inside_50": [5, 6],
        "inside_90": [12, 13],
        "crps": [0.45, 0.47],
        "mean_absolute_error": [0.61, 0.62],
        "limits_moved": 0.0123,
    }
    built = {"study": "western_australia_type_I", "label": label, "unit": "1/y", "found": 0.5,
             "model": (0.4, 0.6), "why_not_counted": "its rates set the hazard " * 4}  # fmt: skip
    content = {
        "manifest": {},
        "results": [{"label": label, "found": -0.478, "forecasts": dict.fromkeys(names, forecast)}],
        "summary": dict.fromkeys(names, scores),
        "seeds": seeds,
        "directions": [{"label": "a direction", "predicted": 1.234}],
        "not_counted": [built],
        "left_out": {"aff": "no number " * 9},
        "first_edition": "b5c382a97e1b",
        "fracture_scores": {"no effect": {"gain": -0.1, "standard_error": 0.2, "studies": 4}},
    }
    tables.show(validation_report.view(content))


def left_out() -> None:
    inside = {"count": 12, "value": 0.75, "low": 0.45, "high": 0.95}
    crps = {"value": 0.81, "low": 0.65, "high": 1.02}
    summary = [
        {"group": group, "forecast": name, "studies": 19, "results": 58, "inside_50": inside,
         "inside_90": inside, "width_90": 4.98, "crps": crps}
        for group in ("all", "fracture effect") for name in ("with spread", "without spread")
    ]  # fmt: skip
    row = {"study": "western_australia_type_I", "label": "a label " * 9, "kind": "fracture level",
           "gap": -0.148, "linear_gap": -0.15, "parameters_sd": 0.138, "sampling_sd": 0.09,
           "between_trials_sd": 0.234, "leverage": 0.94,
           "flagged": True, "forecasts": {"with spread": {"inside_90": True}}}  # fmt: skip
    content = {"manifest": {}, "first_edition": "b5c382a97e1b", "summary": summary, "results": [row]}
    tables.show(validation_report.left_out_view(content))


def fractures() -> None:
    arm = {"label": "an arm " * 12, "people": 94, "found": 29, "predicted": 31.2, "sd": 12.3, "z": 0.2,
           "fitted": True}  # fmt: skip
    ratio = {"label": "a ratio " * 9, "found": -0.6, "sampling_sd": 0.28, "predicted": -0.2,
             "interval_90": [-0.9, 0.5], "widest_90": 1.13, "leverage": 0.6}  # fmt: skip
    gain = {"gain": 0.12, "standard_error": 0.2, "results": 7, "studies": 6}
    summary = {"arms": 7, "within_one_sd": 5, "share": {"value": 0.7, "low": 0.3, "high": 0.9},
               "untreated": 3, "untreated_within_one_sd": 2, "ratios": 7, "no_wider_than_stated": 4,
               "log_score": {"constant effect": gain, "no effect": gain}}  # fmt: skip
    drug = {"group": "adults without OI, by drug", "label": "a drug " * 9, "site": "vertebral",
            "study": "freedom_test", "found": -0.223, "predicted": -0.31, "effect_90": [-0.42, -0.21],
            "people_90": [-0.81, 0.14], "trial_90": [-0.91, 0.22]}  # fmt: skip
    ratios = {"ratio": 0.74, "effect_95": [0.61, 0.83], "people_95": [0.45, 1.21]}
    density = {
        "gradients": [{"fractures": "hip (model: lower limb)", "found": 2.27, "model": 1.16,
                       "interval_90": [1.1, 1.2], "model_at_one_age": 1.11}],
        "gains": [{"drug": "a drug " * 5, "gain_pct": 4.62, "limb": ratios, "vertebral": ratios}],
        "lines": [{"fractures": "vertebral", "drugs": 7, "r2": 0.93, "found_r2": 0.73,
                   "found_r2_95": [0.33, 0.84], "ratio_per_1_pct": 0.82, "threshold_pct": 1.42,
                   "ratio_at_threshold": 0.96, "agree": {"effect_95": 7, "people_95": 5}}],
    }  # fmt: skip
    missed = {
        "trial": "A trial " * 9,
        "people": 159,
        "misses": 0.6,
        "standard_error": 0.05,
        "found": "missed",
    }
    content = {"manifest": {}, "summary": summary, "arms": [arm], "ratios": [ratio], "drugs": [drug],
               "hip_density": density, "missed": missed}  # fmt: skip
    tables.show(fractures_report.view(content))


def power() -> None:
    share = {"share": 0.8123, "se": 0.0123, "limit": None, "without_answer": 0.123}
    test = {
        "test": "nb",
        "label": "Recurrent fractures, rate ratio (negative binomial)",
        "contrast": "risedronate",
    }
    sizes, months = (74, 147, 294, 588), (12.0, 36.0)
    pairs = list(itertools.product(months, sizes))
    tables.show(power_report.view(
        {
            "manifest": {},
            "trial": {"title": "A trial " * 20, "arms": ARMS},
            "warnings": WARNED,
            "fractures_in_trials": IN_TRIALS,
            "counts": [{"contrast": "difference", "months": 36.0, "rate_ratio": 0.62, "test": "nb",
                        "size": 74,
                        "control_rate_per_year": 0.6, "dispersion": 1.1, "formula_power": None}],
            "basis": "8 parameter sets of the posterior",
            "power": [test | share | {"months": m, "size": n} for m, n in pairs],
            "sizes": [test | {"months": m, "power": p, "said": "more than 588"}
                      for m in months for p in (0.8, 0.9)],
            "durations": [test | {"size": n, "power": 0.8, "said": "more than 36"} for n in sizes],
            "null": [test | share | {"months": m, "size": n} for m, n in pairs],
            "entry": [{"rule": "two or more fractures in two years before", "eligible_share": 0.4,
                       "rate_before_per_year": 1.23, "rate_on_study_per_year": 0.77, "ratio": 0.63,
                       "ratio_to_everybody": 1.4, "power": {"nb": share}}],
            "dropout": [test | share | {"per_year": rate} for rate in (0.0, 0.1, 0.2)],
        }),
        "Took 5 s; peak memory 0.5 GB.", *tables.written("out"),
    )  # fmt: skip


def power_check() -> None:
    numbers = {"value": 0.05, "expected": 0.05, "monte_carlo_se": 0.0015, "replicates": 100, "seed": 1}
    row = numbers | {
        "label": "Type I error of the t-test",
        "accepted": "within 4 SE of 0.05",
        "status": "PASS",
    }
    null = {"test": "ls", "label": "Spine aBMD", "months": 12.0, "size": 147, "share": 0.05, "se": 0.002}
    content = {"checks": [row], "null": [null], "trial": {"title": "POISE"}}
    tables.show(power_report.check_view(content), "Took 5 s.")


def checks() -> None:
    row = {"status": "NOT RUN", "id": "controls.turnover_down", "value": "",
           "claim": "A claim of many words, " * 5, "note": "The network was away. " * 3,
           "cure": "Run it again.", "threshold": "at most 0.5 %", "group": "controls", "method": "By hand.",
           "seconds": None, "seed": 1}  # fmt: skip
    use = {
        "id": "trial-design",
        "title": "Design of a trial " * 4,
        "status": "PARTLY",
        "lacking": ["a.b", "c.d"],
        "question": "How large?",
        "influence": "high",
        "consequence": "low",
        "because": "A forecast of a trial. " * 4,
    }
    content = {"rows": [row], "counts": {"NOT RUN": 1}, "contexts": [use],
               "manifest": {}, "quick": False, "recorded": None, "not_learned": [], "sensitivity": {},
               "limits": [],
               "parameters": {"total": 300, "by_status": {"assumed": 30}, "files": {},
                              "assumed": []}}  # fmt: skip
    tables.show(credibility.view(content), "Took 5 s.")


def leaflet() -> None:
    number = {"label": "change of density", "value": 8.7, "unit": "%", "low": 5.7, "high": 11.7,
              "published": 8.7, "published_low": None, "published_high": None, "range_is": "trials",
              "source": "PMID 2"}  # fmt: skip
    claim = {"holds": True, "what": "it rises " * 12, "margin": 0.1, "error": 0.03, "seeds": 5, "held": 4,
             "kind": "fitted", "limit": "printed"}  # fmt: skip
    row = {"id": "S27", "verdict": "AGREES", "at_odds": "both", "group": "Density", "chart": None,
           "says": "Tablets work. " * 9,
           "summary": "They do. " * 12, "evidence": [],
           "statement": [claim], "closest": claim, "diagnosis": "",
           "mechanism": {"what": "it acts", "off": {}}, "seeds": 5,
           "numbers": [number],
           "notes": ["A note. " * 20], "sources": ["PMID 1"]}  # fmt: skip
    content = {"manifest": {}, "leaflet": {}, "statements": [row], "seeds": 5, "evidence_is": {}}
    content |= {"limits_are": {"printed": "what the study prints " * 9}} | tally([row])
    tables.show(leaflet_report.view(content), *tables.written("out"))


def comparison() -> None:
    def cell(mean: float | None, unit: str, reach: float = 0.0) -> dict[str, Any]:
        ends = None if mean is None else [mean - reach, mean + reach]
        return {
            "mean": mean,
            "chance": ends,
            "person": ends,
            "said": "unknown, at most 1.4 in 100 (95 %)",
            "at_most": 1.4,
        }

    rows = [
        {"id": "with_fracture", "label": "people with at least one fracture", "unit": "of 100"}
        | {k: cell(50.0, "of 100", 9.0) for k in ("treated", "untreated", "difference")},
        {"id": "jaw", "label": "osteonecrosis of the jaw", "unit": "of 100", "kind": "harm",
         "note": "PMID 24478911 (5 studies); https://pmc.ncbi.nlm.nih.gov/articles/PMC9962332/ " * 2}
        | {k: cell(None, "of 100") for k in ("treated", "untreated", "difference")},
        {"id": "fractures", "label": "fractures per person", "unit": "count"}
        | {k: cell(2.28, "count", 1.25) for k in ("treated", "untreated", "difference")},
        {"id": "ls_z_end", "label": "lumbar-spine Z-score at the end", "unit": "SD"}
        | {k: cell(-3.28, "SD", 1.25) for k in ("treated", "untreated", "difference")},
    ]  # fmt: skip
    tables.show(person.view(
        {"manifest": {}, "person": {"age": 7.0, "sex": "female", "oi_type": "IV"}, "years": 3.0,
         "rows": rows, "failed": 1,
         "plan": {"words": "zoledronate 0.05 mg/kg iv every 6 months; " * 4, "doses": "2 in each year; " * 9},
         "in_trials": {"words": "Fractures: 0.30 here; in pooled trials 0.71 (0.52 to 0.96)."},
         "sentences": ["Of 100 such people over 3 years, " * 4], "notes": ["Rough. " * 20]}),
        *tables.written("out"),
    )  # fmt: skip


def command(words: str) -> Callable[[], None]:
    return lambda: print(end="") if main(words.split()) == 0 else pytest.fail(words)


PRINTED: dict[str, Callable[[], None]] = {
    "trial": one_trial, "trial all": all_trials, "predict": prediction,
    "predict --validation": validation,
    "predict --left-out": left_out, "predict --fractures": fractures, "power": power,
    "power --check": power_check, "credibility": checks, "leaflet": leaflet, "simulate": comparison,
    **{words: command(words) for words in (
        "evidence", "evidence rauch2003_bmd", "evidence --measure ls_z", "evidence meta", "parameters",
        "cite", "plans", "--help", "simulate --help", "trial --help", "evidence --help",
    )},
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_everything_printed_keeps_within_the_width_and_keeps_its_words(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    words = {}
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        PRINTED[name]()
        said = capsys.readouterr().out
        assert too_long(said, width) == []
        words[width] = set(re.findall(r"[^\s;,]+", said))
    if "--help" not in name:
        # What stands in the widest stands in all: nothing is cut, no name or number is broken. Only the name
        # of a column goes when its cells stand over the rows, and the sign for none.
        gone = set().union(*(words[max(WIDTHS)] - found for found in words.values()))
        assert gone <= {"endpoint", "study", "trial", "arm", "note", "-"}


def test_a_published_number_stands_beside_the_simulated_one_in_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COLUMNS", "80")
    found = {"simulated": {"mean": 10.2, "low": 8.34, "high": 12.1}, "monte_carlo_se": 0.12}
    row = trial_rows()[0] | {"arm": "difference", **found}
    content = {"manifest": {}, "trial": {"title": "POISE", "arms": []}, "endpoints": [row]}
    tables.show(trial_report.view(content))
    assert capsys.readouterr().out.splitlines()[:5] == [
        "POISE",
        "",
        "  arm                   published                   simulated  verdict",
        "Lumbar-spine aBMD, change in %; month 12; unit %",
        "  difference  8.70 (5.70 to 11.7)  10.2 ± 0.12 (8.34 to 12.1)  inside",
    ]


def test_what_pooled_trials_found_stands_right_under_the_fractures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COLUMNS", "80")
    comparison()
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    place = next(k for k, line in enumerate(lines) if line.startswith("fractures per person, count"))
    assert "Fractures: 0.30 here; in pooled trials 0.71 (0.52 to 0.96)." in lines[place : place + 5]


def test_who_watches_is_told_first_what_will_be_done_how_large_and_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from brittlestar.trials import run

    class Begun(Exception):
        pass

    def begin(*_: object, **__: object) -> None:
        raise Begun

    monkeypatch.setattr(run, "run_trial", begin)
    assert main(["trial", "poise"]) != 0
    assert "some seconds" not in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    main(["trial", "poise"])
    assert capsys.readouterr().err.startswith(
        "poise: 200 trials of 147 people over 3 years: some seconds, and some more the first time.\n"
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("−1.2 ± 0.3 μm", "-1.2 +/- 0.3 um"),
        ("I² 17 %, ≥ 2 × 3 – 4", "I2 17 %, >= 2 x 3 - 4"),
        ("Z-score at −Δ β₁ of Högler’s", "Z-score at -delta beta1 of Hogler's"),
        ("骨", "?"),
    ],
)
def test_where_characters_are_missing_others_that_read_alike_stand(text: str, plain: str):
    assert characters.readable(text, "ascii") == plain
    assert characters.readable(text, "utf-8") == text


def test_an_ascii_terminal_gets_lines_that_fit_it_after_the_change(monkeypatch: pytest.MonkeyPatch):
    written = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", written)
    monkeypatch.setenv("COLUMNS", "60")
    characters.write_readably()
    power()
    print("µ")
    written.flush()
    said = written.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "81.2 +/- 1.2" in said and "?" not in said and too_long(said, 60) == [] and said.endswith("u\n")


def test_an_ascii_terminal_is_no_mistake():
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "80"}
    words = [sys.executable, "-m", "brittlestar", "evidence", "--measure", "ls_z"]
    done = subprocess.run(words, env=environment, capture_output=True, cwd=Path(__file__).parent)
    assert (done.returncode, done.stderr) == (0, b"") and b"-2.03, SD 1.51" in done.stdout


def test_help_keeps_its_options_whole_and_shows_the_doors_by_purpose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("COLUMNS", "60")
    assert main([]) == 0
    said = capsys.readouterr().out
    purposes = (
        "One person",
        "A trial",
        "What is published",
        "How far to trust it",
        "A page",
        "About this program",
    )
    places = [said.index(f"\n{purpose}") for purpose in purposes]
    assert places == sorted(places)
    assert places[0] < said.index("\nsimulate ") < places[1] < said.index("\npower ") < places[2]
    assert main(["simulate", "--help"]) == 0
    assert "\n--creatinine-clearance FLOAT  " in capsys.readouterr().out


def test_a_study_and_a_number_keep_their_names_in_60_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from brittlestar.evidence.studies.listing import select

    monkeypatch.setenv("COLUMNS", "60")
    studies.table(select(), None)
    first = [line.split()[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert {study.id for study in select()} <= set(first)
