"""Statistics of one simulated trial, and of many at once: what a trial report prints.

Every function takes plain arrays and returns a frozen result that says how many people entered and whether
there is an answer at all. Functions ending in ``_batch`` analyse many trials in one call and give the same
numbers; they hold a few arrays of [trial, person] at a time, so a hundred thousand trials go in by the
thousand.
"""

from brittlestar.statistics._ancova import Ancova, Ancovas, ancova, ancova_batch, arm_means, mean
from brittlestar.statistics._andersen_gill import RateRatio, RateRatios, andersen_gill, andersen_gill_batch
from brittlestar.statistics._counting_process import Intervals, intervals
from brittlestar.statistics._cox import LogRank, cox, cox_batch, log_rank, log_rank_batch
from brittlestar.statistics._design import indicators
from brittlestar.statistics._estimate import Curve, Curves, Estimate, Estimates
from brittlestar.statistics._kaplan_meier import kaplan_meier, kaplan_meier_batch
from brittlestar.statistics._mean_cumulative import mean_cumulative_function, mean_cumulative_function_batch
from brittlestar.statistics._negative_binomial import (
    NegativeBinomial,
    NegativeBinomials,
    negative_binomial,
    negative_binomial_batch,
)
from brittlestar.statistics._proportions import (
    ArmCounts,
    cloglog_hazard_ratio,
    count_by_arm,
    proportion,
    risk_difference,
    risk_ratio,
)
from brittlestar.statistics._rates import (
    arm_rates,
    event_rate,
    marginal_rate_ratio,
    marginal_rate_ratio_batch,
    rate_difference_batch,
)

__all__ = [
    "Ancova",
    "Ancovas",
    "ArmCounts",
    "Curve",
    "Curves",
    "Estimate",
    "Estimates",
    "Intervals",
    "LogRank",
    "NegativeBinomial",
    "NegativeBinomials",
    "RateRatio",
    "RateRatios",
    "ancova",
    "ancova_batch",
    "andersen_gill",
    "andersen_gill_batch",
    "arm_means",
    "arm_rates",
    "cloglog_hazard_ratio",
    "count_by_arm",
    "cox",
    "cox_batch",
    "event_rate",
    "indicators",
    "intervals",
    "kaplan_meier",
    "kaplan_meier_batch",
    "log_rank",
    "log_rank_batch",
    "marginal_rate_ratio",
    "marginal_rate_ratio_batch",
    "mean",
    "mean_cumulative_function",
    "mean_cumulative_function_batch",
    "negative_binomial",
    "negative_binomial_batch",
    "proportion",
    "rate_difference_batch",
    "risk_difference",
    "risk_ratio",
]
