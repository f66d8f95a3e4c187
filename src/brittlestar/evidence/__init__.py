"""What is published, and what follows: studies, calibration, prediction, the factsheet, credibility.

``study``, ``select`` and ``pooling`` are those of the command ``brittlestar evidence``.

>>> from brittlestar import evidence
>>> evidence.pooling("fracture_ratio")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from brittlestar._shared.lazy import when_asked

if TYPE_CHECKING:
    from brittlestar.evidence.studies.listing import select
    from brittlestar.evidence.studies.pools import pooling
    from brittlestar.evidence.studies.study import study

__all__ = ["pooling", "select", "study"]

# Loaded when asked for: rooms inside this one stay quick to import.
_HOME = {"pooling": "studies.pools", "select": "studies.listing", "study": "studies.study"}

__getattr__ = when_asked(__name__, _HOME)
