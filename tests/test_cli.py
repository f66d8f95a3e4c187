"""The command line: every mistake is one line and exit code 2; every result says what it is."""

import json
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import brittlestar
from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.parameter_files import every_parameter
from brittlestar._shared.table import number
from brittlestar.cli import main, parameter_list
from brittlestar.engine import identity

GIVEN = {
    "age": 7,
    "sex": "female",
    "type": "III",
    "years": 3,
    "plan": "zoledronate 0.05 mg/kg iv every 6 months",
}


def simulate(**change: object) -> list[str]:
    told = {**GIVEN, **change}
    return ["simulate", *(word for name, value in told.items() for word in (f"--{name}", str(value)))]


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        ("simulat", ("command", "'simulat'", "did you mean 'simulate'")),
        ("trial pois", ("'pois'", "did you mean 'poise'")),
        ("trial poise --replicate 3", ("'--replicate'", "did you mean '--replicates'")),
        ("trial poise --replicates x", ("--replicates", "'x'", "a whole number")),
        ("trial poise --replicates 0", ("--replicates", "got 0", "accepted: 1 to")),
        ("trial poise --workers 0", ("--workers", "got 0")),
        ("trial poise --parameters v9", ("--parameters", "'v9'", "accepted: v6, the shipped set, or v2, v3")),
        ("predict poise --parameters v1", ("--parameters", "'v1'", "equations of v1 were replaced")),
        ("power poise --parameters v9", ("--parameters", "'v9'", "accepted: v6")),
        ("trial all --scheduler tcp://x", ("--scheduler", "'tcp://x'", "with one trial")),
        ("trial all --write --precision float32", ("--precision", "'float32'", "without --write")),
        ("trial all --precision float16", ("--precision", "'float16'", "float32")),
        ("predict poise --precision float16", ("--precision", "'float16'", "float32")),
        ("predict --validation --backend xla", ("--backend", "'xla'", "with one protocol")),
        ("power poise --backend gpu", ("--backend", "'gpu'", "cuda")),
        ("power poise --check --backend xla", ("--backend", "'xla'", "without --check")),
        ("trial all --without strength", ("--without", "strength", "with one trial")),
        ("trial poise --without strenght", ("without", "'strenght'", "did you mean 'strength'")),
        ("power poise --without turnovr", ("without", "'turnovr'", "did you mean 'turnover'")),
        ("power poise --check --without turnover", ("--without", "turnover", "without --check")),
        ("power poise --check --sizes 50", ("--sizes", "50", "without --check")),
        ("trial poise --backend gpu", ("--backend", "'gpu'", "cuda")),
        ("trial all --restart", ("--restart", "with one trial")),
        ("trial poise --drug zoledronate", ("--drug", "'zoledronate'", "with --population")),
        ("trial", ("PROTOCOL", "missing")),
        ("simulate --agee 7", ("'--agee'", "did you mean '--age'")),
        ("serve --prt 1", ("'--prt'", "did you mean '--port'")),
        ("simulate --vitamind 7", ("'--vitamind'", "did you mean '--vitamin-d'", "simulate --help")),
        ("evidence poise twice", ("'twice'", "nothing more", "evidence --help")),
        ("evidence --type VI", ("--type", "type VI exists but is not in these studies")),
        ("trial poise12", ("'poise12'", "did you mean 'poise'", "brittlestar trial list")),
        ("evidence chevrel", ("'chevrel'", "did you mean 'chevrel2006'", "more: brittlestar evidence")),
        ("simulate --age 7", ("--sex", "missing")),
        ("parameters bonee", ("'bonee'", "did you mean 'bone'")),
        ("--nonsense", ("--nonsense",)),
        (simulate(parameters="v9"), ("--parameters", "'v9'", "accepted: v6, the shipped set, or v2, v3, v4")),
        (simulate(age="nan"), ("--age", "nan", "0 to 90 years")),
        (simulate(age=-1), ("--age", "-1")),
        (simulate(age=400), ("--age", "400", "0 to 90 years")),
        (simulate(age="seven"), ("--age", "'seven'", "a number")),
        (simulate(years="inf"), ("--years", "inf", "90 years")),
        (simulate(sex="femal"), ("--sex", "did you mean 'female'")),
        (simulate(type="V"), ("--type", "'V'", "type V exists but is not in the model")),
        (simulate(type="type 6"), ("--type", "'type 6'", "type VI exists but is not in the model")),
        (simulate(**{"weight-kg": 15000}), ("--weight-kg", "looks like grams: write 15")),
        (simulate(plan="zoledronate 0.05 mg iv every 6 months"), ("0.05 mg", "did you mean mg/kg")),
        (simulate(plan="zoledronat 0.05 mg/kg iv once"), ("'zoledronat'", "did you mean 'zoledronate'")),
        (simulate(plan="zoledronate 50 ug/kg iv once"), ("50 ug/kg", "unknown dose unit", "mg/kg")),
        (simulate(plan=""), ("plan",)),
        (simulate(draws=2.5), ("--draws", "'2.5'", "a whole number")),
        (simulate(seed=-1), ("--seed", "-1", "4294967295")),
        (simulate(**{"baseline-z": -40}), ("--baseline-z", "-40", "-15 to 6")),
        (simulate(out="/dev/null"), ("--out", "'/dev/null'", "accepted: a directory")),
        (simulate(id=3), ("--id", "'3'", "with --data or --fhir")),
        (simulate(language="de"), ("--language", "'de'", "with --pdf")),
        (simulate(**{"time-unit": "days"}), ("--time-unit", "'days'", "with --data")),
    ],
    ids=str,
)
def test_a_mistake_is_one_line_that_names_place_value_and_what_is_accepted(
    argv: str | list[str], parts: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(shlex.split(argv) if isinstance(argv, str) else argv) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err.startswith("brittlestar: ")
    assert [part for part in parts if part not in said.err] == []


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "empty"),
        (b"id = 'caf\xe9'", "UTF-8"),
        (b"id = ", "TOML"),
        (b"id = 1\nid = 2", "TOML"),
        (None, "TOML file"),
    ],
)
def test_a_protocol_file_that_cannot_be_read_is_named(
    content: bytes | None, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)
    assert main(["trial", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "mine.toml" in said and part in said


def test_ctrl_c_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(parameter_list, "select", stopped)
    assert main(["parameters"]) == 130
    assert capsys.readouterr().err == "brittlestar: stopped; nothing was written\n"


def test_a_course_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = simulate(years=0.25, draws=4, people=0, out=tmp_path / "run", **{"baseline-z": -4.5})
    assert main(short) == 0
    said = capsys.readouterr()
    assert said.out.endswith(CLOSING + "\n") and said.err == ""
    assert "Of 100 such people over 0.25 years" in said.out
    content = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert content["person"]["baseline_z"] == -4.5 and content["draws"] == 4
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert main(short) == 2 and "--force" in capsys.readouterr().err
    assert main(["cite", str(tmp_path / "run")]) == 0
    cited = capsys.readouterr().out
    assert (
        "drugs/zoledronate" in cited and "drugs/risedronate" not in cited and cited.endswith(CLOSING + "\n")
    )
    assert "Parfitt et al. (2000)" in cited and "Grey A, Bolland MJ, Horne A et al. (2017)" in cited
    assert main(["cite", str(tmp_path / "run"), "--bibtex"]) == 0
    entries = capsys.readouterr().out
    assert "@article{chen2002," in entries and "mitchell2001" not in entries, "risedronate is in no plan"
    assert main(["cite", str(tmp_path / "run"), "--csl"]) == 0
    table = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert table["parfitt2000"]["issued"] == {"date-parts": [[2000]]} and "mitchell2001" not in table


def test_the_bibliography_of_a_trial_holds_its_own_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = {"sources": ["Ward 2011 (abstract), ref:ward2011", "A & B, my own notes", "A, my other notes"]}
    published = {"source": "derived: 1.32 - 0.14, doi:10.1007/s00223-024-01202-7"}
    endpoints = [
        {"label": "Z", "published": published},
        {"label": "w", "published": {"source": "assumed; n"}},
    ]
    content = {"schema": "brittlestar/results-1", "trial": trial, "endpoints": endpoints}
    (tmp_path / "results.json").write_text(json.dumps(content))
    found = {one.reference.id: one.supports for one in parameter_list.sources(tmp_path).cited}
    assert "the trial" in found["ward2011"] and "published: Z" in found["arundel2024"]
    assert found["unlisted_a_b_my_own_notes"] == found["unlisted_a_my_other_notes"] == ["the trial"]
    assert "chen2002" not in found, "zoledronate is in no arm"
    assert main(["cite", str(tmp_path), "--bibtex"]) == 0
    assert r"title = {{A \& B, my own notes}}" in capsys.readouterr().out


def test_every_number_is_printed_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    every = every_parameter()
    assert {"bone/turnover", "drugs/zoledronate", "people/types", "outcomes/fracture"} <= set(every)
    assert main(["parameters", "bone/turnover"]) == 0
    said = capsys.readouterr().out
    assert all(f"\n{name} " in said for name in every["bone/turnover"]) and said.endswith(CLOSING + "\n")
    assumed = parameter_list.select("bone", assumed=True)
    assert {row.status for rows in assumed.values() for row in rows} == {"assumed"}
    counted = sum(len(rows) for rows in every.values())
    found = parameter_list.sources()
    assert counted <= sum(len(source.supports) for source in found.cited) + sum(found.uncited.values())


def test_plans_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plans"]) == 0
    said = capsys.readouterr().out
    assert all(
        name in said for name in (*brittlestar.published_names(), "zometa", "Other care")
    ) and said.endswith(CLOSING + "\n")
    assert main(["version"]) == 0
    said = capsys.readouterr().out
    shipped = identity(brittlestar.default_parameters())
    assert f"brittlestar {brittlestar.__version__}\n" in said
    assert f"parameters v6 ({shipped.sha256[:8]})\n" in said


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        ("| head -1", 0, ""),
        ("> /dev/full", 2, "brittlestar: standard output: cannot write: No space left on device\n"),
    ],
)
def test_output_that_nobody_takes(target: str, code: int, said: str) -> None:
    program = "import sys; from brittlestar.cli import main; sys.exit(main())"
    command = f"{shlex.join([sys.executable, '-c', program, 'parameters'])} {target}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, said)


def test_help_and_the_package_load_nothing_heavy() -> None:
    heavy = ["jax", "numpy", "polars", "altair", "scipy", "statsmodels", "pydantic"]
    code = f"""import sys, brittlestar
from brittlestar.cli import main
main(["--help"])
print([name for name in {heavy} if name in sys.modules])"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "simulate" in done.stdout and done.stdout.splitlines()[-1] == "[]"


def test_what_a_command_says_first_waits_for_nothing_heavy() -> None:
    code = """import sys
from brittlestar.cli import commands, cost, terminal
from brittlestar.people.person import Person
from brittlestar.trials.protocol_files import load_protocol
load_protocol("poise"), Person(age=7, sex="female", oi_type="III")
print([name for name in ("jax", "polars", "altair", "scipy", "llvmlite") if name in sys.modules])
import brittlestar.evidence.prediction.one_person
print([name for name in ("jax.extend", "brittlestar.exchange.export") if name in sys.modules])
import brittlestar.exchange.export
print("diffrax" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[]", "[]", "False", ""]


def test_what_the_room_of_formats_offers_is_what_it_says_whatever_was_loaded_before() -> None:
    from brittlestar import exchange

    assert all(callable(getattr(exchange, name)) for name in exchange.__all__)


def test_the_public_page_is_complete() -> None:
    assert all(getattr(brittlestar, name) is not None for name in brittlestar.__all__)
    assert set(brittlestar.__all__) <= set(dir(brittlestar))
    with pytest.raises(AttributeError, match="simulat"):
        brittlestar.simulat  # type: ignore[attr-defined]
    for room in (brittlestar.evidence, import_module("brittlestar.exchange")):
        with pytest.raises(AttributeError, match=f"module '{room.__name__}' has no attribute 'studie'"):
            room.studie


@pytest.mark.filterwarnings("default::UserWarning")
def test_a_trial_answers_where_a_study_is_asked_and_the_other_way_round(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from brittlestar.trials.protocol_files import load_protocol

    assert main(["evidence", "POISE"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Bishop 2013 Lancet 382:1424 (POISE")
    assert said.err == "brittlestar: note: POISE is a trial; the study that it is made from is poise2013\n"
    with pytest.warns(UserWarning, match="poise2013 is a study; the trial made from it is poise"):
        assert load_protocol("poise2013").id == "poise"
    assert load_protocol("Poise").id == "poise"


def test_the_trials_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    from brittlestar.trials.protocol_texts import library

    assert main(["trial", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [name for name in library() if not any(line.startswith(f"{name} ") for line in lines)] == []
    assert any(
        line.split()[0] == "poise" and line.split()[-2:] == ["147", "poise2013"] for line in lines if line
    )


def test_numbers_are_shown_to_three_digits_with_a_true_minus() -> None:
    assert [number(x) for x in (None, 0.0, -0.0001, -1.234, 0.0123, 12.34, 1234.0)] == [
        "-", "0", "−0.0001", "−1.23", "0.012", "12.3", "1234",
    ]  # fmt: skip
    assert [number(x, "of 100") for x in (99.97, -0.2)] == ["100", "0"]
