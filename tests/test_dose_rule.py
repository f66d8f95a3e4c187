"""Doses by body size: caps, least doses, weight cuts and body surface, of infusions and of tablets."""

from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import as_plan
from brittlestar.care.regimen import Regimen
from brittlestar.drugs.body_size import body_surface_area
from brittlestar.drugs.dose_rule import columns, dose_mg, is_given, of_one_width, widened
from brittlestar.engine.run import simulate_cohort
from brittlestar.model.parameters import default_parameters
from brittlestar.people.sampling import sample_cohort


def infusion(words: str) -> np.ndarray:
    return as_plan(words).schedule(1, 7.0).iv_amount[0, 0, 0]


def tablets(words: str) -> np.ndarray:
    return as_plan(words).schedule(1, 7.0).care.oral_rate[0, 0]


def mg(rule: np.ndarray, weight: float, surface: float = 1.0) -> float:
    return float(dose_mg(rule, np.float64(weight), np.float64(surface)))


def test_a_plain_rule_keeps_its_columns():
    assert infusion("zoledronate 0.05 mg/kg every 6 months").shape == (5,)
    assert tablets("risedronate 2.5 mg/day below 30 kg, 5 mg/day above").shape == (4,)
    assert columns(9)[4:] == ("cap_mg", "least_mg", "mg_per_m2", "weight_cut_kg_2", "mg_more_2")


def test_three_weights_part_four_doses():
    """1, 2, 3 and 5 mg a day below 10, 20, 40 kg and above; a dose holds from its weight on."""
    words = "risedronate 1 mg/day below 10 kg, 2 mg/day below 20 kg, 3 mg/day below 40 kg, 5 mg/day above"
    rule = tablets(words)
    found = [mg(rule, kg) for kg in (9.9, 10.0, 19.9, 20.0, 39.9, 40.0, 80.0)]
    assert found == pytest.approx([1, 2, 2, 3, 3, 5, 5])
    said = as_plan(words).in_words()
    assert as_plan(said).regimens == as_plan(words).regimens
    iv = infusion("zoledronate 1 mg below 20 kg, 2 mg below 40 kg, 4 mg above every 6 months")
    assert [mg(iv, kg) for kg in (10.0, 30.0, 50.0)] == pytest.approx([1, 2, 4])


def test_tablets_by_weight_have_a_most_and_a_least():
    """1 mg/kg a week, 15 to 35 mg: a seventh of it a day."""
    words = "risedronate 1 mg/kg/week, max 35 mg, min 15 mg"
    rule = tablets(words)
    assert [7 * mg(rule, kg) for kg in (10.0, 20.0, 50.0)] == pytest.approx([15, 20, 35])
    said = as_plan(words).in_words()
    assert as_plan(said).regimens == as_plan(words).regimens
    fed = tablets(words + ", with food")
    assert (
        mg(fed, 50.0) / mg(rule, 50.0) == pytest.approx(mg(fed, 10.0) / mg(rule, 10.0)) and mg(fed, 50.0) > 0
    )


def test_a_least_dose_of_an_infusion_and_its_first_share():
    rule = (
        as_plan("zoledronate 0.05 mg/kg every 6 months, min 0.5 mg, max 4 mg, first dose x0.5")
        .schedule(30, 7.0)
        .iv_amount[:, 0, 0]
    )
    first, second = rule[0], rule[26]
    assert [mg(second, kg) for kg in (5.0, 20.0, 100.0)] == pytest.approx([0.5, 1.0, 4.0])
    assert [mg(first, kg) for kg in (5.0, 20.0, 100.0)] == pytest.approx([0.25, 0.5, 2.0])
    assert mg(rule[1], 5.0) == 0.0 and not is_given(rule[1]) and is_given(first)


@pytest.mark.parametrize("unit", ["mg/m2", "mg per m2", "mg/m²", "mg/m^2"])
def test_a_dose_by_body_surface(unit: str):
    rule = infusion(f"pamidronate 30 {unit} every 3 months")
    assert mg(rule, 20.0, 0.8) == pytest.approx(24.0)
    assert mg(tablets("risedronate 2 mg/m2/day, max 3 mg"), 20.0, 0.8) == pytest.approx(1.6)
    assert mg(tablets("risedronate 2 mg/m2/day, max 3 mg"), 60.0, 1.7) == pytest.approx(3.0)


def test_surface_is_that_of_the_person_on_the_day():
    """The same mg, once by surface and once as a fixed dose of that many mg: the same course."""
    people = sample_cohort(3, seed=1, age_years=8.0, types={"I": 1.0})

    def course(words: str, who: Any) -> Any:
        schedule = as_plan(words).schedule(30, 7.0)
        outputs = ("height_cm", "weight_kg", "drug_surface_nmol", "drug_buried_nmol")
        plan = np.zeros(len(who), int)
        return simulate_cohort(who, [schedule], plan, 0.5, fates=False, outputs=outputs, output_days=7.0)

    by_surface = course("pamidronate 30 mg/m2 once", people)
    size = by_surface["height_cm"][0], by_surface["weight_kg"][0]
    area = np.asarray(body_surface_area(*size, default_parameters().body))
    for i, square_metres in enumerate(area):
        alone = course(f"pamidronate {30 * square_metres:.12g} mg once", people.take([i]))
        for name in ("drug_surface_nmol", "drug_buried_nmol"):
            assert by_surface[name][-1, i] == pytest.approx(alone[name][-1, 0], rel=1e-9)


def test_plans_of_different_widths_run_side_by_side():
    plain = as_plan("zoledronate 0.05 mg/kg every 6 months").schedule(9, 7.0, drugs=("zoledronate",))
    other = as_plan("zoledronate 0.05 mg/kg every 6 months, min 1 mg").schedule(
        9, 7.0, drugs=("zoledronate",)
    )
    wide, same = of_one_width([plain, other])
    assert wide.iv_amount.shape == same.iv_amount.shape == (9, 1, 1, 7)
    assert mg(wide.iv_amount[0, 0, 0], 10.0) == mg(plain.iv_amount[0, 0, 0], 10.0) == 0.5
    # A rule of tablets without a cap gets one that never holds.
    rate = widened(tablets("risedronate 5 mg/day"), 7)
    assert mg(rate, 50.0) == 5.0 and rate[4] == np.inf


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"least_mg": 3, "cap_mg": 2}, "least_mg, cap_mg"),
        ({"dose_unit": "mg", "dose": 4, "least_mg": 3}, "least_mg, dose_unit"),
        ({"weight_bands": [{"below_kg": 30, "dose": 0.02}]}, "weight_bands, dose_unit"),
        (
            {"dose_unit": "mg", "dose": 4, "weight_bands": [{"below_kg": 30, "dose": 2}],
             "age_bands": [{"below_years": 3, "dose": 2}]},
            "weight_bands, age_bands",
        ),
        (
            {"drug": "risedronate", "route": "oral", "dose_unit": "mg/day", "dose": 5, "every": None,
             "cap_mg": 3},
            "cap_mg, dose_unit",
        ),
        ({"weight_bands": [{"below_kg": 30, "dose": 2}, {"below_kg": 20, "dose": 1}]}, "weight_bands"),
    ],
)  # fmt: skip
def test_features_that_contradict_one_another_name_both_places(fields: dict[str, Any], places: str):
    usual = {"drug": "zoledronate", "dose": 0.05, "dose_unit": "mg/kg", "every": "6 months"}
    with pytest.raises(InputError, match=places):
        Regimen(**usual | fields)


def test_the_one_weight_of_earlier_plan_files_is_a_band():
    usual: dict[str, Any] = {"drug": "risedronate", "dose": 5, "dose_unit": "mg/day"}

    def made(**fields: Any) -> Regimen:
        return Regimen(**usual | fields)

    assert made(below_kg=30, dose_below_kg=2.5) == made(weight_bands=[{"below_kg": 30, "dose": 2.5}])
    assert made(below_kg=None, dose_below_kg=None) == made()
    with pytest.raises(InputError, match=r"below_kg.*accepted: both of them, without weight_bands"):
        made(below_kg=30)


def test_a_slip_of_the_unit_is_refused_by_what_an_adult_would_get():
    (warning,) = [w for w in as_plan("pamidronate 30 mg/m2 every 3 months").check() if "m2" in w.message]
    assert warning.rule == "no-published-dose"
    with pytest.raises(InputError, match="is the unit right"):
        as_plan("zoledronate 300 mg/m2 every 6 months").check()
