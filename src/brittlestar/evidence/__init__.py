"""What is published, and what follows: studies, calibration, prediction, the factsheet, credibility.

``study``, ``select`` and ``pooling`` are those of the command ``brittlestar evidence``.

>>> from brittlestar import evidence
>>> evidence.pooling("fracture_ratio")  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brittlestar.evidence.studies.listing import select
    from brittlestar.evidence.studies.pools import pooling
    from brittlestar.evidence.studies.study import study

__all__ = ["pooling", "select", "study"]

# Loaded when asked for: rooms inside this one stay quick to import.
_HOME = {"pooling": "pools", "select": "listing", "study": "study"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'brittlestar.evidence' has no attribute {name!r}")
    return getattr(import_module(f"brittlestar.evidence.studies.{_HOME[name]}"), name)
