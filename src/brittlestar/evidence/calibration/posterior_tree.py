"""The posterior as groups of labelled arrays, as ArviZ names them."""

from collections.abc import Sequence

import numpy as np

from brittlestar._shared.chance import normal
from brittlestar._shared.zarr_store import Labelled
from brittlestar.evidence.calibration.calibrate import Calibration
from brittlestar.evidence.calibration.ensemble import KEEP, SEED
from brittlestar.evidence.calibration.importance import Draws, copies
from brittlestar.evidence.calibration.target_values import scaled

PRIOR_DRAWS = 1000


def posterior_tree(found: Calibration, drawn: Draws) -> dict[str, dict[str, Labelled]]:
    """Groups for ``xarray.open_datatree`` or ArviZ; parameters by their id, in the units of their files.

    - ``posterior`` and ``prior``: parameters [chain, draw]; the weights of draws are resampled, so that all
      count the same.
    - ``observed_data``: the fitted targets, on the scale on which each is compared (the logarithm for some).
    - ``posterior_predictive``: new data from every draw: the model, and an error as the targets state it.
    - ``sample_stats``: ln of likelihood and prior, and the index of the run of the model that made a draw.
    """
    post, targets = found.posterior, found.targets.fitted
    chosen = np.repeat(np.arange(len(drawn.z)), copies(drawn.weight, KEEP, SEED))
    keep, draw = drawn.z[chosen], np.arange(len(chosen))
    r = drawn.residuals[chosen]
    error = normal(SEED, draw[:, None], "posterior predictive", np.arange(len(targets))[None, :])
    observed = np.array([float(scaled(t, t.observed)) for t in targets])
    predicted = observed + (r + error) @ np.linalg.cholesky(found.covariance).T
    names = Labelled(("target",), np.array([t.id for t in targets]))

    posterior, prior = parameter_groups(post.ids, post.centre, post.prior_sd, keep)
    statistics = {
        "log_likelihood": -0.5 * np.sum(r**2, axis=1),
        "log_prior": -0.5 * np.sum(keep**2, axis=1),
        "run": chosen,
    }
    return {
        "posterior": posterior,
        "prior": prior,
        "observed_data": {"target": names, "targets": Labelled(("target",), observed)},
        "posterior_predictive": axes(len(draw))
        | {"target": names, "targets": Labelled(("chain", "draw", "target"), predicted[None])},
        "sample_stats": axes(len(draw))
        | {name: Labelled(("chain", "draw"), x[None]) for name, x in statistics.items()},
    }


def parameter_groups(
    ids: Sequence[str], centre: np.ndarray, prior_sd: np.ndarray, z: np.ndarray
) -> tuple[dict[str, Labelled], dict[str, Labelled]]:
    """Posterior and prior: each parameter exp(centre + prior_sd z) [chain, draw], with its prior.

    Args:
        ids: of the parameters.
        centre, prior_sd: of ln of each under its prior [parameter].
        z: draws of the posterior, in prior SDs from that centre [draw, parameter].
    """
    free = normal(SEED, np.arange(PRIOR_DRAWS)[:, None], "prior draw", np.arange(len(ids))[None, :])

    def group(z: np.ndarray) -> dict[str, Labelled]:
        value = np.exp(centre + prior_sd * z)
        return axes(len(z)) | {
            name: Labelled(
                ("chain", "draw"),
                value[None, :, i],
                {"prior": "log-normal", "prior_centre": float(np.exp(at)), "prior_log_sd": float(sd)},
            )
            for i, (name, at, sd) in enumerate(zip(ids, centre, prior_sd, strict=True))
        }

    return group(z), group(free)


def axes(draws: int) -> dict[str, Labelled]:
    """Coordinates of one chain."""
    return {"chain": Labelled(("chain",), np.arange(1)), "draw": Labelled(("draw",), np.arange(draws))}
