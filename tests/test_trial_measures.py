"""A trial in adults that measures hip, femoral neck, radius and failure loads, through every door."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.engine import default_parameters
from brittlestar.evidence.prediction.endpoint_spread import kind_of_endpoint
from brittlestar.exchange.adam.datasets import data_sets
from brittlestar.exchange.events.write import event_table
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.trials.conduct import treat
from brittlestar.trials.measurement import record
from brittlestar.trials.measures import MEASURES, known
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.recruit import enrol
from brittlestar.trials.run import run_trial

SITES = ("hip_density", "neck_density", "radius_density")
LOADS = ("femur_failure_load", "vertebral_failure_load", "tibia_failure_load")
SEED = 5


def trial_of_adults(people: int) -> Protocol:
    """Type I, 25 to 55 years, alendronate for two years against none."""
    return Protocol(**{
        "id": "adults", "title": "Alendronate in adults", "sources": ["assumed"],
        "population": {"randomised": people, "age_years": [25, 55], "types": {"I": 1}, "source": "assumed"},
        "arms": [
            {"id": "alendronate", "label": "Alendronate", "plan": "alendronate 10 mg/day for 2 years"},
            {"id": "none", "label": "None", "control": True, "plan": "no treatment"},
        ],
        "design": {"years": 2},
        "visits": [{"months": [0, 24], "measures": [*SITES, *LOADS]}],
        "endpoints": [
            {"id": name, "label": name, "kind": "pct_change", "measure": name, "month": 24}
            for name in (*SITES, *LOADS)
        ],
    })  # fmt: skip


@pytest.fixture(scope="module")
def filed():
    """True courses and what is on file of 600 people."""
    asked, p = trial_of_adults(600), default_parameters()
    enrolled = enrol(asked, np.arange(1), SEED, p)
    course = treat(asked, enrolled, SEED, p, None)
    return enrolled, course, record(asked, course, enrolled.cohort, SEED)


@pytest.fixture(scope="module")
def small():
    return run_trial(trial_of_adults(40), replicates=2, seed=SEED)


@pytest.mark.parametrize("measure", [*SITES, *LOADS])
def test_what_is_on_file_is_the_output_on_average(filed, measure):
    """Mean change on file of each arm is the mean change of the course, within four standard errors."""
    enrolled, course, records = filed
    true = np.log(course.at(measure, np.array([0.0, 2.0])))
    seen = np.log(records.values[measure])
    off = (seen[1] - seen[0]) - (true[1] - true[0])
    for arm in (0, 1):
        mine = off[enrolled.arm == arm]
        assert abs(np.nanmean(mine)) < 4 * np.nanstd(mine) / np.isfinite(mine).sum() ** 0.5
    gained = true[1] - true[0]
    assert gained[enrolled.arm == 0].mean() > gained[enrolled.arm == 1].mean()


def test_a_trial_tells_them_by_arm_and_in_difference(small):
    found = {(e["id"], e["arm"]): e["simulated"]["mean"] for e in small.endpoints}
    for name in (*SITES, *LOADS):
        apart = found[name, "alendronate"] - found[name, "none"]
        assert found[name, "difference"] == pytest.approx(apart, abs=1e-9)
        # The band is the true course: there is no error in it, so none at entry.
        band = small.curves["bands"].filter(series=name, arm="alendronate").sort("time_months")["mean"]
        assert band[0] == 0.0 < band[-1]


def test_they_are_in_the_data_sets_of_other_tools(small):
    measurements = data_sets(TrialTables.of(small))["ADLB"]
    assert set(measurements["PARAMCD"].unique()) == {MEASURES[name].code for name in (*SITES, *LOADS)}
    assert measurements.filter(AVISITN=24)["PCHG"].null_count() == 0
    events, told = event_table(small)
    number = next(int(dvid) for dvid, name in told.observed.items() if name == "hip_density")
    assert events.filter(DVID=number).height == small.visits["hip_density"].drop_nulls().len()


def test_how_far_trials_lie_apart_is_known_of_density_at_any_site_and_of_no_load():
    kinds = {e.id: kind_of_endpoint(e) for e in trial_of_adults(40).endpoints}
    assert kinds == dict.fromkeys(SITES, "density") | dict.fromkeys(LOADS)
    spine = trial_of_adults(40).endpoints[0]
    for measure in ("ls_abmd", "ls_bmad"):
        assert kind_of_endpoint(spine.model_copy(update={"measure": measure})) == "density"


def test_an_unknown_measure_is_answered_with_every_name():
    with pytest.raises(InputError, match=r"did you mean 'hip_density'\? accepted: ls_abmd, ") as told:
        known("hip_densty")
    assert all(name in str(told.value) for name in MEASURES)
    asked = trial_of_adults(40).model_dump(exclude_unset=True)
    asked["visits"][0]["measures"] = ["spine"]
    with pytest.raises(InputError, match=r"measures.*got 'spine'; .*bone_volume_fraction_metaphysis$"):
        Protocol(**asked)
