"""Entry over months, a common close, and interim looks: by hand, and against the exact chances."""

from typing import Any

import numpy as np
import pytest

from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.errors import InputError
from brittlestar.engine import Course, default_parameters
from brittlestar.people.sampling import sample_cohort
from brittlestar.statistics import group_sequential
from brittlestar.trials.analysis import analyse, when_stopped
from brittlestar.trials.interim import at_month, bounds
from brittlestar.trials.measurement import record
from brittlestar.trials.power.endpoints import found
from brittlestar.trials.power.simulation import power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.replicates import Trials

LOOKS = (18.0, 24.0, 36.0)
"""Of a year's result where people enter over 24 months: of 6, 12 and 24 months' entrants it is known."""

INFORMATION = (0.25, 0.5, 1.0)


def protocol(**design: Any) -> Protocol:
    return Protocol(**{
        "id": "looks", "title": "Looks", "sources": ["assumed"],
        "population": {"randomised": 80, "age_years": [6, 12], "types": {"I": 1}, "source": "assumed"},
        "arms": [
            {"id": "none", "label": "None", "control": True, "plan": "no treatment"},
            {"id": "drug", "label": "Drug", "plan": "zoledronate 0.05 mg/kg iv every 6 months for 1 year"},
        ],
        "design": {"years": 1, "accrual_months": 24} | design,
        "visits": [{"months": [0, 12], "measures": ["ls_abmd"]}],
        "endpoints": [
            {"id": "density", "label": "Density", "kind": "value", "measure": "ls_abmd", "month": 12}
        ],
    })  # fmt: skip


def looking(boundary: str = "obrien_fleming") -> Protocol:
    interim = {"endpoint": "density", "months": LOOKS, "information": INFORMATION, "boundary": boundary}
    return protocol(interim=interim)


def drawn(replicates: int, people: int, shift: float) -> Trials:
    """Trials whose result is normal with SD 1, the second half of the people treated."""
    trial, place = np.arange(replicates)[:, None], np.arange(people)[None, :]
    arm = np.broadcast_to((place >= people // 2).astype(int), (replicates, people))
    nobody = np.zeros(0, int)
    return Trials(
        arm=arm,
        stratum=np.zeros_like(arm),
        months={"ls_abmd": np.array([0.0, 12.0])},
        values={"ls_abmd": np.stack([np.zeros(arm.shape), normal(1, trial, "result", place) + shift * arm])},
        followed=np.full(arm.shape, 12.0),
        person=nobody,
        month=nobody.astype(float),
        site=nobody,
        entered=24.0 * uniform(1, trial, "entered", place),
    )


def test_looks_are_at_two_arms():
    fields = looking().model_dump()
    with pytest.raises(InputError, match=r"design\.interim, arms: got 3; accepted: two arms"):
        fields["arms"] = [*fields["arms"], {"id": "c", "label": "C", "plan": "placebo"}]
        Protocol(**fields)


@pytest.mark.parametrize("boundary", ["obrien_fleming", "pocock"])
def test_power_level_and_stops_are_those_of_the_exact_chances(boundary):
    """200 people: the drift is shift sqrt(200)/2; Student's t and random information cost a little."""
    whole = looking(boundary)
    plan, endpoint = whole.design.interim, whole.endpoints[0]
    assert plan is not None
    for shift in (0.0, 0.4):
        stop = when_stopped(endpoint, drawn(4000, 200, shift), whole, plan)
        effect = found(endpoint, stop.results["difference"], either=True)
        exact = group_sequential.stopping(bounds(plan), INFORMATION, shift * np.sqrt(200) / 2)
        ended = np.bincount(stop.look, minlength=3) / 4000
        error = 4 * np.sqrt(0.25 / 4000) if shift else 4 * np.sqrt(0.05 / 4000)
        assert effect.mean() == pytest.approx(exact.sum(), abs=error)
        assert ended[:2] == pytest.approx(exact[:2], abs=error)


def test_the_result_is_the_one_at_the_look_that_stopped():
    whole = looking()
    t = drawn(50, 200, 1.0)
    plan, endpoint = whole.design.interim, whole.endpoints[0]
    assert plan is not None
    stop = when_stopped(endpoint, t, whole, plan)
    answers = analyse(endpoint, t, whole)
    assert np.array_equal(answers["difference"].value, stop.results["difference"].value)
    assert np.bincount(stop.look)[:2].sum() > 40  # an effect of a whole SD is hardly missed twice
    value, entered = t.values["ls_abmd"][1], t.entered
    assert entered is not None
    for i in range(50):
        known = entered[i] + 12 <= LOOKS[stop.look[i]]
        a, b = (value[i][known & (t.arm[i] == arm)] for arm in (1, 0))
        assert answers["difference"].value[i] == pytest.approx(a.mean() - b.mean())
        assert answers["drug"].value[i] == pytest.approx(a.mean())
        early = f"stopped in month {LOOKS[stop.look[i]]:g}" if stop.look[i] < 2 else ""
        assert answers["difference"].note[i] == early


def test_what_is_known_in_a_month_of_the_calendar():
    """Two people, entered in months 0 and 10, with fractures in their months 3 and 8; seen in month 15."""
    t = Trials(
        arm=np.array([[0, 1, 1]]), stratum=np.zeros((1, 3), int),
        months={"ls_abmd": np.array([0.0, 12.0])}, values={"ls_abmd": np.ones((2, 1, 3))},
        followed=np.array([[12.0, 12.0, 12.0]]), person=np.array([0, 1, 1]), month=np.array([3.0, 3.0, 8.0]),
        site=np.zeros(3, int), entered=np.array([[0.0, 10.0, 20.0]]),
    )  # fmt: skip
    seen = at_month(t, 15.0)
    assert seen.followed[0, :2].tolist() == [12.0, 5.0] and seen.arm.tolist() == [[0, 1, -1]]
    assert (seen.person.tolist(), seen.month.tolist()) == ([0, 1], [3.0, 3.0])
    assert np.isfinite(seen.values["ls_abmd"][:, 0]).tolist() == [[True, True, False], [True, False, False]]


def test_people_enter_over_months_and_a_close_ends_their_follow_up():
    """Entry over 24 months, a close in month 30: mean follow-up of a trial of 12 months is 12 - 6^2/48."""
    people = sample_cohort(4000, seed=1, age_years=(6, 12), types={"I": 1})
    still = Course(
        time_years=np.array([0.0, 1.0]),
        outputs={name: np.full((2, 4000), 0.5) for name in ("ls_abmd", "ls_sd")},
        fracture_person=np.zeros(0, int), fracture_site=np.zeros(0, int), fracture_years=np.zeros(0),
    )  # fmt: skip
    r = record(protocol(closes_month=30), still, people, 1)
    assert r.entered_months is not None
    assert np.mean(r.entered_months) == pytest.approx(12.0, abs=0.4)
    assert r.followed_months == pytest.approx(np.minimum(12.0, 30.0 - r.entered_months))
    assert np.mean(r.followed_months) == pytest.approx(12 - 36 / 48, abs=0.05)
    # The visit of month 12 is missed by whoever entered after month 18.
    assert np.isfinite(r.values["ls_abmd"][1]).mean() == pytest.approx(18 / 24, abs=0.03)
    assert record(protocol(accrual_months=0), still, people, 1).entered_months is None


def test_power_tells_what_the_looks_do():
    told = power_of(
        looking(), sizes=[80], replicates=100, people=240, parameters=[default_parameters()]
    ).to_dict()
    power, null = told["interim"]
    assert power["effect"] and not null["effect"] and power["size"] == null["size"] == 80
    row = next(row for row in told["power"] if row["test"] == "density")
    assert power["share"] == row["share"]
    level = next(row for row in told["null"] if row["test"] == "density")
    assert null["share"] == level["share"] and 0.0 <= level["share"] < 0.2
    stops = [look["stop_share"] for look in power["looks"]]
    assert sum(stops) == pytest.approx(1.0)
    assert power["expected_month"] == pytest.approx(float(np.dot(stops, LOOKS)))
    assert [look["z"] for look in power["looks"]] == pytest.approx(
        group_sequential.boundaries("obrien_fleming", INFORMATION).tolist()
    )
    # Of 80 people over 24 months 60 have entered by month 18, all by month 24.
    entered = 60 * stops[0] + 80 * (stops[1] + stops[2])
    assert power["expected_people"] == pytest.approx(entered, abs=2.0)
