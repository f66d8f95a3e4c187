"""What is known about each drug: the numbers of its file, one by one or as arrays over all drugs.

Reads files only; does not load JAX.
"""

from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import Parameter, fill, load
from brittlestar._shared.parameter_files import about as about_of

ROUTES = ("iv", "oral")


class Slider(NamedTuple):
    """How a drug is offered where it is chosen from a list: a usual dose, and how far it can be moved."""

    dose: float
    unit: str
    """as plans say it"""
    every_months: int
    """from one course to the next; 0: tablets"""
    low: float
    high: float


class About(NamedTuple):
    """What a drug's file says of it beside numbers, in its table ``about``."""

    order: int
    """its place in every table and list"""
    factsheet: bool
    """one of the drugs of the patient factsheet: what the calibration is about, and what lists offer"""
    brands: tuple[str, ...]
    usual: str = ""
    """the published regimen that its name alone stands for"""
    slider: Slider | None = None


def _read_about() -> dict[str, About]:
    found = {}
    for file in resources.files("brittlestar.drugs").iterdir():
        if file.name.endswith(".toml") and (said := about_of("brittlestar.drugs", file.name)):
            kept = said | {"brands": tuple(said["brands"])}
            if "slider" in said:
                kept["slider"] = Slider(**said["slider"])
            found[file.name.removesuffix(".toml")] = About(**kept)
    return dict(sorted(found.items(), key=lambda item: item[1].order))


ABOUT = _read_about()
"""Every drug that has a file here, in the order of every table."""

DRUGS = tuple(ABOUT)
"""The drugs of the house, in the order of every table."""

FACTSHEET_DRUGS = tuple(drug for drug, said in ABOUT.items() if said.factsheet)
"""The drugs of the patient factsheet: those that lists offer."""


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
    w: np.ndarray
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
    F_child: np.ndarray  # factor up to F_adult_age
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
    return tuple(route for route in ROUTES if facts(drug)[f"route_{route}"].value)


def facts_by(drug: str, route: str) -> dict[str, Parameter]:
    """:func:`facts` where a drug has two routes: ``oral_dose_fixed_high`` is ``dose_fixed_high`` by mouth."""
    known, prefix = facts(drug), f"{route}_"
    own = {name.removeprefix(prefix): value for name, value in known.items() if name.startswith(prefix)}
    return known | own


@cache
def shared() -> Shared:
    """Shared constants in model units."""
    return fill(Shared, "shared.toml")


@cache
def constants(drugs: tuple[str, ...] = DRUGS) -> DrugConstants:
    """Constants of the drugs asked for, stacked in that order, in model units.

    Raises:
        InputError: unknown drug.
    """
    columns = [[facts(drug)[field].internal for drug in drugs] for field in DrugConstants._fields]
    return DrugConstants(*(np.array(column, np.float64).reshape(len(drugs)) for column in columns))
