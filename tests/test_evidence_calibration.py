"""Calibration: targets are of calibration studies, derivatives exact, the posterior the known one."""

import json
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import every_parameter
from brittlestar.cli import main
from brittlestar.engine import at_entry, default_parameters
from brittlestar.evidence.calibration import whole_calibration
from brittlestar.evidence.calibration.ageing import NUMBERS as AGEING
from brittlestar.evidence.calibration.ageing import numbers_in, with_numbers
from brittlestar.evidence.calibration.covariance import error_covariance
from brittlestar.evidence.calibration.ensemble import KEEP
from brittlestar.evidence.calibration.fit_rivals import fit_rival, free_under_any_law
from brittlestar.evidence.calibration.free_parameters import (
    free,
    free_parameters,
    leaf,
    shipped_theta,
    with_theta,
)
from brittlestar.evidence.calibration.kinds import kind_of
from brittlestar.evidence.calibration.misfits import Misfits, SharedMisfits
from brittlestar.evidence.calibration.mode import fit
from brittlestar.evidence.calibration.native_courses import NativeCourses, NativeSimulator
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.recorded import errors_of, recorded
from brittlestar.evidence.calibration.rivals import laws
from brittlestar.evidence.calibration.target_values import share_fractured, target_value, with_memory
from brittlestar.evidence.calibration.targets import OVER_SITES, TargetCohort, plan_of, read_targets, targets
from brittlestar.evidence.calibration.typical_courses import Simulator, readings
from brittlestar.evidence.calibration.typical_people import (
    check_people_as_fitted,
    how_people_differ,
    trait,
    typical_people,
)
from brittlestar.evidence.calibration.whole_calibration import run_whole_calibration
from brittlestar.evidence.calibration.write_parameters import edited, rounded
from brittlestar.evidence.physiology.fit_biologics import file_of, fitted_numbers
from brittlestar.evidence.studies.split import split
from brittlestar.people.cohort import Cohort
from brittlestar.people.sampling import sample_cohort

FITTED_TO = 6
"""Version of the split that the shipped fit was made under; a fit under the next raises it."""

TEXT = (
    resources.files("brittlestar.evidence.calibration").joinpath("targets.toml").read_text(encoding="utf-8")
)


def test_every_target_is_of_a_calibration_study():
    calibration = split().of("calibration")
    found = targets()
    assert len(found.fitted) > 50
    assert {found.study_of(target) for target in found.targets} <= set(calibration)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('study = "poise2013"', 'study = "letocha2005"', "kept for validation"),
        ('study = "poise2013"', 'study = "sakkers2004"', "kept for unused"),
        ('study = "poise2013"', 'study = "freedom_test"', "kept for test .*never fitted to"),
        ('study = "poise2013"', 'study = "orwoll2014"', "kept for check"),
        ('study = "poise2013"', 'study = "gfr_donors"', "kept for input"),
        ('cohort = "poise"', 'cohort = "pose"', "poise"),
        ('output = "ls_abmd"', 'output = "ls_abm"', "ls_abmd"),
        ('id = "ward-base-z"', 'id = "ward-ntx"', "differ"),
    ],
)
def test_a_target_that_does_not_fit_is_refused(old: str, new: str, says: str):
    assert old in TEXT
    with pytest.raises(InputError, match=says):
        read_targets(TEXT.replace(old, new, 1))


def test_a_target_without_both_errors_is_refused_and_both_are_named():
    with pytest.raises(InputError, match=r"targets.toml: poise-placebo-pct: sampling and judgement"):
        read_targets(TEXT.replace("judgement = 0.0\n", "", 1))


def test_poise_is_fitted_by_one_ratio_and_one_level_of_fractures():
    found = targets()
    poise = [t for t in found.fitted if found.study_of(t) == "poise2013" and t.output in OVER_SITES]
    assert {(t.id, kind_of(t)) for t in poise} == {
        ("poise-log-hr", "fracture effect"),
        ("poise-placebo-share", "fracture level"),
    }


def test_the_error_of_a_target_is_both_its_errors():
    by_id = {target.id: target for target in targets().targets}
    one = by_id["rate-type-I"]
    assert (one.sampling, one.reason) == (0.09, "half had a bisphosphonate at some time")
    assert one.sd == pytest.approx(0.15) and one.judgement == pytest.approx(0.12)


def test_every_plan_of_a_target_is_read():
    assert all(plan_of(words) is not None for target in targets().targets for _, words in target.arms)


def test_a_number_is_free_if_and_only_if_its_file_states_a_prior():
    """Under some law, or in the fits of ageing and of biologics; those of rivals are held otherwise."""
    stated = {(file, name, member) for file, rows in every_parameter().items()
              for name, row in rows.items() for member in row.priors}  # fmt: skip
    numbers = [one.leaf for one in free_under_any_law()]
    here = {(n.file, n.name, None if n.group == "drugs" else n.member) for n in numbers}
    ageing = {(leaf(path).file, leaf(path).name, None) for path in AGEING}
    biologics = {(file_of(n), n.name, None) for n in fitted_numbers()}
    assert here | ageing | biologics == stated
    assert not here & (ageing | biologics)
    assert {number.entry.status for one in free_parameters() for number, _ in one.values(1.0)} == {
        "calibrated"
    }


def test_a_free_parameter_moves_what_follows_it():
    by_id = {one.id: one for one in free_parameters()}
    p = with_theta(default_parameters(), [by_id["act_I"], by_id["sc_pam"]], np.log([2.0, 3.0]))
    assert np.allclose(p.types.act, [1.0, 2.0, 2.0 * 1.1053, 2.0 * 1.1579], rtol=1e-12)
    assert p.drugs.EC50_scale[1] == 3.0
    for i in (0, 2):
        assert p.drugs.EC50_scale[i] == default_parameters().drugs.EC50_scale[i]
    with pytest.raises(InputError, match="states a prior"):
        free({"kD": "shared.kD"})
    with pytest.raises(InputError, match="set once"):
        free({"p_m": "trabecular.p_m", "again": "trabecular.p_m"})


def test_shipped_theta_gives_the_shipped_parameters():
    import jax

    base = default_parameters()
    same = with_theta(base, free_parameters(), shipped_theta(free_parameters()))
    for a, b in zip(jax.tree.leaves(base), jax.tree.leaves(same), strict=True):
        assert np.allclose(a, b, rtol=2e-4)  # types that follow type I keep a rounded ratio


def test_a_path_that_is_not_there_names_the_nearest():
    with pytest.raises(InputError, match="kS"):
        leaf("shared.ks")
    with pytest.raises(InputError, match="IV"):
        leaf("types.n.VI")


def test_nodes_of_the_spread_have_the_moments_of_people():
    cohort = TargetCohort(study="poise2013", ages=(8.0,), types={"I": 1}, female=1.0, spread="iv")
    typical = typical_people(cohort, treated=True)
    assert np.isclose(typical.weight.sum(), 1.0)
    for name, middle in (("eta_drug", 0.0), ("eta_activity", -0.5 * trait("eta_activity") ** 2)):
        eta = typical.people[name] - middle
        assert np.isclose(typical.weight @ eta, 0.0)
        assert np.isclose(typical.weight @ eta**2, trait(name) ** 2)
        assert np.isclose(typical.weight @ eta**4, 3.0 * trait(name) ** 4)
    assert not typical_people(cohort, treated=False).people["eta_drug"].any()


def test_the_typical_person_alone_stands_for_what_holds_of_that_one():
    cohort = TargetCohort(study="poise2013", ages=(8.0,), types={"I": 1}, female=1.0, spread="typical")
    alone = typical_people(cohort, treated=True)
    assert alone.weight.tolist() == [1.0]
    assert not any(values.any() for name, values in alone.people.items() if name.startswith("eta_"))


@pytest.mark.parametrize(("oi_type", "age"), [("healthy", 65.0), ("I", 8.0), ("IV", 8.0), ("III", 2.5)])
def test_the_mean_of_a_cohort_is_that_of_people_who_differ(oi_type: str, age: float):
    """Against 4,000 drawn people: five errors of their mean, and 1 % (5 % of a fracture rate) of the rule."""
    outputs = ("ls_z", "ctx", "hazard_lower_limb", "bone_volume_fraction")
    cohort = TargetCohort(study="poise2013", ages=(age,), types={oi_type: 1}, female=1.0, spread="intake")
    typical = typical_people(cohort, treated=False)
    columns = [one.name for one in fields(Cohort)]
    unknown = np.full(len(typical.weight), np.nan)
    nodes = at_entry(Cohort(**{name: typical.people.get(name, unknown) for name in columns}), outputs)
    drawn = sample_cohort(4000, seed=3, age_years=age, types={oi_type: 1.0}, female=1.0)
    alike = {"frailty": 1.0, "weight_factor": 1.0, "height_z": 0.0, "puberty_shift_years": 0.0}
    drawn = replace(drawn, **{name: np.full(len(drawn), value) for name, value in alike.items()})
    for name, each in at_entry(drawn, outputs).items():
        rule = 0.05 if name.startswith("hazard") else 0.01
        error = 5.0 * each.std() / np.sqrt(len(each)) + rule * abs(each.mean())
        assert typical.weight @ nodes[name] == pytest.approx(each.mean(), abs=error), name


def test_share_fractured_is_that_of_a_gamma_mixture_of_poissons():
    rng = np.random.default_rng(1)
    v = trait("frailty_variance")
    frailty = rng.gamma(1.0 / v, v, 400_000)
    assert np.isclose(share_fractured(np.array(0.8)), np.mean(1.0 - np.exp(-0.8 * frailty)), atol=2e-3)


def test_memory_of_fractures_raises_a_rate_as_a_simulation_does():
    # h (1 + 0.3 m), m = 1 at each event, halving every half year
    rng, h, dt, n = np.random.default_rng(2), 0.6, 0.01, 4000
    m, count = np.zeros(n), 0
    for step in range(1500):
        event = rng.random(n) < h * (1.0 + 0.3 * m) * dt
        m = np.where(event, 1.0, m * 2.0 ** (-dt / 0.5))
        count += event.sum() if step >= 300 else 0
    assert np.isclose(with_memory(np.array(h)), count / (n * 12.0), rtol=0.015)


class _Line:
    """Targets that are linear in two of three parameters."""

    slope = np.array([[2.0, 0.0, 0.0], [1.0, 3.0, 0.0], [0.0, 1.0, 0.0]])

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        return self.slope @ theta - np.array([1.0, -1.0, 0.5])

    def jacobian(self, theta: np.ndarray) -> np.ndarray:
        return self.slope


def test_the_posterior_of_a_linear_model_is_the_closed_form():
    free = [replace(one, prior=replace(one.prior, centre=1.0, log_sd=0.5)) for one in free_parameters()[:3]]
    post = fit(_Line(), free)
    precision = _Line.slope.T @ _Line.slope + np.eye(3) / 0.25
    assert post.converged
    assert np.allclose(post.covariance, np.linalg.inv(precision))
    expected = np.linalg.solve(precision, _Line.slope.T @ [1.0, -1.0, 0.5])
    assert np.allclose(post.mode, expected, atol=1e-6)
    assert post.ratio[2] == pytest.approx(1.0) and post.ratio[1] < 0.7
    assert post.directions()[-1][0] == pytest.approx(1.0)


@pytest.fixture(scope="module")
def bed_rest() -> Simulator:
    """Three targets of one trial, with two free parameters; compiled once for the tests that read it."""
    found = targets()
    chosen = tuple(t for t in found.targets if t.id in ("bed-rest-spine", "bed-rest-heel", "bed-rest-tibia"))
    two = [one for one in free_parameters() if one.id in ("f2", "f2M")]
    return Simulator(found.model_copy(update={"targets": chosen}), two, default_parameters(), workers=1)


def test_typical_courses_are_the_same_by_machine_code(bed_rest):
    native, flat = NativeCourses(bed_rest.targets), bed_rest.read(shipped_theta(bed_rest.free))
    assert native.places == bed_rest.places
    for target in bed_rest.targets.targets:
        exact, found = target_value(target, bed_rest, flat), target_value(target, native, native.flat)
        assert float(found) == pytest.approx(float(exact), rel=1e-6)


def test_slopes_by_machine_code_are_the_exact_ones(bed_rest):
    """And one that is switched off, at ln 0, moves nothing."""
    native, theta = (
        NativeSimulator(bed_rest.targets, bed_rest.free, default_parameters()),
        shipped_theta(bed_rest.free),
    )
    exact = bed_rest.jacobian(theta)
    assert np.abs(native.jacobian(theta) - exact).max() < 2e-3 * np.abs(exact).max()
    off = native.jacobian(np.array([theta[0], -np.inf]))
    assert np.all(off[:, 1] == 0.0) and np.any(off[:, 0] != 0.0)


def test_derivatives_of_the_model_are_those_of_finite_differences(bed_rest):
    chosen = bed_rest.targets.targets
    assert len(readings(chosen)) == 6
    misfits, theta, h = Misfits(bed_rest, chosen), shipped_theta(bed_rest.free), 1e-5
    exact = misfits.jacobian(theta)
    for i in range(len(bed_rest.free)):
        step = np.eye(len(bed_rest.free))[i] * h
        near = (misfits.residuals(theta + step) - misfits.residuals(theta - step)) / (2 * h)
        assert np.allclose(exact[:, i], near, rtol=1e-4, atol=1e-6)
    assert np.abs(exact).max() > 0.5


def test_residuals_are_independent_where_errors_are_not(bed_rest):
    """Three errors with one offset in common: r'r = gap' C^-1 gap, and derivatives are those of r."""
    chosen, theta = bed_rest.targets.targets, shipped_theta(bed_rest.free)
    C = error_covariance(bed_rest.targets, chosen)
    alone, together = Misfits(bed_rest, chosen), Misfits(bed_rest, chosen, C)
    gap = alone.residuals(theta) * alone.sd
    assert np.allclose(together.misfits(theta), gap / alone.sd) and np.count_nonzero(C) == 5
    r = together.residuals(theta)
    assert r @ r == pytest.approx(gap @ np.linalg.solve(C, gap))
    slopes, own = together.jacobian(theta), alone.jacobian(theta) * alone.sd[:, None]
    assert np.allclose(slopes.T @ slopes, own.T @ np.linalg.solve(C, own))


def test_a_calibration_repeats_to_the_last_bit_whatever_the_number_of_workers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    found = targets()
    chosen = tuple(t for t in found.targets if t.id in ("bed-rest-spine", "bed-rest-heel"))
    small = found.model_copy(update={"targets": chosen})
    free = [one for one in free_parameters() if one.id in ("f2", "f2M")]
    made: list[SharedMisfits] = []

    def kept(*given: Any) -> SharedMisfits:
        made.append(SharedMisfits(*given))
        return made[-1]

    monkeypatch.setattr(whole_calibration, "SharedMisfits", kept)
    runs = [
        run_whole_calibration(
            targets=small, free=free, rival=(), rounds=(8, 6), truths=(3, 2), most=12, workers=workers
        )
        for workers in (1, 2)
    ]
    first, second = (run.files() for run in runs)
    assert first == second
    usual, post = runs[0].usual, runs[0].usual.posterior
    # The file holds slopes and errors of the targets as such; the posterior follows from both.
    told = usual.to_dict()
    C = errors_of(told, 2)
    S = np.array(told["slopes"])
    assert np.allclose(S.T @ np.linalg.solve(C, S), post.slopes.T @ post.slopes, rtol=1e-3)
    assert post.converged and post.ratio.min() < 0.9
    runs[0].save(tmp_path / "out")
    assert (tmp_path / "out" / "posterior.zarr" / "posterior" / "f2M" / "0.0").stat().st_size == 8 * KEEP
    # The command tells that this small one is not what ships, and writes nothing.
    asked: list[Any] = []
    monkeypatch.setattr(
        whole_calibration, "run_whole_calibration", lambda **how: asked.append(how["base"]) or runs[0]
    )
    with pytest.raises(SystemExit, match="1"):
        main(["calibrate", "--check"])
    said = capsys.readouterr().out
    # Past numbers of ageing are for checks: a fit with them is not what ships next.
    assert main(["calibrate", "--check", "--write"]) == 2 and len(asked) == 1
    assert "--write" in capsys.readouterr().err
    assert "## Parameters" in said and "posterior.json: " in said and "values instead of" in said
    assert "Nothing in the package was changed." in said and "peak memory" in said
    assert {row["same"] for row in runs[0].differences()} == {False}
    assert numbers_in(asked[0]) == recorded("posterior")["ageing"] != numbers_in(default_parameters())
    # A rival that says the same as the usual law ends where that ended, with its covariance.
    law = replace(laws()["strength-only"], set={}, free=tuple(free))
    rival = fit_rival(law, made[0], post, default_parameters())
    assert rival["converged"]
    assert np.allclose(list(rival["log_mode"].values()), post.mode, atol=0.05 * post.sd.min())
    assert np.allclose(rival["log_covariance"], post.covariance, rtol=0.02, atol=1e-4)


def test_writing_changes_one_number_and_keeps_the_rest():
    text = (
        '# why\n\n[a]\nvalue = 1.0\nunit = "-"\nsource = "assumed"\nstatus = "assumed"\n'
        'prior = { centre = 1.0, log_sd = 0.4, origin = "assumed" }\n\n[b]\nvalue = 2.0\n'
    )
    one = replace(leaf("shared.kS"), name="a")
    new = edited(text, one, 0.123456, "here")
    assert "value = 0.12346" in new and 'status = "calibrated"\nprior = { centre = 1.0,' in new
    assert new.startswith("# why") and new.endswith("[b]\nvalue = 2.0\n")
    assert edited(new, one, 0.123456, "here") == new
    with pytest.raises(InputError):
        edited(text, replace(one, name="c"), 1.0, "here")
    table = "[n]\nvalue = { healthy = 1.0, I = 0.7, IV = 0.6, III = 0.5 }\n"
    assert "IV = 0.61, III = 0.5" in edited(table, leaf("types.n.IV"), 0.61, "here")
    assert "I = 0.71, IV = 0.6" in edited(table, leaf("types.n.I"), 0.71, "here")


def test_the_files_hold_the_mode_of_the_shipped_posterior():
    text = (
        resources.files("brittlestar.evidence.calibration")
        .joinpath("posterior.json")
        .read_text(encoding="utf-8")
    )
    found = json.loads(text)
    assert found["split_version"] == FITTED_TO <= split().version
    assert found["parameters"] == [one.id for one in free_parameters()]
    for prior, log_value in zip(free_parameters(), found["log_mode"], strict=True):
        assert prior.shipped == rounded(float(np.exp(log_value))), prior.id


def test_a_fit_is_not_repeated_with_people_who_differ_in_another_way():
    told = recorded("posterior")["people"]
    assert told == how_people_differ() and told["eta_activity"] == 0.38
    check_people_as_fitted(told)
    with pytest.raises(InputError, match=r"eta_activity: got 0\.38; accepted: 0\.2, as fitted"):
        check_people_as_fitted(told | {"eta_activity": 0.2})


def test_what_the_shipped_fit_said_is_computed_again_with_the_ageing_that_it_had():
    """Healthy women at 88: ageing, fitted once more after the calibration, moves them; nothing else did."""
    chosen = tuple(t for t in fit_targets().fitted if t.id == "women-femur-load-88")
    told = next(row for row in recorded("posterior")["fit"] if row["id"] == chosen[0].id)
    few, own = fit_targets().model_copy(update={"targets": chosen}), free_parameters()
    native = NativeSimulator(few, own, default_parameters())
    mode = np.array(recorded("posterior")["log_mode"])

    def model(base: Any) -> float:
        return float(target_value(chosen[0], native, native.read(mode, base)))

    assert model(with_numbers(recorded("posterior")["ageing"])) == pytest.approx(told["model"], abs=1e-5)
    assert model(default_parameters()) != pytest.approx(told["model"], abs=1e-3)
