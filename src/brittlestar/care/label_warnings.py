"""What looks wrong in a plan: doses far from any published one stop, smaller oddities warn by name."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from brittlestar._shared.errors import InputError
from brittlestar.care.durations import DAYS, number
from brittlestar.care.regimen import Regimen
from brittlestar.drugs.catalogue import FACTSHEET_DRUGS, facts, facts_by, routes

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan

FAR = 10.0
"""A dose this many times above or below every published one is taken for a slip of the unit (assumed)."""


SLACK = 1.1
"""A yearly total may exceed a published one by so much through months and weeks that differ (assumed)."""

LIGHTEST = 10.0
"""kg; even the lightest patient on published tablets weighs about this (assumed; POISE: at least 10 kg)."""

INFUSION_LENGTH = (
    "the length of an infusion does nothing on bone here: what stays in the body was the same after 1, 4 and "
    "24 hours (PMID 1573666), and no source gives another effect"
)

_LABEL = "https://www.medscape.com/viewarticle/480498_5"


class PlanWarning(UserWarning):
    """Something in a plan departs from a label or from published use; the simulation still runs.

    Args:
        rule: short name of the rule, e.g. ``"infusion-too-short"``.
        message: what was found and what is usual.
        source: where the usual value comes from.
    """

    def __init__(self, rule: str, message: str, source: str):
        self.rule = rule
        self.message = message
        self.source = source
        super().__init__(f"{rule}: {message} (source: {source})")


def findings(plan: "Plan") -> Iterator[PlanWarning]:
    """Everything about a plan that departs from labels or published use.

    Raises:
        InputError: a dose that looks like a slip of the unit, or two drugs by mouth at the same time.
    """
    for drug in plan.drugs:
        if drug not in FACTSHEET_DRUGS:
            yield PlanWarning(
                "outside-the-factsheet",
                f"{drug} is not one of the five drugs of the factsheet: its potency follows "
                "from enzyme and kinetics alone, and no fit has seen its markers",
                facts(drug)["EC50"].status,
            )
    for index, regimen in enumerate(plan.regimens):
        yield from _dose(regimen, f"plan: dose-out-of-range: {regimen.drug}")
        yield from _infusion_time(regimen)
        yield from _yearly(regimen)
        for other in plan.regimens[index + 1 :]:
            if regimen.start.days >= other.end_day or other.start.days >= regimen.end_day:
                continue
            both = f"{regimen.drug} and {other.drug}"
            if regimen.route == other.route == "oral":
                raise InputError(
                    "plan: two-tablets-at-once",
                    both,
                    "overlapping regimens; accepted: one drug by mouth at a time, '... for 1 year then ...' "
                    "(source: none of the plans held here gives two)",
                )
            yield PlanWarning(
                "two-regimens-at-once", f"{both} overlap; none of the plans held here does this", "assumed"
            )
    yield from _tablets(plan)


def _tablets(plan: "Plan") -> Iterator[PlanWarning]:
    ways = {(regimen.upright, regimen.fasting) for regimen in plan.regimens if regimen.route == "oral"}
    if any(not fasting for _, fasting in ways):
        source = "; ".join(
            sorted({facts(r.drug)["with_food"].source for r in plan.regimens if not r.fasting})
        )
        yield PlanWarning("tablets-with-food", "food takes most of the absorption of tablets away", source)
    if any(not upright for upright, _ in ways):
        yield PlanWarning("tablets-not-upright", "labels ask to stay upright for half an hour after", _LABEL)
    if len(ways) > 1:
        yield PlanWarning(
            "tablets-taken-in-two-ways",
            "complaints of the gut are counted as if all were taken in the worst of these ways",
            "assumed",
        )


def renal_findings(plan: "Plan", creatinine_clearance_ml_min: float) -> Iterator[PlanWarning]:
    """Drugs of the plan that the label withholds at this creatinine clearance."""
    for drug in plan.drugs:
        limit = facts(drug)["renal_limit"]
        if creatinine_clearance_ml_min < limit.value:
            yield PlanWarning(
                "renal-limit",
                f"{drug} at creatinine clearance {creatinine_clearance_ml_min:g} mL/min; the limit is "
                f"{number(limit.value)} mL/min",
                limit.source,
            )


def weight_findings(plan: "Plan", weight_kg: float) -> Iterator[PlanWarning]:
    """Fixed doses that are far above published doses per kg at this weight."""
    for regimen in plan.regimens:
        if "/kg" in regimen.dose_unit:
            continue
        light = regimen.below_kg is not None and weight_kg < regimen.below_kg
        dose = regimen.dose_below_kg if light and regimen.dose_below_kg else regimen.dose
        scale = 1.0 / DAYS[regimen.tablets_every]
        high, source = _per_kg_high(regimen)
        per_kg = min(dose, regimen.cap_mg or dose) * scale / weight_kg
        if per_kg > high * 1.001:
            day = "/day" if regimen.route == "oral" else ""
            yield PlanWarning(
                "dose-above-published",
                f"{regimen.drug} {number(dose)} {regimen.dose_unit} at {weight_kg:.3g} kg is "
                f"{per_kg:.3g} mg/kg{day}; published doses reach {number(high)} mg/kg{day}",
                source,
            )


def _per_kg_high(regimen: Regimen) -> tuple[float, str]:
    """Highest published dose per kg; of tablets in fixed doses that of the lightest patient."""
    known = facts_by(regimen.drug, regimen.route)
    if "dose_per_kg_high" in known:
        return float(known["dose_per_kg_high"].value), known["dose_per_kg_high"].source
    low = known["dose_fixed_low"]
    return float(low.value) / LIGHTEST, f"{low.source}; a lightest patient of {LIGHTEST:g} kg is assumed"


def _dose(regimen: Regimen, where: str) -> Iterator[PlanWarning]:
    known = facts_by(regimen.drug, regimen.route)
    per_kg = "/kg" in regimen.dose_unit
    kind, other = ("dose_per_kg", "dose_fixed") if per_kg else ("dose_fixed", "dose_per_kg")
    scale = 1.0 / DAYS[regimen.tablets_every]
    unit = ("mg/kg" if per_kg else "mg") + (
        "/day" if regimen.route == "oral" or regimen.days_per_course > 1 else ""
    )
    doses = [regimen.dose, *([regimen.dose_below_kg] if regimen.dose_below_kg else [])]
    for dose in (*doses, *(band.dose for band in regimen.age_bands)):
        said = f"{number(dose)} {regimen.dose_unit}"
        if f"{kind}_high" not in known:
            high = known[f"{other}_high"]
            if dose * scale * LIGHTEST >= FAR * high.value:
                raise InputError(
                    where,
                    said,
                    f"published doses reach {number(high.value)} mg/day: did you mean mg? "
                    f"(source: {high.source})",
                )
            yield PlanWarning(
                "no-published-dose", f"{regimen.drug} {said}: published doses are in mg", high.source
            )
            continue
        low, high = known[f"{kind}_low"], known[f"{kind}_high"]
        span = f"published doses: {number(low.value)} to {number(high.value)} {unit}"
        # Published weekly doses are whole numbers per week; their daily equivalents are rounded.
        if dose * scale > FAR * high.value:
            doubt = "unit or the route" if len(routes(regimen.drug)) > 1 else "unit"
            raise InputError(where, said, f"{span}; is the {doubt} right? (source: {high.source})")
        if dose * scale < low.value / FAR and f"{other}_high" in known and not per_kg:
            raise InputError(where, said, f"{span}; did you mean mg/kg? (source: {low.source})")
        if dose * scale > high.value * 1.001:
            yield PlanWarning("dose-above-published", f"{regimen.drug} {said}; {span}", high.source)
        if dose * scale < low.value * 0.999:
            yield PlanWarning("dose-below-published", f"{regimen.drug} {said}; {span}", low.source)


def _infusion_time(regimen: Regimen) -> Iterator[PlanWarning]:
    known, hours = facts(regimen.drug), regimen.infusion_hours
    if hours is None:
        return
    shortest, longest = known["infusion_shortest"], known["infusion_longest"]
    if hours < shortest.value:
        yield PlanWarning(
            "infusion-too-short",
            f"{regimen.drug} over {hours:.3g} h; the label's shortest is {number(shortest.value)} h",
            shortest.source,
        )
    if hours > longest.value:
        yield PlanWarning(
            "infusion-longer-than-published",
            f"{regimen.drug} over {hours:.4g} h; published infusions last up to {number(longest.value)} h",
            longest.source,
        )


def _yearly(regimen: Regimen) -> Iterator[PlanWarning]:
    """Doses that are usual one by one, so often that a year has more than any published year."""
    if regimen.route != "iv":
        return
    known, kind = facts(regimen.drug), "per_kg" if "/kg" in regimen.dose_unit else "fixed"
    high, once = known[f"year_{kind}_high"], known[f"dose_{kind}_high"]
    unit = "mg/kg" if kind == "per_kg" else "mg"
    for dose, every in ((regimen.dose, None), *((b.dose, b.every) for b in regimen.age_bands)):
        every = every or regimen.every
        if every is None:
            continue
        year = dose * regimen.days_per_course * DAYS["year"] / every.days
        # A dose above the published is told already: what counts here is how often it is given.
        if year > high.value * SLACK * max(dose / once.value, 1.0):
            yield PlanWarning(
                "year-above-published",
                f"{regimen.drug} {year:.3g} {unit} in a year; published years reach "
                f"{number(high.value)} {unit}",
                high.source,
            )
            return
