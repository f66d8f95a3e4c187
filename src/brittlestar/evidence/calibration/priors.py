"""Parameters that the calibration may move: their priors, and where they sit in model and files."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import jax.numpy as jnp
import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import _FACTOR as FACTORS
from brittlestar._shared.parameter_files import Parameter, load
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.model.parameters import Parameters
from brittlestar.people.oi_types import TYPES

FILES = {
    "types": ("brittlestar.people", "types.toml"),
    "trabecular": ("brittlestar.bone", "trabecular.toml"),
    "cortex": ("brittlestar.bone", "cortex.toml"),
    "mechanics": ("brittlestar.bone", "mechanics.toml"),
    "calcium": ("brittlestar.bone", "calcium.toml"),
    "scanner": ("brittlestar.bone", "scanner.toml"),
    "markers": ("brittlestar.bone", "markers.toml"),
    "shared": ("brittlestar.drugs", "shared.toml"),
    "damage": ("brittlestar.bone", "damage.toml"),
    "strength": ("brittlestar.bone", "strength.toml"),
    "fracture": ("brittlestar.outcomes", "fracture.toml"),
}
"""Group of ``engine.Parameters`` -> its file; ``drugs`` has one file per drug."""


@dataclass(frozen=True)
class Leaf:
    """One number of the model: ``group.name`` or ``group.name.member`` with a type or a drug as member."""

    path: str
    group: str
    name: str
    member: str | None

    @property
    def file(self) -> tuple[str, str]:
        """Package and name of the file that holds it."""
        return ("brittlestar.drugs", f"{self.member}.toml") if self.group == "drugs" else FILES[self.group]

    @property
    def entry(self) -> Parameter:
        """The entry of its file."""
        return load(*self.file)[self.name]

    @property
    def factor(self) -> float:
        """From the file's unit to the model's; the same to the last bit whatever the value in the file."""
        return FACTORS[self.entry.unit]

    @property
    def shipped(self) -> float:
        """Value in its file, in the file's unit."""
        value = self.entry.value
        return float(value[self.member] if isinstance(value, dict) else value)

    def put(self, p: Parameters, value: Any) -> Parameters:
        """The parameters with this number set, ``value`` in the file's unit; differentiable."""
        group = getattr(p, self.group)
        new = value * self.factor
        if self.member is not None:
            order = DRUGS if self.group == "drugs" else TYPES
            new = jnp.asarray(getattr(group, self.name)).at[order.index(self.member)].set(new)
        return p._replace(**{self.group: group._replace(**{self.name: new})})


def leaf(path: str) -> Leaf:
    """The number at a path such as ``"shared.kS"``, ``"types.n.IV"`` or ``"drugs.EC50_scale.zoledronate"``.

    Raises:
        InputError: no such group, name or member.
    """
    group, name, member = (*path.split("."), None)[:3]
    groups = (*FILES, "drugs")
    if group not in groups:
        raise InputError("priors", path, nearest(str(group), groups))
    members = DRUGS if group == "drugs" else TYPES if group == "types" else None
    if (member is None) != (members is None) or (members is not None and member not in members):
        raise InputError(
            "priors", path, nearest(str(member), members or ()) if members else "two parts: group.name"
        )
    found = Leaf(path, group, str(name), member)
    if name not in load(*found.file):
        raise InputError("priors", path, nearest(str(name), load(*found.file)))
    return found


@dataclass(frozen=True)
class Prior:
    """Log-normal prior of one free parameter."""

    id: str
    sets: tuple[Leaf, ...]
    follows: tuple[tuple[Leaf, float], ...]
    centre: float
    log_sd: float
    origin: str
    note: str = ""

    @property
    def shipped(self) -> float:
        """Value in use, from its file."""
        return self.sets[0].shipped

    def values(self, value: Any) -> list[tuple[Leaf, Any]]:
        """Every number that this parameter decides."""
        return [(one, value) for one in self.sets] + [(one, value * ratio) for one, ratio in self.follows]


@cache
def priors() -> tuple[Prior, ...]:
    """All free parameters in the order of their file.

    Raises:
        InputError: an unknown path, or a number set twice.
    """
    text = resources.files(__package__).joinpath("priors.toml").read_text(encoding="utf-8")
    found = []
    for name, entry in tomllib.loads(text).items():
        follows = tuple((leaf(path), ratio) for path, ratio in entry.pop("follows", {}).items())
        sets = tuple(leaf(path) for path in entry.pop("sets"))
        found.append(Prior(id=name, sets=sets, follows=follows, **entry))
    paths = [one.path for prior in found for one, _ in prior.values(1.0)]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise InputError("evidence/calibration/priors.toml", twice, "accepted: every number set once")
    return tuple(found)


def with_theta(p: Parameters, free: Sequence[Prior], theta: Any) -> Parameters:
    """Parameters at ``theta`` = ln(value) of each free parameter; differentiable."""
    for i, prior in enumerate(free):
        for one, value in prior.values(jnp.exp(theta[i])):
            p = one.put(p, value)
    return p


def centres(free: Sequence[Prior]) -> np.ndarray:
    """ln of the prior centres."""
    return np.log([prior.centre for prior in free])


def shipped(free: Sequence[Prior]) -> np.ndarray:
    """ln of the values in use."""
    return np.log([prior.shipped for prior in free])
