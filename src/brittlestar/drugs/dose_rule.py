"""How a dose follows from weight: one rule for infusions and tablets, for numbers and for traced arrays."""

from typing import Any

COLUMNS = ("mg_per_kg", "mg_if_below", "mg_if_above", "weight_cut_kg", "cap_mg")
"""A rule, in this order; the rule of tablets is per day and has no cap."""


def dose_mg(rule: Any, weight_kg: Any) -> Any:
    """min(mg_per_kg W + (mg_if_below if W < cut else mg_if_above), cap), in mg.

    Args:
        rule: :data:`COLUMNS` on the leading axis, the cap may be missing.
        weight_kg: weight, as the other axes of the rule.
    """
    xp = rule.__array_namespace__()
    mg = rule[0] * weight_kg + xp.where(rule[3] > weight_kg, rule[1], rule[2])
    return xp.minimum(mg, rule[4]) if len(rule) > 4 else mg
