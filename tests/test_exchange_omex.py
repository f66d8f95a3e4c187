"""The archive of model and run: libSEDML finds no error, and another solver does what it says."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from brittlestar._shared.extras import MissingExtra
from brittlestar.exchange import export, export_omex, omex
from brittlestar.exchange.model import OUTPUTS
from exported_cases import COUNT, another_solver, text

libsedml = pytest.importorskip("libsedml", reason="needs the extra exchange")
libcombine = pytest.importorskip("libcombine", reason="needs the extra exchange")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(omex, "sbml", lambda *_, **__: text("zoledronate"))
    export_omex(file := tmp_path / "girl.omex", None, "zoledronate", 364 / 365.25)  # type: ignore[arg-type]
    return file


def test_the_run_is_valid_and_names_every_output(archive: Path) -> None:
    opened = libcombine.CombineArchive()
    assert opened.initializeFromArchive(str(archive))
    assert opened.getMasterFile().getLocation() == omex.RUN
    assert opened.extractEntryToString(omex.MODEL) == text("zoledronate")
    document = libsedml.readSedMLFromString(opened.extractEntryToString(omex.RUN))
    assert document.getNumErrors(libsedml.LIBSEDML_SEV_ERROR) == 0
    report = next(one for one in document.getListOfOutputs() if one.isSedReport())
    assert [one.getLabel() for one in report.getListOfDataSets()] == ["time", *OUTPUTS]
    assert len([one for one in document.getListOfOutputs() if one.isSedPlot2D()]) == len(omex.PLOTTED)


def test_a_run_asks_for_no_output_that_its_model_withholds() -> None:
    told = export.outputs_told("teriparatide 20 ug/day")
    document = libsedml.readSedMLFromString(omex.sedml(1.0, told))
    report = next(one for one in document.getListOfOutputs() if one.isSedReport())
    assert [one.getLabel() for one in report.getListOfDataSets()] == ["time", *told]
    assert set(OUTPUTS) - set(told) == {"calcium_change_mmol_per_l", "pth_ratio"}


def test_another_solver_runs_what_the_archive_says(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        document = libsedml.readSedMLFromString(opened.read(omex.RUN).decode())
    (course,) = document.getListOfSimulations()
    solver = course.getAlgorithm()
    settings = {one.getKisaoID(): one.getValue() for one in solver.getListOfAlgorithmParameters()}
    engine = another_solver("zoledronate")
    engine.resetAll()
    engine.integrator.relative_tolerance = float(settings[omex.RELATIVE])
    engine.integrator.absolute_tolerance = float(settings[omex.ABSOLUTE])
    targets = [one.getListOfVariables()[0].getTarget() for one in document.getListOfDataGenerators()]
    asked = ["time", *(target.split("'")[1] for target in targets[1:])]
    points = course.getNumberOfPoints() + 1
    found = np.asarray(engine.simulate(course.getInitialTime(), course.getOutputEndTime(), points, asked))
    assert found.shape == (4 * COUNT + 1, len(OUTPUTS) + 1)
    column = asked.index("ls_z")
    assert found[-1, 0] == 364.0 and found[-1, column] > found[0, column] + 0.3


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "libcombine", None)
    with pytest.raises(MissingExtra, match="exchange"):
        export_omex(tmp_path / "x.omex", None, "none", 1)  # type: ignore[arg-type]


def test_copasi_opens_the_archive_and_runs_it(archive: Path) -> None:
    copasi = pytest.importorskip("COPASI", reason="needs the extra exchange-test")
    opened = copasi.CRootContainer.addDatamodel()
    assert opened.openCombineArchive(str(archive), None, True)
    task = opened.getTask("Time-Course")
    assert (task.getProblem().getDuration(), task.getProblem().getStepNumber()) == (364.0, 4 * COUNT)
    task.getProblem().setTimeSeriesRequested(True)
    assert task.initialize(copasi.CCopasiTask.OUTPUT_UI) and task.process(True)
    course = task.getTimeSeries()
    column = {course.getSBMLId(i, opened): i for i in range(course.getNumVariables())}
    engine, names = another_solver("zoledronate"), ["time", *omex.PLOTTED]
    engine.resetAll()
    engine.integrator.relative_tolerance, engine.integrator.absolute_tolerance = 1e-10, 1e-13
    other = np.asarray(engine.simulate(0.0, 364.0, 4 * COUNT + 1, names))
    weeks = range(1, course.getRecordedSteps())  # at entry one reads before the infusion, the other after it
    for place, name in enumerate(omex.PLOTTED, start=1):
        found = np.array([course.getConcentrationData(week, column[name]) for week in weeks])
        np.testing.assert_allclose(
            found, other[1:, place], rtol=1e-6, atol=1e-6 * np.abs(other[:, place]).max(), err_msg=name
        )
