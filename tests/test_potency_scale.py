"""What the other drugs say of one drug's place on the scale of potency."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.evidence.physiology.potency_scale import CALIBRATED, places


def test_a_drug_is_predicted_from_the_others_alone():
    """ln factors of the others -1, 0 and 1: mean 0, SD 1, t of 2 degrees 2.920 at 95 %."""
    found = {p.drug: p for p in places({"a": 50.0, "b": np.exp(-1.0), "c": 1.0, "d": np.exp(1.0)})}["a"]
    assert found.from_others == pytest.approx(1.0)
    assert np.log(found.high) == pytest.approx(2.920 * np.sqrt(4 / 3), rel=1e-3) == -np.log(found.low)
    assert not found.inside and places({"a": 2.0, "b": 0.4, "c": 1.0, "d": 3.0})[0].inside


def test_every_calibrated_drug_has_a_place():
    assert [one.drug for one in places()] == list(CALIBRATED)
    assert all(one.low < one.from_others < one.high for one in places())


def test_two_drugs_tell_no_spread():
    with pytest.raises(InputError, match="three drugs or more"):
        places({"a": 1.0, "b": 2.0})
