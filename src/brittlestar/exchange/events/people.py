"""Whom an event table is about: covariates as they are at time 0, as the people of the model."""

from collections.abc import Mapping, Sequence
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar.exchange.events.cells import number_of, word_of
from brittlestar.exchange.events.columns import COVARIATES
from brittlestar.exchange.events.mistakes import EventWarning, Mistakes
from brittlestar.exchange.events.rows import Rows
from brittlestar.people.person import Person

WHOLE = ("fractures_last_2_years",)
NEEDED = ("AGE", "SEX", "OITYPE")


def person_of(
    rows: Rows,
    at: Sequence[int],
    codes: Mapping[str, Mapping[str, str]],
    mistakes: Mistakes,
    warnings: list[EventWarning],
) -> Person | None:
    """One person from the first value that stands in each covariate; nothing after a mistake.

    Args:
        rows: of the table.
        at: rows of the person.
        codes: column -> code -> word, as the dictionary says.
        mistakes: gathers what is missing, and what no person has.
        warnings: gathers covariates that change.
    """
    told: dict[str, Any] = {}
    before, line = len(mistakes.found), rows.lines[at[0]]
    for column, (field, _) in COVARIATES.items():
        cells = rows.cells.get(column)
        seen = [] if cells is None else list(dict.fromkeys(cells[i] for i in at if cells[i] is not None))
        if not seen:
            if column in NEEDED:
                mistakes.add(line, column, "nothing", "accepted: a value for every person")
            continue
        if len(seen) > 1:
            warnings.append(EventWarning(
                "covariate-changes",
                f"of {column} the first value counts; size and age follow the model from there", line,
            ))  # fmt: skip
        value = _value(column, seen[0], codes.get(column, {}), line, mistakes)
        if value is not None:
            told[field] = int(value) if field in WHOLE and value == int(value) else value
    if len(mistakes.found) > before:
        return None
    try:
        return Person(**told)
    except InputError as error:
        columns = {field: column for column, (field, _) in COVARIATES.items()}
        named = error.where.removeprefix("Person.")
        mistakes.add(line, columns.get(named, named), error.value, error.accepted)
        return None


def _value(column: str, said: Any, codes: Mapping[str, str], line: str, mistakes: Mistakes) -> Any:
    if column in ("SEX", "OITYPE"):
        word = word_of(said)
        if codes:
            if word not in codes:
                mistakes.add(line, column, said, f"accepted: {', '.join(codes)}, as in the dictionary")
            return codes.get(word)
        if column == "SEX" and number_of(said) is not None:
            accepted = "accepted: female or male; numbers only with their meaning in the dictionary (codes)"
            mistakes.add(line, column, said, accepted)
            return None
        return word
    value = number_of(said)
    if value is None:
        mistakes.add(line, column, said, "accepted: a number")
    return value
