"""Kinds of results and the unit in which a whole study may be off."""

import pytest

from brittlestar.evidence.calibration.kinds import kind_of, per_unit
from brittlestar.evidence.calibration.points import fit_targets

BY_ID = {target.id: target for target in fit_targets().targets}


@pytest.mark.parametrize(
    ("id", "kind", "unit"),
    [
        ("poise-risedronate-pct", "density", 116.3),  # 100 + 16.3 points of % for each unit of ln density
        ("bishop-dose", "density", 100.0),  # a difference of gains is in % of the value at entry
        ("plotkin-log-gain", "density", 1.0),
        ("poise-total-body", "density", 1.0),
        ("ward-alendronate-z", "z", 1.0),
        ("ward-base-z", "other", 4.6),  # who the people were: no result of the trial
        ("ward-ntx", "markers", 0.56),
        ("rauch03-first-week", "markers", 33.0),
        ("zoledronate-24", "markers", 58.5),
        ("poise-placebo-share", "fracture level", 1.0),
        ("poise-log-hr", "fracture effect", 1.0),
        ("girls-over-boys", "fracture effect", 1.0),  # one register counts both
        ("rate-type-I", "fracture level", 1.0),
        ("alendronate-tibia-load-12", "other", 102.2),
        ("biopsy-I-bv", "other", 0.11),
    ],
)
def test_every_result_has_a_kind_and_a_unit(id: str, kind: str, unit: float):
    assert kind_of(BY_ID[id]) == kind
    assert per_unit(BY_ID[id]) == pytest.approx(unit)
