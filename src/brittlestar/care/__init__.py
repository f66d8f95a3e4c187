"""What is done for a person: plans as words, objects or TOML, their warnings, and their schedules."""

from brittlestar._shared.schedule import Schedule
from brittlestar.care.biologics import BIOLOGICS, Biologic
from brittlestar.care.calendar import Reason, Visit
from brittlestar.care.dose_counts import YearlyDoses
from brittlestar.care.doses import Infusion, infusions
from brittlestar.care.durations import Span
from brittlestar.care.library import names as published_names
from brittlestar.care.library import published
from brittlestar.care.library import table as published_table
from brittlestar.care.monitoring import Check
from brittlestar.care.plan import Plan
from brittlestar.care.population import Population
from brittlestar.care.published_doses import PlanWarning
from brittlestar.care.regimen import AgeBand, Placebo, Regimen
from brittlestar.care.stop_rules import Observations, Stop, growth_ends
from brittlestar.care.supplements import (
    Activity,
    Calcium,
    Immobilisation,
    Programme,
    VitaminD,
    vitamin_d_rise,
)
from brittlestar.care.surgery import Hold, Surgery
from brittlestar.care.text.as_plan import as_plan
from brittlestar.care.text.parse import parse, words_of_plans

__all__ = [
    "BIOLOGICS",
    "Activity",
    "AgeBand",
    "Biologic",
    "Calcium",
    "Check",
    "Hold",
    "Immobilisation",
    "Infusion",
    "Observations",
    "Placebo",
    "Plan",
    "PlanWarning",
    "Population",
    "Programme",
    "Reason",
    "Regimen",
    "Schedule",
    "Span",
    "Stop",
    "Surgery",
    "Visit",
    "VitaminD",
    "YearlyDoses",
    "as_plan",
    "growth_ends",
    "infusions",
    "parse",
    "published",
    "published_names",
    "published_table",
    "vitamin_d_rise",
    "words_of_plans",
]
