"""Files and folders of others, closed streams, numbers that are none: one sentence each, no traceback."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import brittlestar as bs
from brittlestar import cli
from brittlestar._shared import disk_cache, faults
from brittlestar._shared.arguments import real, seed_of, whole
from brittlestar._shared.errors import InputError
from brittlestar._shared.own_folder import own_folder, read_own
from brittlestar._shared.user_files import MOST_BYTES, json_content, toml_fields
from brittlestar.care import as_plan
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import protocol_text

PLAN = """name = "mine"
[[regimens]]
drug = "zoledronate"
dose = 0.05
dose_unit = "mg/kg"
every = "6 months"
"""
ROOT = os.getuid() == 0


# Folders of others


def test_a_folder_that_others_may_write_to_is_not_ones_own(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for mode in (0o777, 0o775, 0o757, 0o1777):
        (place := tmp_path / f"open{mode:o}").mkdir()
        place.chmod(mode)
        assert str(place) in own_folder(place)[1]
        # Below a folder where only owners remove what is theirs, a new one is safe.
        inner, why = own_folder(place / "inner" / "most")
        assert bool(why) == (mode != 0o1777) and inner.exists() == (mode == 0o1777)
    made, why = own_folder(tmp_path / "new" / "one")
    assert why == "" and [stat.S_IMODE(p.stat().st_mode) for p in (made, made.parent)] == [0o700, 0o700]
    (file := tmp_path / "file").write_text("")
    assert "not a directory" in own_folder(file)[1]


@pytest.mark.skipif(not ROOT, reason="only the superuser can give a folder away")
def test_a_folder_of_somebody_else_is_not_ones_own(tmp_path: Path) -> None:
    (place := tmp_path / "theirs").mkdir(mode=0o755)
    os.chown(place, 12345, 12345)
    assert "belongs to somebody else" in own_folder(place)[1]
    assert "belongs to somebody else" in own_folder(place / "below")[1]


def test_a_link_to_an_open_folder_is_followed(tmp_path: Path) -> None:
    (place := tmp_path / "open").mkdir()
    place.chmod(0o777)
    (link := tmp_path / "link").symlink_to(place)
    assert "others may write" in own_folder(link / "x")[1]


def test_planted_programs_in_an_open_cache_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (place := tmp_path / "cache").mkdir()
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(place))
    found = disk_cache.folder()
    assert found is not None and found.is_relative_to(place)
    disk_cache.kept_arrays("one", lambda: {"x": np.array([1.0])})
    assert disk_cache.kept_arrays("one", lambda: {"x": np.array([2.0])})["x"] == [1.0]  # from the disk

    place.chmod(0o777)
    disk_cache.own_place.cache_clear()
    assert disk_cache.folder() is None
    assert disk_cache.kept_arrays("one", lambda: {"x": np.array([2.0])})["x"] == [2.0]
    assert caplog.text.count("others may write to") == 1 and str(place) in caplog.text

    place.chmod(0o755)
    disk_cache.own_place.cache_clear()
    assert disk_cache.kept_arrays("one", lambda: {"x": np.array([3.0])})["x"] == [1.0]


def test_what_others_could_have_put_into_an_own_cache_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(tmp_path))
    found = disk_cache.folder()
    assert found is not None
    (kept := found / "kept").write_bytes(b"1")
    (open_ := found / "jit_course-cache").write_bytes(b"2")
    open_.chmod(0o666)
    (found / "link").symlink_to(kept)
    found.chmod(0o755)
    disk_cache.own_place.cache_clear()
    assert disk_cache.folder() == found
    assert [file.name for file in found.iterdir()] == ["kept"]
    assert stat.S_IMODE(found.stat().st_mode) == 0o700


def test_a_file_that_others_could_have_written_is_not_read(tmp_path: Path) -> None:
    (file := tmp_path / "x.o").write_bytes(b"code")
    assert read_own(file) == b"code"
    file.chmod(0o666)
    with pytest.raises(PermissionError):
        read_own(file)
    file.chmod(0o644)
    (link := tmp_path / "link").symlink_to(file)
    with pytest.raises(OSError):
        read_own(link)
    os.mkfifo(pipe := tmp_path / "pipe")
    with pytest.raises(PermissionError):
        read_own(pipe)


def test_machine_code_from_an_open_cache_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place := tmp_path / "cache").mkdir()
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(place))
    disk_cache.keep_bytes("course.o", b"machine code")
    assert disk_cache.kept_bytes("course.o") == b"machine code"
    next(place.glob("*/course.o")).chmod(0o666)
    assert disk_cache.kept_bytes("course.o") is None
    disk_cache.keep_bytes("course.o", b"machine code")
    place.chmod(0o777)
    disk_cache.own_place.cache_clear()
    assert disk_cache.kept_bytes("course.o") is None


def test_jax_keeps_its_programs_in_a_folder_of_ones_own_only(tmp_path: Path) -> None:
    (place := tmp_path / "cache").mkdir()
    line = "import jax, brittlestar.engine; print(jax.config.jax_compilation_cache_dir)"
    for mode, kept in ((0o755, True), (0o777, False)):
        place.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", line],
            env={**os.environ, "BRITTLESTAR_CACHE": str(place)},
            capture_output=True,
            text=True,
        )
        assert (str(place) in done.stdout) == kept
        assert done.stderr.count(f"others may write to {place}") == done.stderr.count("\n") == (not kept)


# Files of users


DOORS: dict[str, Callable[[str], object]] = {"plan": as_plan, "protocol": load_protocol}


@pytest.mark.parametrize("door", DOORS)
def test_only_regular_files_of_sensible_size_are_read(door: str, tmp_path: Path) -> None:
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    with (tmp_path / "huge.toml").open("wb") as file:
        file.truncate(50 * 2**30)  # no byte of it is written
    (tmp_path / "text.toml").write_bytes("x = 'caf\xe9'".encode("latin-1"))
    (tmp_path / "utf16.toml").write_bytes("x = 1".encode("utf-16"))
    said = {
        "zero": "a file; this is",
        "pipe": "a file; this is",
        "folder": "a file; this is",
        "loop": "cannot be read",
        "huge": f"at most {MOST_BYTES:,} bytes",
        "text": "UTF-8",
        "utf16": "UTF-8",
        "none": "cannot be read",
        "nul\0l": "null characters",
        "a" * 300: "cannot be read",
    }
    for name, part in said.items():
        with pytest.raises(InputError, match=part):
            DOORS[door](str(tmp_path / f"{name}.toml"))


def test_a_byte_order_mark_and_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    text, _ = protocol_text("poise")
    (file := tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_protocol(str(file)) == load_protocol("poise")
    file.write_bytes(b"\xef\xbb\xbf" + PLAN.replace("\n", "\r\n").encode())
    assert as_plan(file) == bs.Plan.from_toml(PLAN) == bs.Plan.from_toml("\ufeff" + PLAN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = " + "[" * 1000 + "]" * 1000, "at most 16 levels"),
        ("x = " + "[" * 40 + "]" * 40, "at most 16 levels"),
        ("x = " + "{a=" * 1000 + "1" + "}" * 1000, "at most 16 levels"),
        (".".join("a" * 40) + " = 1", "at most 16 levels"),
        ("[" + ".".join("a" * 1000) + "]", "at most 16 levels"),
        ("x = " + "1" * 5000, "not TOML"),
        ("x = 1\nx = 2", "not TOML"),
        ("x = ", "not TOML"),
        ("x = 2020-13-45", "not TOML"),
        ("x = '\x00'", "not TOML"),
    ],
)
def test_text_that_is_no_toml_or_too_deep_is_told_in_one_line(text: str, said: str) -> None:
    for read in (toml_fields, bs.Plan.from_toml):
        with pytest.raises(InputError, match=said) as told:
            read(text, "mine.toml")
        assert "\n" not in str(told.value) and len(str(told.value)) < 500 and "mine.toml" in str(told.value)


@pytest.mark.parametrize("word", ["self", "cls", "fields", "__init__", "model_config", "", "a.b"])
def test_no_key_of_a_file_is_mixed_up_with_a_name_of_the_program(word: str) -> None:
    with pytest.raises(InputError, match=r"accepted"):
        bs.Plan.from_toml(f"'{word}' = 1")
    with pytest.raises(InputError, match=r"accepted"):
        bs.Plan.from_toml(PLAN + f"'{word}' = 1")


def test_json_that_no_run_wrote_is_told() -> None:
    for text in ("", "{", "[" * 100_000, "NaN", '{"x": Infinity}', "1" * 5000):
        with pytest.raises(InputError, match="JSON"):
            json_content(text, "results.json")


@pytest.mark.parametrize(
    "content",
    [
        [], {}, None, "x", 1, {"schema": 1}, {"schema": "brittlestar/x", "plan": []},
        {"schema": "brittlestar/x", "trial": {"sources": 5}}, {"schema": "brittlestar/x", "endpoints": [1]},
        {"schema": "brittlestar/x", "endpoints": [{"published": {"source": "s"}}]},
        {"schema": "brittlestar/x", "plan": {"sources": [1, None]}},
    ],
)  # fmt: skip
def test_cite_names_a_file_that_holds_no_run(
    content: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.json").write_text(json.dumps(content))
    assert cli.main(["cite", str(tmp_path)]) == cli.MISTAKE
    assert capsys.readouterr().err.startswith(f"brittlestar: run: got '{tmp_path}'")


@pytest.mark.parametrize("name", ["9" * 400, "x" * 5000, "a/" + "b" * 300])
@pytest.mark.parametrize("door", [["cite"], ["query"], ["export", "events"], ["export", "adam"]])
def test_a_name_that_no_file_can_have_is_refused_like_one_that_is_not_there(
    door: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*door, name, *(["select 1"] if door == ["query"] else [])]) == cli.MISTAKE
    said = capsys.readouterr().err
    assert said.startswith("brittlestar: ") and said.count("\n") == 1 and len(said) < 500


def test_rerun_reads_settings_like_any_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file := tmp_path / "settings.toml").symlink_to("/dev/zero")
    assert cli.main(["rerun", str(file)]) == cli.MISTAKE
    file.unlink()
    for text in ("screen = []", "screen = 'explore'\nself = 1", "x = " + "[" * 1000 + "]" * 1000):
        file.write_text(text)
        assert cli.main(["rerun", str(file)]) == cli.MISTAKE
    assert capsys.readouterr().err.count("\n") == 4


# Numbers


def test_a_number_is_a_number() -> None:
    for value in (7, 7.0, np.float32(7), np.int64(7), np.array(7.0), Decimal(7)):
        assert real(value) == (None if isinstance(value, Decimal) else 7.0)
    for value in (True, np.bool_(True), "7", b"7", None, [7], np.array([7.0]), 10**400, 1e400, -1e400,
                  float("nan"), 1j, object(), int):  # fmt: skip
        assert real(value) is None
    assert whole(7) == whole(np.uint8(7)) == whole(np.array(7)) == 7
    for value in (7.0, True, "7", None, [7], np.float64(7)):
        assert whole(value) is None
    assert seed_of(2**32 - 1) == 2**32 - 1


NO_NUMBERS = [
    None,
    "x",
    "7",
    b"7",
    True,
    float("nan"),
    float("inf"),
    10**400,
    10**5000,
    [7],
    {},
    object(),
    1j,
]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda v: type(v).__name__)
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    girl = bs.Person(age=7, sex="female", oi_type="IV")
    usual = {"plan": "no treatment", "years": 1}
    for name, call in {
        "age": lambda: bs.Person(age=value, sex="female", oi_type="IV"),
        "years": lambda: bs.compare(girl, **{**usual, "years": value}),
        "seed": lambda: bs.compare(girl, **usual, seed=value),
        "draws": lambda: bs.compare(girl, **usual, draws=value),
        "people": lambda: bs.compare(girl, **usual, people=value),
        "step_days": lambda: bs.compare(girl, **usual, step_days=value),
        "sex": lambda: bs.Person(age=7, sex=value, oi_type="IV"),
        "oi_type": lambda: bs.Person(age=7, sex="female", oi_type=value),
        "plan": lambda: bs.compare(girl, value, 1),
    }.items():
        if value is None and name == "people":
            continue  # it means the usual number
        with pytest.raises(InputError, match=name) as told:
            call()
        assert len(str(told.value)) < 1500 and "\n" not in str(told.value)
    for name in ("height_cm", "weight_kg", "adherence", "calcium_mg_per_day"):
        if value is not None:
            with pytest.raises(InputError, match=name):
                bs.Person(age=7, sex="female", oi_type="IV", **{name: value})


def test_a_word_of_thousands_of_digits_is_no_type() -> None:
    for word in ("1" * 5000, "type " + "4" * 5000):
        with pytest.raises(InputError, match="oi_type"):
            bs.Person(age=7, sex="female", oi_type=word)


def test_an_error_is_one_line_and_short_whatever_the_value() -> None:
    class Stranger:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    said = [
        str(InputError("a\nb\x1b[2J", value, "accepted: x"))
        for value in (10**5000, "y" * 10**6, Stranger(), "\n")
    ]
    assert all(len(text) < 300 and text.isprintable() for text in said)
    assert "type int" in said[0] and "yyyy ..." in said[1] and "Stranger" in said[2]


# The command line as a whole


def test_what_nobody_foresaw_is_one_sentence_with_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("brittlestar.cli.tables.plans", broken)
    monkeypatch.delenv(faults.DEBUG, raising=False)
    assert cli.main(["plans"]) == cli.FAULT == 70
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert "ZeroDivisionError at commands.py:" in err and "report" in err and faults.DEBUG in err
    monkeypatch.setenv(faults.DEBUG, "1")
    assert cli.main(["plans"]) == cli.FAULT
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_too_little_memory_is_a_mistake_of_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error in (
        MemoryError(),
        RuntimeError("can't start new thread"),
        ImportError("failed to map segment"),
    ):
        monkeypatch.setattr("brittlestar.cli.tables.plans", lambda error=error: (_ for _ in ()).throw(error))
        assert cli.main(["plans"]) == cli.MISTAKE
        assert capsys.readouterr().err.startswith("brittlestar: memory: ")


def shell(line: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHONIO")} | more
    line = line.replace("brittlestar", f"{sys.executable} -m brittlestar")
    return subprocess.run(["bash", "-c", line], env=env, capture_output=True)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("brittlestar plans >&-", 0, ""),
        ("brittlestar plans 2>&-", 0, ""),
        ("brittlestar trial nothing >&- 2>&-", 2, ""),
        ("brittlestar plans >/dev/full", 2, "standard output: cannot write"),
        ("brittlestar plans 1</dev/null", 2, "standard output: cannot write"),
        ("ulimit -v 1500000; brittlestar trial poise", 2, "memory: got 'a limit of 1.5 GB'"),
        ("ulimit -v 60000000; brittlestar trial poise --out x", 2, "memory: got 'a limit of 61 GB'"),
    ],
)
def test_streams_and_limits_of_the_shell(line: str, code: int, said: str) -> None:
    done = shell(line)
    assert done.returncode == code and said.encode() in done.stderr and done.stderr.count(b"\n") <= 1


@pytest.mark.parametrize(
    "more", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_letters_that_the_terminal_lacks_are_replaced(more: dict[str, str], tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    ask = f"brittlestar query {tmp_path} \"select 'caf' || chr(233) || chr(8211) as x\""
    plain = shell(ask, **more)
    assert plain.returncode == 0 and plain.stderr == b""
    assert b"cafe-" in plain.stdout and plain.stdout.isascii()
