"""A plan as a :class:`Schedule`: doses at their own times inside steps, rates, supplements, load."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.schedule import Care, Schedule
from brittlestar.care.base import Part
from brittlestar.care.biologics import drives
from brittlestar.care.dates import TIGHT
from brittlestar.care.doses import Infusion, TabletPeriod, infusions, tablet_periods
from brittlestar.care.plan_fields import PlanFields
from brittlestar.care.supplements import vitamin_d_rise
from brittlestar.drugs.catalogue import DRUGS, check_drug
from brittlestar.drugs.dose_rule import CAP, COLUMNS, SURFACE, further_cuts

RATES = ("calcium_mg_per_day", "vitamin_d_iu_per_day")
"""Tables whose effects add up from 0."""

FACTORS: dict[str, tuple[int, ...]] = {"activity": (3,), "limb_hazard": (), "rankl": (), "formation": ()}
"""Tables whose effects multiply from 1, and the shape of a row."""


def tabulate(
    plan: PlanFields,
    n_steps: int,
    step_days: float,
    age_years: float | None,
    drugs: tuple[str, ...] | None,
    sex: Any = None,
) -> Schedule:
    """The schedule of a plan; see :meth:`Plan.schedule`."""
    names = _drug_axis(plan, drugs)
    if plan.needs_age and age_years is None:
        raise InputError("age_years", None, "this plan goes by age: give the age at the start of the plan")
    edges = np.arange(n_steps + 1) * float(step_days)
    held, limits, stop = plan.held, plan.limits(age_years, sex), plan.stop_day(age_years, sex)
    infused = [
        dose for r in plan.regimens for dose in infusions(r, edges[-1] - TIGHT, age_years, held, limits)
    ]
    tablets = [(r.drug, period) for r in plan.regimens for period in tablet_periods(r, age_years, held, stop)]
    iv_amount, iv_day = _infusion_tables(infused, names, edges)
    rankl, formation = drives(plan.biologics, n_steps, float(step_days), held, limits)
    effects = add_effects(plan.parts, edges)
    care = Care(
        oral_rate=_oral_table(tablets, names, edges),
        calcium_mg_per_day=effects["calcium_mg_per_day"],
        vitamin_d_nmol_per_l=vitamin_d_rise(effects["vitamin_d_iu_per_day"]),
        activity=effects["activity"],
        immobilised=effects["immobilised"],
        rankl=rankl * effects["rankl"],
        formation=formation * effects["formation"],
        limb_hazard=effects["limb_hazard"],
    )
    return Schedule(names, iv_amount, iv_day, care, float(step_days))


def _drug_axis(plan: PlanFields, drugs: tuple[str, ...] | None) -> tuple[str, ...]:
    if drugs is None:
        return plan.drugs
    for name in drugs:
        check_drug(name, "drugs")
    for name in plan.drugs:
        if name not in drugs:
            raise InputError("drugs", drugs, f"the plan gives {name}; {nearest(name, DRUGS)}")
    return tuple(drugs)


def add_effects(parts: Iterable[Part], edges: np.ndarray) -> dict[str, np.ndarray]:
    """What parts of a plan do together, as tables by step: an effect counts by its share of a step.

    Args:
        parts: of one plan.
        edges: days at which steps begin and the last one ends [S + 1].
    """
    n_steps, middle = len(edges) - 1, 0.5 * (edges[:-1] + edges[1:])
    tables = {
        **{name: np.zeros(n_steps) for name in RATES},
        **{name: np.ones((n_steps, *row)) for name, row in FACTORS.items()},
        "immobilised": np.zeros(n_steps, bool),
    }
    for effect in (effect for part in parts for effect in part.effects()):
        share = _overlap(edges, effect.start, effect.end)
        if effect.on in RATES:
            tables[effect.on] += effect.value * share
        elif effect.on in FACTORS:
            share = share.reshape(-1, *(1 for _ in FACTORS[effect.on]))
            tables[effect.on] *= 1.0 + share * (np.asarray(effect.value) - 1.0)
        else:
            tables[effect.on] |= (middle >= effect.start) & (middle < effect.end)
    return tables


def _infusion_tables(
    infused: Sequence[Infusion], names: tuple[str, ...], edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    n_steps, step_days = len(edges) - 1, edges[1]
    slots: dict[tuple[int, int], list[Infusion]] = {}
    for dose in infused:
        step = min(int(dose.day / step_days + 1e-9), n_steps - 1)
        slots.setdefault((step, names.index(dose.drug)), []).append(dose)
    width = max((len(doses) for doses in slots.values()), default=1)
    columns = max((len(dose.amount) for dose in infused), default=len(COLUMNS))
    amount, day = np.zeros((n_steps, len(names), width, columns)), np.zeros((n_steps, len(names), width))
    for (step, drug), doses in slots.items():
        for k, dose in enumerate(sorted(doses, key=lambda d: d.day)):
            amount[step, drug, k, : len(dose.amount)] = dose.amount
            day[step, drug, k] = max(dose.day - edges[step], 0.0)
    return amount, day


def _oral_table(
    tablets: Sequence[tuple[str, TabletPeriod]], names: tuple[str, ...], edges: np.ndarray
) -> np.ndarray:
    plain = all(len(p.amount) == len(COLUMNS) and p.amount[CAP] == inf for _, p in tablets)
    cuts = sorted({cut for _, period in tablets for cut, _ in further_cuts(period.amount)})
    rate = np.zeros((len(edges) - 1, len(names), CAP if plain else SURFACE + 1 + 2 * len(cuts)))
    banded_share = np.zeros((len(edges) - 1, len(names)))
    for name, period in tablets:
        drug = names.index(name)
        share = np.zeros(len(edges) - 1)
        for start, end in period.windows:
            share += _overlap(edges, start, end)
        per_kg, below, above, cut, cap, *_ = period.amount
        rate[:, drug, :3] += share[:, None] * np.array([per_kg, below, above])
        if not plain:
            # Of two doses in one step the ends add up, as the doses do; one without a cap has none.
            taken = share > 0.0
            rate[taken, drug, CAP] += share[taken] * cap
            least_and_per_m2 = period.amount[CAP + 1 : SURFACE + 1] or (0.0, 0.0)
            rate[:, drug, CAP + 1 : SURFACE + 1] += share[:, None] * np.array(least_and_per_m2)
            for at, more in further_cuts(period.amount):
                column = SURFACE + 1 + 2 * cuts.index(at)
                rate[taken, drug, column] = at
                rate[:, drug, column + 1] += share * more
        if cut:
            # A table row holds one weight cut: that of the regimen which fills more of the step.
            wins = share > banded_share[:, drug]
            rate[wins, drug, 3], banded_share[wins, drug] = cut, share[wins]
    if not plain:
        rate[..., CAP] = np.where(rate[..., CAP] == 0.0, inf, rate[..., CAP])
    return rate


def _overlap(edges: np.ndarray, start: float, end: float) -> np.ndarray:
    """Share of each step that lies in the window."""
    covered = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
    return np.clip(covered / np.diff(edges), 0.0, 1.0)
