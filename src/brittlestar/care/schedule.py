"""What the engine reads of a plan: tables over the steps of a run. Needs numpy alone."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Schedule:
    """What is given in each of S steps; D drugs, up to K doses of a drug in a step.

    This is the whole of what passes from care to the engine: same for everybody under a plan, so doses by
    weight are left as rules. Made by :meth:`Plan.schedule <brittlestar.care.Plan.schedule>`, or by hand.
    """

    drugs: tuple[str, ...]
    """names on the drug axis [D]"""
    iv_amount: np.ndarray
    """[S, D, K, 5] mg_per_kg, mg_if_below, mg_if_above, weight_cut_kg, cap_mg; the dose in mg at weight W is
    min(mg_per_kg W + (mg_if_below if W < cut else mg_if_above), cap). Unused slots are 0."""
    iv_day: np.ndarray
    """[S, D, K] days from the start of the step, 0 <= iv_day < step_days"""
    oral_rate: np.ndarray
    """[S, D, 4] mg_per_kg_per_day, mg_per_day_if_below, mg_per_day_if_above, weight_cut_kg: the mean over the
    step, as the dose taken fasting that is absorbed alike (``with_food`` of the drug's file)"""
    calcium_mg_per_day: np.ndarray
    """[S] mg/day on top of own intake"""
    vitamin_d_nmol_per_l: np.ndarray
    """[S] nmol/L on top of own serum 25-hydroxyvitamin D"""
    activity: np.ndarray
    """[S, 3] factor of load: vertebral, metaphyseal, long bone"""
    immobilised: np.ndarray
    """[S] whether a limb is immobilised at the middle of the step"""
    step_days: float
    """days in a step"""
    limb_hazard: np.ndarray = field(default_factory=lambda: np.ones(0))
    """[S] factor of the lower-limb fracture hazard (operated bones, rods); left out: 1"""
    rankl: np.ndarray = field(default_factory=lambda: np.ones(0))
    """[S] factor of the RANKL drive of osteoclast birth (biologics; mean over the step); left out: 1"""
    formation: np.ndarray = field(default_factory=lambda: np.ones(0))
    """[S] factor of the osteoblasts' gain (biologics; mean over the step); left out: 1"""

    def __post_init__(self) -> None:
        for name in ("limb_hazard", "rankl", "formation"):
            if getattr(self, name).size == 0:
                object.__setattr__(self, name, np.ones(len(self.calcium_mg_per_day)))
