"""A picture of every point that was computed: what it shows lies where the numbers are."""

from typing import Any
from xml.etree import ElementTree

import pytest

from brittlestar.charts.point import MARGIN, WIDTH, point_picture
from brittlestar.report.physiology import picture_files

SVG = "{http://www.w3.org/2000/svg}"


def row(id: str, **told: Any) -> dict[str, Any]:
    usual = {
        "id": id, "label": "Drug, 12 months: spine, %", "use": "test", "counted": True, "months": 12.0,
        "published": 8.0, "said": "", "interval90": [6.0, 10.0], "model": 7.0, "verdict": "right",
    }  # fmt: skip
    return usual | told


def test_the_marks_lie_where_the_numbers_are():
    """From 6 to 10: the published 8 in the middle, the model's 7 a quarter of the way."""
    found = ElementTree.fromstring(point_picture(row("a")))
    published, model = (float(one.get("cx", "")) for one in found.iter(f"{SVG}circle"))
    assert published == pytest.approx(WIDTH / 2)
    assert model == pytest.approx(MARGIN + (WIDTH - 2 * MARGIN) / 4)
    assert found.findtext(f"{SVG}title") == (
        "Drug, 12 months: spine, %: published 8.0 (6.0 to 10.0), model 7.0: right"
    )


@pytest.mark.parametrize("model", [0.0, -0.3, 2.0])
def test_what_was_published_in_words_has_the_model_alone(model):
    told = row("a", published=None, interval90=None, said="similar in both arms & more", model=model)
    found = ElementTree.fromstring(point_picture(told))
    assert len(list(found.iter(f"{SVG}circle"))) == 1
    assert "similar in both arms & more" in (found.findtext(f"{SVG}title") or "")


def test_every_point_that_was_computed_has_a_picture_of_its_name():
    rows = [
        row("first"), row("second", months=24.0), row("alone", verdict="off", model=12.0),
        row("words", published=None, interval90=None, said="rose"), row("none", model=None),
    ]  # fmt: skip
    at = [{"months": float(m), "value": m / 2.0} for m in range(0, 25, 6)]
    files = picture_files({"points": rows, "courses": [{"points": ["first", "second"], "course": at}]})
    assert set(files) == {f"{name}.svg" for name in ("points-test", "first", "second", "alone", "words")}
    assert callable(files["first.svg"]) and isinstance(files["second.svg"], str)
