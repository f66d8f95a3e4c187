"""What is known about each drug: the numbers of its file, one by one or as arrays over all drugs.

Reads files only; does not load JAX.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import Parameter, fill, load

DRUGS = ("zoledronate", "pamidronate", "neridronate", "alendronate", "risedronate")
"""The drugs of the house, in the order of every table."""


class Shared(NamedTuple):
    """Constants shared by all bisphosphonates, see ``shared.toml`` (rates per day)."""

    kS: np.ndarray
    kb: np.ndarray
    kD: np.ndarray
    wb: np.ndarray
    theta: np.ndarray
    xi: np.ndarray
    kO: np.ndarray
    s: np.ndarray
    umax: np.ndarray
    hill: np.ndarray
    aD: np.ndarray
    mD: np.ndarray
    h_ref: np.ndarray
    mass_height: np.ndarray
    mass_power: np.ndarray


class DrugConstants(NamedTuple):
    """Constants that differ between drugs: each field has one value per drug, in the order asked for."""

    molar_mass: np.ndarray  # g/mol of the form in which doses are stated
    kappa: np.ndarray  # renal clearance / GFR
    CLb70: np.ndarray  # L/day
    kdes: np.ndarray  # 1/day
    EC50: np.ndarray  # nmol/day
    EC50_scale: np.ndarray  # calibrated factor of EC50
    F_light: np.ndarray  # oral bioavailability below F_cut
    F_heavy: np.ndarray  # oral bioavailability from F_cut on
    F_cut: np.ndarray  # kg
    F_adult: np.ndarray  # factor above F_adult_age
    F_adult_age: np.ndarray  # years
    Vc: np.ndarray  # L
    Vp: np.ndarray  # L
    Q: np.ndarray  # L/day


def check_drug(name: str, where: str = "drug") -> str:
    """The name itself, if it is a known drug.

    Raises:
        InputError: unknown drug, with the nearest match.
    """
    if name not in DRUGS:
        raise InputError(where, name, nearest(name, DRUGS))
    return name


def facts(drug: str) -> dict[str, Parameter]:
    """Every number known about one drug, with unit, source and status.

    Raises:
        InputError: unknown drug.
    """
    return load("brittlestar.drugs", f"{check_drug(drug)}.toml")


def routes(drug: str) -> tuple[str, ...]:
    """Routes by which the drug is given: ``"iv"``, ``"oral"``."""
    return tuple(route for route in ("iv", "oral") if facts(drug)[f"route_{route}"].value)


@cache
def shared() -> Shared:
    """Shared constants in model units."""
    return fill(Shared, "brittlestar.drugs", "shared.toml")


@cache
def constants(drugs: tuple[str, ...] = DRUGS) -> DrugConstants:
    """Constants of the drugs asked for, stacked in that order, in model units.

    Raises:
        InputError: unknown drug.
    """
    columns = [[facts(drug)[field].internal for drug in drugs] for field in DrugConstants._fields]
    return DrugConstants(*(np.array(column, np.float64).reshape(len(drugs)) for column in columns))
