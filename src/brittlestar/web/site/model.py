"""The model's numbers and words for the page that computes in the browser, as one JSON.

What is computed stands in ``static/alone/``; this is what it computes with: parameters in internal units by
their names in the engine, knots of healthy growth and density, what is known of the drugs of the page's form,
limits of people, and sentences that no number enters.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jax
import numpy as np

from brittlestar._shared.manifest import CONTEXT_OF_USE, NOTE, commit, version
from brittlestar._shared.of_100 import OF
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill, load
from brittlestar.aftermath import plasma_peaks
from brittlestar.aftermath.consequences import aftermath_parameters
from brittlestar.care import Plan, calibrated_on, rest
from brittlestar.care.durations import DAYS
from brittlestar.care.monitoring import usual_checks
from brittlestar.care.published_doses import highest_per_kg
from brittlestar.care.regimen import Regimen
from brittlestar.care.stop_rules import growth_ends
from brittlestar.comparison.conditioning import told
from brittlestar.comparison.notes import (
    GROWTH_NOT_KNOWN,
    MINERAL_NOT_KNOWN,
    NO_LASTING_RELIEF,
    notes_on,
    unexplained_in_children,
)
from brittlestar.comparison.quantities import POPULATION
from brittlestar.drugs.catalogue import DRUGS, facts, facts_by, routes
from brittlestar.engine import UNITS, Parameters, default_parameters, identity, limits_met
from brittlestar.evidence.prediction.one_person import open_sets
from brittlestar.model.healthy import Healthy
from brittlestar.outcomes import pooled_trials, population_effect, safety
from brittlestar.outcomes.fracture import SITES
from brittlestar.outcomes.population_effect import LEVEL_SCALE, LEVEL_SCALE_HEALTHY, TAU_SCALE
from brittlestar.people.coding import SEXES, TYPES
from brittlestar.people.density import knots as density_knots
from brittlestar.people.limits import LIMITS
from brittlestar.people.person import MOST_FRACTURES, Person
from brittlestar.people.puberty import Puberty
from brittlestar.people.reference import knots as growth_knots
from brittlestar.people.scan import Scan
from brittlestar.web import answer, uncertainty
from brittlestar.web.requests import SLIDERS, Course, Explore

OWN_WORDS = "words: a plan in own words is not read here; accepted: with `brittlestar serve`"
"""Why the page refuses a plan in words."""

BENEFIT, HARM = "benefit", "harm"

ROWS = (
    ("with_fracture", BENEFIT, False),
    ("with_vertebral_fracture", BENEFIT, False),
    ("less_pain", BENEFIT, False),
    ("scoliosis", BENEFIT, False),
    ("severe_scoliosis", BENEFIT, False),
    ("acute_phase", HARM, False),
    ("acute_phase_later", HARM, False),
    ("low_calcium", HARM, False),
    ("symptomatic_calcium", HARM, False),
    ("low_phosphate", HARM, False),
    ("gut", HARM, True),
    ("gut_stop", HARM, True),
    ("late_fracture_union", HARM, False),
    ("late_osteotomy_union", HARM, False),
    ("wide_metaphyses", HARM, True),
    ("atypical_femur", HARM, True),
    ("jaw_osteonecrosis", HARM, False),
)
"""Rows of an answer in their order: id, kind, and whether the size rests on an assumption."""


@cache
def model() -> dict[str, Any]:
    """Everything, ready for JSON."""
    base, after = _leaves(default_parameters()), aftermath_parameters()
    return {
        "manifest": _manifest(),
        "schema": Explore.model_json_schema(),
        "days_per_year": DAYS_PER_YEAR,
        "types": TYPES,
        "sexes": SEXES,
        "sites": SITES,
        "columns": len(Healthy._fields),
        "drug_names": DRUGS,
        "drugs": {drug: _drug(drug) for drug in SLIDERS},
        "parameters": base,
        "sets": [_changed(base, _leaves(one)) for one in open_sets()],
        "curves": _curves(),
        "traits": _internal("brittlestar.people", "traits.toml"),
        "puberty": _plain(fill(Puberty)._asdict()),
        "scan": _plain(fill(Scan)._asdict()),
        "told": _plain(told()._asdict()),
        "limits": {name: _limit(name) for name in LIMITS},
        "most_fractures": MOST_FRACTURES,
        "growth_ends": [growth_ends(sex) for sex in SEXES],
        "child_share": float(load("brittlestar.care", "rest.toml")["child_share"].internal),
        "checks": {"iv": _checks(True), "oral": _checks(False)},
        "after": {name: _plain(one._asdict()) for name, one in after._asdict().items()},
        "beyond": answer.BEYOND,
        "calibrated_on": {
            "ages": calibrated_on.AGES,
            "anybody": calibrated_on.ANYBODY,
            "near": calibrated_on.NEAR_YEARS,
            "last_reference": calibrated_on.LAST_REFERENCE_AGE,
        },
        "warnings": {"vitamin_d_low": _told("brittlestar.care", "supplements.toml", "vitamin_d_low")},
        "limits_met": list(zip(limits_met.LIMITS, limits_met.OF, strict=True)),
        "trials": {
            "ratio": pooled_trials.RATE_RATIO,
            "without_outlier": pooled_trials.WITHOUT_OUTLIER,
        },
        "populations": {
            "effect": _populations(TAU_SCALE, "effect"),
            "level": _populations(LEVEL_SCALE, "level"),
            "level_healthy": _populations(LEVEL_SCALE_HEALTHY, "level"),
        },
        "rows": [dict(zip(("id", "kind", "assumed"), row, strict=True)) for row in ROWS],
        "jaw_at_most": OF * safety.jaw_osteonecrosis("children_with_oi", after.safety).high,
        "drawn": {name: UNITS.get(name, "count") for name in answer.DRAWN},
        "sure": [
            dict(zip(("id", "unit", "places"), (id, unit, places)))
            for id, _, unit, places in uncertainty.TOLD
        ],
        "serve": {"words": OWN_WORDS},
        "said": {
            "trials": pooled_trials.of_100(),
            "pain": NO_LASTING_RELIEF,
            "growing": [GROWTH_NOT_KNOWN, MINERAL_NOT_KNOWN],
            "children": {drug: unexplained_in_children(drug) for drug in SLIDERS},
            "rest": rest.NOT_KNOWN,
            "people": _of_people(),
            "not_in": notes_on(Person(7, "female", "IV"), Plan(), 1.0, 200)[-1],
            "infusion_length": plasma_peaks.LENGTH,
        },
    }


def _populations(scale: float, what: str) -> dict[str, list[float]]:
    """What multiplies fractures: both ends of 9 of 10 populations, and each of those that stand for all."""
    return {
        "ends": population_effect.factor(POPULATION, scale).tolist(),
        "each": np.exp(population_effect.offsets(scale, what)).tolist(),
    }


def _manifest() -> dict[str, Any]:
    known = identity(default_parameters())
    return {
        "version": version(),
        "commit": commit(),
        "parameters": known.name,
        "parameters_sha256": known.sha256,
        "context_of_use": CONTEXT_OF_USE,
        "note": NOTE,
    }


def _plain(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.asarray(value, np.float64).tolist() for name, value in numbers.items()}


def _internal(package: str, file: str) -> dict[str, Any]:
    return _plain({name: one.internal for name, one in load(package, file).items()})


def _told(package: str, file: str, name: str) -> dict[str, Any]:
    one = load(package, file)[name]
    return {"value": float(one.value), "meaning": one.meaning, "source": one.source}


def _leaves(p: Parameters) -> dict[str, Any]:
    """Numbers by their names in the engine, without the ``p.`` before them."""
    found, _ = jax.tree_util.tree_flatten_with_path(p)
    return {".".join(key.name for key in path): np.asarray(leaf, np.float64).tolist() for path, leaf in found}


def _changed(base: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in other.items() if value != base[name]}


def _curves() -> dict[str, Any]:
    """Points that the healthy medians go through, by sex; density as its logarithm."""
    by_name = {
        "height": [growth_knots("height", sex) for sex in range(len(SEXES))],
        "weight": [growth_knots("weight", sex) for sex in range(len(SEXES))],
        "ln_density": [density_knots("default", sex)[0] for sex in range(len(SEXES))],
        "density_spread": [density_knots("default", sex)[1] for sex in range(len(SEXES))],
    }
    return {name: [[x.tolist(), y.tolist()] for x, y in curves] for name, curves in by_name.items()}


def _limit(name: str) -> dict[str, Any]:
    one = LIMITS[name]
    return {"low": one.low, "high": one.high, "unit": one.unit, "slips": one.slips}


def _checks(infusions: bool) -> list[tuple[str, float | None]]:
    """The usual checks with their intervals in days; none of those before each dose."""
    return [(check.what, check.every and check.every.days) for check in usual_checks(infusions)]


def _drug(drug: str) -> dict[str, Any]:
    """What the form's plans need to know of a drug."""
    (regimen,) = Course(drug=drug, dose=SLIDERS[drug].dose).plan().regimens
    known, own = facts(drug), facts_by(drug, regimen.route)
    per_kg = regimen.per_size == "kg"
    kind, other = ("dose_per_kg", "dose_fixed") if per_kg else ("dose_fixed", "dose_per_kg")
    daily = "/day" if regimen.route == "oral" or regimen.days_per_course > 1 else ""
    low, high = own[f"{kind}_low"], own[f"{kind}_high"]
    found: dict[str, Any] = {
        "route": regimen.route,
        "unit": regimen.dose_unit,
        "per_kg": per_kg,
        "days_per_course": regimen.days_per_course,
        "published": {
            "low": low.value,
            "low_source": low.source,
            "high": high.value,
            "high_source": high.source,
            "unit": ("mg/kg" if per_kg else "mg") + daily,
            "scale": _per_day(regimen),
            "routes": len(routes(drug)),
            "per_kg_known": f"{other}_high" in own,
        },
    }
    if regimen.route == "oral":
        found["youngest"] = _told("brittlestar.drugs", f"{drug}.toml", "youngest")
    else:
        year, once = (known[f"{part}_{'per_kg' if per_kg else 'fixed'}_high"] for part in ("year", "dose"))
        found["year"] = {"high": year.value, "high_source": year.source, "once": once.value}
        found["infusion_hours"] = float(known["infusion_usual"].value)
    if not per_kg:
        most, source = highest_per_kg(regimen)
        found["highest_per_kg"] = {"high": most, "source": source}
    return found


def _per_day(regimen: Regimen) -> float:
    """Doses a day, of a drug by mouth."""
    return 1.0 / DAYS[regimen.tablets_every]


def _of_people() -> str:
    """What is said of people without osteogenesis imperfecta."""
    told: Sequence[tuple[str, str]] = list(calibrated_on.beyond(7.0, 8.0, types=("healthy",)))
    return next(sentence for rule, sentence in told if rule == "people-outside-calibration")
