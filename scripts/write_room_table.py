"""Write CONTRIBUTING's table of rooms from the import contract and the first line of each room.

Dry run unless told to write: ``python scripts/write_room_table.py --write``.
"""

import ast
import sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN = "<!-- rooms: python scripts/write_room_table.py --write -->"
END = "<!-- end of rooms -->"


def floors(root: Path) -> list[list[str]]:
    """Rooms floor by floor, the highest first, as ``.importlinter`` names them."""
    contract = ConfigParser()
    contract.read(root / ".importlinter", encoding="utf-8")
    layers = contract["importlinter:contract:rooms"]["layers"].split("\n")
    return [[room.strip(" ()") for room in floor.split("|")] for floor in layers if floor]


def first_line(path: Path) -> str:
    """What a room or module says of itself first, as Markdown."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0].replace("``", "`")


def rows(package: Path, room: str, floor: str) -> list[str]:
    """The line of a room, and those of the rooms in it."""
    if (package / f"{room}.py").exists():
        return [f"| {floor} | `{room}.py` | {first_line(package / f'{room}.py')} |"]
    found = [f"| {floor} | `{room}/` | {first_line(package / room / '__init__.py')} |"]
    for inner in sorted(path.parent for path in (package / room).glob("*/__init__.py")):
        found += rows(package, inner.relative_to(package).as_posix(), "")
    return found


def table(root: Path) -> str:
    """The table in Markdown, the highest floor first."""
    package, lines = root / "src" / "brittlestar", ["| floor | room | what is in it |", "|---|---|---|"]
    every = floors(root)
    for number, floor in zip(range(len(every), 0, -1), every):
        for place, room in enumerate(floor):
            lines += rows(package, room, "" if place else str(number))
    return "\n".join(lines)


def with_table(text: str, root: Path) -> str:
    """The text with the present table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(root)}\n{END}{after}"


def main() -> int:
    """Compare, or write with ``--write``; exit status 1 if the table on disk is out of date."""
    path = ROOT / "CONTRIBUTING.md"
    current = path.read_text(encoding="utf-8")
    text = with_table(current, ROOT)
    if "--write" in sys.argv[1:]:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.name}")
        return 0
    print("up to date" if text == current else f"{path.name} is out of date; run with --write")
    return int(text != current)


if __name__ == "__main__":
    raise SystemExit(main())
