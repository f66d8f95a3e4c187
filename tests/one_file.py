"""The teaching file of ``docs/`` as a module of its own each time: a test may change one part of it."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[1] / "docs" / "one_file_model.py"


def loaded() -> Any:
    """The module, read anew."""
    spec = spec_from_file_location("one_file_model", PATH)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
