"""Spine density of a person: a walk of their own, the same under every plan, whose mean over people is 1."""

import numpy as np
import pytest

from brittlestar._shared.parameter_files import fill
from brittlestar.people.scan import Scan, density_walk, walked

PEOPLE = np.arange(20_000)


def test_density_walks_by_its_sd_for_the_square_root_of_time_and_the_mean_stays():
    walk = density_walk([0.0, 1.0, 4.0], PEOPLE, np.full(PEOPLE.size, 30.0), 1)
    assert np.all(walk[0] == 1.0)
    assert np.log(walk[1:]).std(axis=1) == pytest.approx([0.021, 0.042], rel=0.03)
    assert walk.mean(axis=1) == pytest.approx(1.0, abs=4 * 0.042 / PEOPLE.size**0.5)
    # What comes next does not depend on what was: a walk, no drift.
    assert abs(np.corrcoef(np.log(walk[1]), np.log(walk[2] / walk[1]))[0, 1]) < 0.03


def test_density_walks_farther_in_puberty():
    young, child, old = (
        np.log(density_walk(1.0, PEOPLE, np.full(PEOPLE.size, age), 1)).std() for age in (7.9, 12.0, 17.1)
    )
    assert young == pytest.approx(0.021, rel=0.03) == old and child == pytest.approx(0.039, rel=0.03)


def test_a_person_walks_the_same_way_at_whatever_times_they_are_seen():
    often = density_walk(np.arange(0, 25) / 12.0, PEOPLE[:5], np.full(5, 8.0), 3)
    seldom = density_walk([2.0, 0.5, 1.0], PEOPLE[3:5], np.full(2, 8.0), 3)
    assert np.array_equal(seldom, often[[24, 6, 12], 3:])
    assert not np.array_equal(often, density_walk(np.arange(0, 25) / 12.0, PEOPLE[:5], np.full(5, 8.0), 4))
    half = density_walk(0.5 / 12.0, PEOPLE[:1], np.array([8.0]), 3)
    assert np.log(half) == pytest.approx(np.log(often[1:2, :1]) / 2)


def test_outputs_of_the_spine_walk_together():
    """0.4 of a median of 0.8 and SD 0.1: ratio 0.5, Z -4; a tenth more is 0.44, 0.55 and Z -3.6."""
    spine = {"ls_abmd": 0.4, "ls_ratio": 0.5, "ls_z": -4.0, "ls_sd": 0.1, "ls_bmad": 0.1, "pain": 3.0}
    found = walked({name: np.array([value]) for name, value in spine.items()}, np.array([1.1]))
    assert {name: float(v[0]) for name, v in found.items()} == pytest.approx(
        {"ls_abmd": 0.44, "ls_ratio": 0.55, "ls_z": -3.6, "ls_sd": 0.1, "ls_bmad": 0.11, "pain": 3.0}
    )


def test_numbers_of_the_walk_name_their_range():
    assert 0.016 <= float(fill(Scan).walk) <= 0.026 and 0.035 <= float(fill(Scan).walk_puberty) <= 0.046
