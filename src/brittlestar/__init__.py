"""Simulator of bisphosphonate treatment of osteogenesis imperfecta: simulated, never observed.

>>> import brittlestar as bs
>>> result = bs.compare(  # doctest: +SKIP
...     age=7, sex="female", oi_type="III", years=3,
...     plan="zoledronate 0.05 mg/kg iv every 6 months for 3 years",
... )
>>> result.summary()["sentences"]  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brittlestar._shared.errors import InputError
    from brittlestar.care import Plan, Regimen, published_names
    from brittlestar.comparison import Comparison, compare
    from brittlestar.engine import Course, default_parameters, simulate_cohort, with_values
    from brittlestar.people.cohort import Cohort
    from brittlestar.people.person import Person
    from brittlestar.people.sampling import sample_cohort
    from brittlestar.trials.protocol import Protocol, load_protocol
    from brittlestar.trials.run import TrialResult, run_trial

    __version__: str

__all__ = [
    "Cohort",
    "Comparison",
    "Course",
    "InputError",
    "Person",
    "Plan",
    "Protocol",
    "Regimen",
    "TrialResult",
    "__version__",
    "compare",
    "default_parameters",
    "load_protocol",
    "published_names",
    "run_trial",
    "sample_cohort",
    "simulate_cohort",
    "with_values",
]

# Loaded when asked for: `import brittlestar` and `brittlestar --help` stay quick.
_HOME = {
    "Cohort": "people.cohort",
    "Comparison": "comparison",
    "Course": "engine",
    "InputError": "_shared.errors",
    "Person": "people.person",
    "Plan": "care",
    "Protocol": "trials.protocol",
    "Regimen": "care",
    "TrialResult": "trials.run",
    "compare": "comparison",
    "default_parameters": "engine",
    "load_protocol": "trials.protocol",
    "published_names": "care",
    "run_trial": "trials.run",
    "sample_cohort": "people.sampling",
    "simulate_cohort": "engine",
    "with_values": "engine",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from brittlestar._shared.manifest import version

        value = version()
    elif name in _HOME:
        value = getattr(import_module(f"brittlestar.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'brittlestar' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
