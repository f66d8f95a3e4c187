"""Estimates of many simulated trials at once, and the pooling of studies (``statistics.pooling``).

Every comparison takes plain arrays [trial, person] and returns :class:`Estimates`, one entry per trial, each
with the reason where there is no answer. A call holds a few arrays of [trial, person] at a time, so a hundred
thousand trials go in by the thousand.
"""

from brittlestar.statistics.ancova import ancova
from brittlestar.statistics.andersen_gill import andersen_gill
from brittlestar.statistics.before_after import log_rate_ratio, mean_change, rate_ratio
from brittlestar.statistics.cox import cox
from brittlestar.statistics.design import indicators
from brittlestar.statistics.estimates import Estimates
from brittlestar.statistics.intervals import Intervals, intervals
from brittlestar.statistics.kaplan_meier import kaplan_meier
from brittlestar.statistics.mean_cumulative import mean_cumulative_function
from brittlestar.statistics.medians import median, medians
from brittlestar.statistics.negative_binomial import negative_binomial
from brittlestar.statistics.proportions import Proportion, risk_difference, risk_ratio
from brittlestar.statistics.rates import rate_difference

__all__ = [
    "Estimates",
    "Intervals",
    "Proportion",
    "ancova",
    "andersen_gill",
    "cox",
    "indicators",
    "intervals",
    "kaplan_meier",
    "log_rate_ratio",
    "mean_change",
    "mean_cumulative_function",
    "median",
    "medians",
    "negative_binomial",
    "rate_difference",
    "rate_ratio",
    "risk_difference",
    "risk_ratio",
]
