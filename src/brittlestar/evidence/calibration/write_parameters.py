"""Fitted values into the parameter files: line by line, so that comments and order stay."""

import re
from importlib import resources
from math import exp
from pathlib import Path

from brittlestar._shared.errors import InputError
from brittlestar.evidence.calibration.calibrate import Calibration
from brittlestar.evidence.calibration.free_parameters import Leaf

DIGITS = 5
"""Significant digits in the files."""


def rounded(value: float) -> float:
    """The value as the files state it."""
    return float(f"{value:.{DIGITS}g}")


def edited(text: str, leaf: Leaf, value: float, where: str) -> str:
    """The file's text with one number replaced, its status and source set to calibrated.

    Raises:
        InputError: the entry or its value line is not where it should be.
    """
    block = re.search(rf"(?ms)^\[{re.escape(leaf.name)}\]\n.*?(?=^\[|\Z)", text)
    if block is None:
        raise InputError(where, leaf.name, "accepted: an entry of that name")
    new, number = block.group(), f"{rounded(value):.{DIGITS}g}"
    number = number if any(c in number for c in ".e") else f"{number}.0"
    key = rf"(\b{leaf.member} = )" if leaf.group == "types" else r"(^value = )"
    new, count = re.subn(rf"(?m){key}[-+0-9.e]+", rf"\g<1>{number}", new, count=1)
    if count != 1:
        raise InputError(where, leaf.path, "accepted: one number to replace")
    new = re.sub(r'(?m)^status = ".*"$', 'status = "calibrated"', new)
    new = re.sub(r'(?m)^source = ".*"$', 'source = "calibrated"', new)
    return text[: block.start()] + new + text[block.end() :]


def changes(calibration: Calibration) -> dict[Path, str]:
    """New text of every parameter file that the calibration moves."""
    texts: dict[Path, str] = {}
    for one, log_value in zip(calibration.free, calibration.posterior.mode, strict=True):
        for leaf, value in one.values(exp(float(log_value))):
            path = Path(str(resources.files("brittlestar").joinpath(f"{leaf.file}.toml")))
            text = texts.get(path) or path.read_text(encoding="utf-8")
            texts[path] = edited(text, leaf, value, leaf.file)
    return {path: text for path, text in texts.items() if text != path.read_text(encoding="utf-8")}
