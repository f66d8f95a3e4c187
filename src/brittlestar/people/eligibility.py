"""Entry rules as data: which candidates may enter a trial, and which rule kept how many out.

As a table of a protocol file::

    [eligibility]
    age_years = [4, 15]
    oi_type = ["I", "III", "IV"]
    any_of = [{ fractures = { min = 1 }, lowest_z = { max = -1.0 } }, { lowest_z = { max = -2.0 } }]

Rules in one table all hold; in ``any_of`` one of the tables must. ``lowest_z`` is the lower of ``ls_z``
(lumbar spine) and ``tb_z`` (total body).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar.people.coding import SEXES, TYPES, sex_code, type_code

_WORDS = {"oi_type": (type_code, TYPES), "sex": (sex_code, SEXES)}


@dataclass(frozen=True)
class Rule:
    """One field between two limits (both included), or among given codes."""

    field: str
    low: float = -np.inf
    high: float = np.inf
    among: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The rule in words, e.g. ``age_years 4-15``."""
        if self.among:
            return f"{self.field} {'/'.join(_WORDS[self.field][1][code] for code in self.among)}"
        if np.isinf(self.high):
            return f"{self.field} >= {self.low:g}"
        return (
            f"{self.field} <= {self.high:g}"
            if np.isinf(self.low)
            else f"{self.field} {self.low:g}-{self.high:g}"
        )

    def holds(self, candidates: Mapping[str, np.ndarray]) -> np.ndarray:
        """True where the candidate meets the rule; a missing value (NaN) does not."""
        if self.field not in candidates:
            raise InputError(f"eligibility.{self.field}", self.field, nearest(self.field, candidates))
        value = np.asarray(candidates[self.field])
        if self.among:
            return np.isin(value, self.among)
        return (value >= self.low) & (value <= self.high)

    def can_hold(self, known: Mapping[str, Any]) -> bool:
        """Whether anybody can meet the rule; see :meth:`Eligibility.unmet`."""
        if self.field not in known:
            return True
        if self.among:
            return bool(set(self.among) & set(known[self.field]))
        low, high = known[self.field]
        return self.low <= high and self.high >= low


@dataclass(frozen=True)
class AnyOf:
    """At least one of several groups of rules holds completely."""

    groups: tuple[tuple[Rule, ...], ...]

    @property
    def label(self) -> str:
        """The groups in words, joined by ``or``."""
        return " or ".join("(" + " and ".join(rule.label for rule in group) + ")" for group in self.groups)

    def holds(self, candidates: Mapping[str, np.ndarray]) -> np.ndarray:
        """True where one group holds."""
        groups = [np.logical_and.reduce([rule.holds(candidates) for rule in group]) for group in self.groups]
        return np.logical_or.reduce(groups)

    def can_hold(self, known: Mapping[str, Any]) -> bool:
        """Whether anybody can meet all rules of one of the groups."""
        return any(all(rule.can_hold(known) for rule in group) for group in self.groups)


@dataclass(frozen=True)
class Screening:
    """Who may enter, and why the others may not."""

    eligible: np.ndarray
    """bool [candidate]"""
    failed: dict[str, int]
    """rule -> candidates who do not meet it, whatever else they miss"""
    excluded: dict[str, int]
    """rule -> candidates kept out by it first, in the order of the rules; sums to all who stay out"""

    def __str__(self) -> str:
        lines = [f"{self.eligible.size} screened, {int(self.eligible.sum())} eligible"]
        lines += [
            f"  {count} excluded: {label} (not met by {self.failed[label]})"
            for label, count in self.excluded.items()
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Eligibility:
    """Rules that must all hold."""

    rules: tuple[Rule | AnyOf, ...] = ()

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "Eligibility":
        """Rules from a table of a protocol file; see the head of this module.

        Raises:
            InputError: a rule that is neither a range, a list of words nor ``any_of``.
        """
        rules: list[Rule | AnyOf] = []
        for field, value in table.items():
            if field == "any_of":
                if (
                    not isinstance(value, Sequence)
                    or not value
                    or not all(isinstance(v, Mapping) and v for v in value)
                ):
                    raise InputError("eligibility.any_of", value, "accepted: a list of tables of rules")
                groups = (
                    tuple(_rule(k, v, "eligibility.any_of") for k, v in group.items()) for group in value
                )
                rules.append(AnyOf(tuple(groups)))
            else:
                rules.append(_rule(field, value, "eligibility"))
        return cls(tuple(rules))

    def unmet(self, known: Mapping[str, Any]) -> Rule | AnyOf | None:
        """The first rule that nobody of a population can meet, if there is one.

        Args:
            known: what is known of everybody: lowest and highest value by field, or the codes of words that
                occur. A field left out may have any value.
        """
        return next((rule for rule in self.rules if not rule.can_hold(known)), None)

    def screen(self, candidates: Mapping[str, Any]) -> Screening:
        """Apply the rules to arrays of candidates, e.g. a cohort's fields with its first scan added.

        Raises:
            InputError: a rule names a field that the candidates do not have.
        """
        arrays = {name: np.asarray(value) for name, value in candidates.items()}
        if "lowest_z" not in arrays and {"ls_z", "tb_z"} & set(arrays):
            arrays["lowest_z"] = np.fmin.reduce([arrays[name] for name in ("ls_z", "tb_z") if name in arrays])
        if not arrays:
            raise InputError("candidates", {}, "accepted: at least one array")
        eligible = np.ones(np.size(next(iter(arrays.values()))), bool)
        failed, excluded = {}, {}
        for rule in self.rules:
            met = rule.holds(arrays)
            failed[rule.label] = int(np.sum(~met))
            excluded[rule.label] = int(np.sum(eligible & ~met))
            eligible = eligible & met
        return Screening(eligible, failed, excluded)


def _rule(field: str, value: Any, where: str) -> Rule:
    place = f"{where}.{field}"
    if field in _WORDS:
        code, known = _WORDS[field]
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, Sequence) or not words or not all(isinstance(word, str) for word in words):
            raise InputError(place, value, f"accepted: one or more of {', '.join(known)}")
        return Rule(field, among=tuple(int(code(word, place)) for word in words))
    limits: Any = value
    if isinstance(value, Mapping):
        for key in value:
            if key not in ("min", "max"):
                raise InputError(place, key, nearest(key, ("min", "max")))
        limits = (value.get("min", -np.inf), value.get("max", np.inf))
    numbers = isinstance(limits, Sequence) and [_number(x) for x in limits]
    if not numbers or len(numbers) != 2 or not numbers[0] <= numbers[1]:
        raise InputError(place, value, "accepted: [lowest, highest], or { min = ... }, { max = ... }")
    return Rule(field, low=numbers[0], high=numbers[1])


def _number(x: Any) -> float:
    """As a float; NaN, which no comparison holds for, for what is no number or larger than any."""
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return np.nan
    try:
        return float(x)
    except OverflowError:
        return np.nan
