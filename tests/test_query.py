"""``query`` reads the tables of a run, answers one select, and can do nothing else."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from brittlestar._shared.errors import InputError
from brittlestar.cli import main, query


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = tmp_path / "run"
    run.mkdir()
    visits = {"person": [1, 2, 3], "arm": ["a", "a", "b"], "ls_z": [-2.0, -1.0, np.nan]}
    parquet.write_table(pa.table(visits), run / "visits.parquet")
    return run


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    return [row for frame in query.answer(folder, sql) for row in frame.rows()]


def test_a_select_is_answered(folder: Path) -> None:
    assert rows(folder, "select arm, count(*) from visits group by arm order by arm") == [("a", 2), ("b", 1)]
    assert rows(folder, "from visits select max(person)") == [(3,)]
    assert rows(folder, "with v as (select 1 as x) select x from v -- the end") == [(1,)]
    assert rows(folder, "describe visits")[0][:2] == ("person", "BIGINT")


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1 as x) to '{run}/visits.parquet' (use_tmp_file false)",
        "copy visits to '{run}/new.csv'",
        "copy (select 1) to '/dev/stdout'",
        "export database '{run}/new'",
        "attach '{run}/new.db'",
        "attach '{run}/new.db' as d; create table d.t as select 1",
        "create table t as select 1",
        "create view v as select 1",
        "insert into visits values (1, 'a', 0)",
        "with x as (insert into visits values (1, 'a', 0) returning *) select * from x",
        "update visits set person = 0",
        "delete from visits",
        "drop view visits",
        "alter table visits add column x int",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset all",
        "pragma database_list",
        "pragma enable_profiling",
        "call pragma_version()",
        "checkpoint",
        "vacuum",
        "use memory",
        "begin transaction",
        "prepare x as select 1",
        "explain analyze select 1",
        "select 1; select 2",
        "select 1; copy visits to '{run}/new.csv'",
        "select * from query('copy (select 1) to ''{run}/new.csv''')",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from parquet_scan('{run}/visits.parquet')",
        "select * from read_parquet('{run}/../*/*.parquet')",
        "select * from 'http://127.0.0.1:9/x.csv'",
        "select getenv('HOME')",
        "select * from duckdb_secrets()",
        "select * from tables",
        "select * from database",
        "select $1",
        "select ?",
        "select '\ud800' from visits, nothing",
        "select",
        "",
        "-- nothing",
        "selekt 1",
        "select 'x",
        "select error('stop')",
        "select " + "1+" * 20_000 + "1",
    ],
)
def test_whatever_is_no_select_of_these_tables_is_refused(sql: str, folder: Path) -> None:
    def state() -> dict[str, str]:
        files = [file for file in folder.parent.rglob("*") if file.is_file()]
        return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    before = state()
    with pytest.raises(InputError, match="SQL"):
        rows(folder, sql.format(run=folder) if "{run}" in sql else sql)
    assert state() == before


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("select interval 1 day", "1 day"),
        ("select date '290000-01-01'", "290000-01-01"),
        ("select date 'infinity'", "infinity"),
        (
            "select 170141183460469231731687303715884105727::hugeint",
            "170141183460469231731687303715884105727",
        ),
        ("select union_value(a := 1)", "1"),
        ("select map {'a': 1}", "{a=1}"),
        ("select [1.5, 2]", "[1.5, 2.0]"),
        ("select '101'::bit", "101"),
        ("select 'ab'::blob", "ab"),
        ("select timestamptz '2020-01-01 00:00+00'", "2020-01-01 00:00:00+00"),
        ("select null", None),
        ("select 1e308 * 10", None),
        ("select ls_z from visits where person = 3", None),
        ("select ls_z from visits where person = 1", -2.0),
        ("select 'x\ud800'", "x?"),
    ],
)
def test_every_kind_of_value_is_shown_and_no_number_that_is_none(
    sql: str, shown: object, folder: Path
) -> None:
    assert rows(folder, sql) == [(shown,)]


def test_columns_of_one_name_and_names_like_markup_are_printed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "select 1 as a, 2 as a, 3 as a_, 4 as \"[/b]\", '[red]' as c"
    assert main(["query", str(folder), sql]) == 0
    head, row, _ = capsys.readouterr().out.splitlines()
    assert head.split() == ["a", "a_", "a__", "[/b]", "c"]
    assert row.split() == ["1", "2", "3", "4", "[red]"]


def test_csv_has_every_row_and_a_table_says_how_many_are_left(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "select range as n from range(100000)"
    assert main(["query", str(folder), sql, "--csv"]) == 0
    assert capsys.readouterr().out.splitlines() == ["n", *map(str, range(100_000))]
    assert main(["query", str(folder), sql]) == 0
    assert "99960 more rows" in capsys.readouterr().out


def test_a_question_without_end_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "MOST_SECONDS", 0.5)
    for sql in (
        "select count(*) from range(1000000000000)",
        "with recursive t as (select 1 as a union all select a from t) select * from t",
    ):
        with pytest.raises(InputError, match=r"takes up to 0\.5 s"):
            rows(folder, sql)


@pytest.mark.parametrize("cut", [0, 4, 100, -9, -1])
def test_a_table_that_is_not_whole_is_named(cut: int, folder: Path) -> None:
    file = folder / "visits.parquet"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"visits\.parquet.*a whole Parquet file"):
        rows(folder, "select 1")


def test_only_files_of_the_folder_itself_are_tables(folder: Path) -> None:
    (folder / "visits.parquet").rename(folder.parent / "elsewhere.parquet")
    makers = (
        lambda place: place.symlink_to(folder.parent / "elsewhere.parquet"),
        lambda place: place.symlink_to("/dev/zero"),
        lambda place: place.mkdir(),
        os.mkfifo,
    )
    for number, make in enumerate(makers):
        make(place := folder / f"{number}.parquet")
        with pytest.raises(InputError, match=rf"{number}\.parquet.*no links"):
            rows(folder, "select 1")
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
    with pytest.raises(InputError, match="DIR"):
        rows(folder, "select 1")
    with pytest.raises(InputError, match="DIR"):
        rows(folder / "none", "select 1")
