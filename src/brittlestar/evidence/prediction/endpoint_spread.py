"""How far trials of one kind lie apart, on the scale on which an endpoint is worked with."""

import numpy as np

from brittlestar.evidence.calibration.between_trials import Scale, between_trials
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.summary import unit


def is_ratio(endpoint: Endpoint) -> bool:
    """Whether an endpoint is worked with on the log scale."""
    return unit(endpoint) == "ratio"


def kind_of_endpoint(endpoint: Endpoint) -> Scale | None:
    """Kind of result whose spread between trials applies."""
    measure = endpoint.measure
    if measure is None:
        return "fractures"
    if measure == "ls_abmd" and endpoint.kind in ("pct_change", "ratio_to_control"):
        return "density"
    if measure in ("ls_z", "tb_z") and endpoint.kind == "change":
        return "z"
    return "markers" if measure in ("ctx", "untx", "p1np", "bsap") and endpoint.kind != "change" else None


def between_sd(endpoint: Endpoint, contrast: bool, mean: float) -> float:
    """SD between trials on the scale on which the endpoint is worked with.

    ``mean`` is that of the arm, for a difference of shares or rates that of the treated: the spread is one of
    the log rate, which a difference carries as the treated do.
    """
    kind = kind_of_endpoint(endpoint)
    if kind is None:
        return 0.0
    sd = between_trials()[kind].sd
    if kind == "z" or is_ratio(endpoint):
        return sd
    match endpoint.kind:
        case "pct_change":
            # ln(1 + x/100) has this SD; of a difference the same in points of the value at entry
            return sd * (100.0 if contrast else 100.0 + mean)
        case "proportion_fractured":
            alive = float(np.clip(1.0 - mean, 1e-6, 1.0 - 1e-6))
            return sd * alive * -float(np.log(alive))
        case _:
            return sd * abs(mean)
