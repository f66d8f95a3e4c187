"""Parameters that the calibration may move: where they sit in model and files, and their priors."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import jax.numpy as jnp
import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import Parameter, Prior, every_parameter
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.model.parameters import Parameters
from brittlestar.people.oi_types import TYPES

MEMBERS = {"types": TYPES, "drugs": DRUGS}
"""Groups of ``Parameters`` with several values of each number -> whose they are, in order."""


def files_of_groups() -> dict[str, str]:
    """Group of ``Parameters`` -> its parameter file, of the same name; ``drugs`` has one file per drug."""
    files = {name.split("/")[-1]: name for name in every_parameter()}
    return {group: files[group] for group in Parameters._fields if group in files}


@dataclass(frozen=True)
class Leaf:
    """One number of the model: ``group.name`` or ``group.name.member`` with a type or a drug as member."""

    path: str
    group: str
    name: str
    member: str | None

    @property
    def file(self) -> str:
        """Parameter file that holds it, as ``folder/file``."""
        return f"drugs/{self.member}" if self.group == "drugs" else files_of_groups()[self.group]

    @property
    def entry(self) -> Parameter:
        """The entry of its file."""
        return every_parameter()[self.file][self.name]

    @property
    def _key(self) -> str | None:
        """Its place within the entry."""
        return None if self.group == "drugs" else self.member

    @property
    def shipped(self) -> float:
        """Value in its file, in the file's unit."""
        value = self.entry.value
        return float(value if self._key is None else value[self._key])

    @property
    def prior(self) -> Prior:
        """Its prior, from its file.

        Raises:
            InputError: the file states none.
        """
        if self._key not in self.entry.priors:
            raise InputError(self.path, None, "accepted: a number whose file states a prior")
        return self.entry.priors[self._key]

    def get(self, p: Parameters) -> float:
        """This number of a parameter set, in the file's unit, to twelve digits."""
        value = np.asarray(getattr(getattr(p, self.group), self.name))
        if self.member is not None:
            value = value[MEMBERS[self.group].index(self.member)]
        return float(f"{float(value) / self.entry.factor:.12g}")

    def put(self, p: Parameters, value: Any) -> Parameters:
        """The parameters with this number set, ``value`` in the file's unit; differentiable."""
        group = getattr(p, self.group)
        new = value * self.entry.factor
        if self.member is not None:
            place = MEMBERS[self.group].index(self.member)
            new = jnp.asarray(getattr(group, self.name)).at[place].set(new)
        return p._replace(**{self.group: group._replace(**{self.name: new})})


def leaf(path: str) -> Leaf:
    """The number at a path such as ``"shared.kS"``, ``"types.n.IV"`` or ``"drugs.EC50_scale.zoledronate"``.

    Raises:
        InputError: no such group, name or member.
    """
    group, name, member = (*path.split("."), None)[:3]
    groups = (*files_of_groups(), "drugs")
    if group not in groups:
        raise InputError("number", path, nearest(str(group), groups))
    members = MEMBERS.get(str(group))
    if (member is None) != (members is None) or (members is not None and member not in members):
        raise InputError(
            "number", path, nearest(str(member), members or ()) if members else "two parts: group.name"
        )
    found = Leaf(path, group, str(name), member)
    known = every_parameter()[found.file]
    if name not in known:
        raise InputError("number", path, nearest(str(name), known))
    return found


@dataclass(frozen=True)
class FreeParameter:
    """A number that a fit may move, with its prior."""

    id: str
    leaf: Leaf
    prior: Prior

    @property
    def shipped(self) -> float:
        """Value in use, from its file."""
        return self.leaf.shipped

    def values(self, value: Any) -> list[tuple[Leaf, Any]]:
        """Every number that this parameter decides: its own, and those that follow it."""
        return [(self.leaf, value)] + [(leaf(path), value * r) for path, r in self.prior.follows.items()]


def free(paths: dict[str, str]) -> tuple[FreeParameter, ...]:
    """Free parameters from the paths of their numbers by id.

    Raises:
        InputError: an unknown path, a number without prior, or a number set twice.
    """
    found = tuple(FreeParameter(name, leaf(path), leaf(path).prior) for name, path in paths.items())
    moved = [number.path for one in found for number, _ in one.values(1.0)]
    twice = sorted({path for path in moved if moved.count(path) > 1})
    if twice:
        raise InputError("free parameters", twice, "accepted: every number set once")
    return found


@cache
def free_parameters() -> tuple[FreeParameter, ...]:
    """All free parameters of the shipped model in the order of their file; errors as :func:`free`."""
    text = resources.files(__package__).joinpath("free_parameters.toml").read_text(encoding="utf-8")
    return free(tomllib.loads(text))


def with_theta(p: Parameters, free: Sequence[FreeParameter], theta: Any) -> Parameters:
    """Parameters at ``theta`` = ln(value) of each free parameter; differentiable."""
    for i, one in enumerate(free):
        for number, value in one.values(jnp.exp(theta[i])):
            p = number.put(p, value)
    return p


def prior_centres(free: Iterable[FreeParameter]) -> np.ndarray:
    """ln of the prior centres."""
    return np.log([one.prior.centre for one in free])


def prior_log_sds(free: Iterable[FreeParameter]) -> np.ndarray:
    """Prior SD of ln of each value."""
    return np.array([one.prior.log_sd for one in free])


def shipped_theta(free: Iterable[FreeParameter]) -> np.ndarray:
    """ln of the values in use."""
    return np.log([one.shipped for one in free])
