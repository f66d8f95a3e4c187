"""Groups of people and plans that several checks share."""

import numpy as np

from brittlestar.evidence.simulated_groups import NOTHING, Group, GroupUnderPlan

MONTREAL = "montreal-pamidronate"
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months"
Z_RULE = f"{ZOLEDRONATE}, stop when Z reaches -2"
POISE_PLAN = "poise-risedronate"

AT_8 = {kind: GroupUnderPlan(Group(8.0, kind)) for kind in ("I", "IV", "III")}
AT_8_TREATED = {kind: arm.under(ZOLEDRONATE) for kind, arm in AT_8.items()}

POISE_KINDS = (("I", 121.0), ("IV", 17.0), ("III", 5.0))
POISE_MANY = GroupUnderPlan(Group((4.0, 15.0), POISE_KINDS, n=300))
POISE_MANY_TREATED = POISE_MANY.under(POISE_PLAN)
CHEVREL = GroupUnderPlan(Group((20.0, 50.0), "I"))
CHEVREL_TREATED = CHEVREL.under("alendronate 10 mg/day for 3 years")

DOSES = (0.0125, 0.025, 0.05)
CHILD = {d: GroupUnderPlan(Group(8.0, "I", n=60), f"zoledronate {d} mg/kg iv every 6 months") for d in DOSES}
ADULT = {d: GroupUnderPlan(Group(35.0, "I", n=60), f"zoledronate {d} mg/kg iv every 6 months") for d in DOSES}
CHILD_NONE, ADULT_NONE = (arms[0.05].under(NOTHING) for arms in (CHILD, ADULT))

CLINICAL = ("lower_limb", "upper_limb", "other")
LONG_BONES = ("lower_limb", "upper_limb")


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % limits of a share seen in n people (Wilson 1927)."""
    z2 = 1.96**2 / n
    middle, half = share + z2 / 2, 1.96 * np.sqrt(share * (1 - share) / n + z2 / (4 * n))
    return (middle - half) / (1 + z2), (middle + half) / (1 + z2)
