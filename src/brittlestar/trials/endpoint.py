"""An endpoint of a protocol: what is computed, and what was published of it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from brittlestar._shared.errors import InputError
from brittlestar.care.base import Component
from brittlestar.trials.measures import NOT_ABOVE_ZERO, Measure
from brittlestar.trials.protocol_parts import ONE_DAY

Kind = Literal[
    "value", "change", "pct_change", "ratio_to_control", "proportion_fractured", "fracture_rate",
    "hazard_ratio", "rate_ratio_nb", "rate_ratio_lwyy", "risk_ratio",
    "rate_ratio_before",
]  # fmt: skip

WINDOW_KINDS = (
    "proportion_fractured",
    "fracture_rate",
    "hazard_ratio",
    "rate_ratio_nb",
    "rate_ratio_lwyy",
    "risk_ratio",
    "rate_ratio_before",
)
"""Kinds that count fractures in a window of months."""

CONTRAST_KINDS = ("ratio_to_control", "hazard_ratio", "rate_ratio_nb", "rate_ratio_lwyy", "risk_ratio")
"""Kinds that compare arms as a ratio: an arm alone has none, and no difference is 1."""

RATIO_KINDS = (*CONTRAST_KINDS, "rate_ratio_before")
"""Kinds whose numbers are ratios; that of a rate to the rate before entry is one of each arm too."""

CROSSOVER_KINDS = ("value", "change", "pct_change", "fracture_rate")
"""Kinds with one number of each person and period, which a crossover pools."""

ADJUSTED_KINDS = ("value", "change", "pct_change")
"""Kinds whose difference is that of an analysis of covariance, which takes covariates."""


class Published(Component):
    """One published number."""

    arm: str = Field(
        description="an arm's id, `difference`, or `difference:` and the arm's id if several are compared"
    )
    value: float
    low: float | None = Field(None, description="lower 95 % limit")
    high: float | None = Field(None, description="upper 95 % limit")
    source: str = Field(min_length=1, description="DOI, PMID or URL, and how it was read or derived")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise InputError("low, high", (self.low, self.high), "accepted: both limits or none")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise InputError("value", self.value, f"accepted: between its limits {self.low} and {self.high}")
        return self


class Said(Component):
    """One result that was published in words."""

    arm: str = Field(description="as in `published`")
    words: Literal["no clear difference", "rose", "fell"] = Field(
        description="agrees if the range over trials holds no change (1 for ratios), or lies above or below"
    )
    source: str = Field(min_length=1, description="DOI, PMID or URL")


class Endpoint(Component):
    """One endpoint and its analysis."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name in results, e.g. ls_abmd_pct_change")
    label: str = Field(description="name shown to readers")
    kind: Kind = Field(description="what is computed")
    measure: Measure | None = Field(None, description="for value, change, pct_change, ratio_to_control")
    month: float | None = Field(None, ge=0, description="for the same: a visit month")
    from_month: float = Field(
        0.0, ge=0, description="for change, pct_change: the visit month from which it is counted"
    )
    statistic: Literal["mean", "median", "geometric_mean"] = Field(
        "mean",
        description="for value, change, pct_change, ratio_to_control: what is told of an arm. Medians are "
        "compared by ranks, geometric means by their logarithms; of pct_change the geometric mean is that of "
        "the ratio to before",
    )
    window: tuple[float, float] | None = Field(
        None, description="for fractures: first and last month counted"
    )
    second_period: tuple[float, float] | None = Field(
        None,
        description="for a crossover: first and last month of the second period, the first being from_month "
        "to month, or window. Both are pooled; the contrast is between what each of the two arms has first, "
        "and the number of an arm is that of what it has first, in whichever period",
    )
    sites: tuple[str, ...] = Field(
        (), description="for fractures: sites counted; none: all that the trial counts"
    )
    adjust: tuple[Literal["baseline", "age_stratum"], ...] = Field((), description="covariates of the ANCOVA")
    published: tuple[Published, ...] = Field((), description="numbers to hold the simulation against")
    said: tuple[Said, ...] = Field((), description="the same where only words were published")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind in WINDOW_KINDS:
            if self.window is None or not 0 <= self.window[0] <= self.window[1] - ONE_DAY:
                raise InputError(
                    "window", self.window, "accepted: first and last month, a day or more apart, e.g. [0, 12]"
                )
            if self.measure is not None or self.month is not None:
                raise InputError("kind", self.kind, "counts fractures: takes a window, no measure or month")
        elif self.measure is None or self.month is None:
            raise InputError("measure, month", (self.measure, self.month), f"needed for kind {self.kind!r}")
        elif self.window is not None or self.sites:
            raise InputError("kind", self.kind, "takes a measure and a month, no window or sites")
        elif self.kind in ("change", "pct_change") and not self.from_month < self.month:
            raise InputError("month", self.month, f"accepted: after from_month, {self.from_month:g}")
        if self.from_month and self.kind not in ("change", "pct_change"):
            raise InputError("from_month", self.from_month, "accepted: for change and pct_change alone")
        if self.kind == "rate_ratio_before" and self.sites:
            raise InputError(
                "kind, sites",
                (self.kind, self.sites),
                "accepted: all sites that the trial counts, which the years before entry are asked for",
            )
        if self.adjust and self.kind not in ADJUSTED_KINDS:
            raise InputError("adjust", self.adjust, f"accepted: for {', '.join(ADJUSTED_KINDS)} alone")
        self._check_statistic()
        self._check_second_period()
        if len(set(self.adjust)) < len(self.adjust):
            raise InputError("adjust", self.adjust, "accepted: each covariate once")
        for name, told in (("published", self.published), ("said", self.said)):
            arms = [one.arm for one in told]
            if len(set(arms)) < len(arms):
                raise InputError(f"{name}.arm", arms, "accepted: each arm or contrast once per endpoint")
        return self

    def _check_statistic(self) -> None:
        if self.statistic == "mean":
            return
        if self.measure is None or (self.kind == "change" and self.statistic == "geometric_mean"):
            accepted = "accepted: mean for fractures; geometric_mean for value, pct_change, ratio_to_control"
            raise InputError("kind, statistic", (self.kind, self.statistic), accepted)
        if self.statistic == "geometric_mean" and self.measure in NOT_ABOVE_ZERO:
            raise InputError(
                "measure, statistic",
                (self.measure, self.statistic),
                f"accepted: measures above 0, not {', '.join(NOT_ABOVE_ZERO)}",
            )
        if self.statistic == "median" and self.adjust:
            raise InputError(
                "adjust, statistic",
                (self.adjust, self.statistic),
                "accepted: covariates for means and geometric means; medians are compared by ranks",
            )

    def _check_second_period(self) -> None:
        if self.second_period is None:
            return
        for field, fits in (
            ("kind", self.kind in CROSSOVER_KINDS),
            ("statistic", self.statistic == "mean"),
            ("adjust", not self.adjust),
        ):
            if not fits:
                raise InputError(
                    f"second_period, {field}",
                    (self.second_period, getattr(self, field)),
                    f"accepted: means of {', '.join(CROSSOVER_KINDS)} without covariates",
                )
        first_end = self.window[1] if self.window else float(self.month or 0.0)
        start, end = self.second_period
        if not first_end <= start <= end - ONE_DAY:
            raise InputError(
                f"second_period, {'window' if self.window else 'month'}",
                (self.second_period, first_end),
                "accepted: a second period that begins when the first has ended, or later",
            )

    @property
    def tested_alone(self) -> bool:
        """Whether an arm alone is tested: a mean change against none, a rate against that before entry."""
        changes = self.kind in ("change", "pct_change") and self.statistic == "mean"
        return changes or self.kind == "rate_ratio_before"

    @property
    def months(self) -> float:
        """The month to which the result refers."""
        if self.second_period is not None:
            return self.second_period[1]
        return self.window[1] if self.window else float(self.month or 0.0)
