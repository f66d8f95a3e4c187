"""Own parameter sets from files: every value comes back, and what is wrong is said with its place."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from brittlestar import default_parameters, with_values
from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.engine import identity
from brittlestar.exchange.parameter_sets import parameters_told, read_parameter_sets, write_parameter_sets


def own(value: float):
    return with_values(default_parameters(), fracture__gL=value)


@pytest.mark.parametrize("ending", ["json", "parquet"])
def test_sets_come_back_with_every_value(ending: str, tmp_path: Path) -> None:
    asked = [own(0.0), own(0.5), default_parameters()]
    write_parameter_sets(asked, file := tmp_path / f"sets.{ending}")
    assert [identity(one) for one in read_parameter_sets(file)] == [identity(one) for one in asked]
    second = parameters_told(f"{file}:2")
    assert not isinstance(second, str | None) and float(np.asarray(second.fracture.gL)) == 0.5


def test_what_a_set_leaves_out_is_as_shipped(tmp_path: Path) -> None:
    (file := tmp_path / "one.json").write_text('{"fracture__gL": 0.25}')
    assert identity(read_parameter_sets(file)[0]) == identity(own(0.25))
    pl.DataFrame({"fracture__gL": [0.25, None]}).write_parquet(tmp_path / "two.parquet")
    first, second = read_parameter_sets(tmp_path / "two.parquet")
    assert identity(first) == identity(own(0.25)) and identity(second) == identity(default_parameters())


def test_a_name_stays_a_name() -> None:
    assert parameters_told("v3") == "v3" and parameters_told(None) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"fracture__gl": 0.2}', "set 1: parameters.fracture: got 'gl'; did you mean 'gL'"),
        ('[{"fracture__gL": 0}, {"fracture__gL": [1, 2]}]', "set 2: parameters.fracture.gL"),
        ('{"fracture__gL": "x"}', "accepted: numbers, or lists of them, by name"),
        ('{"fracture__gL": NaN}', "accepted: JSON"),
        ("[1]", "got 1; accepted: a table of values by name"),
        ("[]", "got 'no set'"),
    ],
)
def test_a_wrong_set_is_refused_with_its_place(content: str, said: str, tmp_path: Path) -> None:
    (file := tmp_path / "sets.json").write_text(content)
    with pytest.raises(InputError) as caught:
        read_parameter_sets(file)
    assert said in str(caught.value)


def test_simulate_runs_a_set_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_parameter_sets([own(0.0), own(0.5)], file := tmp_path / "sets.parquet")
    said = ["simulate", "--age", "7", "--sex", "female", "--type", "III", "--plan", "zoledronate",
            "--years", "0.25", "--draws", "4", "--parameters"]  # fmt: skip
    assert main([*said, str(file)]) == 2
    assert "it holds 2 sets; accepted: one" in capsys.readouterr().err
    assert main([*said, f"{file}:3"]) == 2
    assert main([*said, f"{file}:2", "--out", str(tmp_path / "out")]) == 0
    made = json.loads((tmp_path / "out" / "summary.json").read_text())["manifest"]
    assert (made["parameters"], made["parameters_sha256"]) == ("own", identity(own(0.5)).sha256)


@pytest.mark.parametrize(
    ("said", "module", "function"),
    [
        ("predict poise", "brittlestar.evidence.prediction.predict", "predict"),
        ("power poise", "brittlestar.evidence.prediction.posterior_power", "power"),
        ("trial poise", "brittlestar.trials.run", "run_trial"),
        ("trial all", "brittlestar.trials.run_all", "run_all"),
    ],
)
def test_every_command_hands_on_a_set_of_a_file(
    said: str, module: str, function: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parameter_sets([own(0.0), own(0.5)], file := tmp_path / "sets.parquet")
    handed = []

    def stand_in(*_: object, parameters: object, **__: object) -> None:
        handed.append(parameters)
        raise InputError("here", "stop", "accepted: nothing")

    monkeypatch.setattr(f"{module}.{function}", stand_in)
    assert main([*said.split(), "--parameters", f"{file}:2"]) == 2
    assert [identity(one) for one in handed] == [identity(own(0.5))]
