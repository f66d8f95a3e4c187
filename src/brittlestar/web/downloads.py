"""What a screen shows as a file, and the file of settings that gives the same again from the command line."""

import csv
import io
import json
from typing import Any

from pydantic import ValidationError

from brittlestar._shared.errors import InputError
from brittlestar._shared.user_files import toml_fields
from brittlestar.care.plan_files import as_toml
from brittlestar.web.requests import Compare, Explore

SCREENS = {"explore": Explore, "compare": Compare}
_HEAD = "# brittlestar: settings of a page. The same again: brittlestar rerun FILE --out results.json\n"
_TEXT_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")


def to_toml(asked: Explore | Compare) -> str:
    """Settings as TOML that :func:`from_toml` reads back."""
    screen = "explore" if isinstance(asked, Explore) else "compare"
    return _HEAD + as_toml({"screen": screen, **asked.model_dump(mode="json")})


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


def to_csv(found: dict[str, Any]) -> str:
    """The courses of an answer: one row per chart, plan and time."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["chart", "quantity", "plan", "age_years", "mean", "low", "high", "range_is"])
    for name, chart in found["charts"].items():
        for row in chart["rows"]:
            numbers = (row[key] for key in ("age_years", "mean", "low", "high"))
            writer.writerow(
                [name, cell_text(row["what"]), cell_text(row["plan"]), *numbers, "people like this"]
            )
    return out.getvalue()


def cell_text(value: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_TEXT_STARTS) else value


def to_json(found: dict[str, Any]) -> str:
    """An answer as JSON."""
    return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
