"""Every format that is written, by its name: what ``brittlestar export`` is in Python."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from brittlestar._shared.errors import InputError, nearest
from brittlestar.exchange.adam.write import write_adam
from brittlestar.exchange.events.write import write_events
from brittlestar.exchange.export import export_code, export_sbml
from brittlestar.exchange.fhir_bundle import export_fhir
from brittlestar.exchange.omex import export_omex
from brittlestar.exchange.petab.export import export_petab
from brittlestar.trials.result import TrialResult


def _of_trial(write: Callable[..., Any]) -> Callable[..., Any]:
    def put(path: str | os.PathLike[str], trial: TrialResult | str | os.PathLike[str], **options: Any) -> Any:
        return write(trial, path, **options)

    return put


FORMATS: Mapping[str, Callable[..., Any]] = {
    "sbml": export_sbml,
    "omex": export_omex,
    "rxode2": partial(export_code, language="rxode2"),
    "mrgsolve": partial(export_code, language="mrgsolve"),
    "fhir": export_fhir,
    "petab": export_petab,
    "events": _of_trial(write_events),
    "adam": _of_trial(write_adam),
}
"""Format -> what writes it: path, then person, plan and years; of the last two a trial; of petab nothing."""


def export(format: str, path: str | os.PathLike[str], *of: Any, **options: Any) -> None:
    """Write the model of one person, a simulated trial, or the calibration in another tool's format.

    Args:
        format: ``sbml``, ``omex``, ``rxode2``, ``mrgsolve`` or ``fhir`` of a person; ``events`` or ``adam``
            of a trial; ``petab`` of the calibration.
        path: of the file, or of the directory for ``adam`` and ``petab``.
        *of: person, plan and years; or a trial, its result or the directory of its run; or nothing.
        **options: of the function for the format, such as ``force``.

    Raises:
        InputError: an unknown format, and what the function for the format refuses.

    Example:
        >>> export("sbml", "girl.xml", Person(age=7, sex="f", oi_type="III"), "none", 1)  # doctest: +SKIP
        >>> export("events", "poise.csv", run_trial("poise", replicates=1))  # doctest: +SKIP
    """
    if format not in FORMATS:
        raise InputError("format", format, nearest(format, FORMATS))
    FORMATS[format](path, *of, **options)
