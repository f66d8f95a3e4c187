"""A problem of PEtab, version 2, as tables: models in SBML, targets, errors, and what could not be said so.

A measurement of PEtab is one observable of one simulation with independent noise. A target here is a mean,
a change or a ratio over typical people, so a model holds all people of a target, and the target's value is a
rule of the model. What errors have in common are parameters of the observables, with a standard normal prior.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brittlestar.evidence.calibration.target_values import scaled
from brittlestar.evidence.calibration.targets import Target
from brittlestar.exchange.petab.fitted_numbers import Fitted

BOUND = 8.0
"""Prior SDs on either side of the centre at which the search is bounded."""

TABLES = ("parameters", "observables", "measurements")


@dataclass(frozen=True)
class CalibrationProblem:
    """What the files of a problem hold."""

    targets: tuple[Target, ...]
    """that are expressed, in the order of the tables"""
    left_out: dict[str, str]
    """fitted targets that are not, with the reason"""
    model_of: dict[str, str]
    """model by target"""
    day_of: dict[str, float]
    models: dict[str, str]
    """SBML by model"""
    fitted: tuple[Fitted, ...]
    """fitted numbers that the models hold by name"""
    variance: np.ndarray
    """of the independent noise [target]"""
    in_common: np.ndarray
    """slopes by the errors in common [target, error]"""
    shipped_errors: np.ndarray
    """the errors in common that are most probable at the shipped numbers [error]"""

    @property
    def errors(self) -> tuple[str, ...]:
        """Names of the errors in common."""
        return tuple(f"in_common_{i + 1}" for i in range(self.in_common.shape[1]))

    def files(self) -> dict[str, str]:
        """Name -> text of every file."""
        tables = {
            "parameters": self._parameters(),
            "observables": self._observables(),
            "measurements": self._measurements(),
            "left_out": [{"targetId": name, "reason": why} for name, why in self.left_out.items()],
        }
        files = {f"{name}.tsv": _tsv(rows) for name, rows in tables.items()}
        files |= {f"{name}.xml": text for name, text in self.models.items()}
        return files | {"problem.yaml": self._yaml()}

    def _parameters(self) -> list[dict[str, object]]:
        def row(name: str, words: str, shipped: float, centre: float, sd: float) -> dict[str, object]:
            return {
                "parameterId": name,
                "parameterName": words,
                "lowerBound": centre - BOUND * sd,
                "upperBound": centre + BOUND * sd,
                "nominalValue": shipped,
                "estimate": "true",
                "priorDistribution": "normal",
                "priorParameters": f"{centre!r};{sd!r}",
            }

        numbers = [
            row(
                one.id,
                f"ln of {one.free.leaf.path}, {one.free.leaf.entry.unit}",
                one.shipped,
                float(np.log(one.free.prior.centre)),
                one.free.prior.log_sd,
            )
            for one in self.fitted
        ]
        words = "what the errors of some results have in common"
        return numbers + [
            row(name, words, float(e), 0.0, 1.0)
            for name, e in zip(self.errors, self.shipped_errors, strict=True)
        ]

    def _observables(self) -> list[dict[str, object]]:
        return [
            {
                "observableId": f"observed_{petab_id(target.id)}",
                "observableName": " ".join(target.label.split()),
                "observableFormula": self._formula(target, slopes),
                "noiseFormula": repr(float(np.sqrt(variance))),
                "noiseDistribution": "normal",
            }
            for target, slopes, variance in zip(self.targets, self.in_common, self.variance, strict=True)
        ]

    def _formula(self, target: Target, slopes: np.ndarray) -> str:
        common = [
            f"({float(slope)!r})*{name}"
            for name, slope in zip(self.errors, slopes, strict=True)
            if slope != 0.0
        ]
        return " + ".join([f"value_of_{petab_id(target.id)}", *common])

    def _measurements(self) -> list[dict[str, object]]:
        return [
            {
                "observableId": f"observed_{petab_id(target.id)}",
                "experimentId": "",
                "modelId": self.model_of[target.id],
                "time": self.day_of[target.id],
                "measurement": found_as(target),
            }
            for target in self.targets
        ]

    def _yaml(self) -> str:
        lines = ["format_version: 2.0.0", "id: brittlestar_calibration", "model_files:"]
        for name in self.models:
            lines += [f"  {name}:", f"    location: {name}.xml", "    language: sbml"]
        for name in TABLES:
            lines += [f"{name.removesuffix('s')}_files:", f"- {name}.tsv"]
        return "\n".join([*lines, ""])


def found_as(target: Target) -> float:
    """What was published, on the scale of its errors."""
    return float(scaled(target, target.observed))


def petab_id(target: str) -> str:
    """A target's id as PEtab takes it."""
    return target.replace("-", "_")


def _tsv(rows: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
