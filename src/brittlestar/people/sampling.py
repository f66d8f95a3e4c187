"""Draws cohorts by keyed chance: person 17 is the same in a cohort of 20 and in one of 2 million."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.arguments import real, real_between, whole_between
from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import load
from brittlestar.people.ages import as_ages
from brittlestar.people.bone_amount import eta_bone
from brittlestar.people.coding import TYPES, one_word, type_code
from brittlestar.people.cohort import Cohort
from brittlestar.people.limits import LIMITS

NORMAL_TRAITS = (
    "height_z", "eta_activity", "eta_bone", "eta_drug", "eta_absorption", "weight", "puberty_shift_years",
)  # fmt: skip
"""Order of a correlation matrix. No source supports any correlation, so the default is none."""

MOST_PEOPLE = 10_000_000
"""People of one cohort; 16 arrays of so many are about a gigabyte."""

MOST_SHARE = 1e9
"""A share or count beyond which the sum of all is no longer exact."""


@cache
def populations() -> dict[str, dict[str, Any]]:
    """Named mixes of type and sex, from ``populations.toml``."""
    path = resources.files("brittlestar.people").joinpath("populations.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _named(types: str) -> dict[str, Any]:
    known = populations()
    if types not in known:
        raise InputError("types", types, nearest(types, known))
    return known[types]


def _mix(types: Mapping[str, float]) -> np.ndarray:
    shares = np.zeros(len(TYPES))
    for word, share in types.items():
        number = real(share)
        if number is None or not 0 <= number <= MOST_SHARE:
            raise InputError(f"types.{word}", share, "accepted: a share or a count, from 0 to 1e9")
        shares[type_code(one_word(word, "types"), "types")] += number
    if shares.sum() <= 0:
        raise InputError("types", dict(types), "accepted: at least one type with a positive share")
    return shares / shares.sum()


def _correlated(seed: int, ids: np.ndarray, correlation: Any) -> dict[str, np.ndarray]:
    draws = np.stack([normal(seed, ids, f"people.{trait}") for trait in NORMAL_TRAITS])
    if correlation is None:
        return dict(zip(NORMAL_TRAITS, draws, strict=True))
    size = len(NORMAL_TRAITS)
    accepted = (
        f"accepted: a symmetric {size} x {size} matrix with 1 on the diagonal for {', '.join(NORMAL_TRAITS)}"
    )
    try:
        matrix = np.asarray(correlation, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError("correlation", correlation, accepted) from None
    if (
        matrix.shape != (size, size)
        or not np.allclose(matrix, matrix.T)
        or not np.allclose(np.diag(matrix), 1.0)
    ):
        raise InputError("correlation", matrix.shape, accepted)
    try:
        lower = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise InputError("correlation", "not positive definite", accepted) from None
    return dict(zip(NORMAL_TRAITS, lower @ draws, strict=True))


def draw_traits(
    ids: np.ndarray, oi_type: np.ndarray, *, seed: int, correlation: Any = None, variation: float = 1.0
) -> dict[str, Any]:
    """The arrays by which people of one type differ, keyed by id.

    Args:
        ids: integer ids [n].
        oi_type: code of each one's type [n]; bone amount differs within each by its own spread.
        seed: 0 to 2**32 - 1.
        correlation: matrix among ``NORMAL_TRAITS``; none by default.
        variation: factor on every spread; 0 gives the typical person n times.
    """
    from scipy.special import betaincinv, gammaincinv

    real_between(variation, 0, 3, "variation", "0 (typical people) to 3 times the usual spread")
    spread = {
        name: parameter.internal for name, parameter in load("brittlestar.people", "traits.toml").items()
    }
    score = _correlated(seed, ids, correlation)
    own = {
        trait: variation
        * (eta_bone(score[trait], oi_type) if trait == "eta_bone" else spread[trait] * score[trait])
        for trait in NORMAL_TRAITS
    }
    # The turnover of a type is the mean over its people, as markers are read: of the age-sex mean.
    own["eta_activity"] -= 0.5 * (variation * spread["eta_activity"]) ** 2

    variance = float(spread["frailty_variance"]) * variation**2
    u = uniform(seed, ids, "people.frailty")
    frailty = variance * gammaincinv(1.0 / variance, u) if variance > 0 else np.ones(len(ids))
    taken = betaincinv(*spread["adherence_shape"], uniform(seed, ids, "people.adherence"))
    adherence = 1.0 + min(variation, 1.0) * (taken / spread["adherence_typical"] - 1.0)

    def intake(name: str) -> np.ndarray:
        scatter = variation * spread[f"{name}_spread"] * normal(seed, ids, f"people.{name}")
        return spread[f"{name}_typical"] * np.exp(scatter)

    limit = LIMITS["puberty_shift_years"]
    return {
        "height_z": own["height_z"],
        "weight_factor": np.exp(own["weight"]),
        **{name: own[name] for name in NORMAL_TRAITS if name.startswith("eta_")},
        "frailty": frailty,
        "adherence": adherence,
        "calcium_mg_per_day": intake("calcium"),
        "vitamin_d_nmol_per_l": intake("vitamin_d"),
        "puberty_shift_years": np.clip(own["puberty_shift_years"], limit.low, limit.high),
    }


def _ids(ids: Any, n: int) -> np.ndarray:
    found = np.asarray(ids)
    if found.shape != (n,) or found.dtype.kind not in "iu":
        raise InputError("ids", ids, f"accepted: {n} whole numbers")
    return found.astype(np.int64)


def sample_cohort(
    n: int,
    *,
    seed: int,
    age_years: Any = (2.0, 18.0),
    types: str | Mapping[str, float] = "population",
    female: float | None = None,
    first_id: int = 0,
    ids: Any = None,
    correlation: Any = None,
    variation: float = 1.0,
) -> Cohort:
    """n new people.

    Args:
        n: how many.
        seed: 0 to 2**32 - 1.
        age_years: one age, (youngest, oldest), a list of ages, or a distribution of ``people.ages``.
        types: a name in ``populations.toml``, or shares or counts by type, e.g. ``{"I": 121, "IV": 17}``.
        female: share of girls and women; that of the named population, else one half.
        first_id: ids run from here; give disjoint ranges to cohorts that will be joined.
        ids: the ids themselves [n], instead of ``first_id``.
        correlation: matrix among ``NORMAL_TRAITS``; none by default.
        variation: factor on every spread; 0 gives typical people.

    Raises:
        InputError: a share, age or type that no cohort can have.
    """
    n = whole_between(n, 0, MOST_PEOPLE, "n")
    if not isinstance(types, str | Mapping):
        raise InputError("types", types, "accepted: a population by name, or shares by type")
    named = _named(types) if isinstance(types, str) else {"types": types, "female": 0.5}
    mix = _mix(named["types"])
    share = real_between(named["female"] if female is None else female, 0, 1, "female", "a share from 0 to 1")
    first = whole_between(first_id, 0, 2**62, "first_id")
    ids = first + np.arange(n, dtype=np.int64) if ids is None else _ids(ids, n)
    kind = np.searchsorted(np.cumsum(mix), uniform(seed, ids, "people.type"))
    oi_type = np.minimum(kind, np.flatnonzero(mix)[-1]).astype(np.int8)
    return Cohort(
        id=ids,
        age_years=as_ages(age_years).quantile(uniform(seed, ids, "people.age")),
        sex=(uniform(seed, ids, "people.sex") < share).astype(np.int8),
        oi_type=oi_type,
        baseline_z=np.full(ids.size, np.nan),
        **draw_traits(ids, oi_type, seed=seed, correlation=correlation, variation=variation),
    )
