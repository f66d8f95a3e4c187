"""Rows and pieces of a run: where it is cut, what is given when, and what that leaves unchanged."""

from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care, Schedule
from brittlestar.care import parse
from brittlestar.drugs.catalogue import DRUGS, facts
from brittlestar.drugs.plasma import plasma_kinetics
from brittlestar.engine import simulate_cohort
from brittlestar.engine.care_tables import calendar, care_tables
from brittlestar.engine.native import kept_programs as native
from brittlestar.model.amounts_given import PIECE
from brittlestar.people.person import Person

ADULT = Person(age=30, sex="female", oi_type="healthy")
CHILD = Person(age=8, sex="female", oi_type="IV")


def course(person: Person, words: str, days: Any, step: float = 7.0, **more: Any) -> Any:
    """The expected course of one person with outputs on these days."""
    steps = int(np.ceil(max(days) / step - 1e-9))
    schedule = parse(words).schedule(steps, step, age_years=person.age, drugs=DRUGS)
    names = ("ctx", *(f"drug_{name}_nmol" for name in ("surface", "buried", "excreted")))
    outputs = (*names, "drug_exposure", "weight_kg", "height_cm")
    return simulate_cohort(
        person.to_cohort(),
        [schedule],
        np.zeros(1, int),
        max(days) / DAYS_PER_YEAR,
        step_days=step,
        output_days=days,
        outputs=outputs,
        fates=False,
        **more,
    )


def infused(*days: float, steps: int = 3) -> Schedule:
    """A plan that gives 1 mg of the first drug on some days."""
    slots = np.zeros((steps, 1, 3, 5)), np.zeros((steps, 1, 3))
    table = Schedule(("zoledronate",), *slots, Care.nothing(steps, 1), 7.0)
    for slot, day in enumerate(days):
        step = int(day // 7.0)
        table.iv_amount[step, 0, slot], table.iv_day[step, 0, slot] = [0, 1, 1, 0, np.inf], day - 7.0 * step
    return table


def test_outputs_between_steps_cut_them():
    times = calendar(7.0, [10.0, 14.0, 21.0])
    assert times.start.tolist() == [[0, 7], [10, 14], [14, 21]]
    assert times.length.tolist() == [[7, 3], [4, 0], [7, 0]]
    assert times.step.tolist() == [[0, 1], [1, 1], [2, 2]]
    assert times.whole.tolist() == [[True, False], [False, False], [True, False]]


@pytest.mark.parametrize("days", [[], [0.0, 7.0], [7.0, 7.0], [14.0, 7.0], [np.nan], [[7.0]]])
def test_outputs_must_come_one_after_another(days):
    with pytest.raises(InputError, match="output_days"):
        calendar(7.0, days)


def test_a_row_is_cut_at_its_infusion_when_it_has_set_in_and_early_in_the_next():
    found, pieces = care_tables([infused(5.0)], calendar(7.0, [7.0, 14.0, 21.0]), [0], 7.0)
    rows = [
        pieces[first:end, :2].tolist()
        for first, end in zip(np.ravel(found.first_piece), np.ravel(found.end_piece), strict=True)
    ]
    assert rows == [[[0, 5], [5, 6.05], [6.05, 7]], [[0, 1.05], [1.05, 7]], [[0, 7]]]
    assert np.ravel(found.cut).tolist() == [True, True, False]
    amount = pieces[:, PIECE.index("mg_if_above")]
    assert pieces[amount > 0.0][:, :3].tolist() == [[5.0, 6.05, 0.0]]


def test_an_infusion_at_the_time_of_an_output_comes_after_it():
    found, pieces = care_tables([infused(10.0)], calendar(7.0, [10.0, 21.0]), [0], 7.0)
    before = pieces[found.first_piece[0, 1, 0] : found.end_piece[0, 1, 0]]
    after = pieces[found.first_piece[1, 0, 0] : found.end_piece[1, 0, 0]]
    assert not before[:, 4].any() and after[0, 4] == 1.0 and after[0, 0] == 0.0


def test_what_is_read_on_the_day_of_a_dose_is_from_before_it_whatever_else_is_read():
    words = "zoledronate 0.05 mg/kg iv every 8 months"
    dose = 8 * DAYS_PER_YEAR / 12
    untreated_until = course(CHILD, "zoledronate 0.05 mg/kg iv once", [dose])["ctx"][-1, 0]
    for days in ([dose], [15.0, dose], [dose - 3.0, dose, dose + 2.0], np.arange(1, 9) * DAYS_PER_YEAR / 12):
        found = course(CHILD, words, np.append(days, dose + 30.0))
        at = int(np.argmin(np.abs(found.time_years * DAYS_PER_YEAR - dose)))
        assert found["ctx"][at, 0] == pytest.approx(untreated_until, rel=1e-3)
        # Soon after the dose it is lower by far.
        assert found["ctx"][-1, 0] < 0.8 * untreated_until


def test_programs_do_not_depend_on_how_many_doses_a_step_holds(monkeypatch):
    monkeypatch.setattr(native, "READY", {})
    for words in ("once", "every 2 days for 3 weeks", "every 1 day for 3 weeks"):
        course(CHILD, f"zoledronate 0.005 mg/kg iv {words}", [28.0])
    assert len(native.READY) == 1


def test_programs_do_not_depend_on_how_many_steps_lie_between_outputs(monkeypatch):
    monkeypatch.setattr(native, "READY", {})
    for step in (7.0, 3.5, 1.0):
        course(CHILD, "zoledronate 0.005 mg/kg iv once", [28.0, 56.0], step)
    assert len(native.READY) == 1


def test_many_doses_on_one_day_are_as_their_sum():
    one = course(CHILD, "zoledronate 0.05 mg/kg iv once", [35.0])
    five = course(CHILD, " and ".join(["zoledronate 0.01 mg/kg iv once"] * 5), [35.0])
    for name in ("ctx", "drug_surface_nmol", "drug_buried_nmol", "drug_excreted_nmol"):
        assert five[name][-1, 0] == pytest.approx(one[name][-1, 0], rel=1e-9)


@pytest.mark.parametrize("drug, mg", [("zoledronate", 4.0), ("pamidronate", 60.0), ("neridronate", 100.0)])
def test_what_bone_does_not_take_up_of_an_infusion_is_in_the_urine_at_once(drug, mg):
    found = course(ADULT, f"{drug} {mg} mg iv once", [1.0], step=1.0)
    dose = mg * 1e6 / float(facts(drug)["molar_mass"].internal)
    kinetics = plasma_kinetics(drug, 30.0, found["height_cm"][0, 0], found["weight_kg"][0, 0])
    urine = found["drug_excreted_nmol"][-1, 0] / dose
    assert 0.3 < urine < 0.7
    assert urine == pytest.approx(1.0 - float(kinetics.bone_fraction), abs=0.02)
    held = found["drug_surface_nmol"][-1, 0] + found["drug_buried_nmol"][-1, 0]
    assert held + found["drug_excreted_nmol"][-1, 0] == pytest.approx(dose, rel=1e-6)


def test_what_is_absorbed_of_tablets_is_in_bone_or_urine():
    found = course(ADULT, "alendronate 10 mg/day oral", [70.0])
    total = sum(found[f"drug_{name}_nmol"][-1, 0] for name in ("surface", "buried", "excreted"))
    known = facts("alendronate")
    share = float(known["F_heavy"].internal) * float(known["F_adult"].internal)
    assert total == pytest.approx(70.0 * 10e6 / float(known["molar_mass"].internal) * share, rel=1e-6)


def test_a_dose_by_weight_changes_on_the_day_the_weight_is_reached():
    words = "risedronate 2.5 mg daily below 30 kg, 5 mg daily above"
    people = [Person(age=9.0 + 0.05 * i, sex="male", oi_type="I", weight_factor=1.0) for i in range(8)]
    for person in people:
        days = np.arange(7.0, 365.0, 7.0)
        weekly, daily = (course(person, words, days, step) for step in (7.0, 1.0))
        crossed = (daily["weight_kg"][1:, 0] > 30.0) != (daily["weight_kg"][:-1, 0] > 30.0)
        for name, most in (("drug_surface_nmol", 2e-3), ("drug_exposure", 2e-3), ("ctx", 1e-3)):
            apart = np.abs(weekly[name][:, 0] / np.maximum(daily[name][:, 0], 1e-9) - 1.0)[2:]
            assert apart.max() < most, (person, name, crossed.any())


def test_a_limb_rests_as_long_wherever_a_run_is_cut():
    # Many fractures of the leg: bone under rest is lost alike with outputs on odd days and without.
    person = Person(age=6, sex="male", oi_type="III", frailty=5.0)
    schedule = parse("no treatment").schedule(53, 7.0, age_years=6, drugs=DRUGS)

    def ends(days: Any) -> np.ndarray:
        run = {"step_days": 7.0, "output_days": days, "outputs": ("muscle", "limb_ratio")}
        people = person.to_cohort().under_each(40)
        people.id[:] = np.arange(40)
        out = simulate_cohort(people, [schedule], np.zeros(40, int), 1.0, seed=3, **run)
        assert len(out.fracture_years) > 100
        return np.stack([out["muscle"][-1], out["limb_ratio"][-1]])

    whole, odd = ends([364.0]), ends([*np.arange(2.5, 364.0, 7.0), 364.0])
    np.testing.assert_allclose(odd.mean(axis=1), whole.mean(axis=1), rtol=2e-3)
