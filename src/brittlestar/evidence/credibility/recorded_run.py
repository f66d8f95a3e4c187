"""The whole report as it was last run: a quick run tells from it what takes minutes, with day and commit."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from brittlestar._shared.result_files import as_json
from brittlestar.engine import default_parameters, fingerprint
from brittlestar.evidence.credibility.row import LEFT_OUT, Row

FILE = Path(__file__).with_name("recorded.json")
"""Written by ``brittlestar credibility --write``."""

KEPT = ("manifest", "rows", "sensitivity")


def recorded() -> dict[str, Any] | None:
    """What was recorded; None if nothing was, or with other parameters than those in use."""
    if not FILE.exists():
        return None
    content = json.loads(FILE.read_text(encoding="utf-8"))
    same = content["manifest"]["parameters_sha256"] == fingerprint(default_parameters())
    return content if same else None


def write(content: Mapping[str, Any]) -> Path:
    """Record a whole run."""
    FILE.write_text(as_json({name: content[name] for name in KEPT}), encoding="utf-8")
    return FILE


def with_recorded(rows: Iterable[Row], content: Mapping[str, Any]) -> list[Row]:
    """Rows of a quick run, what it left out from the record."""
    ran = [row for row in rows if row.note != LEFT_OUT]
    known, manifest = {row.id for row in ran}, content["manifest"]
    when = f"recorded {manifest['created'][:10]}, commit {manifest['commit'][:12]}"
    others = (Row(**row) for row in content["rows"] if row["id"] not in known)
    return ran + [replace(row, note="; ".join(filter(None, (row.note, when)))) for row in others]
