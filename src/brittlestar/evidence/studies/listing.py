"""Studies by drug, route, type, measure, part of the split and design."""

import re
from collections.abc import Iterable

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.studies.split import USES, split
from brittlestar.evidence.studies.study import Study, StudyArm, studies
from brittlestar.people.coding import TYPES, accepted_types, type_word

ROUTES = {
    "alendronate": "oral",
    "risedronate": "oral",
    "olpadronate": "oral",
    "pamidronate": "iv",
    "zoledronate": "iv",
    "neridronate": "iv",
    "ibandronate": "iv",
    "denosumab": "sc",
    "teriparatide": "sc",
    "setrusumab": "iv",
}
"""Drug -> usual route, for arms that do not say it."""

_SPOKEN = re.compile(r"\b(iv|intravenous|oral|sc|subcutaneous)\b", re.IGNORECASE)
_SHORT = {"intravenous": "iv", "subcutaneous": "sc"}


def _words(arm: StudyArm) -> str:
    return f"{arm.id.replace('_', ' ')} {arm.plan} {arm.given}".lower()


def drugs_of(study: Study) -> tuple[str, ...]:
    """Drugs that its arms were given, or that its title names where arms do not say."""
    told = " ".join(_words(arm) for arm in study.arms)
    named = f"{study.id} {study.cite} {study.design}".lower()
    return tuple([d for d in ROUTES if d in told] or [d for d in ROUTES if d in named])


def routes_of(study: Study) -> tuple[str, ...]:
    """Routes that its arms name, or the usual ones of their drugs."""
    said = [word.lower() for arm in study.arms for word in _SPOKEN.findall(f"{arm.plan} {arm.given}")]
    found = dict.fromkeys(str(_SHORT.get(word, word)) for word in said)
    return tuple(found or dict.fromkeys(ROUTES[drug] for drug in drugs_of(study)))


def use_of(name: str) -> str:
    """Part of the split that the study stands in."""
    return split().studies[name].use


def _one_of(value: str, known: Iterable[str], where: str) -> str:
    by_lower = {word.lower(): word for word in known}
    if value.lower() not in by_lower:
        raise InputError(where, value, nearest(value, by_lower.values()))
    return by_lower[value.lower()]


def select(
    *,
    drug: str | None = None,
    route: str | None = None,
    oi_type: str | None = None,
    measure: str | None = None,
    use: str | None = None,
    design: str | None = None,
) -> list[Study]:
    """Studies that meet every filter given.

    Args:
        drug: a drug that an arm was given.
        route: ``iv``, ``oral`` or ``sc``.
        oi_type: a type that took part, where the study says so.
        measure: part of a measure's name, e.g. ``ls_z`` or ``fracture``.
        use: a part of the split, see :data:`~brittlestar.evidence.studies.split.USES`.
        design: part of the design's description, e.g. ``rct``.

    Raises:
        InputError: a drug, route, type, measure, use or design that no study has, with the nearest match.
    """
    found = list(studies().values())
    if drug is not None:
        drug = _one_of(drug, ROUTES, "--drug")
        found = [s for s in found if drug in drugs_of(s)]
    if route is not None:
        route = _one_of(route, dict.fromkeys(ROUTES.values()), "--route")
        found = [s for s in found if route in routes_of(s)]
    if oi_type is not None:
        seen = {name for s in found for name in s.population.types}
        here, asked = [name for name in (*TYPES, "V") if name in seen], oi_type
        oi_type = type_word(asked)
        if oi_type not in here:
            raise InputError("--type", asked, accepted_types(asked, here, "in these studies"))
        found = [s for s in found if oi_type in s.population.types]
    if use is not None:
        use = _one_of(use, USES, "--use")
        found = [s for s in found if use_of(s.id) == use]
    if design is not None:
        if not any(design.lower() in s.design.lower() for s in studies().values()):
            raise InputError("--design", design, "accepted: words of a design, e.g. RCT, uncontrolled")
        found = [s for s in found if design.lower() in s.design.lower()]
    if measure is not None:
        names = {r.measure for s in studies().values() for r in s.results}
        if not any(measure.lower() in name.lower() for name in names):
            raise InputError("--measure", measure, nearest(measure, sorted(names)).partition(" accepted")[0]
                             + " or part of a measure's name, e.g. ls_z, ls_abmd, fracture")  # fmt: skip
        found = [s for s in found if any(measure.lower() in r.measure.lower() for r in s.results)]
    return found
