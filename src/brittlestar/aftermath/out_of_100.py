"""Benefits and harms of plans side by side: out of 100 people like these, over the same years."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.of_100 import OF, by_chance
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.aftermath.consequences import Aftermath
from brittlestar.outcomes import metaphysis, safety
from brittlestar.outcomes.fracture import SITES


def rows(
    after: Aftermath, years: float | None = None, labels: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """One row per benefit or harm, each plan under its label.

    A row has ``id``, ``label``, ``kind`` (``benefit``: what treatment is for; ``harm``: what it may bring),
    ``unit``, ``years``, ``note`` and per plan ``mean``, ``simulation_error`` (one standard error), ``chance``
    (95 % range of groups of 100) and ``said``. Jaw osteonecrosis has no mean: ``at_most`` is what the counts
    leave possible. People whose course failed are left out.

    Args:
        after: outcomes of a course.
        years: horizon; the whole course if left out.
        labels: one per plan; ``plan 0``, ``plan 1``, ... if left out.

    Raises:
        InputError: a horizon outside the course, or labels that do not fit.
    """
    s = after.setting
    last = float(s.course.time_years[-1])
    horizon = last if years is None else float(years)
    if not 0.0 < horizon <= last + 1e-9:
        raise InputError("years", years, f"accepted: more than 0, at most {last:g}, the length of the course")
    labels = list(labels or (f"plan {i}" for i in range(len(s.plans))))
    if len(labels) != len(s.plans) or len(set(labels)) != len(labels):
        raise InputError("labels", labels, f"accepted: {len(s.plans)} different labels, one per plan")
    good = np.ones(len(s.plan_index), bool)
    good[s.course.failed] = False
    found = []
    for name, label, kind, chance, note in measures(after, horizon):
        row: dict[str, Any] = {"id": name, "label": label, "kind": kind, "unit": f"of {OF}", "years": horizon}
        row["note"] = note
        for i, plan in enumerate(labels):
            row[plan] = _cell(chance[good & (s.plan_index == i)])
        found.append(row)
    return [*found, jaw(after, horizon, labels)]


def _cell(chance: np.ndarray) -> dict[str, Any]:
    if not len(chance):
        return {"mean": None, "simulation_error": None, "chance": None, "said": "nobody followed this plan"}
    mean = float(chance.mean())
    error = float(chance.std(ddof=1)) / len(chance) ** 0.5 if len(chance) > 1 else None
    share = min(max(mean, 0.0), 1.0)
    return {
        "mean": OF * mean,
        "simulation_error": None if error is None else OF * error,
        "chance": by_chance(share).tolist(),
        "said": _said(OF * mean),
    }


def _said(value: float) -> str:
    if value == 0.0:
        return f"none of {OF} in this simulation"
    return f"fewer than 1 of {OF}" if value < 0.5 else f"about {value:.0f} of {OF}"


def jaw(after: Aftermath, horizon: float, labels: Sequence[str]) -> dict[str, Any]:
    """The row of jaw osteonecrosis, which is known by a bound alone; each plan under its label."""
    bound = safety.jaw_osteonecrosis("children_with_oi", after.parameters.safety)
    wide = safety.jaw_osteonecrosis("young_mixed", after.parameters.safety)
    row: dict[str, Any] = {
        "id": "jaw_osteonecrosis",
        "label": "osteonecrosis of the jaw",
        "kind": "harm",
        "unit": f"of {OF}",
        "years": horizon,
        "note": f"{bound.source}; pessimistic, any disease: {wide.said(OF)}, {wide.source}",
    }
    for given, plan in zip(after.setting.plans, labels):
        cell = {"mean": None, "simulation_error": None, "chance": None}
        if np.isfinite(given.drug_start) and given.drug_start <= horizon * DAYS_PER_YEAR:
            cell |= {"at_most": OF * bound.high, "said": bound.said(OF)}
        else:
            cell |= {"at_most": None, "said": "no drug given"}
        row[plan] = cell
    return row


def _any(n: int, person: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Chance of at least one event per person: 1 - prod(1 - chance)."""
    none = np.bincount(person, np.log1p(-np.minimum(chance, 1.0 - 1e-12)), minlength=n)
    return -np.expm1(none)


def measures(after: Aftermath, horizon: float) -> list[tuple[str, str, str, np.ndarray, str]]:
    """Id, label, kind, chance of each person up to the horizon (0 or 1 where it was drawn), and note."""
    s, p, d, u = after.setting, after.parameters, after.doses, after.unions
    n, c = len(s.plan_index), s.course
    row = int(np.searchsorted(c.time_years, horizon + 1e-9)) - 1
    broke = c.fracture_years <= horizon
    dosed, healed = d.years <= horizon, u.years <= horizon

    def had(person: np.ndarray) -> np.ndarray:
        return (np.bincount(person, minlength=n) > 0).astype(float)

    def at_dose(chance: np.ndarray, which: np.ndarray) -> np.ndarray:
        keep = dosed & which
        return _any(n, d.person[keep], chance[keep])

    def late(which: np.ndarray) -> np.ndarray:
        keep = healed & which
        return _any(n, u.person[keep], u.delayed_chance[keep])

    cobb = after.spine.cobb[row]
    before, now = after.pain_level([0.0, c.time_years[row]])
    complaint = after.gut.years <= horizon
    vertebral = c.fracture_site == SITES.index("vertebral")
    excess = -np.expm1(-after.femur.excess_expected[row])
    assumed = "size assumed"
    return [
        ("fracture", "at least one fracture", "benefit", had(c.fracture_person[broke]), ""),
        ("vertebral", "a vertebral fracture", "benefit", had(c.fracture_person[broke & vertebral]), ""),
        (
            "less_pain",
            "pain lower by 2 points or more at the end",
            "benefit",
            (before - now >= p.report.meaningful).astype(float),
            "placebo-controlled trials found no lasting difference in pain",
        ),
        ("scoliosis", "a curve above 10 degrees at the end", "benefit", (cobb > 0).astype(float), ""),
        (
            "severe_scoliosis",
            "a curve above 50 degrees at the end",
            "benefit",
            (cobb > 50.0).astype(float),
            "",
        ),
        (
            "acute_phase",
            "a flu-like reaction of some days",
            "harm",
            at_dose(d.own_acute_phase_chance, np.ones(len(d.person), bool)),
            "",
        ),
        (
            "acute_phase_later",
            "such a reaction after a later dose",
            "harm",
            at_dose(d.own_acute_phase_chance, ~d.naive & d.opens),
            "",
        ),
        ("low_calcium", "a low calcium blood test", "harm", at_dose(d.low_calcium_chance, d.opens), ""),
        (
            "symptomatic_calcium",
            "low calcium that needs treatment",
            "harm",
            at_dose(d.low_calcium_chance * p.reactions.symptomatic, d.opens),
            "",
        ),
        ("low_phosphate", "a low phosphate blood test", "harm", at_dose(d.low_phosphate_chance, d.opens), ""),
        (
            "gut",
            "complaints of stomach or gullet",
            "harm",
            had(after.gut.person[complaint]),
            f"with and without drug; {assumed}",
        ),
        (
            "gut_stop",
            "stops tablets because of them",
            "harm",
            had(after.gut.person[complaint & after.gut.stopped]),
            assumed,
        ),
        (
            "late_fracture_union",
            "a fracture not united after 12 months",
            "harm",
            late(~u.osteotomy),
            "per fracture: odds ratio 1.76, 0.61 to 5.10 (95 %), so perhaps none",
        ),
        (
            "late_osteotomy_union",
            "an osteotomy not united after 12 months",
            "harm",
            late(u.osteotomy),
            "per osteotomy: odds ratio 7.29, 2.62 to 20.3 (95 %)",
        ),
        (
            "wide_metaphyses",
            "ends of long bones wider by a tenth or more",
            "harm",
            metaphysis.is_wide(after.metaphysis_width[row], p.metaphysis).astype(float),
            f"no fracture hazard is attached; {assumed}",
        ),
        (
            "atypical_femur",
            "an extra, atypical-looking fracture of the femur from over-suppression",
            "harm",
            excess,
            f"not established in OI; {assumed}",
        ),
    ]
