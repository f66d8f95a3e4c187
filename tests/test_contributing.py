"""CONTRIBUTING.md tells of the house as it is: the table of rooms, and every file that it names."""

import re
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
rooms = SimpleNamespace(**run_path(str(ROOT / "scripts" / "write_room_table.py")))


def test_the_table_of_rooms_is_current():
    assert rooms.with_table(TEXT, ROOT) == TEXT, "python scripts/write_room_table.py --write"


def test_the_table_follows_the_contract_and_the_rooms(tmp_path):
    (tmp_path / ".importlinter").write_text(
        "[importlinter:contract:rooms]\nlayers =\n    (roof)\n    (left) | (right)\n"
    )
    package = tmp_path / "src" / "brittlestar"
    says = {"left": "Left of all.\n\nMore.", "left/attic": "Under ``left``.", "right": "Right."}
    for room, text in says.items():
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").write_text(f'"""{text}"""\n')
    (package / "roof.py").write_text('"""Over all."""\n')
    assert rooms.table(tmp_path).splitlines()[2:] == [
        "| 2 | `roof.py` | Over all. |",
        "| 1 | `left/` | Left of all. |",
        "|  | `left/attic/` | Under `left`. |",
        "|  | `right/` | Right. |",
    ]


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"`([a-z_./]+(?:/|\.(?:py|toml|md|lock)))`", TEXT))
    # One named after a comma stands in the folder of the one before.
    folders = [ROOT, ROOT / "src/brittlestar", *(ROOT / "src/brittlestar").rglob("*/")]
    assert len(named) > 30
    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in folders)] == []
