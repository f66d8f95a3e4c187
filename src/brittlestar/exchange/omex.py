"""One person's model and how to run it as one file: a COMBINE archive (OMEX) of SBML and SED-ML.

SED-ML Level 1 Version 3, which the most tools read: a course by CVODE over the span of the file, read weekly;
every output in a report, and those that people ask for first as plots. Through python-libsedml and
python-libcombine (extra ``exchange``).
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from brittlestar._shared.extras import library
from brittlestar._shared.manifest import NOTE
from brittlestar._shared.output import output_file
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.exchange.export import STEP_DAYS, outputs_told, sbml
from brittlestar.exchange.model import OUTPUTS
from brittlestar.exchange.sbml_file import NAMESPACE
from brittlestar.model.outputs import UNITS
from brittlestar.people.person import Person

MODEL, RUN = "model.xml", "simulation.sedml"
LANGUAGE = "urn:sedml:language:sbml.level-3.version-2"
CVODE, RELATIVE, ABSOLUTE, MOST_STEPS = "KISAO:0000019", "KISAO:0000209", "KISAO:0000211", "KISAO:0000415"
"""Terms of the ontology of simulation algorithms."""

SOLVER = {RELATIVE: "1e-9", ABSOLUTE: "1e-12", MOST_STEPS: "100000"}
PLOTTED = ("ls_z", "ctx", "strength_vertebral", "expected_fractures_lower_limb")


def sedml(years: float, outputs: Sequence[str] = OUTPUTS) -> str:
    """How a file of this span is run, as SED-ML.

    Args:
        years: span of the file.
        outputs: that it holds.

    Raises:
        MissingExtra: python-libsedml is not installed.
    """
    libsedml: Any = library("libsedml", "exchange", "SED-ML")
    document = libsedml.SedDocument(1, 3)
    document.getNamespaces().add(NAMESPACE, "sbml")
    model = document.createModel()
    model.setId("person")
    model.setSource(MODEL)
    model.setLanguage(LANGUAGE)
    steps = max(1, round(years * DAYS_PER_YEAR / STEP_DAYS))
    course = document.createUniformTimeCourse()
    course.setId("course")
    course.setInitialTime(0.0)
    course.setOutputStartTime(0.0)
    course.setOutputEndTime(steps * STEP_DAYS)
    course.setNumberOfPoints(steps)
    solver = course.createAlgorithm()
    solver.setKisaoID(CVODE)
    for term, value in SOLVER.items():
        setting = solver.createAlgorithmParameter()
        setting.setKisaoID(term)
        setting.setValue(value)
    task = document.createTask()
    task.setId("run")
    task.setModelReference("person")
    task.setSimulationReference("course")
    for name in ("time", *outputs):
        _generator(libsedml, document, name)
    report = document.createReport()
    report.setId("outputs")
    for name in ("time", *outputs):
        column = report.createDataSet()
        column.setId(f"column_{name}")
        column.setLabel(name)
        column.setDataReference(f"of_{name}")
    for name in PLOTTED:
        plot = document.createPlot2D()
        plot.setId(f"plot_{name}")
        plot.setName(f"{name}, {UNITS[name]}, by day")
        curve = plot.createCurve()
        curve.setId(f"curve_{name}")
        curve.setLogX(False)
        curve.setLogY(False)
        curve.setXDataReference("of_time")
        curve.setYDataReference(f"of_{name}")
    return libsedml.writeSedMLToString(document)


def _generator(libsedml: Any, document: Any, name: str) -> None:
    generator = document.createDataGenerator()
    generator.setId(f"of_{name}")
    generator.setName("day" if name == "time" else f"{name}, {UNITS[name]}")
    variable = generator.createVariable()
    variable.setId(f"in_{name}")
    variable.setTaskReference("run")
    if name == "time":
        variable.setSymbol("urn:sedml:symbol:time")
    else:
        variable.setTarget(f"/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='{name}']")
    generator.setMath(libsedml.parseL3Formula(variable.getId()))


def export_omex(
    path: str | PathLike[str], person: Person, plan: Any, years: float, *, force: bool = False, **asked: Any
) -> None:
    """Write the model of one person under one plan with how to run it; arguments as for ``export_sbml``.

    Raises:
        MissingExtra: python-libsedml or python-libcombine is not installed.
        InputError: the file exists and ``force`` is not given.
    """
    libcombine: Any = library("libcombine", "exchange", "OMEX")
    run = sedml(years, outputs_told(plan))
    with output_file(path, force=force) as file, TemporaryDirectory() as folder:
        text = sbml(person, plan, years, **asked)
        archive = libcombine.CombineArchive()
        for name, content, kind, first in ((MODEL, text, "sbml", False), (RUN, run, "sedml", True)):
            (Path(folder) / name).write_text(content, encoding="utf-8")
            known = libcombine.KnownFormats.lookupFormat(kind)
            archive.addFile(str(Path(folder) / name), name, known, first)
        about = libcombine.OmexDescription()
        about.setAbout(".")
        about.setDescription(NOTE)
        archive.addMetadata(".", about)
        archive.writeToFile(str(file))
