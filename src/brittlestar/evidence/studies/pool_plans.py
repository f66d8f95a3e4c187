"""Questions that pools of studies answer, as ``pools.toml`` states them."""

import tomllib
from fnmatch import fnmatch
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import Field, ValidationError

from brittlestar._shared.errors import InputError
from brittlestar.evidence.studies.study import Result, Strict


class Member(Strict):
    """A study that enters a pool.

    ``how`` says where its standard error comes from: ``interval`` its published 95 % interval; ``shares`` two
    shares with an event, as ln of the hazard ratio by ln(-ln(1 - share)); ``means_ratio`` and
    ``means_difference`` two means with SD; ``scaled`` the relative SE of a third result; ``p_bound`` the
    largest SE that a bound on p allows.
    """

    study: str
    how: Literal["interval", "shares", "means_ratio", "means_difference", "scaled", "p_bound"]
    results: tuple[tuple[str, str, float], ...]
    randomised: bool
    note: str
    n: tuple[int, int] | None = None


class PublishedPool(Strict):
    """A published pooled estimate: printed, not pooled again."""

    study: str
    measure: str


class PoolPlan(Strict):
    """One question as ``pools.toml`` states it."""

    title: str
    scale: Literal["log", "plain"]
    unit: str
    about: tuple[str, ...]
    members: tuple[Member, ...]
    not_about: tuple[str, ...] = ()
    beside: tuple[PublishedPool, ...] = ()
    left_out: dict[str, str] = Field(default_factory=dict)
    note: str = ""

    def concerns(self, result: Result) -> bool:
        """Whether a result's measure belongs to the question."""
        name = result.measure.lower()
        return any(fnmatch(name, p) for p in self.about) and not any(fnmatch(name, p) for p in self.not_about)


@cache
def plans() -> dict[str, PoolPlan]:
    """All questions by id.

    Raises:
        InputError: a file that does not fit.
    """
    text = resources.files(__package__).joinpath("pools.toml").read_text(encoding="utf-8")
    try:
        return {name: PoolPlan(**entry) for name, entry in tomllib.loads(text).items()}
    except ValidationError as error:
        raise InputError("evidence/studies/pools.toml", str(error), "accepted: pools as PoolPlan") from None
