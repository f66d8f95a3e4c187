"""Simulator of bisphosphonate treatment of osteogenesis imperfecta: simulated, never observed.

>>> import brittlestar as bs
>>> result = bs.compare(  # doctest: +SKIP
...     age=7, sex="female", oi_type="III", years=3,
...     plan="zoledronate 0.05 mg/kg iv every 6 months for 3 years",
... )
>>> result  # doctest: +SKIP
>>> result.plot()  # doctest: +SKIP

What can be asked, by purpose; ``help(bs.compare)`` and the like tell how:

- one person: ``Person``, ``compare`` (or ``simulate``), ``parse``, ``published``, ``published_names``,
  ``export`` (or ``export_sbml``, ``export_omex``, ``export_code``, ``export_fhir``)
- the calibration, for fitting tools: ``export_petab``
- a trial: ``load_protocol``, ``run_trial``, ``run_all``, ``predict``, ``power``
- what is published: ``evidence`` (or ``study``, ``studies``, ``pooling``), ``run_leaflet``
- data in and out: ``read_events``, ``read_fhir``, ``event_table``, ``write_events``, ``adam``,
  ``write_adam``, ``vpc``, ``read_parameter_sets``, ``write_parameter_sets``; every result has
  ``.table()`` (polars), ``.to_pandas()`` and ``.to_xarray()``
- many people, by hand: ``sample_cohort``, ``simulate_cohort``, ``summarise_cohort``
- numbers of the model: ``parameter_table``, ``default_parameters``, ``with_values``, ``open_sets``, ``DRUGS``
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from brittlestar._shared.lazy import when_asked

if TYPE_CHECKING:
    from brittlestar import evidence
    from brittlestar._shared.errors import InputError
    from brittlestar._shared.parameter_table import parameter_table
    from brittlestar.care import Plan, Regimen, parse, published, published_names
    from brittlestar.comparison import Comparison
    from brittlestar.drugs.catalogue import DRUGS
    from brittlestar.engine import (
        Course,
        Spread,
        Summary,
        default_parameters,
        simulate_cohort,
        summarise_cohort,
        with_values,
    )
    from brittlestar.evidence.leaflet import Leaflet, run_leaflet
    from brittlestar.evidence.prediction.one_person import compare, open_sets
    from brittlestar.evidence.prediction.one_person import compare as simulate
    from brittlestar.evidence.prediction.posterior_power import power
    from brittlestar.evidence.prediction.predict import Prediction, predict
    from brittlestar.evidence.studies.pools import Pooling, pooling
    from brittlestar.evidence.studies.study import Study, studies, study
    from brittlestar.exchange import export_code, export_fhir, export_omex, export_sbml
    from brittlestar.exchange.adam.write import adam, write_adam
    from brittlestar.exchange.events.read import EventTable, read_events
    from brittlestar.exchange.events.write import event_table, write_events
    from brittlestar.exchange.fhir import read_fhir
    from brittlestar.exchange.formats import export
    from brittlestar.exchange.petab.export import export_petab
    from brittlestar.exchange.vpc import Vpc, vpc
    from brittlestar.model.parameter_sets import read_parameter_sets, write_parameter_sets
    from brittlestar.people.cohort import Cohort
    from brittlestar.people.person import Person
    from brittlestar.people.sampling import sample_cohort
    from brittlestar.trials.power.result import PowerResult
    from brittlestar.trials.protocol import Protocol
    from brittlestar.trials.protocol_files import load_protocol
    from brittlestar.trials.result import TrialResult
    from brittlestar.trials.run import run_trial
    from brittlestar.trials.run_all import AllTrials, run_all

    __version__: str

__all__ = [
    "DRUGS",
    "AllTrials",
    "Cohort",
    "Comparison",
    "Course",
    "EventTable",
    "InputError",
    "Leaflet",
    "Person",
    "Plan",
    "Pooling",
    "PowerResult",
    "Prediction",
    "Protocol",
    "Regimen",
    "Spread",
    "Study",
    "Summary",
    "TrialResult",
    "Vpc",
    "__version__",
    "adam",
    "compare",
    "default_parameters",
    "event_table",
    "evidence",
    "export",
    "export_code",
    "export_fhir",
    "export_omex",
    "export_petab",
    "export_sbml",
    "load_protocol",
    "open_sets",
    "parameter_table",
    "parse",
    "pooling",
    "power",
    "predict",
    "published",
    "published_names",
    "read_events",
    "read_fhir",
    "read_parameter_sets",
    "run_all",
    "run_leaflet",
    "run_trial",
    "sample_cohort",
    "simulate",
    "simulate_cohort",
    "studies",
    "study",
    "summarise_cohort",
    "vpc",
    "with_values",
    "write_adam",
    "write_events",
    "write_parameter_sets",
]

# Loaded when asked for: `import brittlestar` and `brittlestar --help` stay quick.
_HOME = {
    "DRUGS": "drugs.catalogue",
    "AllTrials": "trials.run_all",
    "Cohort": "people.cohort",
    "Comparison": "comparison",
    "Course": "engine",
    "EventTable": "exchange.events.read",
    "InputError": "_shared.errors",
    "Leaflet": "evidence.leaflet",
    "Person": "people.person",
    "Plan": "care",
    "Pooling": "evidence.studies.pools",
    "PowerResult": "trials.power.result",
    "Prediction": "evidence.prediction.predict",
    "Protocol": "trials.protocol",
    "Regimen": "care",
    "Study": "evidence.studies.study",
    "Spread": "engine",
    "Summary": "engine",
    "TrialResult": "trials.result",
    "Vpc": "exchange.vpc",
    "adam": "exchange.adam.write",
    "compare": "evidence.prediction.one_person",
    "default_parameters": "engine",
    "event_table": "exchange.events.write",
    "export": "exchange.formats",
    "export_code": "exchange",
    "export_fhir": "exchange",
    "export_omex": "exchange",
    "export_petab": "exchange.petab.export",
    "export_sbml": "exchange",
    "load_protocol": "trials.protocol_files",
    "open_sets": "evidence.prediction.one_person",
    "parameter_table": "_shared.parameter_table",
    "parse": "care",
    "pooling": "evidence.studies.pools",
    "power": "evidence.prediction.posterior_power",
    "predict": "evidence.prediction.predict",
    "published": "care",
    "published_names": "care",
    "read_events": "exchange.events.read",
    "read_fhir": "exchange.fhir",
    "read_parameter_sets": "model.parameter_sets",
    "run_all": "trials.run_all",
    "run_leaflet": "evidence.leaflet",
    "run_trial": "trials.run",
    "sample_cohort": "people.sampling",
    "simulate": "evidence.prediction.one_person:compare",
    "simulate_cohort": "engine",
    "studies": "evidence.studies.study",
    "study": "evidence.studies.study",
    "summarise_cohort": "engine",
    "vpc": "exchange.vpc",
    "with_values": "engine",
    "write_adam": "exchange.adam.write",
    "write_events": "exchange.events.write",
    "write_parameter_sets": "model.parameter_sets",
}

_named = when_asked(__name__, _HOME)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from brittlestar._shared.manifest import version

        return globals().setdefault(name, version())
    return import_module("brittlestar.evidence") if name == "evidence" else _named(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
