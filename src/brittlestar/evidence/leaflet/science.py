"""Parameter sets that fit the calibration data about as well as the shipped one."""

import json
from collections.abc import Iterator
from importlib import resources

import numpy as np

from brittlestar._shared.chance import normal
from brittlestar.engine import Parameters
from brittlestar.evidence.priors import priors, with_theta


def draws(base: Parameters, count: int, seed: int) -> Iterator[Parameters]:
    """Draws of the normal approximation to the posterior in ln of the free parameters.

    Args:
        base: everything that is not free.
        count: how many.
        seed: key of chance.
    """
    text = resources.files("brittlestar.evidence").joinpath("posterior.json").read_text(encoding="utf-8")
    posterior = json.loads(text)
    free = [prior for name in posterior["parameters"] for prior in priors() if prior.id == name]
    lower = np.linalg.cholesky(np.array(posterior["log_covariance"]))
    for i in range(count):
        z = normal(seed, np.arange(len(free)), "posterior draw", i)
        yield with_theta(base, free, np.array(posterior["log_mode"]) + lower @ z)
