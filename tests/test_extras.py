"""A plain install simulates and writes numbers; what it lacks is told in a sentence, and costs no number."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import brittlestar
from brittlestar import Person, compare, run_trial, study
from brittlestar._shared.extras import MissingExtra, needs
from brittlestar.cli import main

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.fixture(scope="module")
def result() -> brittlestar.Comparison:
    return compare(Person(age=7, sex="female", oi_type="III"), "zoledronate", 0.25, draws=4)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Libraries that are as if they were not installed."""

    def missing(*names: str) -> None:
        for name in [name for name in sys.modules if name.startswith("brittlestar.charts")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr(brittlestar, "charts", raising=False)
        for name in names:
            monkeypatch.setitem(sys.modules, name, None)

    return missing


@pytest.mark.parametrize("name", ["altair", "vl_convert"])
def test_who_draws_without_charts_is_told_what_to_install(result: Any, without: Any, name: str) -> None:
    without(name)
    said = rf"^charts: got 'no {name}'; needs {name}: pip install 'brittlestar\[charts\]'$"
    with pytest.raises(MissingExtra, match=said):
        result.plot()
    assert "<table>" in result._repr_html_() and "<svg" not in result._repr_html_()


def test_numbers_are_written_without_charts_and_a_sentence_says_what_is_missing(
    result: Any, without: Any, tmp_path: Path
) -> None:
    result.save(tmp_path / "whole")
    without("altair")
    with pytest.warns(UserWarning, match=r"no report or chart: drawing needs altair: pip install"):
        result.save(tmp_path / "numbers")
    whole, numbers = ({file.name for file in (tmp_path / one).iterdir()} for one in ("whole", "numbers"))
    assert whole - numbers == {"comparison.png", "comparison.html"}
    for name in ("course.csv", "summary.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "numbers" / name).read_bytes()


@pytest.mark.filterwarnings("default:only numbers were written")
def test_a_trial_without_charts_keeps_every_number(
    without: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without("altair", "vl_convert", "pyarrow")
    asked = ["trial", "poise", "--replicates", "1", "--seed", "1", "--out", str(tmp_path / "run")]
    assert main(asked) == 0
    assert "drawing needs altair: pip install 'brittlestar[charts]'" in capsys.readouterr().err
    found = json.loads((tmp_path / "run" / "results.json").read_text())
    assert found["endpoints"] == json.loads(json.dumps(run_trial("poise", replicates=1).endpoints))
    assert (tmp_path / "run" / "patients.parquet").exists()
    assert not (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("library", "command", "extra"),
    [("duckdb", ["query", "{folder}", "select 1"], "query"), ("uvicorn", ["serve"], "serve")],
)
def test_a_command_without_its_extra_is_a_mistake_told_in_one_line(
    without: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    library: str, command: list[str], extra: str,
) -> None:  # fmt: skip
    study("poise2013").table().write_parquet(tmp_path / "t.parquet")
    without(library)
    assert main([word.format(folder=tmp_path) for word in command]) == 2
    told = capsys.readouterr().err
    assert told == (
        f"brittlestar: {extra}: got 'no {library}'; needs {library}: pip install 'brittlestar[{extra}]'\n"
    )


def test_a_fault_of_our_own_is_not_a_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere"), needs("charts", "here"):
        import brittlestar.nowhere  # type: ignore[import-not-found]  # noqa: F401


LEFT_OUT = ("altair", "vl_convert", "duckdb", "pyarrow", "pandas", "xarray", "fastapi", "starlette",
            "uvicorn", "distributed", "SALib", "pyreadstat", "roadrunner", "statsmodels")  # fmt: skip


def test_every_public_name_and_every_command_loads_in_a_plain_install() -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys({LEFT_OUT!r}))
import brittlestar, brittlestar.cli
for name in brittlestar.__all__:
    getattr(brittlestar, name)
girl = brittlestar.Person(age=7, sex="female", oi_type="III")
print(repr(brittlestar.compare(girl, "zoledronate", 0.25, draws=4)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "female, 7 years, III" in done.stdout


def test_former_names_of_extras_hold() -> None:
    assert EXTRAS["web"] == ["brittlestar[serve]"]
    assert {"charts", "query", "serve", "exchange", "scale", "calibration"} <= set(EXTRAS)
    assert "brittlestar[charts]" in EXTRAS["serve"]
