"""Units of an event table: told by whoever hands it over, never guessed."""

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care.durations import DAYS

TIME_DAYS = {"hour": 1.0 / 24.0, **DAYS}
"""Unit of time -> days."""

AMOUNTS = ("mg", "mg/kg", "ug")
"""Units of amounts; of ``ug`` there are 1,000 in a mg."""

_SHORT = {
    "h": "hour", "hr": "hour", "hours": "hour", "d": "day", "days": "day", "wk": "week", "weeks": "week",
    "months": "month", "yr": "year", "years": "year",
}  # fmt: skip


def time_unit(said: str, where: str = "time_unit") -> str:
    """The unit of time by its name here.

    >>> time_unit("h"), time_unit("Days")
    ('hour', 'day')

    Raises:
        InputError: no unit of time.
    """
    word = _SHORT.get(str(said).strip().lower(), str(said).strip().lower())
    if word not in TIME_DAYS:
        raise InputError(where, said, nearest(word, TIME_DAYS))
    return word


def amount_unit(said: str, where: str = "amount_unit") -> str:
    """The unit of amounts by its name here.

    Raises:
        InputError: no unit of amounts.
    """
    word = str(said).strip().lower().replace("µ", "u").replace("mcg", "ug")
    if word not in AMOUNTS:
        raise InputError(where, said, nearest(word, AMOUNTS))
    return word
