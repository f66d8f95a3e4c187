"""Own parameter sets from files: every value comes back, and what is wrong is said with its place."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from brittlestar import compare, default_parameters, with_values
from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.engine import identity
from brittlestar.evidence.prediction.one_person import open_sets
from brittlestar.model.parameter_sets import (
    parameters_of,
    read_parameter_sets,
    rounds_of,
    sets_of,
    spread_over,
    write_parameter_sets,
)


def own(value: float):
    return with_values(default_parameters(), fracture__gL=value)


@pytest.mark.parametrize("ending", ["json", "parquet"])
def test_sets_come_back_with_every_value(ending: str, tmp_path: Path) -> None:
    asked = [own(0.0), own(0.5), default_parameters()]
    write_parameter_sets(asked, file := tmp_path / f"sets.{ending}")
    assert [identity(one) for one in read_parameter_sets(file)] == [identity(one) for one in asked]
    assert float(np.asarray(parameters_of(f"{file}:2").fracture.gL)) == 0.5
    assert [identity(one) for one in sets_of(file)] == [identity(one) for one in asked]


def test_what_a_set_leaves_out_is_as_shipped(tmp_path: Path) -> None:
    (file := tmp_path / "one.json").write_text('{"fracture__gL": 0.25}')
    assert identity(read_parameter_sets(file)[0]) == identity(own(0.25))
    pl.DataFrame({"fracture__gL": [0.25, None]}).write_parquet(tmp_path / "two.parquet")
    first, second = read_parameter_sets(tmp_path / "two.parquet")
    assert identity(first) == identity(own(0.25)) and identity(second) == identity(default_parameters())


def test_what_was_told_is_one_set_or_several() -> None:
    shipped, other = default_parameters(), own(0.5)
    for told in (None, "v6", shipped, [shipped]):
        assert [identity(one).name for one in sets_of(told)] == ["v6"]
    assert [identity(one) for one in sets_of((other, shipped))] == [identity(other), identity(shipped)]
    with pytest.raises(InputError, match="parameters: got 'a list of sets'; it holds 2 sets; accepted: one"):
        parameters_of([other, shipped])
    with pytest.raises(InputError, match="holds 2 sets; accepted: at most 1"):
        sets_of([other, shipped], most=1)


@pytest.mark.parametrize("told", ["sets.csv", "v9"])
def test_an_unknown_name_is_told_of_files_too(told: str) -> None:
    with pytest.raises(InputError, match=r"accepted: v6, .* a file of sets that ends in .json or .parquet"):
        sets_of(told)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"fracture__gl": 0.2}', "set 1: parameters.fracture: got 'gl'; did you mean 'gL'"),
        ('[{"fracture__gL": 0}, {"fracture__gL": [1, 2]}]', "set 2: parameters.fracture.gL"),
        ('{"fracture__gL": "x"}', "accepted: numbers, or lists of them, by name"),
        ('{"fracture__gL": NaN}', "accepted: JSON"),
        ("[1]", "got 1; accepted: a table of values by name"),
        ("[]", "got 'no set'"),
        ('{"shared__kD": -0.5}', "sets.json: set 1: shared__kD: got -0.5; accepted: 0 or more"),
        ('[{}, {"shared__theta": 1.5}]', "sets.json: set 2: shared__theta: got 1.5; accepted: 0 to 1 ("),
        ('{"turnover__X_floor": 0.1}', "turnover__X_floor: got 0.1; accepted: 0 or less"),
        # Internal units: the range of the file, 13 to 52 a year, is by day.
        ('{"remodelling__kC": 25}', "remodelling__kC: got 25.0; accepted: 0.0355921 to 0.142368 ("),
        (
            '{"drugs__kappa": [0.75, 0.64, 0.64, 0.8, 1.05, 2]}',
            "drugs__kappa of ibandronate: got 2.0; accepted: 0.5 to 0.9 (",
        ),
    ],
)
def test_a_wrong_set_is_refused_with_its_place(content: str, said: str, tmp_path: Path) -> None:
    (file := tmp_path / "sets.json").write_text(content)
    with pytest.raises(InputError) as caught:
        read_parameter_sets(file)
    assert said in str(caught.value)


def test_sets_of_the_posterior_pass_the_ranges(tmp_path: Path) -> None:
    """Data pull kb below what its file held plausible before the fit: its own draws must come back."""
    low = with_values(default_parameters(), shared__kb=0.0035)
    write_parameter_sets([*open_sets(4), low], file := tmp_path / "posterior.parquet")
    assert len(read_parameter_sets(file)) == 5
    (tmp_path / "far.json").write_text('{"shared__kb": 0.5}')
    with pytest.raises(InputError, match=r"shared__kb: got 0.5; accepted: 0.00108268 to 0.0591124"):
        read_parameter_sets(tmp_path / "far.json")


def test_equally_likely_sets_run_equally_often() -> None:
    sets = [own(value) for value in (0.0, 0.25, 0.5)]
    assert rounds_of(sets, 100) == 102 and rounds_of(sets, 3) == 3 and rounds_of(sets, 1) == 3
    found = [float(np.asarray(one.fracture.gL)) for one in spread_over(sets, 6)]
    assert found == [0.0, 0.0, 0.25, 0.25, 0.5, 0.5]
    assert [float(np.asarray(one.fracture.gL)) for one in spread_over(sets, 1)] == [0.25]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_parameter_sets([own(0.0), own(0.5)], place := tmp_path / "sets.parquet")
    return place


SIMULATE = ["simulate", "--age", "7", "--sex", "female", "--type", "III", "--plan", "zoledronate",
            "--years", "0.25", "--draws", "4", "--parameters"]  # fmt: skip


def test_simulate_runs_a_set_of_a_file(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*SIMULATE, f"{file}:3"]) == 2
    assert f"--parameters: got '{file}:3'; accepted: {file}:1 to {file}:2" in capsys.readouterr().err
    assert main([*SIMULATE, f"{file}:2", "--out", str(tmp_path / "out")]) == 0
    made = json.loads((tmp_path / "out" / "summary.json").read_text())["manifest"]
    assert (made["parameters"], made["parameters_sha256"]) == ("own", identity(own(0.5)).sha256)
    assert f"Parameters own ({made['parameters_sha256'][:8]}), brittlestar" in capsys.readouterr().out


def test_of_several_sets_the_first_is_the_centre_and_all_are_the_range(file: Path) -> None:
    """As the science of the posterior is told: by the same estimator, over the sets of the file."""
    told = {"age": 7, "sex": "female", "oi_type": "III", "plan": "zoledronate", "years": 1, "draws": 20}
    several, first = compare(**told, parameters=str(file)), compare(**told, parameters=f"{file}:1")
    assert several.table().equals(first.table())
    listed = compare(**told, parameters=[own(0.0), own(0.5)])
    assert listed.manifest["input_sha256"] == several.manifest["input_sha256"]
    assert (several.manifest["own_sets"], "own_sets" in first.manifest) == (2, False)
    assert several.manifest["input_sha256"] != first.manifest["input_sha256"]

    by_hand = replace(first, sets=lambda: (own(0.5),))
    rows = [{row["id"]: row for row in one.summary()["rows"]} for one in (several, first, by_hand)]
    ranges = [one["fractures"]["difference"]["science"] for one in rows]
    assert ranges[0] == ranges[2] != ranges[1]
    assert "2 parameter sets of one's own" in " ".join(several.notes)
    assert f"Parameters own ({identity(own(0.0)).sha256[:8]}) and 1 more, brittlestar" in repr(several)
    with pytest.raises(InputError, match="sets: got 3; accepted: none beside 2 parameter sets"):
        compare(**told, parameters=str(file), sets=3)


def test_where_several_sets_have_no_meaning_one_is_asked_for(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for said in ("trial poise --replicates 1", "trial all --replicates 1"):
        assert main([*said.split(), "--parameters", str(file)]) == 2
        said_of = f"--parameters: got '{file}'; it holds 2 sets; accepted: one of them, such as {file}:1"
        assert said_of in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "module", "function"),
    [
        ("predict poise", "brittlestar.evidence.prediction.predict", "predict"),
        ("predict poise --seeds 2", "brittlestar.evidence.prediction.over_seeds", "predict"),
        ("power poise", "brittlestar.evidence.prediction.posterior_power", "power"),
        ("trial poise", "brittlestar.trials.run", "run_trial"),
        ("trial all", "brittlestar.trials.run_all", "run_all"),
    ],
)
def test_every_command_hands_on_what_was_told(
    said: str, module: str, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = []

    def stand_in(*_: object, parameters: object, **__: object) -> None:
        handed.append(parameters)
        raise InputError("here", "stop", "accepted: nothing")

    monkeypatch.setattr(f"{module}.{function}", stand_in)
    assert main([*said.split(), "--parameters", "sets.parquet:2"]) == 2
    assert handed == ["sets.parquet:2"]
