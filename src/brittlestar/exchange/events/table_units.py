"""The units of a table: told beside it, by its dictionary or by columns of its own, and one of each."""

from collections.abc import Callable

from brittlestar.exchange.events.cells import number_of
from brittlestar.exchange.events.dictionary import Dictionary
from brittlestar.exchange.events.mistakes import Mistakes
from brittlestar.exchange.events.rows import Rows
from brittlestar.exchange.events.units import AMOUNTS, TIME_DAYS, amount_unit, time_unit


def units_of(rows: Rows, told: Dictionary, mistakes: Mistakes) -> tuple[float, str]:
    """Days of a unit of time, and the unit of amounts; where no dose is told, none is needed.

    What has no unit is a mistake, and so is more than one.
    """
    time = _one(rows, "TIMEU", told.time_unit, time_unit, mistakes)
    amount = _one(rows, "AMTU", told.amount_unit, amount_unit, mistakes)
    given = any(number_of(one) for one in rows.cells.get("AMT", ()) if one is not None)
    if not time:
        mistakes.add(
            "", "TIME", "no unit", f"accepted: one told beside it (--time-unit): {', '.join(TIME_DAYS)}"
        )
    if given and not amount:
        mistakes.add(
            "", "AMT", "no unit", f"accepted: one told beside it (--amount-unit): {', '.join(AMOUNTS)}"
        )
    return TIME_DAYS.get(time, 1.0), amount


def _one(rows: Rows, column: str, own: str, read: Callable[[str], str], mistakes: Mistakes) -> str:
    """The unit that is told and that a column says."""
    said: dict[str, str] = {}
    for line, one in zip(rows.lines, rows.cells.get(column, ())):
        if one is not None:
            said.setdefault(str(one), line)
    units: dict[str, str] = {}
    for one, line in said.items():
        try:
            units.setdefault(read(one), line)
        except ValueError:
            mistakes.add(line, column, one, "accepted: a unit, such as day or mg")
    if len(units) > 1:
        mistakes.add(list(units.values())[1], column, " and ".join(units), "accepted: one unit in a table")
    if units and own and own not in units:
        mistakes.add("", column, next(iter(units)), f"accepted: {own}, as was told beside the table")
    return own or next(iter(units), "")
