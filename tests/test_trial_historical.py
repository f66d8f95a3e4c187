"""A control that was followed earlier: people of their own, never those of the trial, and not randomised."""

from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.engine import default_parameters
from brittlestar.trials.arms import warnings_of
from brittlestar.trials.power.pool import Draw, Pool, PopulationOffset
from brittlestar.trials.power.simulation import null_rows, power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.recruit import enrol, most_replicates

PAST = {"randomised": 30, "age_years": [18, 30], "types": {"IV": 1}, "female": 1, "source": "assumed"}


def protocol(past: dict[str, Any] | None = None, **design: Any) -> Protocol:
    return Protocol(**{
        "id": "past", "title": "Against a registry", "sources": ["assumed"],
        "population": {"randomised": 20, "age_years": [6, 12], "types": {"I": 1}, "source": "assumed"},
        "arms": [
            {"id": "registry", "label": "Registry", "control": True, "plan": "no treatment",
             "historical": past or PAST},
            {"id": "drug", "label": "Drug", "plan": "zoledronate 0.05 mg/kg iv every 6 months for 1 year"},
        ],
        "design": {"years": 1} | design,
        "visits": [{"months": [0, 12], "measures": ["ls_abmd"]}],
        "endpoints": [{"id": "rate", "label": "Rate", "kind": "fracture_rate", "window": [0, 12]}],
    })  # fmt: skip


def test_everybody_of_the_control_is_of_its_own_population_and_nobody_is_twice():
    whole = protocol()
    found = enrol(whole, np.arange(3), 1, default_parameters())
    assert whole.people == 50 and len(found.cohort) == 3 * 50
    assert found.arm.reshape(3, 50).tolist() == 3 * [20 * [1] + 30 * [0]]
    past = found.arm == 0
    assert found.cohort.age_years[past].min() >= 18 and found.cohort.age_years[~past].max() <= 12
    assert set(found.cohort.sex[past]) == {1} and set(found.cohort.sex[~past]) == {0, 1}
    assert np.unique(found.cohort.id).size == 150
    assert found.screened == 150 and np.all(found.baseline["age_years"] == found.cohort.age_years)
    # A replicate does not depend on the others, and the last there may be has ids of its own too.
    alone = enrol(whole, np.array([1]), 1, default_parameters())
    assert np.array_equal(alone.cohort.id, found.cohort.id[50:100])
    last = enrol(whole, np.array([most_replicates(whole) - 1]), 1, default_parameters())
    assert not set(last.cohort.id) & set(found.cohort.id)
    assert "historical-control" in {one["rule"] for one in warnings_of(whole)}


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"closes_month": 11}, r"arms\.registry\.historical, design\.closes_month"),
        ({"interim": {"endpoint": "rate", "months": [6, 12]}}, r"historical, design\.interim"),
    ],
)
def test_people_of_the_past_have_no_part_in_a_calendar(design, words):
    with pytest.raises(InputError, match=words):
        protocol(**design)


def test_power_draws_controls_from_the_people_of_the_past():
    """Each trial has its 30 of the past, who are of their own population, whatever the number treated."""
    whole = protocol()
    pool = Pool.of(whole, 60, 0, 1, default_parameters())
    n, ages = pool.people, pool.cohort.age_years
    assert n == 60 and ages[:n].min() >= 18 and ages[n:].max() <= 12
    assert np.unique(pool.cohort.id).size == 2 * n
    draw = Draw((0, 1), np.arange(n), 20, 5, 1, "t", earlier=30)
    trials = np.concatenate([batch.arm for batch in pool.trials(draw)])
    assert trials.shape == (5, 50) and set((trials == 0).sum(axis=1)) == {30}


def test_people_of_the_past_break_at_a_level_of_their_own():
    """Each population has its own rate over the model's; a difference of levels is taken for an effect."""
    offset = PopulationOffset(level=0.7, effect=-0.2, earlier=0.4)
    usual, off = (
        Pool.of(protocol(), 20, 0, 1, default_parameters(), by) for by in (PopulationOffset(), offset)
    )
    factor = (off.cohort.frailty / usual.cohort.frailty).reshape(2, -1)
    assert factor[0] == pytest.approx(np.exp(0.4)) and factor[1] == pytest.approx(np.exp(0.7 - 0.2))
    alike = protocol(PAST | {"age_years": [6, 12], "types": {"I": 1}, "female": 0.5})
    level = []
    for earlier in (0.0, 1.5):
        found = power_of(
            alike, sizes=[20], replicates=100, people=60,
            parameters=[default_parameters()], offsets=[PopulationOffset(earlier=earlier)],
        )  # fmt: skip
        level.append(next(row["share"] for row in found.null if row["test"] == "rate"))
    assert level[0] < 0.2 and level[1] > level[0] + 0.3


def test_another_population_is_taken_for_an_effect():
    """Children with type III of the past break far more often than those with type I, whoever is treated."""
    severe = PAST | {"age_years": [6, 12], "types": {"III": 1}}
    found = power_of(protocol(severe), sizes=[20], replicates=100, people=60)
    null = {row["test"]: row["share"] for row in found.null}
    assert {row["size"] for row in found.power} == {20} and null["rate"] > 0.5
    assert not found.entry and not found.counts
    # Without an effect either direction is wrong: a control that breaks less makes nothing look harmful.
    mild = PAST | {"age_years": [30, 40], "types": {"I": 1}}
    severe_now = protocol(mild).population.model_copy(update={"types": {"III": 1.0}})
    other = power_of(
        protocol(mild).model_copy(update={"population": severe_now}), sizes=[20], replicates=100, people=60
    )
    assert {row["test"]: row["share"] for row in other.null}["rate"] > 0.5
    with pytest.raises(InputError, match="randomised to two arms"):
        null_rows(protocol(), 100, 1)


def test_power_has_one_arm_beside_people_of_the_past():
    whole = protocol()
    third = whole.arms[1].model_copy(update={"id": "other", "label": "Other"})
    with pytest.raises(InputError, match=r"registry\.historical, arms"):
        power_of(whole.model_copy(update={"arms": (*whole.arms, third)}))
