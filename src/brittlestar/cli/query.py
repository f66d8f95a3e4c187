"""Questions to the tables of a run, in SQL: they may read these tables, and nothing else of this machine."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from brittlestar._shared.errors import InputError
from brittlestar._shared.extras import needs

if TYPE_CHECKING:  # both are heavy, and loaded where a question is asked
    import duckdb
    import polars as pl

MOST_SECONDS = 60.0
"""Of one question; tables of a million people answer in a few."""

MOST_MEMORY = "4GB"
ROWS = 65_536
"""Rows that are fetched at a time."""

SETTINGS = {
    "temp_directory": "",
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": MOST_MEMORY,
    "lock_configuration": True,
}
"""No file, address or extension, no variable of this program, nothing on disk; nobody may change it."""

_AS_IT_IS = ("BOOLEAN", "VARCHAR", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT",
             "UINTEGER", "UBIGINT")  # fmt: skip


def query(
    folder: Annotated[Path, Parameter(help="Directory of a run, with Parquet files.")],
    sql: Annotated[
        str, Parameter(help="A question such as 'select arm, count(*) from patients group by arm'.")
    ],
    /,
    *,
    csv: Annotated[bool, Parameter(negative=(), help="Print as CSV, every row.")] = False,
) -> None:
    """Ask the tables of a run in SQL (DuckDB); every Parquet file is a table by its name.

    One select is answered; whatever would write, attach, load, set or read another file is refused.
    """
    from brittlestar.cli.terminal import announce

    announce("The tables of a run are asked: a second, and more for a question that goes through them all.")
    from brittlestar.cli import tables as show

    show.rows(answer(folder, sql), csv)


def answer(folder: Path, sql: str) -> "Iterator[pl.DataFrame]":
    """The answer to a question in pieces of rows, at least one; numbers that are not finite are missing.

    Raises:
        InputError: no tables there, one that cannot be read, not one select, a question that cannot be
            answered, takes longer than ``MOST_SECONDS`` or more memory than ``MOST_MEMORY``.
    """
    import polars as pl

    with needs("query", "query"):
        import duckdb
        from pyarrow.lib import ArrowException

    tables = _tables(folder)
    with duckdb.connect() as database:
        for name, table in tables.items():
            database.register(name, table)
        for setting, value in SETTINGS.items():
            database.execute(f"set {setting} = $1", [value])
        try:
            asked = database.sql(_one_select(sql))
            with _in_time(database):
                reader = asked.project(_columns(asked)).to_arrow_reader(ROWS)
                yield pl.from_arrow(reader.schema.empty_table())  # type: ignore[misc]
                for batch in reader:
                    yield pl.from_arrow(batch)  # type: ignore[misc]
        except (duckdb.Error, ArrowException, pl.exceptions.PolarsError, OSError) as error:
            said = next(iter(str(error).splitlines()), type(error).__name__)
            if "INTERRUPT" in said:
                raise InputError("SQL", sql, f"accepted: what takes up to {MOST_SECONDS:g} s") from None
            raise InputError("SQL", sql, f"{said}; tables: {', '.join(tables)}") from None


def _tables(folder: Path) -> dict[str, Any]:
    """Name -> table of every Parquet file; files of the directory itself, whatever a link may say."""
    from pyarrow import dataset
    from pyarrow.lib import ArrowException

    accepted = "accepted: the directory of a finished run, which has Parquet files"
    try:
        files = sorted(folder.glob("*.parquet")) if os.path.isdir(folder) else []
    except OSError as error:
        raise InputError("DIR", str(folder), f"cannot be read ({error.strerror}); {accepted}") from None
    if not files:
        raise InputError("DIR", str(folder), accepted)
    found = {}
    for file in files:
        name = re.sub(r"\W", "_", file.stem)
        if file.is_symlink() or not file.is_file():
            raise InputError("DIR", str(file), "accepted: files, no links, pipes or devices")
        if name in found:
            raise InputError("DIR", str(file), f"accepted: one table called {name}")
        try:
            found[name] = dataset.dataset(file, format="parquet")
        except (ArrowException, OSError):
            raise InputError("DIR", str(file), "accepted: a whole Parquet file") from None
    return found


def _one_select(sql: str) -> str:
    import duckdb

    found = duckdb.extract_statements(sql.encode("utf-8", "replace").decode("utf-8"))
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT or found[0].named_parameters:
        raise InputError("SQL", sql, "accepted: one select, without parameters")
    return found[0].query


def _columns(asked: "duckdb.DuckDBPyRelation") -> str:
    """What to fetch: kinds that only the database knows as text, numbers that are none as missing."""
    parts, taken = [], set()
    for place, (name, kind) in enumerate(zip(asked.columns, map(str, asked.types)), 1):
        value = f"#{place}" if kind in _AS_IT_IS else f"#{place}::varchar"
        if kind in ("FLOAT", "DOUBLE"):
            value = f"case when isfinite(#{place}) then #{place} end"
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        title = name.replace('"', '""')
        parts.append(f'{value} as "{title}"')
    return ", ".join(parts)


@contextmanager
def _in_time(database: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    clock = Timer(MOST_SECONDS, database.interrupt)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


ALL: tuple[Callable[..., Any], ...] = (query,)
