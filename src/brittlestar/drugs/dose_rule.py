"""How a dose follows from body size: one rule for infusions and tablets, for numbers and traced arrays."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from brittlestar._shared.schedule import Schedule

COLUMNS = ("mg_per_kg", "mg_if_below", "mg_if_above", "weight_cut_kg", "cap_mg")
"""A rule, in this order; the rule of tablets is per day, and has no cap where no plan of a run says one."""

MORE = ("least_mg", "mg_per_m2")
"""Columns that follow in runs of which a plan needs them; then further weight cuts, each with what is given
more from that weight on."""


def columns(width: int) -> tuple[str, ...]:
    """Names of the columns of a rule of this width."""
    cuts = (f"{name}_{i}" for i in range(2, 2 + (width + 1) // 2) for name in ("weight_cut_kg", "mg_more"))
    return (*COLUMNS, *MORE, *cuts)[:width]


CAP = COLUMNS.index("cap_mg")
SURFACE = len(COLUMNS) + MORE.index("mg_per_m2")


def by_surface(rule: Any) -> bool:
    """Whether a rule has a column for body surface."""
    return len(rule) > SURFACE


def is_given(rule: Any) -> Any:
    """Whether anything is given.

    Args:
        rule: columns on the leading axis.
    """
    given = (rule[0] != 0.0) | (rule[1] != 0.0) | (rule[2] != 0.0)
    return given | (rule[SURFACE] != 0.0) if by_surface(rule) else given


def further_cuts(rule: Any) -> list[tuple[Any, Any]]:
    """Weight cuts after the first, each with what is given more from it on."""
    first = len(COLUMNS) + len(MORE)
    return list(zip(rule[first::2], rule[first + 1 :: 2], strict=True))


def dose_mg(rule: Any, weight_kg: Any, surface_m2: Any = None) -> Any:
    """min(max(mg_per_kg W + mg_per_m2 A + mg of the weight, least), cap), in mg.

    The mg of the weight are mg_if_below where W < cut, else mg_if_above, and more from every further cut on.

    Args:
        rule: :data:`COLUMNS` on the leading axis, the cap may be missing, :data:`MORE` may follow.
        weight_kg: weight, as the other axes of the rule.
        surface_m2: body surface; needed where a rule has a column for it.
    """
    xp = rule.__array_namespace__()
    mg = rule[0] * weight_kg + xp.where(rule[3] > weight_kg, rule[1], rule[2])
    if by_surface(rule):
        mg = mg + rule[SURFACE] * surface_m2
        for cut, more in further_cuts(rule):
            mg = mg + xp.where(cut > weight_kg, 0.0, more)
        mg = xp.maximum(mg, rule[len(COLUMNS)])
    return xp.minimum(mg, rule[4]) if len(rule) > 4 else mg


def widened(rule: np.ndarray, width: int) -> np.ndarray:
    """A table of rules, columns last, with more columns that change nothing.

    Args:
        rule: columns on the last axis.
        width: as many as that, or more.
    """
    have = rule.shape[-1]
    if have == width:
        return rule
    wide = np.zeros((*rule.shape[:-1], width))
    wide[..., :have] = rule
    if have < len(COLUMNS) <= width:
        wide[..., CAP] = np.inf
    return wide


def of_one_width(schedules: Sequence[Schedule]) -> list[Schedule]:
    """Schedules whose rules have as many columns as those of the widest."""
    iv = max(s.iv_amount.shape[-1] for s in schedules)
    oral = max(s.care.oral_rate.shape[-1] for s in schedules)

    def wide(s: Schedule) -> Schedule:
        rate = widened(np.asarray(s.care.oral_rate), oral)
        return replace(s, iv_amount=widened(s.iv_amount, iv), care=s.care._replace(oral_rate=rate))

    return [wide(s) for s in schedules]
