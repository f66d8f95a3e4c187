"""What the last calibration left in the package: posterior, ensemble, rivals, fits without one study."""

import json
from functools import cache
from importlib import resources
from typing import Any, Literal


@cache
def recorded(name: Literal["posterior", "ensemble", "rivals", "refits"]) -> dict[str, Any]:
    """Content of one of the files that ``brittlestar calibrate --write`` puts into the package."""
    file = resources.files(__package__).joinpath(f"{name}.json")
    return json.loads(file.read_text(encoding="utf-8"))
