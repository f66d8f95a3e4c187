"""Plans said in words, in the form that the reader of words understands."""

from typing import TYPE_CHECKING, Any

from brittlestar.care.biologics import Biologic
from brittlestar.care.durations import number
from brittlestar.care.regimen import Placebo, Regimen
from brittlestar.care.supplements import Activity, Calcium, Immobilisation, Programme, VitaminD
from brittlestar.care.surgery import Hold, Surgery

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan


def say(plan: "Plan") -> str:
    """A plan in one sentence."""
    parts = [
        *(_regimen(part) for part in plan.regimens),
        *(_biologic(part) for part in plan.biologics),
        *(_placebo(part) for part in plan.placebo),
        *(_calcium(part) for part in plan.calcium),
        *(_vitamin_d(part) for part in plan.vitamin_d),
        *(_activity(part) for part in plan.activity),
        *(_programme(part) for part in plan.programmes),
        *(_immobilisation(part) for part in plan.immobilisation),
        *(_surgery(part) for part in plan.surgeries),
        *(_hold(part) for part in plan.holds),
        *(str(part) for part in plan.stops),
    ]
    return ", ".join([*(parts or ["no treatment"]), *_checks(plan)])


def _checks(plan: "Plan") -> list[str]:
    if not plan.monitoring:
        return ["no checks"] if plan.usual_monitoring else []
    if plan.monitoring == plan.usual_monitoring:
        return ["usual checks"]
    return [str(check) for check in plan.monitoring]


def _period(part: Any, separator: str = " ") -> str:
    words = []
    if part.start.value > 0:
        words.append(f"from {part.start}")
    if part.duration is not None:
        words.append(f"for {part.duration}")
    return "".join(f"{separator}{word}" for word in words)


def _regimen(r: Regimen) -> str:
    days = f" for {r.days_per_course} days" if r.days_per_course > 1 else ""
    head = f"{r.drug} "
    tail = f" {r.route}{days}"
    clauses = []
    if r.dose_below_kg is not None and r.below_kg is not None:
        clauses.append((r.dose_below_kg, None, f" below {number(r.below_kg)} kg"))
    for band in r.age_bands:
        clauses.append((band.dose, band.every, f" below age {number(band.below_years)}"))
    clauses.append((r.dose, r.every, " above" if clauses else ""))
    said = []
    for index, (dose, every, band) in enumerate(clauses):
        first = index == 0
        once = " once" if r.route == "iv" and r.every is None and first else ""
        interval = once or (f" every {every}" if every is not None else "")
        said.append(
            f"{head if first else ''}{number(dose)} {r.dose_unit}{tail if first else ''}{interval}{band}"
        )
    words = ", ".join(said)
    separator = ", " if len(clauses) > 1 else " "
    words += _period(r, separator)
    if r.cap_mg is not None:
        words += f", max {number(r.cap_mg)} mg"
    if r.first_dose_fraction != 1.0:
        words += f", first dose x{number(r.first_dose_fraction)}"
    if r.infusion_hours is not None:
        words += f", over {number(r.infusion_hours)} hours"
    if not r.upright:
        words += ", not upright"
    if not r.fasting:
        words += ", with food"
    return words


def _placebo(part: Placebo) -> str:
    return "placebo" + _period(part)


def _calcium(part: Calcium) -> str:
    return f"calcium {number(part.mg_per_day)} mg/day" + _period(part)


def _vitamin_d(part: VitaminD) -> str:
    return f"vitamin D {number(part.iu_per_day)} IU/day" + _period(part)


def _activity(part: Activity) -> str:
    if part.vertebral == part.metaphyseal == part.long_bone:
        return f"activity x{number(part.vertebral)}" + _period(part)
    sites = f"vertebral x{number(part.vertebral)} metaphyseal x{number(part.metaphyseal)}"
    return f"activity {sites} long-bone x{number(part.long_bone)}" + _period(part)


def _immobilisation(part: Immobilisation) -> str:
    return "immobilised" + _period(part)


def _biologic(part: Biologic) -> str:
    every = "" if part.daily else f" {part.route} every {part.every}" if part.every else f" {part.route} once"
    words = f"{part.drug} {number(part.dose)} {part.dose_unit}{every}" + _period(part)
    return words + (f", max {number(part.cap_mg)} mg" if part.cap_mg is not None else "")


def _programme(part: Programme) -> str:
    return part.name + _period(part)


def _surgery(part: Surgery) -> str:
    words = " ".join(filter(None, (f"{part.kind} of the", part.side, part.bone, f"at {part.at}")))
    if part.immobilised is not None:
        words += f" cast {part.immobilised}"
    return words + (f" healed at {part.healed}" if part.healed is not None else "")


def _hold(part: Hold) -> str:
    before = f"{part.before} before" if part.before.value > 0 else "from surgery"
    if part.after is not None:
        return f"hold {before} until {part.after} after surgery"
    return (
        f"hold {before} until healing is seen"
        if part.before.value > 0
        else ("hold around surgery until healing is seen")
    )
