"""Derive how far a person's spine density walks away from the typical course (``people/scan.toml``).

``python scripts/derive_density_walk.py spine_abmd.csv``, a table with the columns idnum, age, sex and spnbmd
of healthy people scanned about once a year (Bachrach 1999, J Clin Endocrinol Metab 84:4702; its rows are not
part of this project). Of two scans of one person, d years apart,

    var ln(y2 M(a1) / (y1 M(a2))) = q^2 d + 2 e^2 / y^2

with M the healthy median and e the error of a scan; q is printed for people in and after puberty, each with
its 95 % interval by people drawn again. In puberty q^2 holds what people's own timing of puberty does, which
the course has: the variance of ln M(b)/M(a) gained in a year is printed too, and q without it.
"""

import sys

import numpy as np
import polars as pl

from brittlestar._shared.parameter_files import fill, load
from brittlestar.people.density import spine_reference
from brittlestar.people.puberty import maturational_age
from brittlestar.people.scan import Scan

APART = (0.5, 1.6)
"""Years between two scans that count as neighbours."""


def pairs(rows: pl.DataFrame) -> np.ndarray:
    """Person, age between two scans, years between them, change of ln ratio, variance of the scans' error."""
    found = []
    for (person,), own in rows.sort("age").group_by("idnum", maintain_order=True):
        age, y = own["age"].to_numpy(), own["spnbmd"].to_numpy()
        change = np.diff(np.log(y / spine_reference(own["sex"][0], age)[0]))
        error = float(fill(Scan).dxa_error) ** 2 * (y[1:] ** -2 + y[:-1] ** -2)
        found += zip(np.full(len(change), person), (age[1:] + age[:-1]) / 2, np.diff(age), change, error)
    table = np.array(found)
    return table[(table[:, 2] >= APART[0]) & (table[:, 2] <= APART[1])]


def walk(table: np.ndarray) -> float:
    """q, relative to density, per square root of a year."""
    _, _, years, change, error = table.T
    return float(np.sqrt(max((change.var(ddof=1) - error.mean()) / years.mean(), 0.0)))


def by_timing() -> float:
    """SD that timing of puberty adds to the change of ln density over its median in a year of puberty."""
    sd, (low, high) = (
        float(load("brittlestar.people", "traits.toml")["puberty_shift_years"].internal),
        fill(Scan).puberty,
    )
    shift = np.linspace(-3.0, 3.0, 121) * sd
    weight = np.exp(-0.5 * (shift / sd) ** 2) / np.exp(-0.5 * (shift / sd) ** 2).sum()

    def ln_ratio(age: float, sex: int) -> np.ndarray:
        own, _ = maturational_age(age, sex, shift)
        return np.log(spine_reference(sex, own)[0] / spine_reference(sex, age)[0])

    found = []
    for sex in (0, 1):
        for age in np.arange(low, high - 0.99, 0.25):
            gained = ln_ratio(age + 1.0, sex) - ln_ratio(age, sex)
            found.append(weight @ gained**2 - (weight @ gained) ** 2)
    return float(np.sqrt(np.mean(found)))


def main() -> None:
    table = pairs(pl.read_csv(sys.argv[1]))
    rng = np.random.default_rng(1)
    for name, low, high in (("puberty", *fill(Scan).puberty), ("grown", fill(Scan).puberty[1], 80.0)):
        mine = table[(table[:, 1] >= low) & (table[:, 1] < high)]
        people = [mine[mine[:, 0] == person] for person in np.unique(mine[:, 0])]
        again = [
            walk(np.concatenate([people[i] for i in rng.integers(len(people), size=len(people))]))
            for _ in range(400)
        ]
        ends = np.quantile(again, (0.025, 0.975))
        print(f"{name}: {walk(mine):.4f} ({ends[0]:.3f} to {ends[1]:.3f}), {len(mine)} pairs")
        if name == "puberty":
            timing = by_timing()
            print(f"of which timing {timing:.4f}, so {(walk(mine) ** 2 - timing**2) ** 0.5:.4f} without it")


if __name__ == "__main__":
    main()
