"""What a trial has on file, by value: a flat course of many people makes every error and loss countable."""

import numpy as np
import pytest

from brittlestar._shared.parameter_files import fill
from brittlestar.engine import UNITS, Course
from brittlestar.people.reference import height_z
from brittlestar.people.sampling import sample_cohort
from brittlestar.people.scan import Scan
from brittlestar.trials.measurement import SCANNED, Measurement, Records, record
from brittlestar.trials.measures import MEASURES, known
from brittlestar.trials.protocol import Protocol

PEOPLE, SD = 4000, 0.1


CHILDREN = sample_cohort(PEOPLE, seed=1, age_years=(8, 9), types={"I": 1})


def protocol(**conduct: float) -> Protocol:
    return Protocol(**{
        "id": "flat", "title": "Nobody changes", "sources": ["assumed"],
        "population": {"randomised": 100, "age_years": [6, 12], "types": {"I": 1}, "source": "assumed"},
        "arms": [{"id": "none", "label": "None", "plan": "no treatment"}],
        "design": {"years": 2},
        "conduct": {"fracture_capture": 1.0} | conduct,
        "visits": [{"months": [0, 12, 24], "measures": ["ls_abmd", "ls_z"]}],
        "endpoints": [{"id": "z", "label": "Z", "kind": "value", "measure": "ls_z", "month": 12}],
    })  # fmt: skip


def filed(**conduct: float) -> Records:
    """Records of people with a spine of 0.5 g/cm2 and Z -2 who all break a bone in months 6 and 18."""
    flat = {"ls_abmd": 0.5, "ls_z": -2.0, "ls_sd": SD}
    who = np.repeat(np.arange(PEOPLE), 2)
    course = Course(
        time_years=np.array([0.0, 1.0, 2.0]),
        outputs={name: np.full((3, PEOPLE), value) for name, value in flat.items()},
        fracture_person=who,
        fracture_site=np.zeros(len(who), int),
        fracture_years=np.tile([0.5, 1.5], PEOPLE),
    )
    return record(protocol(**conduct), course, CHILDREN, 1)


def test_people_leave_at_a_rate_a_year():
    """At 0.5 a year e^-0.5 of the people are there after a year, e^-1 after two."""
    r = filed(dropout_per_year=0.5)
    there = [np.mean(np.isfinite(visit)) for visit in r.values["ls_z"]]
    assert there == pytest.approx([1.0, np.exp(-0.5), np.exp(-1.0)], abs=0.025)
    assert np.mean(r.followed_months) == pytest.approx(24 * (1 - np.exp(-1.0)), rel=0.03)
    # Fractures after leaving are not on file: e^-0.25 of the first, e^-0.75 of the second.
    assert len(r.fracture_month) / PEOPLE == pytest.approx(np.exp(-0.25) + np.exp(-0.75), rel=0.03)


def test_nobody_leaves_where_nothing_is_said():
    r = filed()
    assert np.all(r.followed_months == 24.0) and r.treated.all() and len(r.fracture_month) == 2 * PEOPLE


def test_one_scan_gives_density_and_z_with_one_error():
    """A scan that reads too high in g/cm2 reads too high in Z: error of Z x SD = error of aBMD, exactly."""
    r = filed()
    too_dense, too_high = r.values["ls_abmd"] - 0.5, r.values["ls_z"] + 2.0
    assert too_high * SD == pytest.approx(too_dense)
    assert too_dense[0].std() == pytest.approx(float(fill(Scan).dxa_error), rel=0.05)
    first, second = too_dense[:2]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1  # another scan has another error


def test_capture_and_never_started_are_shares():
    r = filed(fracture_capture=0.8, never_started=0.1)
    assert len(r.fracture_month) / (2 * PEOPLE) == pytest.approx(0.8, abs=0.02)
    assert np.mean(~r.treated) == pytest.approx(0.1, abs=0.02)


def test_every_measure_that_a_protocol_may_name_says_how_it_is_measured():
    for name, how in MEASURES.items():
        assert known(name) == name
        assert set(how.outputs) <= set(UNITS), name
        assert getattr(fill(Scan) if name in SCANNED else fill(Measurement), how.error) > 0.0
    assert {name for name, how in MEASURES.items() if how.better == 0} == {
        "ctx", "untx", "p1np", "bsap", "calcium_change_mmol_per_l", "bfr_bs_um_per_year",
    }  # fmt: skip


def test_height_and_its_z_are_one_reading():
    """A child who grows from 100 to 110 cm in two years: the Z of what the stadiometer showed, to the bit."""
    asked = protocol().model_dump()
    asked["visits"] = [{"months": [0, 12, 24], "measures": ["height_cm", "height_z"]}]
    asked["endpoints"] = [{"id": "z", "label": "Z", "kind": "value", "measure": "height_z", "month": 24}]
    grows = Course(
        time_years=np.array([0.0, 1.0, 2.0]),
        outputs={"height_cm": np.repeat([[100.0], [105.0], [110.0]], PEOPLE, axis=1)},
        fracture_person=np.zeros(0, int),
        fracture_site=np.zeros(0, int),
        fracture_years=np.zeros(0),
    )
    r = record(Protocol(**asked), grows, CHILDREN, 1)
    expected, _ = height_z(CHILDREN.sex, CHILDREN.age_years + 2.0, r.values["height_cm"][2])
    assert r.values["height_z"][2] == pytest.approx(expected)
    # A girl of 8 with the median height of the reference, 128 cm, has Z 0: CDC 2000.
    assert height_z("female", 8.0, 127.6)[0] == pytest.approx(0.0, abs=0.1)


def test_people_come_on_days_of_their_own_within_the_window():
    """Who grows a metre a day shows when they came: on each of days -7 to 7 alike, month 0 on its day."""
    asked = protocol().model_dump()
    asked["visits"] = [{"months": [0, 12], "measures": ["height_cm"], "window_days": [-7, 7]}]
    asked["endpoints"] = [{"id": "e", "label": "E", "kind": "value", "measure": "height_cm", "month": 12}]
    days = np.array([0.0, *(365.25 + about for about in range(-7, 8)), 730.5])
    clock = Course(
        time_years=days / 365.25,
        outputs={"height_cm": np.repeat(100.0 * days[:, None], PEOPLE, axis=1)},
        fracture_person=np.zeros(0, int),
        fracture_site=np.zeros(0, int),
        fracture_years=np.zeros(0),
    )
    first, later = record(Protocol(**asked), clock, CHILDREN, 1).values["height_cm"] / 100.0
    seen, count = np.unique(np.round(later - 365.25), return_counts=True)
    assert np.abs(first).max() < 0.1 and seen.tolist() == list(range(-7, 8))
    assert count / PEOPLE == pytest.approx(1 / 15, abs=0.015)


READINGS = {"hip_density": 0.012, "neck_density": 0.0166, "radius_density": 0.014, "femur_failure_load": 0.03,
            "vertebral_failure_load": 0.03, "tibia_failure_load": 0.03}  # fmt: skip
"""SD of ln of one reading, as published or assumed in ``measurement.toml``."""


@pytest.mark.parametrize("measure", READINGS)
def test_sites_and_loads_are_read_with_their_own_error_and_walk_with_the_person(measure):
    """Adults whose bone stays at 0.8 of the young adult's: readings vary by the error of the method, and
    their change in two years by two errors and by the walk of density, 2.1 % in a year."""
    asked = protocol().model_dump()
    asked["visits"] = [{"months": [0, 24], "measures": [measure, "ls_abmd"]}]
    asked["endpoints"] = [{"id": "e", "label": "E", "kind": "pct_change", "measure": measure, "month": 24}]
    adults = sample_cohort(PEOPLE, seed=1, age_years=(30, 40), types={"I": 1})
    still = Course(
        time_years=np.array([0.0, 2.0]),
        outputs={name: np.full((2, PEOPLE), 0.8) for name in (measure, "ls_abmd", "ls_sd")},
        fracture_person=np.zeros(0, int),
        fracture_site=np.zeros(0, int),
        fracture_years=np.zeros(0),
    )
    r, error = record(Protocol(**asked), still, adults, 1), READINGS[measure]
    first, last = np.log(r.values[measure] / 0.8)
    assert first.std() == pytest.approx(error, rel=0.05) and abs(first.mean()) < 4 * error / PEOPLE**0.5
    assert (last - first).std() == pytest.approx(np.sqrt(2 * error**2 + 2 * 0.021**2), rel=0.05)
    # It is one walk: the spine, read with its own error, goes up where the other site does.
    spine = np.log(r.values["ls_abmd"][1] / 0.8)
    apart = np.sqrt((0.01 / 0.8) ** 2 + 2 * 0.021**2) * np.sqrt(error**2 + 2 * 0.021**2)
    assert np.corrcoef(spine, last)[0, 1] == pytest.approx(2 * 0.021**2 / apart, abs=0.05)
