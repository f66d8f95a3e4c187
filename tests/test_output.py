"""Results appear whole or not at all, and other people's files are safe."""

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import ParameterSet, input_sha256, manifest
from brittlestar._shared.output import SUMS, check_output, intact, output_directory, output_file
from brittlestar._shared.result_files import save_result


def write(path: Path, force: bool = False, **files: str) -> None:
    with output_directory(path, force=force) as folder:
        for name, text in files.items():
            (folder / f"{name}.txt").write_text(text)


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir())


def test_a_run_is_absent_until_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "run"
    with output_directory(place) as folder:
        (folder / "a.txt").write_text("1")
        assert not place.exists()
    assert names(place) == [SUMS, "a.txt"] and names(place.parent) == ["run"]
    digest = hashlib.sha256(b"1").hexdigest()
    assert f"{digest}  a.txt" in (place / SUMS).read_text()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_run_leaves_the_earlier_one_untouched(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    write(tmp_path / "run", a="1")
    with pytest.raises(stop), output_directory(tmp_path / "run") as folder:
        (folder / "a.txt").write_text("half")
        raise stop
    assert (tmp_path / "run" / "a.txt").read_text() == "1" and names(tmp_path) == ["run"]


def test_a_later_run_replaces_an_untouched_earlier_one_whole(tmp_path: Path) -> None:
    write(tmp_path / "run", a="1", b="1")
    write(tmp_path / "run", a="2")
    assert names(tmp_path / "run") == [SUMS, "a.txt"] and (tmp_path / "run" / "a.txt").read_text() == "2"


@pytest.mark.parametrize("touch", ["notes.txt", "a.txt"])
def test_files_of_others_and_edited_files_are_kept(tmp_path: Path, touch: str) -> None:
    write(tmp_path / "run", a="1", b="1")
    (tmp_path / "run" / touch).write_text("mine")
    with pytest.raises(InputError, match=rf"{touch}.*--force"):
        write(tmp_path / "run", a="2")
    assert (tmp_path / "run" / touch).read_text() == "mine"
    (tmp_path / "run" / "notes.txt").write_text("mine")
    write(tmp_path / "run", force=True, a="2")
    assert names(tmp_path / "run") == [SUMS, "a.txt", "notes.txt"]
    assert (tmp_path / "run" / "a.txt").read_text() == "2"


def test_a_run_into_the_directory_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    write(Path("."), a="1", b="1")
    write(Path("."), a="2")
    assert names(tmp_path) == [SUMS, "a.txt"] and tmp_path.stat().st_ino == before


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for place, why in (
        (file, "this is a file"),
        (file / "below", "is a file"),
        (tmp_path / ("n" * 300), "the name is too long"),
        ("a\0b", "null"),
        ("a\ud800b", "letters that this system can write"),
        ("", "accepted: a path"),
        (3, "accepted: a path"),
    ):
        with pytest.raises(InputError, match=why):
            check_output(place)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="--force"), output_file(file):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_place_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="no permission"):
        check_output(tmp_path / "run")


def test_a_full_disk_is_said_and_other_errors_pass_through(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the disk is full"), output_directory(tmp_path / "run"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(FileNotFoundError), output_directory(tmp_path / "run"):
        (tmp_path / "missing.toml").read_text()
    assert names(tmp_path) == []


@pytest.mark.parametrize("appears", [output_directory, output_file])
def test_what_failed_leaves_no_directories_above_it(tmp_path: Path, appears: Any) -> None:
    with pytest.raises(RuntimeError), appears(tmp_path / "deep" / "down" / "run"):
        raise RuntimeError
    assert names(tmp_path) == []
    (tmp_path / "deep").mkdir()
    with pytest.raises(RuntimeError), appears(tmp_path / "deep" / "down" / "run"):
        raise RuntimeError
    assert names(tmp_path) == ["deep"] and names(tmp_path / "deep") == []


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "course.csv"
    with pytest.raises(RuntimeError), output_file(place) as scratch:
        scratch.write_text("half")
        raise RuntimeError
    assert names(tmp_path) == []
    with output_file(place) as scratch:
        assert scratch.suffix == ".csv"
        scratch.write_text("whole")
    assert names(tmp_path) == ["course.csv"]


def test_the_manifest_names_everything_that_decides_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    one = manifest(seed=3, parameters=ParameterSet("v6", "f" * 64), inputs={"b": 1, "a": [0.1]})
    assert one == manifest(seed=3, parameters=ParameterSet("v6", "f" * 64), inputs={"a": [0.1], "b": 1})
    assert one["created"] == "1970-01-01T00:00:00+00:00" and one["note"] == "simulated, not observed"
    assert {"version", "commit", "python", "jax", "context_of_use"} <= set(one)
    assert input_sha256({"a": 1}) != input_sha256({"a": 2})
    assert input_sha256("protocol") == hashlib.sha256(b"protocol").hexdigest()


def test_a_result_is_written_by_kind_of_content_and_whole_or_not_at_all(tmp_path):
    files = {"a.json": {"µ": [1.5, None]}, "b.txt": "as it is", "c.csv": lambda file: file.write_text("1,2")}
    folder = save_result(tmp_path / "run", files)
    assert intact(folder)
    assert (folder / "a.json").read_text(encoding="utf-8") == '{\n "µ": [\n  1.5,\n  null\n ]\n}\n'
    assert [(folder / name).read_text() for name in ("b.txt", "c.csv")] == ["as it is", "1,2"]
    with pytest.raises(ValueError, match="JSON"):
        save_result(tmp_path / "other", {"b.txt": "first", "a.json": {"x": float("nan")}})
    assert not (tmp_path / "other").exists()
