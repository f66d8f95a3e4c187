"""The shipped calibration as a problem of PEtab, as far as PEtab can say it."""

import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.sparse.csgraph import connected_components

from brittlestar._shared.manifest import CLOSING, NOTE, commit, version
from brittlestar._shared.output import output_directory
from brittlestar.engine import default_parameters, fingerprint
from brittlestar.evidence.calibration.native_courses import NativeCourses
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.recorded import errors_of, recorded
from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Target, Targets
from brittlestar.exchange.constants import Constant
from brittlestar.exchange.expression import Graph
from brittlestar.exchange.petab.errors_in_common import errors_in_common, most_probable
from brittlestar.exchange.petab.fitted_numbers import as_fitted, used_by
from brittlestar.exchange.petab.problem import CalibrationProblem, found_as, petab_id
from brittlestar.exchange.petab.values import Values, values, why_not
from brittlestar.exchange.sbml_file import Math, Pieces, file, pieces_of, rules_of, started, written_constant

AT_ENTRY = "entry"
"""The model of everything that is read at entry."""


def calibration_problem(
    found: Targets | None = None,
    *,
    only: Callable[[Target], bool] = lambda target: True,
    progress: Callable[[int, int], None] | None = None,
) -> CalibrationProblem:
    """The calibration at the shipped numbers.

    Errors of targets and what they have in common are those of the shipped calibration.

    Args:
        found: targets and their cohorts; defaults to those of the fit.
        only: which of them.
        progress: called with (models made, models in all).
    """
    known = found or fit_targets()
    reasons = {target.id: why_not(known, target) for target in known.fitted if only(target)}
    groups = _groups([target for target in known.fitted if reasons.get(target.id) == ""])
    made: dict[str, Values] = {}
    for name, group in groups.items():
        if progress:
            progress(len(made), len(groups))
        made[name] = values(known, group)
    constants = {name: _constants(one) for name, one in made.items()}
    targets = tuple(target for group in groups.values() for target in group)
    variance, in_common = errors_in_common(recorded_covariance([target.id for target in targets]))
    return CalibrationProblem(
        targets=targets,
        left_out={name: why for name, why in reasons.items() if why},
        model_of={target.id: name for name, group in groups.items() for target in group},
        day_of={target: day for one in made.values() for target, day in one.day.items()},
        models={name: _model(name, made[name], constants[name], groups[name]) for name in groups},
        fitted=used_by(symbol for several in constants.values() for symbol in several),
        variance=variance,
        in_common=in_common,
        shipped_errors=most_probable(variance, in_common, _gaps(known, targets)),
    )


def export_petab(
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> CalibrationProblem:
    """Write the calibration as a problem of PEtab 2: a directory with ``problem.yaml``, tables and models.

    What could not be said stands in ``left_out.tsv``, target by target with the reason.

    Args:
        path: of the directory.
        force: replace files that are there.
        progress: called with (models made, models in all).

    Raises:
        InputError: the directory holds other files and ``force`` is not given, or cannot be written.
    """
    with output_directory(path, force=force) as folder:
        problem = calibration_problem(progress=progress)
        for name, text in problem.files().items():
            (folder / name).write_text(text, encoding="utf-8")
    return problem


def _groups(targets: Sequence[Target]) -> dict[str, list[Target]]:
    """Targets by model: all that are read at entry, and courses that have people in common."""
    groups: dict[str, list[Target]] = {}
    later = [target for target in targets if target.months > 0.0]
    if len(later) < len(targets):
        groups[AT_ENTRY] = [target for target in targets if target.months == 0.0]
    arms = [{*target.arms} for target in later]
    shared = [[not one.isdisjoint(other) for other in arms] for one in arms]
    numbers = connected_components(np.array(shared))[1] if later else ()
    for target, number in zip(later, numbers, strict=True):
        groups.setdefault(f"course_{number + 1}", []).append(target)
    return groups


def _constants(one: Values) -> dict[str, Constant]:
    """Constants of a model by name."""
    return one.constants | {name: c for person in one.people for name, c in person.model.constants.items()}


def _model(name: str, one: Values, constants: Mapping[str, Constant], targets: Sequence[Target]) -> str:
    """A model as SBML: logarithms of fitted numbers, constants, people, and the values of targets."""
    fitted = used_by(constants)
    graph, starts = Graph(), []
    for number in fitted:
        ln = graph.symbol(number.id)
        for symbol, share in number.symbols:
            if symbol in constants:
                value = graph.make("times", graph.make("exp", ln), share)
                starts.append(started(symbol, Math({}).of(value)))
    logarithms = [
        Constant(number.shipped, "-", f"ln of {number.free.leaf.path}", "fitted", ()) for number in fitted
    ]
    numbers = Pieces(
        (
            *(written_constant(number.id, ln) for number, ln in zip(fitted, logarithms, strict=True)),
            *(written_constant(name, constant) for name, constant in constants.items()),
        ),
        tuple(starts),
        (),
    )
    people = [pieces_of(person.model, person.prefix) for person in one.people]
    words = {f"value_of_{petab_id(target.id)}": " ".join(target.label.split()) for target in targets}
    rules = {f"value_of_{petab_id(target.id)}": one.of[target.id] for target in targets}
    return file(
        f"brittlestar_{name}",
        "calibration: " + name,
        _notes(),
        [numbers, *people, rules_of(rules, words)],
    )


def _notes() -> tuple[str, ...]:
    return (
        f"{NOTE.capitalize()}: typical people of published studies, whose expected fractures do not happen.",
        "Time in days from entry. Values of targets are on the scale of their errors. Fitted numbers that "
        "shape the curves of healthy age are numbers here.",
        f"brittlestar {version()}, commit {commit() or 'unknown'}, "
        f"parameters {fingerprint(default_parameters())}.",
        CLOSING,
    )


def recorded_covariance(targets: Sequence[str]) -> np.ndarray:
    """Covariance of the errors of targets in the shipped calibration, each on its own scale."""
    shipped = recorded("posterior")
    place = {name: i for i, name in enumerate(shipped["fitted"])}
    row = {one["id"]: one for one in shipped["fit"]}
    whole = errors_of(shipped, len(place))
    rows = [place[name] for name in targets]
    sd = np.array([row[name]["sd"] for name in targets])
    return whole[np.ix_(rows, rows)] * np.outer(sd, sd)


def _gaps(known: Targets, targets: tuple[Target, ...]) -> np.ndarray:
    """Found less what the shipped numbers give, on the scale of errors [target]."""
    sim = NativeCourses(known.model_copy(update={"targets": targets}), as_fitted())
    return np.array([found_as(one) - float(scaled(one, target_value(one, sim, sim.flat))) for one in targets])
