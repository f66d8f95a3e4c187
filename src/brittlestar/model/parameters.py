"""All parameters of the model as one pytree, and its fingerprint."""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import jax
import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import ParameterSet
from brittlestar._shared.parameter_files import Parameter, fill, load
from brittlestar._shared.value_files import ENDINGS
from brittlestar.bone.calcium import Calcium
from brittlestar.bone.cortex import Cortex
from brittlestar.bone.damage import Damage
from brittlestar.bone.markers import Markers
from brittlestar.bone.mechanics import Mechanics
from brittlestar.bone.mineral import Mineral
from brittlestar.bone.remodelling import Remodelling
from brittlestar.bone.scanner import Scanner
from brittlestar.bone.sites import Sites
from brittlestar.bone.strength import Strength
from brittlestar.bone.trabecular import Trabecular
from brittlestar.bone.turnover import Turnover
from brittlestar.drugs.body_size import BodySize
from brittlestar.drugs.catalogue import DRUGS, DrugConstants, Shared, constants, shared
from brittlestar.outcomes.fracture import Fracture
from brittlestar.outcomes.pain import Pain
from brittlestar.people.growth import Growth
from brittlestar.people.oi_types import OITypes, load_types

SHIPPED = "v6"
"""Name of the set in the parameter files."""

EARLIER = ("v2", "v3", "v4", "v5")
"""Earlier fits that run in today's equations: ``parameter_sets/NAME.json``, fitted leaf -> internal units.
Whatever else the model has is as it is today."""

REPLACED = {"v1": "4fc6aad"}
"""Sets whose equations are gone, and the last commit with both: their numbers mean nothing in today's."""

FIT_MOVES = 5.0
"""SD of ln that a fitted number may lie off the centre of its prior; of our draws the farthest is 4.2."""


class Parameters(NamedTuple):
    """One field per parameter file; leaves are arrays in internal units, and all can be differentiated.

    ``drugs`` holds all drugs; a run takes the rows of those its plans use.
    """

    types: OITypes
    growth: Growth
    turnover: Turnover
    remodelling: Remodelling
    trabecular: Trabecular
    cortex: Cortex
    mineral: Mineral
    mechanics: Mechanics
    calcium: Calcium
    damage: Damage
    strength: Strength
    scanner: Scanner
    sites: Sites
    markers: Markers
    body: BodySize
    drugs: DrugConstants
    shared: Shared
    fracture: Fracture
    pain: Pain


def default_parameters() -> Parameters:
    """The shipped parameter set."""
    special = {"types": load_types(), "drugs": constants(), "shared": shared()}
    files = {name: fill(kind) for name, kind in Parameters.__annotations__.items() if name not in special}
    return Parameters(**special, **files)


def known_parameters(value: Parameters | str | None) -> Parameters:
    """A parameter set as it is or by its name, or the shipped one where none was given.

    Raises:
        InputError: a name that is not known, a set whose equations are gone, or anything else.
    """
    if value is None:
        return default_parameters()
    if isinstance(value, str):
        return default_parameters() if value == SHIPPED else _earlier(value)
    if not isinstance(value, Parameters):
        raise InputError("parameters", value, "accepted: a parameter set, such as default_parameters()")
    return value


def _earlier(name: str) -> Parameters:
    if name not in EARLIER:
        files = f"a file of sets that ends in {' or '.join(ENDINGS)}"
        names = f"accepted: {SHIPPED}, the shipped set, or {', '.join(EARLIER)}; or {files}"
        if name in REPLACED:
            names += f"; the equations of {name} were replaced, and commit {REPLACED[name]} runs both"
        raise InputError("parameters", name, names)
    file = resources.files(__package__).joinpath("parameter_sets", f"{name}.json")
    values = json.loads(file.read_text(encoding="utf-8"))
    return with_later_drugs(default_parameters(), values)


def with_later_drugs(shipped: Parameters, values: dict[str, Any]) -> Parameters:
    """An earlier set in today's; drugs that came after it, which stand last, keep their numbers."""
    whole = dict(values)
    for leaf, of_drugs in values.items():
        group, _, name = leaf.partition("__")
        if group == "drugs":
            whole[leaf] = [*of_drugs, *np.asarray(getattr(shipped.drugs, name))[len(of_drugs) :]]
    return with_values(shipped, **{leaf: np.array(value)[()] for leaf, value in whole.items()})


def with_values(parameters: Parameters, **values: Any) -> Parameters:
    """A copy with some leaves replaced, named ``group__name`` in internal units.

    A value outside its range is taken; :func:`outside_ranges` tells it, and so does every result.

    Example: ``with_values(default_parameters(), fracture__gL=0.0)``: quiet remodelling spares no limb.

    Raises:
        InputError: unknown group or name (with the nearest match), or a shape that does not fit.
    """
    if parameters is None:
        raise InputError("parameters", None, "accepted: a parameter set, such as default_parameters()")
    parameters = known_parameters(parameters)
    for path, value in values.items():
        group, _, name = path.partition("__")
        if group not in Parameters._fields:
            raise InputError("parameters", path, nearest(group, Parameters._fields))
        old_group = getattr(parameters, group)
        if name not in old_group._fields:
            raise InputError(f"parameters.{group}", name, nearest(name, old_group._fields))
        shape = np.shape(getattr(old_group, name))
        if np.shape(value) != shape:
            raise InputError(f"parameters.{group}.{name}", np.shape(value), f"accepted: shape {shape}")
        if np.asarray(value).dtype.kind not in "iuf" or not np.isfinite(value).all():
            raise InputError(f"parameters.{group}.{name}", value, "accepted: finite numbers")
        parameters = parameters._replace(**{group: old_group._replace(**{name: value})})
    return parameters


def files_of(group: str) -> dict[str, tuple[str, str]]:
    """Package and file of a group's numbers, by the group's name; of ``drugs`` by drug, in their order."""
    package = Parameters.__annotations__[group].__module__.rpartition(".")[0]
    owners = DRUGS if group == "drugs" else (group,)
    return {one: (package, "body_size.toml" if one == "body" else f"{one}.toml") for one in owners}


def outside_ranges(parameters: Parameters) -> tuple[str, ...]:
    """A sentence on every number that lies outside the range that its file states: file, key, value, range.

    :func:`with_values` takes such numbers, for a channel that is switched off is a fair question; who asks it
    is told.
    """
    found = []
    for _, stated, value in _stated(parameters):
        if stated.range is None:
            continue
        low, high = stated.range
        unit = "" if stated.unit in ("-", "x") else f" {stated.unit}"
        found += [
            f"Parameters: {stated.name} of {stated.where} is {one:.4g}{unit}, outside its range, "
            f"{low:g} to {high:g}."
            for one in np.ravel(value) / stated.factor
            if not _between(one, low, high)
        ]
    return tuple(found)


def impossible(parameters: Parameters) -> Iterator[tuple[str, float, str]]:
    """Numbers that no set of a fit can have: key, value and what is accepted, in internal units.

    Nothing changes its sign, and 0 switches it off. A range is that of the number's file; of a number that a
    fit may move it reaches ``FIT_MOVES`` SD about the centre of the prior too, since data may pull it beyond
    what was plausible before them.
    """
    for key, stated, value in _stated(parameters):
        signs = (-np.inf, 0.0) if np.all(stated.internal < 0) else (0.0, np.inf)
        low, high = signs if stated.range is None else np.multiply(_reach(stated), stated.factor).tolist()
        for one in np.ravel(value):
            if _between(one, low, high):
                continue
            place = f"{stated.meaning}; {stated.where}"
            if stated.range is None:
                yield key, float(one), f"accepted: 0 or {'less' if high == 0 else 'more'} ({place})"
            else:
                yield key, float(one), f"accepted: {low:.6g} to {high:.6g} ({place})"


def _stated(parameters: Parameters) -> Iterator[tuple[str, Parameter, np.ndarray]]:
    """Every number that a file states: its key in a set, what the file says, and its value in the set."""
    for group, numbers in zip(Parameters._fields, parameters, strict=True):
        for row, (owner, (package, file)) in enumerate(files_of(group).items()):
            for name, stated in load(package, file).items():
                if name in numbers._fields:
                    value = np.asarray(getattr(numbers, name), np.float64)
                    of_drug = group == "drugs"
                    key = f"{group}__{name}" + (f" of {owner}" if of_drug else "")
                    yield key, stated, value[row] if of_drug else value


def _reach(stated: Parameter) -> tuple[float, float]:
    """The range of a number in the unit of its file, and as far as a fit may move it."""
    assert stated.range is not None
    low, high = stated.range
    for prior in stated.priors.values():
        far = np.exp(FIT_MOVES * prior.log_sd)
        low, high = min(low, prior.centre / far), max(high, prior.centre * far)
    return low, high


def _between(value: float, low: float, high: float) -> bool:
    """Not outside by more than a rounding of units."""
    ends = [abs(end) for end in (low, high) if np.isfinite(end)]
    slack = 1e-9 * max(ends, default=0.0)
    return low - slack <= value <= high + slack


def fingerprint(parameters: Parameters) -> str:
    """SHA-256 over every value in order: the parameter-set hash that results carry."""
    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(parameters):
        digest.update(jax.tree_util.keystr(path).encode())
        digest.update(np.asarray(leaf, np.float64).tobytes())
    return digest.hexdigest()


def identity(parameters: Parameters) -> ParameterSet:
    """The name of a parameter set, its hash and what lies outside its range, as results carry them."""
    found = fingerprint(parameters)
    return ParameterSet(_names().get(found, "own"), found, outside_ranges(parameters))


@cache
def _names() -> dict[str, str]:
    return {fingerprint(known_parameters(name)): name for name in (*EARLIER, SHIPPED)}
