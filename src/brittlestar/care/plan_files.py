"""Plans as TOML text: a writer for the few shapes a plan has."""

import json
from typing import Any


def as_toml(fields: dict[str, Any]) -> str:
    """TOML text of nested fields: simple values first, then one table per item of a list of tables."""
    lines = [f"{key} = {_value(value)}" for key, value in fields.items() if not _is_tables(value)]
    for key, items in fields.items():
        if _is_tables(items):
            for item in items:
                # An empty table still counts as an item: a placebo for the whole run has no fields.
                lines += ["", f"[[{key}]]", *(f"{name} = {_value(value)}" for name, value in item.items())]
    return "\n".join(lines).strip() + "\n"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # TOML's basic strings are JSON's, except that TOML also escapes DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    return repr(value)
