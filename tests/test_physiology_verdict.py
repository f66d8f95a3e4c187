"""Verdicts on published points, worked out by hand, and what is told of them."""

import math
import re
from typing import Any

import pytest

from brittlestar.evidence.calibration.points import Point, points
from brittlestar.evidence.physiology.compared import first_edition
from brittlestar.evidence.physiology.verdict import counted, interval, is_counted, verdict
from brittlestar.report.physiology import view


def point(**fields: Any) -> Point:
    about = {
        "id": "a",
        "label": "Drug, 12 months: spine, %",
        "cohort": "c",
        "output": "ls_abmd",
        "kind": "level",
    }
    return Point.model_validate(about | fields)


@pytest.mark.parametrize(
    ("model", "word", "ratio"),
    [
        (8.0, "right", 1.0),
        (9.64, "right", 1.205),
        (9.65, "off", 1.20625),
        (6.36, "right", 0.795),
        (16.0, "off", 2.0),
        (16.1, "off more than twofold", 2.0125),
        (3.9, "off more than twofold", 0.4875),
        (None, "not computed", None),
        (math.nan, "not computed", None),
    ],
)
def test_a_point_of_8_with_an_sd_of_1_is_right_within_1_645(model, word, ratio):
    found = verdict(point(observed=8.0, sampling=1.0, sampling_from="paper"), model)
    assert found.word == word
    assert found.ratio == (None if ratio is None else pytest.approx(ratio))


def test_no_ratio_is_taken_to_an_effect_that_may_be_none():
    assert verdict(point(observed=1.0, sampling=1.0, sampling_from="paper"), 3.0) == ("off", None)


def test_a_rate_is_judged_on_its_logarithm():
    rate = point(observed=0.1, sampling=0.5, sampling_from="paper", scale="log")
    inside, outside = 0.1 * math.exp(0.82), 0.1 * math.exp(0.83)
    assert verdict(rate, inside).word == "right"
    assert verdict(rate, outside).word == "off more than twofold"
    assert interval(rate) == pytest.approx((0.1 / math.exp(0.8225), 0.1 * math.exp(0.8225)))


def test_a_tolerance_stands_for_the_interval():
    ratio = point(observed=0.9, tolerance=0.03, reason="the aim")
    assert interval(ratio) == pytest.approx((0.87, 0.93))
    assert verdict(ratio, 0.929).word == "right"
    assert verdict(ratio, 0.931).word == "off"


def row(id: str, use: str, word: str, model: float | None) -> dict[str, Any]:
    texts = ("study", "population", "about_population", "hour", "reason", "why_not", "note", "said")
    numbers = {
        "published": 8.0,
        "interval90": [6.4, 9.6],
        "model": model,
        "months": 12,
        "first_edition": None,
    }
    counts = use in ("calibration", "test") and word != "not computed"
    told = {"id": id, "label": id, "use": use, "verdict": word, "counted": counts}
    return {**told, **dict.fromkeys(texts, ""), **numbers}


def test_what_has_no_value_and_what_is_only_shown_is_not_counted():
    rows = [
        row("a", "calibration", "right", 8.0),
        row("b", "calibration", "off", 3.0),
        row("c", "calibration", "not computed", None),
        row("d", "test", "right", 9.0),
        row("e", "check", "off", 9.0),
    ]
    assert counted(rows, "calibration") == (1, 2)
    assert counted(rows, "test") == (1, 1)
    counts = {use: dict(zip(("right", "points"), counted(rows, use))) for use in ("calibration", "test")}
    about = {"commit": "0123456789abcdef", "command": "brittlestar physiology"}
    content = {"manifest": {}, "counts": counts, "first_edition": about, "points": rows, "courses": []}
    *_, each, last = view(content).notes
    assert each == "Right: calibration 1 of 2; test 1 of 1."
    assert last == "2 of 3 counted points right"
    assert re.fullmatch(r"\d+ of \d+ counted points right", last)


def test_what_was_published_in_words_alone_is_shown_and_not_counted():
    word = next(p for p in points().points if p.id == "denosumab-ctx-27")
    number = next(p for p in points().points if p.id == "denosumab-ctx-24")
    assert word.said and not is_counted(word, word.observed)
    assert is_counted(number, number.observed) and not is_counted(number, None)
    check = next(p for p in points().points if p.use == "check" and not p.withheld)
    assert not is_counted(check, check.observed)


def test_the_column_of_the_first_edition_is_of_one_commit_and_known_points():
    column = first_edition()
    assert re.fullmatch(r"[0-9a-f]{40}", column["commit"])
    assert column["command"] == "brittlestar physiology --out DIR"
    assert column["points"].keys() <= {point.id for point in points().points}
    model = column["points"]["gatti-ls"]
    assert model == {"model": pytest.approx(46.1, abs=0.05), "verdict": "off"}
