"""Fitted values into the parameter files: line by line, so that comments and order stay."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar.evidence.calibration.calibrate import Calibration
from brittlestar.evidence.calibration.priors import Leaf

DIGITS = 5
"""Significant digits in the files."""


def rounded(value: float) -> float:
    """The value as the files state it."""
    return float(f"{value:.{DIGITS}g}")


def edited(text: str, leaf: Leaf, value: float, prior_log_sd: float | None, where: str) -> str:
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
    if prior_log_sd is not None and leaf.group != "types":
        line = f"prior_log_sd = {prior_log_sd:g}"
        new, count = re.subn(r"(?m)^prior_log_sd = .*$", line, new)
        if not count:
            new = re.sub(r'(?m)^(status = "calibrated")$', rf"\1\n{line}", new)
    return text[: block.start()] + new + text[block.end() :]


def changes(calibration: Calibration) -> dict[Path, str]:
    """New text of every parameter file that the calibration moves."""
    texts: dict[Path, str] = {}
    for prior, log_value in zip(calibration.free, calibration.posterior.mode, strict=True):
        for leaf, value in prior.values(float(_exp(log_value))):
            path = Path(str(resources.files(leaf.file[0]).joinpath(leaf.file[1])))
            text = texts.get(path) or path.read_text(encoding="utf-8")
            log_sd = prior.log_sd if leaf in prior.sets else None
            texts[path] = edited(text, leaf, value, log_sd, "/".join(leaf.file))
    return {path: text for path, text in texts.items() if text != path.read_text(encoding="utf-8")}


def _exp(x: Any) -> float:
    from math import exp

    return exp(float(x))
