"""What a plan gives, step by step: the one form in which care meets the model. Needs numpy alone."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Care(NamedTuple):
    """What acts on a person for a while, all but infusions: a new kind of care is a field here.

    In a schedule of S steps [S, ...]; in tables of a run [output, row, plan, ...]; in a step [..., patient].
    """

    oral_rate: Any
    """rule of tablets [drug, 4]: mg/kg, mg if below, mg if above, per day, and the weight cut, kg; the mean
    over the step, as the dose taken fasting that is absorbed alike (``with_food`` of the drug's file); more
    columns as those of ``Schedule.iv_amount``, the cap first"""
    calcium_mg_per_day: Any
    """mg/day on top of own intake"""
    vitamin_d_nmol_per_l: Any
    """nmol/L on top of own serum 25-hydroxyvitamin D: where it would level off"""
    activity: Any
    """factor of load [3]: vertebral, metaphyseal, long bone"""
    immobilised: Any
    """whether a limb is immobilised at the middle of the step, 0 or 1"""
    rankl: Any
    """factor of the RANKL drive of osteoclast birth (biologics; mean over the step), 1 without"""
    formation: Any
    """1 + formation that biologics add to what resorption calls, healthy adult = 1; mean over the step"""
    limb_hazard: Any
    """factor of the lower-limb fracture hazard (operated bones, rods), 1 without"""

    @classmethod
    def nothing(cls, steps: int, drugs: int) -> "Care":
        """Nothing given for so many steps."""
        none, one = np.zeros(steps), np.ones(steps)
        return cls(np.zeros((steps, drugs, 4)), none, none, np.ones((steps, 3)), none, one, one, one)


@dataclass(frozen=True)
class Schedule:
    """What is given in each of S steps; D drugs, up to K infusions or injections of a drug in a step.

    This is the whole of what passes from care to the engine: the same for everybody under a plan, so doses by
    weight are left as rules. Made by :meth:`Plan.schedule <brittlestar.care.Plan.schedule>`, or by hand.
    """

    drugs: tuple[str, ...]
    """names on the drug axis [D]"""
    iv_amount: np.ndarray
    """[S, D, K, 5] mg_per_kg, mg_if_below, mg_if_above, weight_cut_kg, cap_mg; the dose in mg at weight W is
    min(mg_per_kg W + (mg_if_below if W < cut else mg_if_above), cap). Unused slots are 0. A plan with a least
    dose, a dose per body surface or several weight cuts has further columns: ``drugs.dose_rule``."""
    iv_day: np.ndarray
    """[S, D, K] days from the start of the step, 0 <= iv_day < step_days"""
    care: Care
    """[S, ...] all else"""
    step_days: float
    """days in a step"""

    @property
    def steps(self) -> int:
        """S."""
        return len(self.care.calcium_mg_per_day)
