"""Analysis data sets of a trial: numbers are the trial's own, and a second reader finds what was written."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import round_trips
from brittlestar.cli import main
from brittlestar.exchange.adam.datasets import windows
from brittlestar.exchange.adam.variables import CODELISTS, KINDS, datasets, variables
from brittlestar.exchange.adam.write import adam, write_adam
from brittlestar.exchange.trial_doses import doses_of_trial
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.result import TrialResult
from brittlestar.trials.run import run_trial

REPLICATES = 3


@pytest.fixture(scope="module")
def poise() -> TrialResult:
    return run_trial("poise", replicates=REPLICATES, seed=11)


@pytest.fixture(scope="module")
def sets(poise: TrialResult) -> dict[str, pl.DataFrame]:
    return adam(poise)


NUMBER = {"risedronate": 1, "placebo": 2}


def endpoint(result: TrialResult, id: str, arm: str, month: float = 12) -> dict[str, Any]:
    """A row of the trial's endpoints."""
    (row,) = [e for e in result.endpoints if (e["id"], e["arm"], e["time_months"]) == (id, arm, month)]
    return row


def simulated(result: TrialResult, id: str, arm: str) -> float:
    """The mean of an endpoint over replicates, as the trial found it."""
    return endpoint(result, id, arm)["simulated"]["mean"]


def over_replicates(rows: pl.DataFrame, value: pl.Expr, arm: str) -> float:
    """Mean over replicates of a value of the people of an arm."""
    mine = rows.filter(TRT01PN=NUMBER[arm]).group_by("REPLICAT").agg(value.alias("x"))
    assert mine.height == REPLICATES
    return float(mine["x"].mean())  # type: ignore[arg-type]


@pytest.mark.parametrize("arm", ["risedronate", "placebo"])
def test_shares_with_a_fracture_are_those_of_the_trial(poise, sets, arm: str) -> None:
    place = [window[:2] for window in windows(TrialTables.of(poise))].index((0.0, 12.0)) + 1
    year = sets["ADTTE"].filter(PARAMCD=f"TTFX{place}")
    share = over_replicates(year, 1.0 - pl.col("CNSR").mean(), arm)
    assert share == pytest.approx(simulated(poise, "proportion_fractured", arm), rel=1e-12)
    per_year = pl.col("NEVENT").sum() / pl.col("RISKDAYS").sum() * 365.25
    assert over_replicates(year, per_year, arm) == pytest.approx(
        simulated(poise, "fracture_rate", arm), rel=1e-9
    )


@pytest.mark.parametrize("arm", ["risedronate", "placebo"])
def test_changes_of_measures_are_those_of_the_trial(poise, sets, arm: str) -> None:
    months = sets["ADLB"].filter((pl.col("AVISITN") == 12) & (pl.col("SAFFL") == "Y"))
    for id, code, column in (
        ("ls_abmd_pct_change", "LSABMD", "PCHG"),
        ("ls_z_change", "LSZ", "CHG"),
        ("ctx_pct_change", "CTX", "PCHG"),
    ):
        mine = months.filter(PARAMCD=code, TRT01PN=NUMBER[arm])
        # Of everybody, without the covariates that the mean of an arm is adjusted for.
        assert mine[column].mean() == pytest.approx(endpoint(poise, id, arm)["pooled"]["value"], rel=1e-9)


def test_a_cox_model_on_adtte_gives_the_hazard_ratio_of_the_trial(poise, sets) -> None:
    import statsmodels.api as sm

    place = [window[:2] for window in windows(TrialTables.of(poise))].index((0.0, 12.0)) + 1
    logs = []
    for replicate in range(1, REPLICATES + 1):
        rows = sets["ADTTE"].filter(PARAMCD=f"TTFX{place}", REPLICAT=replicate)
        treated = (rows["TRT01PN"] == 1).cast(int).to_numpy()[:, None].astype(float)
        model = sm.PHReg(rows["AVAL"].to_numpy(), treated, status=1 - rows["CNSR"].to_numpy(), ties="efron")
        logs.append(float(model.fit().params[0]))
    found = simulated(poise, "hazard_ratio", "difference")
    assert float(np.exp(np.mean(logs))) == pytest.approx(found, rel=1e-6)


def test_fractures_and_doses_are_all_there(poise, sets) -> None:
    people, fractures = sets["ADSL"], sets["ADFX"]
    assert fractures.height == poise.fractures.height == poise.patients["fractures"].sum()
    per_person = people.join(fractures.group_by("USUBJID").len(), on="USUBJID", how="left")
    assert per_person["len"].fill_null(0).to_list() == poise.patients["fractures"].to_list()
    assert people["USUBJID"].n_unique() == people.height == 147 * REPLICATES
    doses = doses_of_trial(TrialTables.of(poise))
    assert sets["ADEX"]["EXCUM"].sum() == pytest.approx((doses["mg"] * doses["count"]).sum())
    assert (people["SAFFL"] == "N").sum() == (poise.patients["disposition"] == "never started").sum() > 0
    assert sets["ADEX"].join(people.filter(SAFFL="N"), on="USUBJID", how="semi").is_empty()
    seen = sum(poise.visits[m].drop_nulls().len() for m in poise.protocol.measures)
    assert sets["ADLB"].height == seen


def test_day_1_is_the_day_of_entry_and_keys_are_keys(sets) -> None:
    for name, frame in sets.items():
        assert frame.select(datasets()[name]["keys"]).is_duplicated().sum() == 0, name
        for day in {"ADY", "ASTDY", "AENDY", "EOSDY"} & set(frame.columns):
            assert frame[day].min() >= 1
    assert set(sets["ADLB"].filter(ABLFL="Y")["ADY"]) == {1}
    assert sets["ADLB"].filter((pl.col("ABLFL") == "Y") & (pl.col("AVAL") != pl.col("BASE"))).is_empty()
    assert (sets["ADEX"]["AENDY"] >= sets["ADEX"]["ASTDY"]).all()


def test_the_dictionary_holds_every_variable(poise, sets, tmp_path: Path) -> None:
    write_adam(poise, folder := tmp_path / "adam")
    told = json.loads((folder / "define.json").read_text())
    for name, about in told["datasets"].items():
        assert [v["name"] for v in about["variables"]] == sets[name].columns
        for v in about["variables"]:
            assert len(v["name"]) <= 8 and len(v["label"]) <= 40 and v["kind"] in KINDS and v["origin"]
            if v["codelist"]:
                used = set(sets[name][v["name"]].drop_nulls().unique()) - {""}
                assert used <= set(told["codelists"][v["codelist"]]), v
    codes = [one.code for one in MEASURES.values()]
    assert len(set(codes)) == len(codes) and all(len(code) <= 8 for code in codes)
    assert set(CODELISTS) <= {v.codelist for name in datasets() for v in variables(name)}
    assert pl.read_csv(folder / "define.csv").height == sum(len(f.columns) for f in sets.values())
    assert pl.read_parquet(folder / "adtte.parquet").equals(sets["ADTTE"])


def test_csv_comes_back(poise, sets, tmp_path: Path) -> None:
    write_adam(poise, folder := tmp_path / "adam", format="csv")
    for name, frame in sets.items():
        back = pl.read_csv(folder / f"{name.lower()}.csv", schema=frame.schema)
        text = pl.col(pl.String).fill_null("")
        assert back.with_columns(text).equals(frame.with_columns(text)), name


def test_a_second_reader_finds_the_transport_files(poise, sets, tmp_path: Path) -> None:
    pytest.importorskip("pyreadstat", reason="needs pyreadstat: make exchange")
    import pandas as pd
    import pyreadstat  # pyright: ignore[reportMissingImports]

    write_adam(poise, folder := tmp_path / "adam", format="xpt")
    _, meta = pyreadstat.read_xport(folder / "adsl.xpt")
    assert meta.column_labels == [v.label for v in variables("ADSL")]
    for name, frame in sets.items():
        back: Any = pd.read_sas(folder / f"{name.lower()}.xpt", format="xport", encoding="utf-8")
        assert back.columns.tolist() == frame.columns and len(back) == frame.height
        for v in variables(name):
            if v.kind == "text":
                assert back[v.name].fillna("").tolist() == frame[v.name].fill_null("").to_list(), v
            else:
                # pandas reads a zero of this format as 5e-79.
                asked = frame[v.name].cast(pl.Float64).to_numpy()
                np.testing.assert_allclose(
                    back[v.name].to_numpy(float), asked, rtol=1e-14, atol=1e-70, equal_nan=True
                )


def test_export_writes_and_refuses(poise, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = round_trips.write_run(poise, tmp_path / "run")
    said = ["export", "adam", str(run), "--out", str(tmp_path / "adam")]
    assert main([*said, "--format", "sas"]) == 2
    assert "accepted: parquet, csv, xpt" in capsys.readouterr().err
    assert main(said) == 0
    names = {"adsl", "adex", "adlb", "adtte", "adfx"}
    assert {p.name for p in (tmp_path / "adam").glob("*.parquet")} == {f"{name}.parquet" for name in names}
