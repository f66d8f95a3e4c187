"""A release from a tag: the wheel, the source and what the CHANGELOG says of it, built twice and compared.

    git tag -a v0.2.0 -m "brittlestar 0.2.0"
    python scripts/release.py v0.2.0          # or `make release TAG=v0.2.0`; into dist/

The tag's own tree is built, not what lies in the folder. Refused where pyproject.toml, CITATION.cff or
conda/recipe.yaml say another version, the CHANGELOG has no such section, the citation another day, or two
builds differ.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DAY = r"\d{4}-\d\d-\d\d"
BUILD = "from setuptools import build_meta; build_meta.build_{}('made')"


def section(changelog: str, version: str) -> str:
    """What a CHANGELOG says of a version; empty where it has no such section."""
    found = re.search(rf"^## \[{re.escape(version)}\] - {DAY}\n(.*?)(?=^## \[|\Z)", changelog,
                      re.MULTILINE | re.DOTALL)  # fmt: skip
    return found[1].strip() if found else ""


def days(root: Path, version: str) -> Iterator[str]:
    """The days on which CHANGELOG and citation say that a version was released; none where they do not."""
    said = {"CHANGELOG.md": rf"^## \[{re.escape(version)}\] - ({DAY})$",
            "CITATION.cff": rf'^date-released: "?({DAY})"?$'}  # fmt: skip
    for name, words in said.items():
        found = re.search(words, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        yield found[1] if found else "none"


def faults(root: Path, tag: str) -> Iterator[str]:
    """Why the tree under a tag is no release of it."""
    version = tag.removeprefix("v")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    said = {"pyproject.toml": project}
    for name in ("CITATION.cff", "conda/recipe.yaml"):
        found = re.search(r"^\s*version: (\S+)$", (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        said[name] = found[1] if found else "none"
    if not tag.startswith("v"):
        yield f"tag: got {tag}; accepted: v and the version, such as v{project}"
    yield from (f"{name}: got {one}; accepted: {version}" for name, one in said.items() if one != version)
    if not section((root / "CHANGELOG.md").read_text(encoding="utf-8"), version):
        yield f"CHANGELOG.md: got no section; accepted: '## [{version}] - YYYY-MM-DD' with what is new"
    changed, cited = days(root, version)
    if changed != "none" and cited != changed:
        yield f"CITATION.cff: date-released: got {cited}; accepted: that of CHANGELOG.md, {changed}"


def built(tag: str, folder: Path) -> dict[str, bytes]:
    """Wheel and source of a fresh clone at the tag, by name."""
    clone = ["git", "clone", "--quiet", "--branch", tag, str(ROOT), str(folder)]
    subprocess.run(clone, check=True, capture_output=True)
    (folder / "made").mkdir()
    around = os.environ | {"PYTHONPATH": str(folder / "src"), "BRITTLESTAR_CACHE": "off"}
    ship = [sys.executable, "scripts/ship_engine.py"]
    subprocess.run(ship, cwd=folder, check=True, capture_output=True, env=around)
    for kind in ("wheel", "sdist"):
        command = [sys.executable, "-c", BUILD.format(kind)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return {file.name: file.read_bytes() for file in sorted((folder / "made").iterdir())}


def main() -> int:
    """Exit status 1 where it is no release."""
    asked = argparse.ArgumentParser(description="A release from a tag.")
    asked.add_argument("tag")
    asked.add_argument("--out", type=Path, default=ROOT / "dist")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        first, second = (built(options.tag, Path(name) / one) for one in ("first", "second"))
        tree = Path(name) / "first"
        found = list(faults(tree, options.tag))
        found += [f"{file}: two builds differ" for file in first if first[file] != second.get(file)]
        if found:
            print("\n".join(found))
            return 1
        notes = section((tree / "CHANGELOG.md").read_text(encoding="utf-8"), options.tag.removeprefix("v"))
    options.out.mkdir(parents=True, exist_ok=True)
    sums = ""
    for file, content in first.items():
        (options.out / file).write_bytes(content)
        sums += f"{hashlib.sha256(content).hexdigest()}  {file}\n"
    (options.out / "SHA256SUMS").write_text(sums, encoding="utf-8")
    (options.out / "NOTES.md").write_text(f"{notes}\n", encoding="utf-8")
    print(sums, end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
