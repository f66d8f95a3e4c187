"""What a screen shows as a file, and the file of settings that gives the same again from the command line."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from brittlestar._shared.errors import InputError
from brittlestar._shared.user_files import toml_fields
from brittlestar.care.plan_files import as_toml
from brittlestar.web import answer, compared
from brittlestar.web.kept_lives import Still, always
from brittlestar.web.requests import Compare, Explore

SCREENS = {"explore": Explore, "compare": Compare}
_HEAD = "# brittlestar: settings of a page. The same again: brittlestar rerun FILE --out results.json\n"
_TEXT_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def to_toml(asked: Explore | Compare) -> str:
    """Settings as TOML that :func:`from_toml` reads back."""
    screen = "explore" if isinstance(asked, Explore) else "compare"
    return _HEAD + as_toml({"screen": screen, **asked.model_dump(mode="json", exclude_none=True)})


def from_toml(text: str, where: str = "settings") -> Explore | Compare:
    """Settings of a screen.

    Raises:
        InputError: not TOML, no screen, or anything that a page would refuse.
    """
    fields = toml_fields(text, where)
    screen = fields.pop("screen", None)
    if not isinstance(screen, str) or screen not in SCREENS:
        raise InputError(f"{where}: screen", screen, f"accepted: {', '.join(SCREENS)}")
    try:
        return SCREENS[screen].model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where}: {place}", first.get("input"), first["msg"]) from None


def whole(asked: Explore | Compare, still: Still = always) -> dict[str, Any]:
    """All that a screen shows of a question, ready for JSON."""
    return answer.whole(asked, still) if isinstance(asked, Explore) else compared.whole(asked, still)


def to_csv(found: dict[str, Any]) -> str:
    """The courses of an answer, or of each plan's: one row per chart, plan and time."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["chart", "quantity", "plan", "age_years", "mean", "low", "high", "range_is"])
    # The course without treatment is one for all plans: the same row is written once.
    rows = dict.fromkeys(tuple(row) for one in found.get("answers", [found]) for row in _rows(one))
    writer.writerows(rows)
    return out.getvalue()


def _rows(found: dict[str, Any]) -> Iterator[list[Any]]:
    course, age = found["course"], found["asked"]["person"]["age"]
    plans = {"untreated": "no treatment", "plan": found["plan"]["words"]}
    for name, quantity in course["quantities"].items():
        for side, words in plans.items():
            bands = (quantity[side][key] for key in ("mean", "low", "high"))
            for years, *numbers in zip(course["time_years"], *bands, strict=True):
                yield [name, quantity["unit"], cell_text(words), round(age + years, 4), *numbers, "8 of 10"]


def cell_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_TEXT_STARTS) else value


def to_json(found: dict[str, Any]) -> str:
    """An answer as JSON."""
    return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
