"""Plans of care: regimens, calcium, vitamin D, activity, as words, objects and TOML."""

from brittlestar.care.checks import PlanWarning
from brittlestar.care.library import names as published_names
from brittlestar.care.library import published
from brittlestar.care.plan import Plan
from brittlestar.care.read import as_plan
from brittlestar.care.regimen import AgeBand, Placebo, Regimen
from brittlestar.care.schedule import Infusion, Schedule, infusions
from brittlestar.care.spans import Span
from brittlestar.care.support import Activity, Calcium, Immobilisation, VitaminD, vitamin_d_rise
from brittlestar.care.words import parse

__all__ = [
    "Activity",
    "AgeBand",
    "Calcium",
    "Immobilisation",
    "Infusion",
    "Placebo",
    "Plan",
    "PlanWarning",
    "Regimen",
    "Schedule",
    "Span",
    "VitaminD",
    "as_plan",
    "infusions",
    "parse",
    "published",
    "published_names",
    "vitamin_d_rise",
]
