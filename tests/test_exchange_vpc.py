"""A visual predictive check: percentiles by value, inside where the data are the model's, else outside."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.engine import default_parameters, with_values
from brittlestar.evidence.prediction.one_person import SETS, open_sets
from brittlestar.exchange.events.read import EventTable, read_events
from brittlestar.exchange.events.write import write_events
from brittlestar.exchange.simulated_data_sets import simulated_data_sets
from brittlestar.exchange.vpc import Vpc, vpc
from brittlestar.model.parameter_sets import write_parameter_sets
from brittlestar.trials.run import run_trial


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_events(
        run_trial("poise", replicates=1, seed=9), tmp_path_factory.mktemp("vpc") / "poise.csv"
    )


@pytest.fixture(scope="module")
def table(file: Path) -> EventTable:
    return read_events(file)


@pytest.fixture(scope="module")
def found(table: EventTable) -> Vpc:
    """Under the shipped set alone, its numbers taken as known."""
    return vpc(table, "ctx", draws=40, sets=0)


def test_the_models_own_data_lie_inside(found: Vpc) -> None:
    assert found.rows["percentile"].unique().sort().to_list() == [5, 50, 95]
    assert found.rows["bin"].n_unique() == 6 and min(found.rows["count"].to_list()) > 50
    # Of 18 percentiles 95 % would be 17; people of a trial are chosen, which the check does not know.
    assert found.rows["inside"].sum() >= 14


def test_observed_percentiles_are_those_of_the_values(table: EventTable, found: Vpc) -> None:
    seen = table.observations.filter(observed="ctx")
    for row in found.rows.to_dicts():
        mine = seen.filter((pl.col("day") - row["day"]).abs() < 1e-6)["value"].to_numpy()
        assert len(mine) == row["count"]
        assert row["observed"] == pytest.approx(np.quantile(mine, row["percentile"] / 100), rel=1e-12)
        assert row["low"] <= row["simulated"] <= row["high"]


def test_data_of_another_model_lie_outside(file: Path, found: Vpc, tmp_path: Path) -> None:
    shifted = tmp_path / "poise.csv"
    seen = (pl.col("EVID") == 0) & (pl.col("DVID") == 5)
    pl.read_csv(file).with_columns(DV=pl.when(seen).then(pl.col("DV") * 3).otherwise(pl.col("DV"))).write_csv(
        shifted
    )
    beside = file.with_suffix(".dictionary.json")
    assert json.loads(beside.read_text())["observed"]["5"] == "ctx"
    other = vpc(read_events(shifted, dictionary=beside), "ctx", draws=40, sets=0)
    assert other.rows["inside"].sum() <= 2
    assert other.rows["simulated"].to_list() == found.rows["simulated"].to_list()


def test_data_sets_are_spread_over_parameter_sets(table: EventTable, found: Vpc) -> None:
    shipped = default_parameters()
    far = with_values(shipped, remodelling__tauB=2 * np.asarray(shipped.remodelling.tauB))
    few = EventTable(table.subjects[:6], table.observations, table.warnings, table.dictionary)
    who, day = np.repeat(np.arange(6), 2), np.tile([0.0, 364.0], 6)
    told = {"subjects": few.subjects, "who": who, "day": day, "measure": "ctx", "seed": 3}
    seen: list[tuple[int, int]] = []
    both = simulated_data_sets(**told, draws=5, sets=(shipped, far), progress=lambda *now: seen.append(now))
    for k, one in enumerate((shipped, far)):
        alone = simulated_data_sets(**told, draws=5, sets=(one,))
        assert both[k::2] == pytest.approx(alone[k::2], rel=1e-12)
    assert not np.allclose(both[0::2][:2], both[1::2])
    assert seen[-1] == (30, 30) and seen == sorted(seen)


def test_what_science_leaves_open_widens_the_range(table: EventTable, found: Vpc) -> None:
    open_ = vpc(table, "ctx", draws=40, sets=open_sets(8))
    middle = [(pl.col("percentile") == 50) & (pl.col("day") > 0)]
    widths = [
        one.rows.filter(*middle).select(pl.col("high") - pl.col("low")).to_series() for one in (open_, found)
    ]
    assert (widths[0] > 1.5 * widths[1]).all()
    assert (open_.sets, found.sets) == (8, 0)
    assert "8 parameter sets" in open_.held and "taken as known" in found.held
    assert open_.manifest["input_sha256"] != found.manifest["input_sha256"]


def test_python_spreads_over_as_many_sets_as_the_command(
    table: EventTable, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = vpc(table, "ctx", draws=20)
    assert usual.sets == 16 == SETS
    assert usual.rows.equals(vpc(table, "ctx", draws=20, sets=open_sets(16)).rows)
    assert main(["vpc", str(file), "--measure", "ctx", "--draws", "20"]) == 0
    assert usual.held in " ".join(capsys.readouterr().out.split()) and "16 parameter sets" in usual.held


def test_own_sets_are_what_the_data_sets_are_spread_over(
    table: EventTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = open_sets(3)
    write_parameter_sets(sets, own := tmp_path / "sets.parquet")
    by_file = vpc(table, "ctx", draws=20, parameters=str(own))
    assert by_file.sets == 3 and by_file.manifest["own_sets"] == 3
    assert by_file.rows.equals(vpc(table, "ctx", draws=20, sets=sets).rows)
    first = vpc(table, "ctx", draws=20, parameters=f"{own}:1")
    assert first.sets == 0 and "taken as known" in first.held and not first.rows.equals(by_file.rows)
    with pytest.raises(InputError, match="sets: got 2; accepted: none beside parameters"):
        vpc(table, "ctx", draws=20, parameters=str(own), sets=2)
    short = by_file.manifest["parameters_sha256"][:8]
    assert f"Parameters own ({short}) and 2 more, brittlestar" in repr(by_file)


def test_bins_are_as_asked(table: EventTable) -> None:
    two = vpc(table, "ctx", draws=20, bins=[0, 200, 2000], percentiles=[50])
    assert two.rows["bin"].to_list() == [0, 1]
    assert two.rows["count"].sum() == table.observations.filter(observed="ctx").height
    for wrong in ([0], [5, 5], [9000, 9001]):
        with pytest.raises(InputError, match="bins"):
            vpc(table, "ctx", draws=20, bins=wrong)


def test_what_cannot_be_checked_is_refused(table: EventTable) -> None:
    with pytest.raises(InputError, match="measure: got None"):
        vpc(table)
    with pytest.raises(InputError, match="did you mean 'ctx'"):
        vpc(table, "ctxx")
    with pytest.raises(InputError, match="percentiles"):
        vpc(table, "ctx", percentiles=[100])
    with pytest.raises(InputError, match="draws: got 5"):
        vpc(table, "ctx", draws=5)
    with pytest.raises(InputError, match="sets: got 1; accepted: none beside parameters"):
        vpc(table, "ctx", parameters="v4", sets=[default_parameters()])
    with pytest.raises(InputError, match="sets: got 21; accepted: at most one for each of the 20"):
        vpc(table, "ctx", draws=20, sets=[default_parameters()] * 21)


def test_the_chart_shows_every_percentile(found: Vpc) -> None:
    chart = found.plot().to_dict()
    assert len(chart["layer"]) == 4
    inside = int(found.rows["inside"].sum())
    assert f"{inside} of 18 observed percentiles" in chart["description"]
    assert f"In the band: {found.held}." in " ".join(chart["title"]["subtitle"])
    data = next(iter(chart["datasets"].values())) if "datasets" in chart else chart["data"]["values"]
    assert [row["observed"] for row in data] == pytest.approx(found.rows["observed"].to_list(), rel=1e-4)


def test_command_prints_and_writes(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["vpc", str(file), "--measure", "ctx", "--draws", "20", "--sets", "2"]
    assert main([*said, "--out", str(tmp_path / "v")]) == 0
    out = capsys.readouterr().out
    said = " ".join(out.split())
    assert (
        "observed percentiles are inside; 20 simulated data sets. In their range: people who differ, luck,"
        in said
    )
    assert json.loads((tmp_path / "v" / "vpc.json").read_text())["sets"] == 2
    assert {p.name for p in (tmp_path / "v").iterdir()} >= {"vpc.csv", "vpc.json", "vpc.html", "vpc.png"}
    assert main(["vpc", str(file), "--draws", "20"]) == 2
    assert "measure: got None" in capsys.readouterr().err
