"""Published regimens by name, one TOML file each, with their sources."""

from functools import cache
from importlib import resources

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care.durations import number
from brittlestar.care.plan import Plan
from brittlestar.drugs.catalogue import ABOUT, DRUGS, facts

USUAL = {drug: said.usual for drug, said in ABOUT.items() if said.usual} | {
    "denosumab": "denosumab-60mg-6monthly",
    "teriparatide": "teriparatide-20ug-daily",
    "romosozumab": "romosozumab-210mg-monthly",
    "setrusumab": "setrusumab-20mgkg-monthly",
}
"""The published regimen that a drug's name alone stands for: that of children where there is one."""


def usual_note(drug: str) -> str:
    """What a plan says that was given by the name of a drug alone: which regimen it is, and whose."""
    plan = published(USUAL[drug])
    words = plan.model_copy(update={"monitoring": plan.usual_monitoring}).in_words()
    return (
        f"{drug} without a dose means the published regimen {plan.name}: "
        f"{words.removesuffix(', usual checks')} ({plan.note}; source: {'; '.join(plan.sources)})"
    )


@cache
def names() -> tuple[str, ...]:
    """Names of the published regimens."""
    files = resources.files("brittlestar.care.library").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def published(name: str) -> Plan:
    """A published regimen, without an end; ``plan.lasting("3 years")`` gives it one.

    Raises:
        InputError: unknown name, with the nearest match.
    """
    if name not in names():
        raise InputError("published regimen", name, nearest(name, names(), "brittlestar plans"))
    text = resources.files("brittlestar.care.library").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Plan.from_toml(text, f"care/library/{name}.toml")


def table() -> tuple[dict[str, str], ...]:
    """One row per published regimen: words, people, caps, first dose, infusion, renal limits, sources."""
    rows = []
    for name in names():
        plan = published(name)
        parts = [*plan.regimens, *plan.biologics]
        limits, times = [], []
        for drug in plan.all_drugs:
            known = facts(drug) if drug in DRUGS else {}
            if "renal_limit" in known:
                limits.append(
                    f"{drug} {number(known['renal_limit'].value)} mL/min ({known['renal_limit'].source})"
                )
            if "infusion_shortest" in known:
                shortest = known["infusion_shortest"]
                times.append(f"at least {number(shortest.value)} h ({shortest.source})")
        given = [r.infusion_hours for r in plan.regimens if r.infusion_hours is not None]
        rows.append(
            {
                "name": name,
                "words": plan.in_words(),
                "people": "" if plan.population is None else plan.population.who,
                "caps_mg": "; ".join(number(p.cap_mg) for p in parts if p.cap_mg is not None),
                "first_dose": "; ".join(
                    number(r.first_dose_fraction) for r in plan.regimens if r.first_dose_fraction != 1
                ),
                "infusion": "; ".join([*(f"{number(hours)} h" for hours in given), *times]),
                "renal_limits": "; ".join(limits),
                "sources": "; ".join(plan.sources),
                "note": plan.note,
            }
        )
    return tuple(rows)
