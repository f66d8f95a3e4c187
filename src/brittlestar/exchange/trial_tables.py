"""A simulated trial as other formats need it: what was asked, and the tables of its people."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import input_sha256
from brittlestar._shared.user_files import MOST_RESULT_BYTES, json_content, read_text
from brittlestar.care import Plan
from brittlestar.exchange.sizes import Sizes
from brittlestar.people.coding import SEXES, TYPES
from brittlestar.people.size import expected_weight_kg, height_z_from_cm
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.result import TrialResult

NEEDED = ("patients", "visits", "fractures")


@dataclass(frozen=True)
class TrialTables:
    """What was asked of a trial and what its people did.

    Args:
        protocol: the trial.
        plans: of its arms, by id, as they were when it ran.
        manifest: of its result.
        patients: everyone, as ``trials.tables.patients``.
        visits: what was measured.
        fractures: what was counted.
    """

    protocol: Protocol
    plans: Mapping[str, Plan]
    manifest: Mapping[str, Any]
    patients: pl.DataFrame
    visits: pl.DataFrame
    fractures: pl.DataFrame

    @classmethod
    def of(cls, trial: TrialResult | str | os.PathLike[str]) -> Self:
        """From a result, or from the directory that a run wrote.

        Raises:
            InputError: no directory of a finished trial, or one whose protocol was changed afterwards.
        """
        if isinstance(trial, TrialResult):
            plans = {arm.id: arm.care for arm in trial.protocol.arms}
            people = {name: getattr(trial, name) for name in NEEDED}
            return cls(trial.protocol, plans, trial.manifest, **people)
        folder = Path(trial)
        if not os.path.isdir(folder):  # False for a name that no folder can have, where a Path may fail.
            raise InputError("run", str(trial), "accepted: the directory that a trial wrote (trial --out)")
        content, asked = (_content(folder / name) for name in ("results.json", "protocol.json"))
        if input_sha256(asked) != content["manifest"]["input_sha256"]:
            raise InputError(str(folder / "protocol.json"), "changed", "accepted: as the run wrote it")
        fields = asked["protocol"]
        plans = {id: Plan(**told) for id, told in fields.pop("plans").items()}
        for arm in fields["arms"]:
            # A plan that was a file may be gone: what it said is here.
            if arm["plan"].endswith(".toml"):
                arm["plan"] = plans[arm["id"]].in_words()
        people = {name: _parquet(folder / f"{name}.parquet") for name in NEEDED}
        return cls(Protocol(**fields), plans, content["manifest"], **people)

    @cached_property
    def sex(self) -> np.ndarray:
        """Code of everyone's sex [person]."""
        return _codes(self.patients["sex"], SEXES)

    @cached_property
    def oi_type(self) -> np.ndarray:
        """Code of everyone's type [person]."""
        return _codes(self.patients["oi_type"], TYPES)

    @cached_property
    def sizes(self) -> Sizes:
        """How everyone grows."""
        age, height, weight, shift = (
            self.patients[name].to_numpy()
            for name in ("age_years", "screening_height_cm", "screening_weight_kg", "puberty_shift_years")
        )
        who = (self.oi_type, self.sex, age)
        z = height_z_from_cm(*who, height, puberty_shift_years=shift)
        factor = weight / expected_weight_kg(*who, z, puberty_shift_years=shift)
        return Sizes(*who, z, factor, shift)


def _codes(words: pl.Series, known: tuple[str, ...]) -> np.ndarray:
    return np.array([known.index(word) for word in words.cast(pl.String).to_list()], np.int8)


def _content(file: Path) -> dict[str, Any]:
    return json_content(read_text(file, "run", MOST_RESULT_BYTES), str(file))


def _parquet(file: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            "run", str(file), f"cannot be read ({error}); accepted: as the run wrote it"
        ) from None
