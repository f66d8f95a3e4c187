"""The balance of bone, in health and in osteogenesis imperfecta without treatment."""

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.groups import AT_ENTRY, POISE_PLACEBO, TYPES
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import all_of, close, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import as_published, near
from brittlestar.evidence.simulated_groups import Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result

LIFE = Group(0.0, "healthy", n=200).untreated(80.0)
AGES = {"infants": (0.0, 2.0), "children": (2.0, 20.0), "adults": (20.0, 79.9)}
"""Years of life."""
BIOPSIES = {
    "bone_volume_fraction": "",
    "tb_th_um": "um",
    "tb_n": "1/mm",
    "ct_wi_mm": "mm",
    "bfr_bs_um_per_year": "um/y",
}
"""Output -> unit."""


def mean_of_biopsies(name: str) -> dict[str, object]:
    """Published fields of biopsies of healthy children: their mean with its 95 % interval."""
    seen = result("glorieux2000_healthy", name)
    value = seen.value or 0.0
    reach = 1.96 * (seen.sd or 0.0) / np.sqrt(seen.n or 1)
    return as_published(value, value - reach, value + reach, cite("glorieux2000_healthy"))


def measure_health(groups: SimulatedGroups) -> Measured:
    """Healthy people from birth to 80 years: Z-scores in SD, formation over resorption, biopsies."""
    life = groups[LIFE]
    z = life["ls_z"].mean(axis=1)
    furthest = {}
    for who, (low, high) in AGES.items():
        inside = z[(life.years >= low) & (life.years <= high)]
        furthest[who] = float(inside[np.argmax(np.abs(inside))])
    density = load("brittlestar.people", "density.toml")
    seen = density["adult_ratio"].value["female"][density["adult_age"].value.index(75.5)]
    kept = (life.at("ls_abmd", 75.5) / life.at("ls_abmd", 26.0))[life.cohort.sex == 1]
    return Measured(
        furthest=furthest,
        at_birth=Number.of_mean(life.at("ls_z", 0.0)),
        ratio={
            who: Number.of_mean(
                life.mean_over("formation", high, low) / life.mean_over("resorption", high, low)
            )
            for who, (low, high) in AGES.items()
        },
        biopsies={
            name: Number.of_people(life.at(name, 12.4), unit=unit, **mean_of_biopsies(name))
            for name, unit in BIOPSIES.items()
        },
        women=Number.of_mean(kept, published=seen, source=f"NHANES, {density['adult_ratio'].source}"),
        faster_at_8=life.at("resorption", 8.0).mean() / life.at("resorption", 40.0).mean(),
        least_flux=min(life["resorption"].min(), life["formation"].min()),
        ratio_source=density["adult_ratio"].source,
        level_source=density["level"].source,
        chart=lines(life.years, {name: life[name] for name in ("resorption", "formation")}),
    )


def judge_health(m: Measured) -> Judged:
    """Formation over resorption within 5 % in children and 2 % in adults.

    Evidence: the mean Z-score stays with the reference, biopsies are as the mean of healthy children, and
    women's density at 75 years over that at 26 is as surveyed.
    """
    return Judged(
        statement=dict(
            at_every_age=more(m.least_flux, 0),
            children=close(m.ratio["children"], 1.0, 0.05),
            adults=close(m.ratio["adults"], 1.0, 0.02),
        ),
        evidence=dict(
            z={who: close(z, 0.0, limit("S04.z")) for who, z in m.furthest.items()},
            biopsies={name: number.inside for name, number in m.biopsies.items()},
            women=m.women.within(limit("S04.women")),
        ),
    )


FROM_BIRTH = {kind: Group(0.0, kind, n=20).untreated(18.0) for kind in ("healthy", *TYPES)}


def measure_loss(groups: SimulatedGroups) -> Measured:
    """Untreated from birth to 18 years, by density relative to healthy people of the same age and sex.

    Not by Z-score: the spread of the reference widens around puberty, so Z rises and falls with nothing lost
    or gained. Density in %, Z-scores in SD, resorbed over formed bone.
    """
    born = {kind: groups[g] for kind, g in FROM_BIRTH.items()}
    kept = {kind: one.at("ls_ratio", 18.0) / one.at("ls_ratio", 0.0) for kind, one in born.items()}
    removed = {
        kind: Number.of_mean(
            born[kind].mean_over("resorption", 18.0) / born[kind].mean_over("formation", 18.0)
        )
        for kind in TYPES
    }
    z = {kind: groups[AT_ENTRY[kind]].at("ls_z", 0.0) for kind in TYPES}
    placebo = groups[POISE_PLACEBO].change("ls_abmd", 1.0, percent=True)
    return Measured(
        z_at_birth={kind: born[kind].at("ls_z", 0.0).mean() for kind in TYPES},
        lost={kind: Number.of_mean(100.0 * (kept[kind] - kept["healthy"].mean())) for kind in TYPES},
        removed=removed,
        removed_percent=100 * float(removed["III"]),
        z_mild=Number.of_mean(z["I"], **near("genotype-I-z")),
        z_severe=Number.of_mean(np.concatenate([z["IV"], z["III"]]), **near("genotype-severe-z")),
        turnover=Number.of_mean(born["I"].at("bfr_bs_um_per_year", 7.6), **near("biopsy-I-bfr")),
        infants=Number.of_mean(born["III"].change("ls_z", 1.0)),
        placebo=Number.of_mean(placebo, **near("poise-placebo-pct")),
        chart=lines(born["I"].years, {kind: one["ls_ratio"] for kind, one in born.items()}),
    )


def judge_loss(m: Measured) -> Judged:
    """Below the reference means a Z-score under -2.

    Loss means that the ratio to healthy falls by more than that of healthy people, with its interval. Taken
    by the word, more bone is resorbed than formed over childhood.
    """
    return Judged(
        statement=dict(
            starts_low={kind: less(z, -2.0) for kind, z in m.z_at_birth.items()},
            loses={kind: change.below(0) for kind, change in m.lost.items()},
            by_the_word=all_of(ratio.above(1) for ratio in m.removed.values()),
        ),
        evidence=dict(
            z_mild=m.z_mild.inside,
            z_severe=m.z_severe.inside,
            turnover=m.turnover.inside,
            infants=m.infants.below(0),
            placebo=m.placebo.inside,
        ),
    )


CHECKS = (
    StatementCheck("S04", (LIFE,), measure_health, judge_health),
    StatementCheck(
        "S05", (*FROM_BIRTH.values(), *AT_ENTRY.values(), POISE_PLACEBO), measure_loss, judge_loss
    ),
)
