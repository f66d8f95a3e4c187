"""A plan of care: what a person is given and does, from the first day of a run."""

import warnings
from typing import Any, Self

from pydantic import model_validator

from brittlestar._shared.errors import InputError
from brittlestar.care import checks, files, phrases
from brittlestar.care.component import Component
from brittlestar.care.regimen import Placebo, Regimen
from brittlestar.care.schedule import Schedule, build
from brittlestar.care.spans import read_span
from brittlestar.care.support import Activity, Calcium, Immobilisation, VitaminD
from brittlestar.drugs.catalogue import DRUGS


class Plan(Component):
    """Regimens and what goes with them. ``Plan()`` is no treatment.

    Making a plan warns (:class:`PlanWarning`) where it departs from labels and published use.

    Args:
        name: short name.
        note: what to know about it.
        sources: where it was published, or ``assumed``.
        regimens: drugs.
        placebo: periods on placebo.
        calcium: calcium supplements.
        vitamin_d: vitamin D supplements.
        activity: periods of other than usual load.
        immobilisation: periods with a limb at rest.

    Raises:
        InputError: unknown fields or drugs, a dose that looks like a slip of the unit, two drugs by mouth at
            once.
    """

    name: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    regimens: tuple[Regimen, ...] = ()
    placebo: tuple[Placebo, ...] = ()
    calcium: tuple[Calcium, ...] = ()
    vitamin_d: tuple[VitaminD, ...] = ()
    activity: tuple[Activity, ...] = ()
    immobilisation: tuple[Immobilisation, ...] = ()

    @model_validator(mode="after")
    def _warn(self) -> Self:
        for warning in checks.findings(self):
            warnings.warn(warning, stacklevel=4)
        return self

    @property
    def drugs(self) -> tuple[str, ...]:
        """Drugs of the plan, in the order of the house."""
        given = {regimen.drug for regimen in self.regimens}
        return tuple(drug for drug in DRUGS if drug in given)

    @property
    def needs_age(self) -> bool:
        """Whether the schedule depends on the age at the start."""
        return any(regimen.age_bands for regimen in self.regimens)

    def in_words(self) -> str:
        """The plan as a sentence that :func:`brittlestar.care.parse` reads back."""
        return phrases.say(self)

    def to_toml(self) -> str:
        """The plan as TOML that :meth:`from_toml` reads back."""
        return files.write(self.model_dump(exclude_defaults=True))

    @classmethod
    def from_toml(cls, text: str, where: str = "plan") -> Self:
        """A plan from TOML text.

        Raises:
            InputError: not TOML, unknown fields, or a plan that does not fit together.
        """
        fields = files.read(text, where)
        try:
            return cls(**fields)
        except InputError as error:
            raise InputError(f"{where}: {error.where}", error.value, error.accepted) from None

    def lasting(self, duration: Any) -> Self:
        """A copy in which every regimen without an end lasts this long from its start, e.g. ``"3 years"``."""
        length = read_span(duration, "duration")
        ended = tuple(r if r.duration else r.model_copy(update={"duration": length}) for r in self.regimens)
        return self.model_copy(update={"regimens": ended})

    def check(
        self, creatinine_clearance_ml_min: float | None = None, weight_kg: float | None = None
    ) -> tuple[checks.PlanWarning, ...]:
        """Departures from labels and published use, in general and for a person's kidneys and weight."""
        found = [*checks.findings(self)]
        if weight_kg is not None:
            found += checks.weight_findings(self, weight_kg)
        if creatinine_clearance_ml_min is not None:
            found += checks.renal_findings(self, creatinine_clearance_ml_min)
        return tuple(found)

    def schedule(
        self,
        n_steps: int,
        step_days: float,
        age_years: float | None = None,
        drugs: tuple[str, ...] | None = None,
    ) -> Schedule:
        """The plan as tables over steps, doses at their own times.

        Args:
            n_steps: number of steps.
            step_days: length of a step.
            age_years: age at the start; needed if a regimen doses by age (``needs_age``).
            drugs: drug axis of the tables; the plan's own drugs if left out.

        Raises:
            InputError: age missing, or a drug of the plan is not on the axis.
        """
        return build(self, n_steps, step_days, age_years, drugs)
