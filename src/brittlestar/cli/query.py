"""Questions to the tables of a run, in SQL."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter


def query(
    folder: Annotated[Path, Parameter(help="Directory of a run, with Parquet files.")],
    sql: Annotated[
        str, Parameter(help="A question such as 'select arm, count(*) from patients group by arm'.")
    ],
    /,
    *,
    csv: Annotated[bool, Parameter(negative=(), help="Print as CSV, every row.")] = False,
) -> None:
    """Ask the tables of a run in SQL (DuckDB); every Parquet file is a table by its name."""
    import duckdb

    from brittlestar._shared.errors import InputError
    from brittlestar.cli import show

    files = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    if not files:
        raise InputError(
            "DIR", str(folder), "accepted: the directory of a finished run, which has Parquet files"
        )
    database = duckdb.connect()
    for file in files:
        database.read_parquet(str(file)).create_view(re.sub(r"\W", "_", file.stem))
    # The question may read the tables above and nothing else of this machine.
    database.execute("set allowed_paths = $1", [[str(file) for file in files]])
    database.execute("set enable_external_access = false")
    database.execute("set lock_configuration = true")
    try:
        found = database.sql(sql)
        frame = None if found is None else found.pl()
    except duckdb.Error as error:
        tables = ", ".join(file.stem for file in files)
        said = str(error).splitlines()[0]
        raise InputError("SQL", sql, f"{said}; tables: {tables}") from None
    if frame is not None:
        show.rows(frame, csv)


ALL: tuple[Callable[..., Any], ...] = (query,)
