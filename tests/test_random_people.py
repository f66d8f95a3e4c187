"""Random legal people, at the limits of what is accepted too, under 26 plans: finite, and physical."""

import numpy as np
import pytest

import legal_people

PEOPLE, SEED, YEARS = 300, 1, 2.0


@pytest.fixture(scope="module")
def people():
    return legal_people.legal_people(PEOPLE, SEED)


@pytest.mark.parametrize("plan", legal_people.PLANS)
def test_every_course_is_physical(people, plan):
    assert legal_people.beyond(legal_people.courses(people, plan, YEARS)) == []


def test_the_people_stand_at_the_limits_and_between(people):
    assert {0.0, 80.0} <= set(people.age_years) and len(set(people.oi_type)) == 4
    assert {0.0, 5000.0, 1000.0} <= set(people.calcium_mg_per_day)
    assert {-6.0, 6.0, 0.0} <= set(people.height_z) and {0.0, 100.0, 1.0} <= set(people.frailty)
    assert people.eta_bone.min() < -2.0 and people.eta_bone.max() > 1.0


def test_the_check_can_fail(people):
    outputs = legal_people.courses(people.take(np.arange(5)), "no treatment", 0.2)
    assert legal_people.beyond(outputs) == []
    hazard, z = outputs["hazard_other"] + 99.0, outputs["ls_z"].copy()
    z[-1, 3] = np.nan
    lines = legal_people.beyond({**outputs, "hazard_other": hazard, "ls_z": z})
    assert (
        len(lines) == 2 and lines[0].startswith("ls_z: nan of person 3") and lines[1].startswith("hazard: ")
    )
    (line,) = legal_people.beyond({**outputs, "drug_surface_nmol": outputs["drug_surface_nmol"] - 1e-6})
    assert "accepted 0 to inf; 5 people" in line
