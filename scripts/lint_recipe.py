"""Read and render the conda recipe, and hold it to the published form of recipes.

    pip install py-rattler-build jsonschema pyyaml    # an environment of its own; of no extra
    python scripts/lint_recipe.py [SCHEMA]

py-rattler-build is the program that builds the package: it refuses fields, bounds and licences that it does
not know. ``SCHEMA`` is ``schema.json`` of prefix-dev/recipe-format, which is not kept here; without it that
check is NOT RUN. Exit status 1 where something is refused.
"""

import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

RECIPE = Path(__file__).resolve().parents[1] / "conda" / "recipe.yaml"
NOT_RUN = "NOT RUN"


def library(name: str) -> Any:
    """A library that nothing else of the project needs; None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def rendered(recipe: Path) -> Iterator[str]:
    """What py-rattler-build says of a recipe."""
    if (tool := library("rattler_build")) is None:
        yield f"rendered: {NOT_RUN}: needs py-rattler-build"
        return
    try:
        found = tool.Stage0Recipe.from_file(str(recipe)).render(tool.VariantConfig(), tool.RenderConfig())
    except Exception as error:
        yield f"rendered: refused: {error}"
        return
    yield from (f"rendered: {one}" for one in found)


def of_the_form(recipe: Path, schema: Path | None) -> Iterator[str]:
    """What the published schema says of a recipe."""
    yaml, jsonschema = library("yaml"), library("jsonschema")
    if schema is None or yaml is None or jsonschema is None:
        yield f"schema: {NOT_RUN}: needs a schema, pyyaml and jsonschema"
        return
    said = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    rules = json.loads(schema.read_text(encoding="utf-8"))
    faults = list(jsonschema.validators.validator_for(rules)(rules).iter_errors(said))
    yield from (f"schema: refused: {fault.json_path}: {fault.message}" for fault in faults)
    if not faults:
        yield "schema: nothing refused"


def main(arguments: Sequence[str]) -> int:
    """Lint; exit status 1 where something is refused."""
    schema = Path(arguments[0]) if arguments else None
    said = [*rendered(RECIPE), *of_the_form(RECIPE, schema)]
    print("\n".join(said))
    return int(any(": refused: " in line for line in said))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
