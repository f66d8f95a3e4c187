"""``calibrate --check``: every bit on the same kind of processor, a stated tolerance between two of them."""

import json
from typing import Any

import pytest

from brittlestar.evidence.calibration.recorded import VECTORS, recorded
from brittlestar.evidence.calibration.whole_calibration import ACROSS_PROCESSORS, difference

SHIPPED = {VECTORS: 256, "chi2": 118.0, "parameters": ["kS"], "log_mode": [-6.0], "small": 0.001}


def judged(here: int, made_on: int | None = 256, **changes: Any) -> dict[str, Any]:
    mine = SHIPPED | {VECTORS: here} | changes
    return difference(json.dumps(mine), json.dumps(SHIPPED), made_on, here)


def test_the_same_bits_are_the_same() -> None:
    assert judged(256) == {"same": True, "accepted": True, "said": "the same to the last bit"}


@pytest.mark.parametrize("made_on", [256, None])
def test_on_the_same_kind_of_processor_one_bit_is_too_much(made_on: int | None) -> None:
    found = judged(256, made_on, chi2=118.00000000000001)
    assert not found["accepted"] and "1 of 8 values differ, numbers by at most 1.42e-14" in found["said"]


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"log_mode": [-6.00004]}, True),  # what was seen between AVX2 and AVX-512
        ({"chi2": 118.01}, True),  # 1e-4 of 118 is 0.0118
        ({"chi2": 118.02}, False),
        ({"small": 0.00109}, True),  # as such below 1: not a tenth of itself
        ({"small": 0.0012}, False),
        ({"parameters": ["kb"]}, False),
    ],
)
def test_between_processors_numbers_may_differ_by_the_tolerance(
    changes: dict[str, Any], accepted: bool
) -> None:
    found = judged(512, **changes)
    assert found["accepted"] == accepted and not found["same"]
    word = "within" if accepted else "beyond"
    assert f"made with vectors of 256 bits, here 512: {word} {ACROSS_PROCESSORS:g}" in found["said"]


def test_another_number_of_values_is_never_accepted() -> None:
    assert not judged(512, log_mode=[-6.0, 1.0])["accepted"]


def test_the_shipped_fit_says_which_vectors_made_it() -> None:
    assert recorded("posterior")[VECTORS] == 256
