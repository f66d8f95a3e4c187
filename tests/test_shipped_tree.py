"""``export posterior``: the shipped ensemble, draw by draw, as ArviZ and xarray read it."""

import json
from pathlib import Path

import numpy as np
import pytest

from brittlestar.cli import main
from brittlestar.evidence.calibration.ensemble import KEEP, ensemble
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.shipped_tree import shipped_tree
from brittlestar.model.parameters import SHIPPED


def test_the_shipped_posterior_is_exported_draw_by_draw_without_a_fit() -> None:
    tree, sets = shipped_tree(), ensemble()
    drawn = tree["posterior"]
    assert len(drawn) == 2 + len(sets.free) and drawn["draw"].values.size == KEEP
    for i, one in enumerate(sets.free):
        theta = np.log(drawn[one.id].values[0])
        # Each set as often as it counts: the mean over draws is the weighted mean over sets.
        assert theta.mean() == pytest.approx(float(sets.weight @ sets.theta[:, i]), abs=1e-9)
    told = recorded("posterior")
    z = (sets.theta - told["log_prior_centre"]) / np.array(told["log_prior_sd"])
    member = tree["sample_stats"]["set"].values[0]
    assert tree["sample_stats"]["log_prior"].values[0] == pytest.approx(-0.5 * np.sum(z[member] ** 2, axis=1))
    assert len(tree["observed_data"]["targets"].values) == told["fitted_targets"]
    assert np.log(tree["prior"]["kS"].values).std() == pytest.approx(
        told["log_prior_sd"][told["parameters"].index("kS")], rel=0.1
    )


def test_the_store_opens_as_a_tree_and_names_its_set(tmp_path: Path) -> None:
    assert main(["export", "posterior", "--out", str(tmp_path / "out")]) == 0
    store = tmp_path / "out" / "posterior.zarr"
    assert json.loads((store / ".zattrs").read_text())["parameters"] == SHIPPED
    pytest.importorskip("zarr")
    xarray = pytest.importorskip("xarray")
    tree = xarray.open_datatree(store, engine="zarr")
    assert tree["posterior/kS"].shape == (1, KEEP)
    # A second time it stands in nobody's way: it is an untouched earlier run.
    assert main(["export", "posterior", "--out", str(tmp_path / "out")]) == 0
