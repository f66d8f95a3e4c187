"""Plasma curve in closed form against a numerical solver and against published kinetics."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from brittlestar import compare
from brittlestar._shared.parameter_files import fill
from brittlestar.aftermath.consequences import aftermath
from brittlestar.aftermath.plasma_peaks import plasma_peaks
from brittlestar.aftermath.received import Given
from brittlestar.care import as_plan
from brittlestar.drugs.body_size import BodySize, body_surface_area, glomerular_filtration_rate
from brittlestar.drugs.catalogue import DRUGS, facts
from brittlestar.drugs.plasma import (
    PlasmaKinetics,
    disposition_rates,
    dose_in_nmol,
    excreted_fraction,
    peak_concentration,
    plasma_concentration,
    plasma_kinetics,
)
from brittlestar.engine import UNITS, simulate_cohort
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person

HOUR = 1.0 / 24.0


@pytest.fixture(autouse=True)
def double_precision():
    """The closed form is compared with a tight solver, which needs 64 bits."""
    with jax.enable_x64(True):
        yield


def adult_with_published_renal_function() -> PlasmaKinetics:
    """70 kg adult on zoledronate with creatinine clearance 84 mL/min, PMID 12412821 (4 mg arm)."""
    k = plasma_kinetics("zoledronate", 50.0, 170.0, 70.0)
    return k._replace(clearance_renal=facts("zoledronate")["kappa"].internal * 84.0 * 1.44)


def numerical_solution(times: np.ndarray, dose: float, length: float, k: PlasmaKinetics) -> np.ndarray:
    vc, vp, q, cl = (
        float(x) for x in (k.volume_central, k.volume_peripheral, k.intercompartmental, k.clearance)
    )

    def slope(t, y, rate):
        c, p = y[0] / vc, y[1] / vp
        return [rate - cl * c - q * (c - p), q * (c - p), float(k.clearance_renal) * c]

    options = {"rtol": 1e-11, "atol": 1e-9, "method": "DOP853"}
    during = times[times < length]
    first = solve_ivp(
        slope, (0, length), [0, 0, 0], t_eval=[*during, length], args=(dose / length,), **options
    )
    rest = times[times >= length]
    second = solve_ivp(slope, (length, rest[-1]), first.y[:, -1], t_eval=rest, args=(0.0,), **options)
    return np.concatenate([first.y[:, :-1], second.y], axis=1)


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.parametrize("weight", [8.0, 70.0])
def test_closed_form_equals_a_numerical_solver(drug, weight):
    k = plasma_kinetics(drug, 8.0, 60.0 + weight, weight, turnover=2.5)
    times = np.array([0.1, 0.5, 1.0, 2.0, 4.0, 10.0, 24.0]) * HOUR
    y = numerical_solution(times, 5000.0, 2.0 * HOUR, k)
    c = plasma_concentration(times, 5000.0, 2.0 * HOUR, k)
    np.testing.assert_allclose(c, y[0] / float(k.volume_central), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(excreted_fraction(times[-1], 2.0 * HOUR, k), y[2, -1] / 5000.0, rtol=1e-7)


def test_zoledronate_adult_half_lives_and_urine():
    k = adult_with_published_renal_function()
    half_lives = [float(np.log(2) / rate / HOUR) for rate in disposition_rates(k)]
    assert half_lives == pytest.approx([0.24, 1.87], rel=0.02)
    assert float(excreted_fraction(1.0, 0.25 * HOUR, k)) == pytest.approx(0.39, abs=0.01)


def test_zoledronate_exposure_of_a_child():
    k = plasma_kinetics("zoledronate", 8.0, 125.0, 25.0, turnover=2.5)
    times = np.linspace(0.0, 1.0, 4801)
    c = np.asarray(plasma_concentration(times, dose_in_nmol(0.05 * 25.0, "zoledronate"), 0.5 * HOUR, k))
    ng_per_ml = c * facts("zoledronate")["molar_mass"].value / 1000.0
    # From an independent numerical solution that includes the return from bone: 157 ng/mL, 172 ng.h/mL.
    assert ng_per_ml.max() == pytest.approx(157.0, rel=0.04)
    assert np.trapezoid(ng_per_ml, times / HOUR) == pytest.approx(172.0, rel=0.02)


def test_no_drug_before_the_infusion_and_area_is_dose_over_clearance():
    k = plasma_kinetics("pamidronate", 10.0, 130.0, 28.0)
    assert float(plasma_concentration(-1.0, 100.0, HOUR, k)) == 0.0
    times = np.linspace(0.0, 5.0, 200001)
    area = np.trapezoid(np.asarray(plasma_concentration(times, 1000.0, 3 * HOUR, k)), times)
    assert area == pytest.approx(1000.0 / float(k.clearance), rel=1e-5)


def test_what_does_not_go_to_urine_goes_to_bone():
    k = plasma_kinetics("alendronate", 12.0, 150.0, 40.0, turnover=2.0)
    assert float(excreted_fraction(60.0, HOUR, k)) == pytest.approx(1.0 - float(k.bone_fraction), rel=1e-9)


def test_kidney_matures_and_follows_body_surface():
    newborn, adult = glomerular_filtration_rate(
        np.array([0.0, 30.0]), np.array([50.0, 177.0]), np.array([3.5, 70.0])
    )
    per_surface = np.asarray([newborn, adult]) / np.asarray(
        body_surface_area(np.array([50.0, 177.0]), np.array([3.5, 70.0]), fill(BodySize))
    )
    assert per_surface[1] * 1.73 / 1.44 == pytest.approx(120.0, rel=0.01)
    # Term newborns: 40.6 at day 5 to 59.4 mL/min/1.73 m2 at 4 weeks, PMC9257816.
    assert 30.0 < per_surface[0] * 1.73 / 1.44 < 50.0


def test_peak_is_the_end_of_the_infusion_and_no_time_is_higher():
    k = plasma_kinetics("zoledronate", 8.0, 125.0, 25.0, turnover=2.5)
    dose = dose_in_nmol(0.05 * 25.0, "zoledronate")
    for hours in (0.25, 4.0, 24.0, 400.0):
        peak = float(peak_concentration(dose, hours * HOUR, k))
        times = np.linspace(0.0, 2.0 * hours, 2001) * HOUR
        assert np.asarray(plasma_concentration(times, dose, hours * HOUR, k)).max() == pytest.approx(peak)
    # Long infusions come to rest at rate over clearance.
    assert peak == pytest.approx(float(dose / (400.0 * HOUR * k.clearance)), rel=1e-3)


@pytest.mark.parametrize("drug", ["zoledronate", "pamidronate", "neridronate"])
def test_share_kept_in_bone_does_not_depend_on_the_length(drug):
    """1, 4 and 24 h, as seen in people (PMID 1573666); only the peak follows the length."""
    k = plasma_kinetics(drug, 8.0, 125.0, 25.0, turnover=2.5)
    lengths = np.array([1.0, 4.0, 24.0]) * HOUR
    kept = 1.0 - np.asarray(excreted_fraction(60.0, lengths, k))
    np.testing.assert_allclose(kept, float(k.bone_fraction), rtol=1e-9)
    peaks = np.asarray(peak_concentration(1000.0, lengths, k))
    assert np.all(np.diff(peaks) < 0.0) and peaks[0] > 5.0 * peaks[2]


@pytest.mark.filterwarnings("ignore")
def test_effect_on_bone_does_not_depend_on_the_length():
    girl = Person(age=8, sex="female", oi_type="IV").to_cohort()
    courses = []
    for hours in (1, 4, 24):
        plan = as_plan(f"pamidronate 1 mg/kg iv every 3 months, over {hours} hours")
        schedule = plan.schedule(52, 7.0, 8.0, DRUGS, "female")
        courses.append(simulate_cohort(girl, [schedule], [0], 0.9, fates=False).outputs)
    for other in courses[1:]:
        assert all(np.array_equal(other[name], courses[0][name]) for name in UNITS)


@pytest.mark.filterwarnings("ignore")
def test_every_infusion_has_its_peak_at_the_size_of_its_day():
    plan = as_plan("zoledronate 0.05 mg/kg iv every 6 months, over 30 minutes")
    unsaid = as_plan("zoledronate 0.05 mg/kg iv every 6 months")
    boy = Person(age=2, sex="male", oi_type="III").to_cohort()
    cohort = Cohort.concatenate([boy, replace(boy, id=boy.id + 1)])
    schedules = [one.schedule(112, 7.0, 2.0, DRUGS, "male") for one in (plan, unsaid)]
    course = simulate_cohort(cohort, schedules, [0, 1], 2.1, fates=False)
    given = [Given.from_plan(one, table) for one, table in zip((plan, unsaid), schedules)]
    peaks = plasma_peaks(aftermath(cohort, course, given, [0, 1]), (plan, unsaid))
    said = peaks.plan == 0
    assert said.sum() == 5 and np.all(peaks.hours[said] == 0.5) and np.all(peaks.hours[~said] == 0.25)
    np.testing.assert_allclose(peaks.years[said], np.arange(5) / 2, atol=0.01)
    # At entry: type III, 2 y, turnover 1.9481 times that of healthy boys of that age.
    height, weight = course["height_cm"][0, 0], course["weight_kg"][0, 0]
    k = plasma_kinetics("zoledronate", 2.0, height, weight, course["resorption"][0, 0])
    by_hand = float(peak_concentration(0.05 * weight * 1e6 / 272.09, 0.5 * HOUR, k))
    assert peaks.nmol_per_l[0] == pytest.approx(by_hand, rel=1e-6)
    assert peaks.ng_per_ml[0] == pytest.approx(by_hand * 0.27209, rel=1e-6)
    assert np.all(peaks.nmol_per_l[~said] > peaks.nmol_per_l[said])


def test_jits_and_differentiates():
    k = plasma_kinetics("zoledronate", 8.0, 125.0, 25.0)
    slope = jax.jit(jax.grad(lambda dose: plasma_concentration(1.0 * HOUR, dose, 0.5 * HOUR, k)))(100.0)
    assert float(slope) == pytest.approx(
        float(plasma_concentration(1.0 * HOUR, 1.0, 0.5 * HOUR, k)), rel=1e-9
    )


def test_peaks_stand_in_the_comparison_and_length_is_said_to_do_nothing_to_bone():
    result = compare(
        age=7, sex="female", oi_type="III", plan="zoledronate 0.05 mg/kg iv every 6 months, over 30 minutes",
        years=1, draws=20, step_days=7,
    )  # fmt: skip
    table = result.plasma
    assert table["time_years"].to_list() == pytest.approx([0.0, 0.5]) and set(table["hours"]) == {0.5}
    assert table["low"].le(table["nmol_per_l"]).all() and table["nmol_per_l"].le(table["high"]).all()
    ratio = (table["ng_per_ml"] / table["nmol_per_l"]).to_numpy()
    np.testing.assert_allclose(ratio, 0.27209)
    assert result.summary()["plasma"] == table.to_dicts()
    said = str(result)
    assert "Plasma: zoledronate reaches" in said and "over 0.5 h." in said
    assert "no source gives an effect on bone, and the model has none" in said
    without = compare(
        age=7, sex="female", oi_type="III", plan="no treatment", years=0.2, draws=20, step_days=7
    )
    assert without.plasma.is_empty() and "Plasma" not in str(without)


def test_arrays_of_numpy_give_what_a_traced_program_gives():
    age, height, weight = (
        np.array([0.1, 7.0, 60.0]),
        np.array([60.0, 110.0, 165.0]),
        np.array([6.0, 18.0, 70.0]),
    )

    def peak(age, height, weight):
        k = plasma_kinetics("zoledronate", age, height, weight, 2.0, 1.0)
        return peak_concentration(dose_in_nmol(2.0, "zoledronate"), 0.5 * HOUR, k)

    found = peak(age, height, weight)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, jax.jit(peak)(age, height, weight), rtol=1e-14)
