"""The calibration as a PEtab problem: its linter finds nothing, and its objective is that of the fit."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from brittlestar.cli import main
from brittlestar.engine import fingerprint
from brittlestar.engine.healthy_tables import known_table
from brittlestar.evidence.calibration.continuous_courses import ContinuousCourses
from brittlestar.evidence.calibration.free_parameters import free_parameters, shipped_theta
from brittlestar.evidence.calibration.misfits import Misfits
from brittlestar.evidence.calibration.native_courses import NativeSimulator
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.exchange.petab import export as written
from brittlestar.exchange.petab.errors_in_common import errors_in_common, most_probable
from brittlestar.exchange.petab.export import calibration_problem, recorded_covariance
from brittlestar.exchange.petab.fitted_numbers import SHAPES_NOTHING, as_fitted, fitted_by_name
from brittlestar.exchange.petab.problem import found_as, petab_id
from brittlestar.exchange.petab.values import why_not
from brittlestar.model.healthy_table import load_reference
from brittlestar.model.parameters import default_parameters
from brittlestar.people.oi_types import TYPES
from petab_solved import (
    CLOSE,
    OF_A_WEEK,
    by_copasi,
    objective_of_petab,
    objective_of_the_fit,
    on_scale_of_errors,
)
from sbml_in_python import Model

AT_ENTRY = (
    "palomo-base-z", "biopsy-I-bv", "biopsy-I-bfr", "genotype-I-z", "genotype-severe-z", "ratio-IV-I",
    "ratio-III-I", "women-femur-load-88", "men-femur-load-88",
)  # fmt: skip
"""Among them errors in common, a ratio of two cohorts, and logarithms."""


@cache
def problem():
    return calibration_problem(only=lambda target: target.id in AT_ENTRY)


@cache
def our_misfits():
    known, chosen = fit_targets(), problem().targets
    free, d, F = free_parameters(), problem().variance, problem().in_common
    sim = NativeSimulator(known.model_copy(update={"targets": chosen}), free, default_parameters(), workers=1)
    return Misfits(sim, chosen, np.diag(d) + F @ F.T)


def test_errors_in_common_are_the_covariance_and_their_least_is_the_misfit():
    move = np.random.default_rng(4)
    roots = move.normal(size=(3, 3))
    C = np.diag([4.0, 0.01, 1.0, 2.0, 3.0])
    C[np.ix_([0, 2, 3], [0, 2, 3])] += roots @ roots.T
    d, F = errors_in_common(C)
    np.testing.assert_allclose(np.diag(d) + F @ F.T, C, atol=1e-12)
    assert np.all(d > 0) and F.shape == (5, 2) and not F[[1, 4]].any()
    gaps = move.normal(size=5)
    e = most_probable(d, F, gaps)
    left = gaps - F @ e
    assert left @ (left / d) + e @ e == pytest.approx(gaps @ np.linalg.solve(C, gaps), rel=1e-12)


def test_errors_that_do_not_go_together_have_nothing_in_common():
    d, F = errors_in_common(np.diag([1.0, 2.0]))
    np.testing.assert_allclose(d, [1.0, 2.0], rtol=1e-12)
    assert F.shape == (2, 0) and most_probable(d, F, np.ones(2)).shape == (0,)


def test_every_fitted_target_is_an_observable_or_says_why_not():
    known = fit_targets()
    reasons = {target.id: why_not(known, target) for target in known.fitted}
    assert all(not reasons[name] for name in AT_ENTRY)
    assert reasons["poise-log-hr"].startswith("people chosen for their fractures")
    assert reasons["palomo-end-z"].startswith("courses of type III and IV")
    assert reasons["stop-spine"].startswith("read at two times after entry")
    assert (
        reasons["alendronate-ls-36"]
        == "the mean over the courses of 48 typical people, and 16 are the most here"
    )
    assert not reasons["bed-rest-spine"] and not reasons["zoledronate-24"]
    assert sum(not why for why in reasons.values()) > 50


def test_numbers_of_these_types_shape_no_curve_of_healthy_age():
    p, names = default_parameters(), ("n", "cm", "R", "h", "om")
    changed = p.types
    for name in names:
        column = np.array(getattr(changed, name))
        column[[TYPES.index(member) for member in SHAPES_NOTHING]] *= 1.3
        changed = changed._replace(**{name: column})
    reference = load_reference()
    np.testing.assert_array_equal(
        known_table(reference, p._replace(types=changed)), known_table(reference, p)
    )


def test_what_courses_hold_by_name_people_at_entry_do_too():
    in_time, at_entry = ({one.id for one in fitted_by_name(which)} for which in (True, False))
    assert in_time < at_entry and at_entry - in_time == {
        "ln_n_IV",
        "ln_n_III",
        "ln_cm_III",
        "ln_R_IV",
        "ln_R_III",
    }


def test_the_command_writes_the_problem_and_names_what_it_leaves_out(tmp_path, monkeypatch, capsys):
    some = calibration_problem(only=lambda target: target.id in ("biopsy-I-bv", "poise-log-hr"))
    assert [target.id for target in some.targets] == ["biopsy-I-bv"] and not some.fitted
    monkeypatch.setattr(written, "calibration_problem", lambda progress: some)
    main(["export", "petab", "--out", str(tmp_path / "fit")])
    assert "1 of 2 fitted targets; models: 1; fitted numbers: 0;" in capsys.readouterr().out
    names = {file.name for file in (tmp_path / "fit").iterdir()}
    assert names >= {"problem.yaml", "entry.xml", "parameters.tsv", "observables.tsv", "measurements.tsv"}
    text = (tmp_path / "fit" / "left_out.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    assert [row["targetId"] for row in rows] == ["poise-log-hr"] and "fractures" in rows[0]["reason"]


def _read(folder: Path):
    petab = pytest.importorskip("petab.v2", reason="needs the extra exchange-test")
    for name, text in problem().files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return petab.Problem.from_yaml(folder / "problem.yaml")


@cache
def _engine(model: str):
    """libRoadRunner with a model; its optimising compiler would take minutes."""
    roadrunner = pytest.importorskip("roadrunner", reason="needs the extra exchange")
    options = roadrunner.Config
    options.setValue(options.LLVM_BACKEND, options.LLJIT)
    options.setValue(options.LLJIT_OPTIMIZATION_LEVEL, options.NONE)
    return roadrunner.RoadRunner(problem().models[model]), roadrunner.SelectionRecord.ALL


def _by_roadrunner(tables, theta: dict[str, float]) -> dict[str, float]:
    """Values of targets at entry by name."""
    found = {}
    for model in tables.models:
        engine, everything = _engine(model.model_id)
        for name in set(engine.model.getGlobalParameterIds()) & {*theta}:
            engine[f"init({name})"] = theta[name]
        engine.reset(everything)
        names = [name for name in engine.model.getGlobalParameterIds() if name.startswith("value_of_")]
        found |= {name: engine[name] for name in names}
    assert not tables.measurement_df["time"].any()
    return found


def _ours(theta: np.ndarray) -> float:
    free = free_parameters()
    used = {one.free.id for one in problem().fitted}
    z = [
        (theta[i] - np.log(one.prior.centre)) / one.prior.log_sd
        for i, one in enumerate(free)
        if one.id in used
    ]
    return float(np.sum(our_misfits().residuals(theta) ** 2) + np.sum(np.square(z)))


@pytest.mark.parametrize("moved", [0.0, 0.5], ids=["shipped", "half a prior SD away"])
def test_the_objective_is_that_of_the_fit(tmp_path, moved):
    tables, free = _read(tmp_path), free_parameters()
    theta = shipped_theta(free)
    used = {one.free.id: one.id for one in problem().fitted}
    side = np.array([(-1.0) ** i * one.prior.log_sd for i, one in enumerate(free)])
    theta = theta + moved * side * np.array([one.id in used for one in free])
    given = {used[one.id]: float(theta[i]) for i, one in enumerate(free) if one.id in used}
    gaps = our_misfits().misfits(theta) * our_misfits().sd
    errors = most_probable(problem().variance, problem().in_common, -gaps)
    if not moved:
        assert list(tables.validate()) == []
        np.testing.assert_allclose(problem().shipped_errors, errors, atol=1e-9)
    given |= dict(zip(problem().errors, map(float, errors), strict=True))
    found = objective_of_petab(tables, _by_roadrunner(tables, given), given)
    assert found == pytest.approx(_ours(theta), rel=CLOSE)


RECORD = Path(__file__).parent / "data" / "petab_solved.json"
IN_PUBERTY = 1e-5
"""SDs, of girls in puberty: cubics of the file and splines of the equations differ there."""

AGAIN = "what was solved is of other parameters or targets: brittlestar export petab, scripts/solve_petab.py"


@cache
def solved():
    """What scripts/solve_petab.py found of every model at the shipped mode."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


def test_every_target_that_is_expressed_was_solved_and_is_that_of_the_equations():
    known, targets = fit_targets(), solved()["targets"]
    assert solved()["parameters"] == fingerprint(default_parameters()), AGAIN
    assert {*targets} == {target.id for target in known.fitted if not why_not(known, target)}, AGAIN
    gaps = {name: abs(one["file"] - one["equations"]) / one["sd"] for name, one in targets.items()}
    assert {name for name, gap in gaps.items() if not gap <= CLOSE} == {"calcium-girls"}
    assert gaps["calcium-girls"] <= IN_PUBERTY


def test_copasi_agrees_with_the_equations_where_it_ended_but_for_two():
    of_copasi = {name: one for name, one in solved()["targets"].items() if one["copasi"] is not None}
    gaps = {name: abs(one["copasi"] - one["equations"]) / one["sd"] for name, one in of_copasi.items()}
    assert {name for name, gap in gaps.items() if not gap <= CLOSE} == {
        "neridronate-ls-24",
        "neridronate-ctx-24",
    }
    assert len({one["model"] for one in of_copasi.values()}) == 10


def test_the_weekly_step_moves_a_target_by_less_than_is_stated():
    far = [abs(one["weekly"] - one["equations"]) / one["sd"] for one in solved()["targets"].values()]
    assert 0.5 * OF_A_WEEK < max(far) <= OF_A_WEEK


def test_the_objective_of_all_that_is_expressed_is_that_of_the_equations():
    known, targets = {one.id: one for one in fit_targets().fitted}, solved()["targets"]
    gaps = np.array([found_as(known[name]) - one["equations"] for name, one in targets.items()])
    used = [one for one in fitted_by_name(False) if one.id in solved()["numbers"]]
    shipped = {one.id: one.shipped for one in used}
    ours = objective_of_the_fit(gaps, recorded_covariance([*targets]), used, shipped)
    assert solved()["objective"] == pytest.approx(ours, rel=CLOSE)


@cache
def courses():
    """The quickest models with courses: bed rest, and infusions for half a year."""
    some = ("bed-rest-spine", "bed-rest-heel", "bed-rest-tibia", "neridronate-bsap-6")
    return calibration_problem(only=lambda target: target.id in some)


def _found(solve) -> dict[str, float]:
    """Targets of the courses by id, as this makes them of the text of a model and a day."""
    written = courses()
    return {
        target.id: solve(written.models[written.model_of[target.id]], day)[day][
            f"value_of_{petab_id(target.id)}"
        ]
        for target in written.targets
        for day in [written.day_of[target.id]]
    }


def _apart(found: dict[str, float], by: str) -> dict[str, float]:
    """Largest gaps to what was solved before, in SDs of the targets."""
    recorded = solved()["targets"]
    return {name: abs(value - recorded[name][by]) / recorded[name]["sd"] for name, value in found.items()}


def test_courses_solved_from_their_files_are_those_of_the_equations():
    found = _found(lambda text, day: Model(text).solved([day]))
    assert len(found) == 4 and max(_apart(found, "equations").values()) <= CLOSE
    assert max(_apart(found, "weekly").values()) > 100.0 * CLOSE


def test_copasi_reads_the_same_courses_in_these_files():
    found = _found(lambda text, day: by_copasi(text, [day]))
    assert max(_apart(found, "equations").values()) <= CLOSE


def test_the_equations_are_solved_as_they_were():
    known = fit_targets()
    bed = [target for target in courses().targets if target.id.startswith("bed-rest")]
    chosen = known.model_copy(update={"targets": tuple(bed)})
    sim = ContinuousCourses(chosen, as_fitted())
    found = on_scale_of_errors(sim, sim.flat, chosen)
    assert len(found) == 3 and max(_apart(found, "equations").values()) <= CLOSE
