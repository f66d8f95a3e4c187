"""What a protocol leaves open of its people: stated, drawn, followed, predicted, refused."""

from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import as_plan
from brittlestar.engine import default_parameters
from brittlestar.evidence.prediction.predict import predict
from brittlestar.report.prediction import view
from brittlestar.statistics.shares import drawn_shares, share_covariance
from brittlestar.trials.conduct import treat
from brittlestar.trials.drawn_inputs import KNOWN, drawn_inputs, worth
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.recruit import enrol

DOSES = "zoledronate 0.05 mg/kg iv every 6 months for 1 year"


def protocol(plans: tuple[str, ...] = (DOSES, "no treatment"), **people: Any) -> Protocol:
    """Two arms, a year, types I and III, unless said otherwise."""
    population = {"randomised": 40, "age_years": (4, 16), "types": {"I": 3, "III": 1}, "source": "a paper"}
    arms = [
        {"id": f"arm_{i}", "label": f"Arm {i}", "control": i > 0, "plan": plan}
        for i, plan in enumerate(plans)
    ]
    return Protocol(
        **{
            "id": "open",
            "title": "What is open",
            "sources": ["assumed"],
            "population": population | people,
            "arms": arms,
            "design": {"years": 1.0},
            "visits": [{"months": [0, 12], "measures": ["ls_abmd", "ls_z"]}],
            "endpoints": [
                {"id": "z", "label": "Z", "kind": "value", "measure": "ls_z", "month": 0},
                {"id": "rate", "label": "Fractures", "kind": "fracture_rate", "window": (0, 12)},
            ],
        }
    )


def test_drawn_shares_have_the_mean_and_the_covariance_of_so_many_people():
    w, n = np.array([0.7, 0.2, 0.1]), 8.0
    rng = np.random.default_rng(1)
    found = drawn_shares(w, n, list(rng.random((3, 40_000))))
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert found.mean(axis=0) == pytest.approx(w, abs=0.005)
    assert np.cov(found.T) == pytest.approx(share_covariance(w, n), abs=5e-4)
    # Three people of whom one half is of a type: an SD of a quarter.
    assert share_covariance(np.array([0.5, 0.5]), 3.0)[0, 0] ** 0.5 == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ({}, (4.0, 8.0, KNOWN, KNOWN)),
        ({"types": {"I": 121, "IV": 17, "III": 5}}, (143.0, 8.0, KNOWN, KNOWN)),
        ({"types": {"I": 0.6, "III": 0.4}}, (3.0, 8.0, KNOWN, KNOWN)),
        ({"types": {"I": 1}}, (KNOWN, 8.0, KNOWN, KNOWN)),
        ({"source": "assumed"}, (3.0, 3.0, KNOWN, KNOWN)),
        ({"entry_mean": {"measure": "ls_z", "mean": -3.0}}, (4.0, 8.0, 40.0, KNOWN)),
        ({"entry_mean": {"measure": "ls_z", "mean": -3.0}, "source": "assumed; n"}, (3.0, 3.0, 3.0, KNOWN)),
        ({"open": {"types": "known", "ages": 5, "dose_by_type": 2}}, (KNOWN, 5.0, KNOWN, 2.0)),
    ],
)
def test_what_is_open_by_default_follows_from_what_the_protocol_says(people, expected):
    assert worth(protocol(**people).population) == expected


def test_each_draw_is_a_protocol_whose_people_lie_about_those_stated():
    stated = protocol(open={"types": 3, "ages": 3, "entry_z": 4, "dose_by_type": 9})
    found = drawn_inputs(stated, 400, 1)
    shares = np.array([one.population.types["I"] for one in found.protocols])
    assert shares.mean() == pytest.approx(0.75, abs=0.01)
    assert shares.var() == pytest.approx(0.75 * 0.25 / 4.0, rel=0.1)
    ages = np.array([one.population.age_shares for one in found.protocols])
    assert ages.mean(axis=0) == pytest.approx(1 / 3, abs=0.01) and ages.shape == (400, 3)
    shifts = np.array([getattr(one.population.entry_mean, "shift", None) for one in found.protocols])
    assert shifts.mean() == pytest.approx(0.0, abs=0.01) and shifts.std() == pytest.approx(0.5, rel=0.02)
    doses = np.log([one.arms[0].dose_by_type["III"] for one in found.protocols])
    assert doses.std() == pytest.approx(0.1, rel=0.02) and not found.protocols[0].arms[1].dose_by_type
    # 1 of 2 types, 2 of 3 parts of the ages, Z, and a dose for each type.
    assert found.values.shape == (400, 6)
    assert found.values[:, 0] == pytest.approx(shares) and found.values[:, 3] == pytest.approx(shifts)
    known = protocol(open={"types": "known", "ages": "known"})
    assert drawn_inputs(known, 3, 1).protocols == [known] * 3 and drawn_inputs(known, 3, 1).values.size == 0


def test_people_are_of_the_ages_and_the_z_that_were_drawn():
    p, replicates = default_parameters(), np.arange(6)
    young = protocol(age_shares=(2, 1, 0))
    age = enrol(young, replicates, 1, p).cohort.age_years
    assert age.max() < 12.0 and np.mean(age < 8.0) == pytest.approx(2 / 3, abs=0.07)
    usual = enrol(protocol(), replicates, 1, p).baseline["ls_z"].mean()
    for shift in (-0.5, 0.5):
        moved = protocol(entry_mean={"measure": "ls_z", "shift": shift})
        z = enrol(moved, replicates, 1, p).baseline["ls_z"]
        assert z.mean() == pytest.approx(usual + shift, abs=0.25)
    # What nobody can be found for goes as far as people let it, however far was asked.
    far, further = (
        enrol(protocol(entry_mean={"measure": "ls_z", "shift": shift}), replicates, 1, p)
        .baseline["ls_z"]
        .mean()
        for shift in (2.0, 4.0)
    )
    assert usual + 0.4 < far < usual + 2.0 and far == pytest.approx(further, abs=0.02)


def test_a_type_with_half_the_dose_has_the_course_of_that_plan():
    p, half = default_parameters(), "zoledronate 0.025 mg/kg iv every 6 months for 1 year"
    stated, other = protocol(), protocol((half, "no treatment"))
    arms = (stated.arms[0].model_copy(update={"dose_by_type": {"III": 0.5}}), stated.arms[1])
    mixed = stated.model_copy(update={"arms": arms})
    enrolled = enrol(stated, np.arange(2), 1, p)
    z = [treat(one, enrolled, 1, p, None)["ls_abmd"][-1] for one in (stated, other, mixed)]
    severe = enrolled.cohort.oi_type == 3
    assert z[2][severe] == pytest.approx(z[1][severe], rel=1e-9)
    assert z[2][~severe] == pytest.approx(z[0][~severe], rel=1e-9)
    assert np.abs(z[0] - z[1])[severe & (enrolled.arm == 0)].min() > 1e-4


def test_a_plan_with_other_doses_keeps_its_bounds_and_bands_in_proportion():
    tablets = as_plan("risedronate 2.5 mg/day below 20 kg, 5 mg/day above").with_doses(2.0)
    assert "5 mg/day oral below 20 kg, 10 mg/day above" in tablets.in_words()
    capped = as_plan("zoledronate 0.05 mg/kg iv every 6 months, max 4 mg").with_doses(0.5)
    assert (capped.regimens[0].dose, capped.regimens[0].cap_mg) == (0.025, 2.0)
    weekly = as_plan("setrusumab 20 mg/kg every 1 month").with_doses(0.5)
    assert weekly.biologics[0].dose == 10.0


def test_open_types_are_a_part_of_what_makes_a_prediction_wide():
    """Half of type III, worth three people or known: Z is unsure by the types, and it is told."""
    even: dict[str, Any] = {"types": {"I": 1, "III": 1}, "randomised": 20}
    rows = {}
    for ages, types in (("known", 3), ("known", "known")):
        asked = protocol(**even, open={"types": types, "ages": ages})
        content = predict(asked, sets=12 if types == 3 else 2, rival="constant").to_dict()
        rows[types] = next(r for r in content["endpoints"] if (r["id"], r["arm"]) == ("z", "arm_1"))
        text = "\n".join(map(str, view(content).notes))
        assert ("shares of types (as from 3 people)" in text) == (types == 3)
    assert rows["known"]["sd"]["people_as_assumed"] == 0.0
    assert "people_as_assumed" not in rows["known"]["sd_below"]
    # Z differs by about 3 between the types, and the share of either has an SD of a quarter.
    assert 0.4 < rows[3]["sd"]["people_as_assumed"] < 1.2
    assert "people_as_assumed" not in rows[3]["sd_below"]
    low, high = rows[3]["alone"]["people_as_assumed"]["90"]
    assert high - low == pytest.approx(2 * 1.6449 * rows[3]["sd"]["people_as_assumed"], rel=1e-6)


def sampled(**visits: Any) -> Protocol:
    """CTX before each infusion, in people of whom nothing is open."""
    known = protocol(open={"types": "known", "ages": "known"}).model_dump()
    known["visits"] = [{"months": [0, 6, 12], "measures": ["ctx"], "before_dose": True} | visits]
    known["design"]["years"] = 1.1
    known["arms"][0]["plan"] = "zoledronate 0.05 mg/kg iv every 6 months for 2 years"
    known["endpoints"] = [{"id": "ctx", "label": "CTX", "kind": "pct_change", "measure": "ctx", "month": 6}]
    return Protocol(**known)


def test_a_day_that_nobody_prints_is_drawn_for_everybody_and_evenly():
    found = drawn_inputs(sampled(open_days=(-90, 0), window_days=(-3, 0)), 91, 1)
    windows = [one.visit_windows["ctx"] for one in found.protocols]
    assert sorted(one[6.0] for one in windows) == [(day - 3, day) for day in range(-90, 1)]
    assert all(one[0.0] == (0, 0) and one[6.0] == one[12.0] for one in windows)
    assert found.values[:, 0].tolist() == [one[6.0][1] for one in windows]


def test_a_prediction_is_wider_by_the_day_that_is_open_and_tells_so():
    """CTX comes back between infusions, from 44 to 31 % below the start in the last 90 days before one."""
    asked = sampled(open_days=(-90, 0))
    every = {one.visit_windows["ctx"][6.0][0]: one for one in drawn_inputs(asked, 91, 1).protocols}
    found = {}
    for day, (trial, sets) in {"open": (asked, 24), -90: (every[-90], 4), 0: (every[0], 4)}.items():
        content = predict(trial, sets=sets, rival="constant").to_dict()
        found[day] = next(row for row in content["endpoints"] if row["arm"] == "arm_0")
        text = "\n".join(map(str, view(content).notes))
        assert ("the day of ctx (-90 to +0 days)" in text) == (day == "open")
    early, late = found[-90]["mean"], found[0]["mean"]
    assert early + 8.0 < late and early < found["open"]["mean"] < late
    assert found[0]["sd"]["people_as_assumed"] == 0.0
    # Each day as likely, and the course nearly straight: an SD of its range over sqrt(12).
    assert found["open"]["sd"]["people_as_assumed"] == pytest.approx((late - early) / 12**0.5, rel=0.5)


@pytest.mark.parametrize(
    ("visits", "where"),
    [
        ({"open_days": (-200, 0)}, "open_days"),
        ({"open_days": (-30, 10)}, "before_dose, window_days, open_days"),
        ({"before_dose": False, "days_after_dose": 3, "open_days": (-4, 0)}, "days_after_dose"),
        ({"before_dose": False, "open_days": (-183, 0)}, r"visits\[0\].open_days"),
        ({"before_dose": False, "open_days": (0, 60)}, r"visits\[0\].open_days, design.years"),
    ],
)
def test_a_day_that_may_not_be_is_refused(visits: dict[str, Any], where: str):
    with pytest.raises(InputError, match=where):
        sampled(**visits)


@pytest.mark.parametrize(
    ("people", "where"),
    [
        ({"types": {"I": 1}, "open": {"types": 3}}, "open.types, types"),
        ({"open": {"ages": 0}}, "open.ages"),
        ({"open": {"ages": "some"}}, "OpenInputs.ages"),
        ({"age_shares": (1, -1)}, "age_shares"),
        ({"age_shares": (0, 0)}, "age_shares"),
        (
            {
                "randomised": 2,
                "open": {"ages": 3},
                "people": [{"age": 5, "sex": "male", "oi_type": word} for word in ("I", "III")],
            },
            "open.ages, people",
        ),
    ],
)
def test_what_is_open_and_contradicts_the_rest_is_refused(people, where):
    with pytest.raises(InputError, match=where):
        protocol(**people)


def test_doses_that_nobody_gets_are_not_open():
    with pytest.raises(InputError, match=r"population.open.dose_by_type, arms.plan"):
        protocol(("placebo", "no treatment"), open={"dose_by_type": 3})
    stated = protocol().model_dump()
    stated["arms"][1]["dose_by_type"] = {"III": 0.5}
    with pytest.raises(InputError, match=r"arms.arm_1.dose_by_type, plan"):
        Protocol(**stated)


def test_shipped_protocols_say_what_their_sources_leave_open():
    assumed = {"orbit-like", "plotkin2000", "rauch2002", "rauch2003", "robinson2019", "senthilnathan2008"}
    for name in assumed:
        assert worth(load_protocol(name).population).types == 3.0, name
    counted = {"poise": 143.0, "ward2011": 95.0, "bishop2010": 53.0, "letocha2005": 18.0, "munns2005": 29.0}
    for name, people in counted.items():
        assert worth(load_protocol(name).population).types == people, name
