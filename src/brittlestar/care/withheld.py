"""Outputs that are not told under some drugs, because nobody knows their balance.

Under a drug that builds bone, calcium goes into new bone while the drug itself acts on gut and kidney
(teriparatide is a parathyroid hormone); how the two add up in blood is not known here. The engine goes on
computing both outputs from turnover; whoever tells outputs to people leaves them out.
"""

from brittlestar.care.plan_fields import PlanFields

BALANCE_UNKNOWN = ("calcium_change_mmol_per_l", "pth_ratio")
"""Ionised calcium and parathyroid hormone, as outputs of the engine and measures of a trial."""

BUILDERS = ("teriparatide", "romosozumab", "setrusumab")
"""Drugs that build bone."""

WHY = "not known under a drug that builds bone"


def withheld(plan: PlanFields) -> tuple[str, ...]:
    """Outputs that are not told of a course under this plan: both, or none."""
    return BALANCE_UNKNOWN if any(drug in BUILDERS for drug in plan.all_drugs) else ()
