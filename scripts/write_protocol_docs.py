"""Write docs/protocol.md and the schema of results.json from the code that validates them.

Dry run unless told to write: ``python scripts/write_protocol_docs.py --write``.
"""

import sys
from pathlib import Path

from brittlestar.trials.fields import protocol_fields_markdown

PATH = Path(__file__).resolve().parents[1] / "docs" / "protocol.md"


def main() -> int:
    """Compare, or write with ``--write``; exit status 1 if the file on disk is out of date."""
    text = protocol_fields_markdown()
    current = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
    if "--write" in sys.argv[1:]:
        PATH.write_text(text, encoding="utf-8")
        print(f"wrote {PATH.name}")
        return 0
    print("up to date" if text == current else f"{PATH.name} is out of date; run with --write")
    return int(text != current)


if __name__ == "__main__":
    raise SystemExit(main())
