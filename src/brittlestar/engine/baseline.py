"""The state at entry: outputs before any treatment, and the bone amount that gives a measured Z-score."""

from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar._shared.errors import InputError
from brittlestar.engine.batches import BATCH
from brittlestar.engine.healthy_tables import known_table
from brittlestar.model.at_rest import rest
from brittlestar.model.healthy_table import Reference, load_reference
from brittlestar.model.outputs import read
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.state import People, traits
from brittlestar.people.limits import LIMITS

_WIDEST = 3.0
"""Largest |eta_bone| tried when a Z-score is matched: a factor of 20 in bone amount."""


def _at_entry(people: People, rows: Array, p: Parameters, names: tuple[str, ...]) -> dict[str, Array]:
    tr = traits(people, p)
    x = rest(people.age_years, tr, rows, p, jnp.full((4, people.id.shape[0]), jnp.inf))
    return read(x, people.age_years, tr, rows, p, names)


@lru_cache(maxsize=32)
def _program(names: tuple[str, ...]) -> Any:
    return jax.jit(partial(_at_entry, names=names))


def _setup(parameters: Parameters | None, reference: Reference | None) -> tuple[np.ndarray, Parameters]:
    p = parameters or default_parameters()
    rows = known_table(reference or load_reference(), p)
    return rows, p._replace(drugs=type(p.drugs)(*(np.zeros((0, 1)) for _ in p.drugs)))


def at_entry(
    cohort: Any,
    names: tuple[str, ...],
    parameters: Parameters | None = None,
    reference: Reference | None = None,
) -> dict[str, np.ndarray]:
    """Named outputs of the untreated balance at each person's age, [person].

    Args:
        cohort: people.
        names: outputs as in ``model.outputs.UNITS``.
        parameters: defaults to the shipped set.
        reference: defaults to the shipped reference.
    """
    rows, p = _setup(parameters, reference)
    program, n = _program(names), len(cohort)
    size = BATCH if n <= BATCH else 64 * BATCH
    parts = []
    for start in range(0, n, size):
        index = np.minimum(np.arange(start, start + size), n - 1)
        people = People(*(np.asarray(getattr(cohort, field))[index] for field in People._fields))
        out = program(people, rows, p)
        parts.append({k: np.asarray(v)[: min(size, n - start)] for k, v in out.items()})
    return {k: np.concatenate([part[k] for part in parts]) for k in names}


def accepted_z(
    *cohorts: Any, parameters: Parameters | None = None, reference: Reference | None = None
) -> tuple[float, float]:
    """Lowest and highest lumbar-spine Z-score at entry that everyone of some cohorts can have.

    What bone amounts up to ``_WIDEST`` give, within what is accepted of any person, rounded inwards to 0.1.
    """
    ends = []
    for side, take in ((-_WIDEST, np.max), (_WIDEST, np.min)):
        z = [_z_at(one, np.full(len(one), side), parameters, reference) for one in cohorts if len(one)]
        ends.append(float(take(np.concatenate(z))))
    limit = LIMITS["baseline_z"]
    return max(np.ceil(10.0 * ends[0]) / 10.0, limit.low), min(np.floor(10.0 * ends[1]) / 10.0, limit.high)


def z_error(z: float, low: float, high: float) -> InputError:
    """The refusal of a Z-score that no bone amount gives."""
    return InputError("baseline_z", z, f"accepted for this age, sex and type: {low:g} to {high:g}")


def _z_at(
    cohort: Any, eta_bone: np.ndarray, parameters: Parameters | None, reference: Reference | None
) -> np.ndarray:
    return at_entry(replace(cohort, eta_bone=eta_bone), ("ls_z",), parameters, reference)["ls_z"]


def match_baseline_z(
    cohort: Any, z: Any, parameters: Parameters | None = None, reference: Reference | None = None
) -> Any:
    """The cohort with ``eta_bone`` solved so that the lumbar-spine Z-score at entry equals ``z``.

    z(0) rises with bone amount, so bisection finds it.

    Args:
        cohort: people (a frozen dataclass; a copy is returned).
        z: measured Z-scores [person]; NaN leaves that person as they are.

    Raises:
        InputError: a Z-score that no bone amount of this type and size gives.
    """
    z = np.broadcast_to(np.asarray(z, np.float64), len(cohort))
    wanted = np.isfinite(z)
    low, high = np.full(len(cohort), -_WIDEST), np.full(len(cohort), _WIDEST)

    def reached(eta: np.ndarray) -> np.ndarray:
        return _z_at(cohort, eta, parameters, reference)

    outside = np.flatnonzero(wanted & ((z < reached(low)) | (z > reached(high))))
    if outside.size:
        told = cohort.take(outside[:1])
        raise z_error(float(z[outside[0]]), *accepted_z(told, parameters=parameters, reference=reference))
    for _ in range(50):
        middle = 0.5 * (low + high)
        below = reached(middle) < z
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return replace(cohort, eta_bone=np.where(wanted, 0.5 * (low + high), cohort.eta_bone))
