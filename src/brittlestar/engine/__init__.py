"""The model's step, many times: people in batches, care in rows of time, courses out of it."""

import jax

from brittlestar._shared.disk_cache import use_cache

jax.config.update("jax_enable_x64", True)
use_cache()

from brittlestar.engine.baseline import accepted_z, at_entry, match_baseline_z, z_error  # noqa: E402
from brittlestar.engine.care_tables import regular, steps_for  # noqa: E402
from brittlestar.engine.run import Course, Method, simulate_cohort  # noqa: E402
from brittlestar.engine.summary import Spread, Summary, summarise_cohort  # noqa: E402
from brittlestar.model.outputs import UNITS  # noqa: E402
from brittlestar.model.parameter_sets import fingerprints, parameters_of, sets_of  # noqa: E402
from brittlestar.model.parameters import (  # noqa: E402
    Parameters,
    default_parameters,
    fingerprint,
    identity,
    outside_ranges,
    with_values,
)

__all__ = [
    "UNITS",
    "Course",
    "Method",
    "Parameters",
    "Spread",
    "Summary",
    "accepted_z",
    "at_entry",
    "default_parameters",
    "fingerprint",
    "fingerprints",
    "identity",
    "match_baseline_z",
    "outside_ranges",
    "parameters_of",
    "regular",
    "sets_of",
    "simulate_cohort",
    "steps_for",
    "summarise_cohort",
    "with_values",
    "z_error",
]
