"""The shipped posterior as groups of labelled arrays, from what the package holds: no model runs.

The same layout as :mod:`~brittlestar.evidence.calibration.posterior_tree` writes after a fit, as far as the
package keeps it: residuals of every draw are not shipped, so there is no ``posterior_predictive`` and no
``log_likelihood``.
"""

import os
from pathlib import Path

import numpy as np

from brittlestar._shared.manifest import manifest
from brittlestar._shared.output import output_directory
from brittlestar._shared.zarr_store import Labelled, write_zarr
from brittlestar.evidence.calibration.ensemble import SEED, ensemble
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.posterior_tree import axes, parameter_groups
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.target_values import scaled
from brittlestar.model.parameters import default_parameters, identity


def shipped_tree() -> dict[str, dict[str, Labelled]]:
    """Groups for ``xarray.open_datatree`` or ArviZ; parameters by their id, in the units of their files.

    - ``posterior``: parameters [chain, draw], the equal draws of the ensemble, each as often as it counts.
    - ``prior``: the same from the priors.
    - ``observed_data``: the fitted targets, on the scale on which each is compared (the logarithm for some).
    - ``sample_stats``: ln of the prior of each draw, and which set of the ensemble it is.
    """
    post, sets = recorded("posterior"), ensemble()
    copies = np.array(recorded("ensemble")["copies"])
    member = np.repeat(np.arange(len(copies)), copies)
    order = [post["parameters"].index(one.id) for one in sets.free]
    centre, sd = (np.array(post[name])[order] for name in ("log_prior_centre", "log_prior_sd"))
    z = (sets.theta[member] - centre) / sd
    targets = fit_targets().fitted
    drawn, prior = parameter_groups([one.id for one in sets.free], centre, sd, z)
    return {
        "posterior": drawn,
        "prior": prior,
        "observed_data": {
            "target": Labelled(("target",), np.array([t.id for t in targets])),
            "targets": Labelled(("target",), np.array([float(scaled(t, t.observed)) for t in targets])),
        },
        "sample_stats": axes(len(z))
        | {
            "log_prior": Labelled(("chain", "draw"), -0.5 * np.sum(z**2, axis=1)[None]),
            "set": Labelled(("chain", "draw"), member[None]),
        },
    }


def export_posterior(path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Write :func:`shipped_tree` as a Zarr store, which ArviZ and xarray open as a DataTree.

    Args:
        path: of the directory that becomes the store's; ``posterior.zarr`` in it.
        force: write among other files that are there.

    Raises:
        InputError: a place that cannot be written to.
    """
    made = manifest(
        seed=SEED, parameters=identity(default_parameters()), inputs={"draws": recorded("ensemble")["draws"]}
    )
    with output_directory(path, force=force) as folder:
        write_zarr(folder / "posterior.zarr", shipped_tree(), made)
    return Path(path) / "posterior.zarr"
