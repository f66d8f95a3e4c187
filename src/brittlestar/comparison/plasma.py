"""The highest plasma concentration of each infusion of a comparison, as a table and in words."""

from collections.abc import Iterable, Mapping

import polars as pl

from brittlestar._shared.of_100 import RANGE
from brittlestar.aftermath.plasma_peaks import LENGTH, PlasmaPeaks, plasma_peaks
from brittlestar.comparison.lives import Lives
from brittlestar.comparison.over_people import OverPeople
from brittlestar.drugs.catalogue import DRUGS

SCHEMA = {
    "plan": pl.String,
    "drug": pl.String,
    "time_years": pl.Float64,
    "hours": pl.Float64,
    "mg": pl.Float64,
    "nmol_per_l": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "ng_per_ml": pl.Float64,
}


def peaks(lives: Lives) -> PlasmaPeaks:
    """Of every infusion and person under a plan."""
    return plasma_peaks(lives.after, [lives.plan])


def table(lives: Mapping[str, Lives]) -> pl.DataFrame:
    """One row per infusion: length, mean dose, highest concentration and its 95 % range over people.

    ``low`` and ``high`` are in nmol/L like the mean before them.
    """
    rows = []
    for label, one in lives.items():
        p = peaks(one)
        for years, drug in sorted(set(zip(p.years.tolist(), p.drug.tolist()))):
            mine = (p.years == years) & (p.drug == drug)
            weight = one.question.weight
            own = None if weight is None else weight[p.person[mine]]
            low, high = OverPeople(p.nmol_per_l[mine], own).quantile(RANGE)
            means = [
                float(OverPeople(v[mine], own).mean()) for v in (p.hours, p.mg, p.nmol_per_l, p.ng_per_ml)
            ]
            rows.append((label, DRUGS[drug], years, *means[:3], float(low), float(high), means[3]))
    return pl.DataFrame(rows, SCHEMA, orient="row")


def in_words(lives: Iterable[Lives]) -> tuple[str, ...]:
    """A sentence per drug on the infusion with the highest mean peak, and what the length does not do."""
    found = table({str(i): one for i, one in enumerate(lives)})
    highest = found.sort("nmol_per_l", descending=True).unique("drug", keep="first", maintain_order=True)
    said = [
        f"Plasma: {row['drug']} reaches {_three(row['nmol_per_l'])} nmol/L ({_mass(row['ng_per_ml'])}; 95 % "
        f"of such people {_three(row['low'])} to {_three(row['high'])} nmol/L) at the end of an infusion of "
        f"{_three(row['mg'])} mg over {_three(row['hours'])} h."
        for row in highest.iter_rows(named=True)
    ]
    return (*said, LENGTH) if said else ()


def _three(value: float) -> str:
    """Three figures, no power of ten."""
    return f"{float(f'{value:.3g}'):,.10g}"


def _mass(ng_per_ml: float) -> str:
    return f"{_three(ng_per_ml)} ng/mL" if ng_per_ml < 1000.0 else f"{_three(ng_per_ml / 1000.0)} mg/L"
