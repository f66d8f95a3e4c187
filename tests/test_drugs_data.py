"""The drug files: complete, sourced, and stacked in the right order."""

import subprocess
import sys

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.references import named_in
from brittlestar.drugs.catalogue import (
    DRUGS,
    FACTSHEET_DRUGS,
    DrugConstants,
    constants,
    facts,
    routes,
    shared,
)

V1 = {
    "molar_mass": [272.09, 279.03, 277.15, 249.1, 305.09],
    "kappa": [0.75, 0.64, 0.64, 0.8, 1.05],
    "CLb70": [142.0, 100.0, 100.0, 105.0, 81.0],
    "kdes": [0.003, 0.01, 0.01, 0.0067, 0.041],
    "EC50": [1.5, 100.0, 100.0, 25.0, 5.0],
    "F_light": [0.0, 0.0, 0.0, 0.0043, 0.0063 * 0.57],
    "F_heavy": [0.0, 0.0, 0.0, 0.0056, 0.0063 * 0.57],
    "Vc": [12.2, 12.8, 12.8, 10.0, 15.8],
    "Vp": [10.1, 15.2, 15.2, 18.0, 4.8],
    "Q": [328.0, 148.0, 148.0, 200.0, 209.0],
}


@pytest.mark.parametrize("name", V1)
def test_what_is_not_calibrated_is_that_of_set_v1(name):
    for drug, value in zip(FACTSHEET_DRUGS, V1[name], strict=True):
        if facts(drug)[name].status != "calibrated":
            assert facts(drug)[name].value == value, drug


def test_shared_constants_of_set_v1():
    # what the calibration decides is held by tests/test_evidence_calibration.py
    expected = {
        "kD": 0.000164,
        "wb": 0.7,
        "theta": 0.5,
        "kO": 0.3,
        "s": 0.7,
        "umax": 19.0,
        "mD": 0.0,
    }
    assert {name: float(getattr(shared(), name)) for name in expected} == expected


def test_constants_follow_the_order_asked_for():
    both = constants(("risedronate", "zoledronate"))
    assert both.kdes.tolist() == [0.041, 0.003]
    assert all(getattr(both, field).shape == (2,) for field in DrugConstants._fields)


@pytest.mark.parametrize("drug", DRUGS)
def test_every_number_lies_in_its_own_range_and_names_a_source(drug):
    for parameter in facts(drug).values():
        if parameter.range:
            low, high = parameter.range
            assert low <= parameter.value <= high, parameter.where
        if parameter.status == "sourced":
            assert named_in(parameter.source), parameter.name
        if parameter.source in ("assumed", "calibrated"):
            assert parameter.status == parameter.source


def test_potency_order_comes_from_ec50_before_calibration():
    order = [DRUGS[i] for i in np.argsort([facts(drug)["EC50"].value for drug in DRUGS], kind="stable")]
    assert order == [
        "zoledronate", "risedronate", "ibandronate", "alendronate", "pamidronate", "neridronate",
    ]  # fmt: skip


def test_routes():
    assert {drug: routes(drug) for drug in DRUGS} == {
        "zoledronate": ("iv",),
        "pamidronate": ("iv",),
        "neridronate": ("iv",),
        "alendronate": ("oral",),
        "risedronate": ("oral",),
        "ibandronate": ("iv", "oral"),
    }


def test_unknown_drug_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'zoledronate'"):
        facts("zolendronate")


def test_reading_drug_facts_does_not_load_jax():
    code = "import sys, brittlestar.drugs.catalogue as c; c.constants(); assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
