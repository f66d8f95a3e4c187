"""Labelled arrays as a Zarr store: the bytes that the format asks for, and how xarray and ArviZ open it."""

import json
from pathlib import Path

import numpy as np
import pytest

from brittlestar._shared.zarr_store import Labelled, write_zarr

GROUPS = {
    "posterior": {
        "chain": Labelled(("chain",), np.arange(1)),
        "draw": Labelled(("draw",), np.arange(3)),
        "kS": Labelled(("chain", "draw"), np.array([[0.5, 1.5, 2.5]]), {"prior_log_sd": 0.4}),
    },
    "observed_data": {
        "target": Labelled(("target",), np.array(["spine", "hip"])),
        "targets": Labelled(("target",), np.array([1.0, -2.0])),
    },
}


def test_numbers_lie_in_the_store_as_in_memory(tmp_path: Path):
    write_zarr(tmp_path / "x.zarr", GROUPS, {"seed": 1})
    place = tmp_path / "x.zarr" / "posterior" / "kS"
    about = json.loads((place / ".zarray").read_text(encoding="utf-8"))
    assert about["shape"] == [1, 3] and about["dtype"] == "<f8" and about["compressor"] is None
    assert np.frombuffer((place / "0.0").read_bytes(), "<f8").tolist() == [0.5, 1.5, 2.5]
    whole = json.loads((tmp_path / "x.zarr" / ".zmetadata").read_text(encoding="utf-8"))
    assert whole["metadata"]["posterior/kS/.zattrs"]["_ARRAY_DIMENSIONS"] == ["chain", "draw"]
    with pytest.raises(FileExistsError):
        write_zarr(tmp_path / "x.zarr", GROUPS)


@pytest.mark.filterwarnings("default")
def test_xarray_and_arviz_open_it_as_a_tree(tmp_path: Path):
    xarray, _ = pytest.importorskip("xarray"), pytest.importorskip("zarr")
    write_zarr(tmp_path / "x.zarr", GROUPS, {"seed": 1})
    tree = xarray.open_datatree(tmp_path / "x.zarr", engine="zarr")
    assert set(tree.children) == set(GROUPS) and tree.attrs["seed"] == 1
    assert tree["posterior/kS"].sel(chain=0).values.tolist() == [0.5, 1.5, 2.5]
    assert tree["posterior/kS"].attrs["prior_log_sd"] == 0.4
    assert float(tree["observed_data/targets"].sel(target="hip")) == -2.0
    base = pytest.importorskip("arviz_base")
    frame = base.extract(tree, group="posterior", combined=True, keep_dataset=True)
    assert frame["kS"].sizes == {"sample": 3}
