"""Compare the golden runs with their stored numbers; rewrite them only when told to.

Dry run: ``python scripts/update_golden.py``. To write: ``python scripts/update_golden.py --write``; a change
of results is deliberate, and the CHANGELOG says why.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import golden_runs


def main() -> int:
    """Print what differs; with ``--write`` store it. Exit status 1 if a difference was left unwritten."""
    write, changed = "--write" in sys.argv[1:], 0
    for config in golden_runs.configs():
        found = golden_runs.run(config)
        path = config.with_suffix(".json")
        lines = golden_runs.differences(found, golden_runs.reference(config)) if path.exists() else ["new"]
        print(f"{config.stem}: {'same' if not lines else ''}")
        for line in lines:
            print(f"  {line}")
        changed += bool(lines)
        if lines and write:
            path.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
    print("written" if write else f"{changed} differ; nothing written (give --write to store)")
    return int(bool(changed) and not write)


if __name__ == "__main__":
    raise SystemExit(main())
