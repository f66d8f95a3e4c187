"""An exported calibration solved by COPASI, and the two objectives: that of PEtab and that of the fit."""

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.calibration.typical_courses import TypicalReadings
from brittlestar.exchange.petab.fitted_numbers import Fitted

CLOSE = 1e-6
"""Largest gap of a target between its file and the equations, in its SDs; relative, of the objectives."""

OF_A_WEEK = 6e-4
"""Largest error of the fit's weekly step in a target, in its SDs."""

RELATIVE, ABSOLUTE = 1e-10, 1e-13
"""Tolerances of COPASI's LSODA."""

MOST_STEPS = 1_000_000


def by_copasi(sbml: str, days: Iterable[float]) -> dict[float, dict[str, float]]:
    """Values of a model's targets by day, ``value_of_...`` by name.

    Args:
        sbml: text of the file.
        days: after entry; day 0 is the state at the start.
    """
    copasi = pytest.importorskip("COPASI", reason="needs the extra exchange-test")
    opened = copasi.CRootContainer.addDatamodel()
    assert opened.importSBMLFromString(sbml), copasi.CCopasiMessage.getAllMessageText()
    task = opened.getTask("Time-Course")
    assert task.setMethodType(copasi.CTaskEnum.Method_deterministic)
    method, found = task.getMethod(), {}
    method.getParameter("Relative Tolerance").setDblValue(RELATIVE)
    method.getParameter("Absolute Tolerance").setDblValue(ABSOLUTE)
    method.getParameter("Max Internal Steps").setUIntValue(MOST_STEPS)
    task.getProblem().setTimeSeriesRequested(True)
    task.getProblem().setStepNumber(1)
    for day in sorted({*days}):
        # Every day anew from the start: times between are told COPASI in six digits.
        task.getProblem().setDuration(day or 1.0)
        done = task.initialize(copasi.CCopasiTask.OUTPUT_UI) and task.process(True)
        assert done, copasi.CCopasiMessage.getAllMessageText()
        course = task.getTimeSeries()
        row = course.getRecordedSteps() - 1 if day else 0
        assert course.getConcentrationData(row, 0) == pytest.approx(day, rel=1e-12)
        names = {i: course.getSBMLId(i, opened) for i in range(course.getNumVariables())}
        found[day] = {
            name: course.getConcentrationData(row, i)
            for i, name in names.items()
            if name.startswith("value_of_")
        }
    return found


def on_scale_of_errors(sim: TypicalReadings, flat: np.ndarray, found: Targets) -> dict[str, float]:
    """What readings make of every target, on the scale of its errors."""
    return {one.id: float(scaled(one, target_value(one, sim, flat))) for one in found.targets}


def objective_of_petab(tables, values: Mapping[str, float], theta: Mapping[str, float]) -> float:
    """Twice PEtab's own objective, less what does not depend on parameters.

    Args:
        tables: the problem as ``petab`` reads it.
        values: ``value_of_...`` by name, as a solver of the models gives them.
        theta: all parameters by name.
    """
    calculated = pytest.importorskip("petab.v2.calculate", reason="needs the extra exchange-test")
    parameters = tables.parameter_df.copy()
    parameters["nominalValue"] = [theta[name] for name in parameters.index]
    formulas = {one.id: one.formula for one in tables.observables}
    simulated = tables.measurement_df.copy()
    known = {**theta, **values}
    simulated["simulation"] = [
        float(formulas[name].subs({s: known[str(s)] for s in formulas[name].free_symbols}))
        for name in simulated["observableId"]
    ]
    simulated = simulated.drop(columns="measurement")
    llh = calculated.calculate_llh(tables.measurement_df, simulated, tables.observable_df, parameters)
    prior = sum(np.log(one.prior_dist.pdf(theta[one.id])) for one in tables.parameters)
    sds = np.array([one.prior_parameters[1] for one in tables.parameters])
    noise = tables.observable_df["noiseFormula"].astype(float)
    unmoved = np.sum(np.log(noise)) + np.sum(np.log(sds))
    return float(2.0 * (-llh - prior - unmoved) - (len(noise) + len(sds)) * np.log(2.0 * np.pi))


def objective_of_the_fit(
    gaps: np.ndarray, covariance: np.ndarray, fitted: Iterable[Fitted], theta: Mapping[str, float]
) -> float:
    """r' C^-1 r and the priors of the numbers that the problem has.

    Args:
        gaps: found less model, on the scale of errors [target].
        covariance: of the errors [target, target].
        fitted: the numbers.
        theta: their logarithms by name.
    """
    priors = [(one.id, one.free.prior) for one in fitted]
    z = [(theta[name] - np.log(prior.centre)) / prior.log_sd for name, prior in priors]
    return float(gaps @ np.linalg.solve(covariance, gaps) + np.sum(np.square(z)))
