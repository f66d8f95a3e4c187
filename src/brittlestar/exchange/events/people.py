"""Whom an event table is about: covariates as they are at time 0, as the people of the model."""

from collections.abc import Mapping, Sequence
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar.exchange.events.cells import number_of, word_of
from brittlestar.exchange.events.columns import COVARIATES
from brittlestar.exchange.events.mistakes import EventWarning, Mistakes
from brittlestar.exchange.events.rows import Rows
from brittlestar.people.person import NEEDED, Person, told

WHOLE = ("fractures_last_2_years",)
OF_A_LIFE = ("sex", "oi_type")
"""Fields that do not change while somebody is followed."""


def person_of(
    rows: Rows,
    at: Sequence[int],
    codes: Mapping[str, Mapping[str, str]],
    mistakes: Mistakes,
    warnings: list[EventWarning],
    whole: bool = True,
) -> Person | None:
    """One person from the first value that stands in each covariate; nothing after a mistake.

    Args:
        rows: of the table.
        at: rows of the person.
        codes: column -> code -> word, as the dictionary says.
        mistakes: gathers what is missing, and every value that no person has.
        warnings: gathers covariates that change.
        whole: whether every line of the table was read: what is missing may stand in one that was not.
    """
    first: dict[str, Any] = {}
    places, before = dict[str, tuple[str, str]](), len(mistakes.found)
    for column, (field, _) in COVARIATES.items():
        name, seen = rows.names.get(column, column), _seen(rows, column, at)
        if not seen and field in NEEDED and whole:
            mistakes.add(rows.lines[at[0]], name, "nothing", "accepted: a value for every person")
        for cell, line in seen.items():
            value = _value(column, field, cell, codes.get(column, {}), (line, name), mistakes)
            if value is None:
                continue
            if value == first.setdefault(field, value):
                places.setdefault(field, (line, name))
            elif field in OF_A_LIFE:
                mistakes.add(line, name, cell, f"accepted: {first[field]}, as in {places[field][0]}")
            else:
                warnings.append(EventWarning(
                    "covariate-changes",
                    f"of {name} the first value counts; size and age follow the model from there", line,
                ))  # fmt: skip
    if len(mistakes.found) > before or any(field not in first for field in NEEDED):
        return None
    try:
        return Person(**first)
    except InputError as error:
        field = error.where.removeprefix("Person.")
        mistakes.add(*places.get(field, (rows.lines[at[0]], field)), error.value, error.accepted)
        return None


def _seen(rows: Rows, column: str, at: Sequence[int]) -> dict[Any, str]:
    """Every value that stands in a column, with the line where it stands first."""
    lines = dict[Any, str]()
    if cells := rows.cells.get(column):
        for i in at:
            if cells[i] is not None:
                lines.setdefault(cells[i], rows.lines[i])
    return lines


def _value(
    column: str, field: str, cell: Any, codes: Mapping[str, str], place: tuple[str, str], mistakes: Mistakes
) -> Any:
    """What a cell says of a person; nothing, and a mistake, where no person has it."""
    if column in ("SEX", "OITYPE"):
        said = word_of(cell)
        if codes and said not in codes:
            mistakes.add(*place, cell, f"accepted: {', '.join(codes)}, as in the dictionary")
            return None
        if column == "SEX" and not codes and number_of(cell) is not None:
            accepted = "accepted: female or male; numbers only with their meaning in the dictionary (codes)"
            mistakes.add(*place, cell, accepted)
            return None
        said = codes.get(said, said)
    else:
        said = number_of(cell)
        if said is None:
            mistakes.add(*place, cell, "accepted: a number")
            return None
        said = int(said) if field in WHOLE and said == int(said) else said
    try:
        return told(field, said)
    except InputError as error:
        mistakes.add(*place, error.value, error.accepted)
        return None
