"""The leaflet as it ships with the package: checked with the parameters in use, over several seeds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar._shared.result_files import as_json
from brittlestar.engine import default_parameters, fingerprint
from brittlestar.evidence.leaflet.result import Leaflet, tally
from brittlestar.evidence.leaflet.statements import chosen

FILE = Path(__file__).with_name("shipped.json")
"""Written by ``brittlestar leaflet --write``."""

QUESTIONS = "S43"
"""The statement whose answer is the pages of open questions."""


def shipped() -> dict[str, Any] | None:
    """What ships, as in ``leaflet.json``; None if it was made with other parameters than those in use."""
    if not FILE.exists():
        return None
    content = json.loads(FILE.read_text(encoding="utf-8"))
    same = content["manifest"]["parameters_sha256"] == fingerprint(default_parameters())
    return content if same else None


def require_shipped(only: Sequence[str] = ()) -> dict[str, Any]:
    """What ships of some statements, of all if none is named.

    Raises:
        InputError: it was made with other parameters, or an id that is not there.
    """
    ids, content = chosen(tuple(only)), shipped()
    if content is None:
        raise InputError(
            "leaflet",
            "the parameters in use",
            "accepted: those that results ship for; --seeds 5 checks every statement anew",
        )
    rows = [row for row in content["statements"] if row["id"] in ids]
    questions = content["open_questions"] if QUESTIONS in ids else []
    return content | tally(rows) | {"statements": rows, "open_questions": questions}


def write(found: Leaflet) -> Path:
    """Put what was found into the package."""
    FILE.write_text(as_json(found.to_dict()), encoding="utf-8")
    return FILE
