"""Where the limits are from that claims are held to: printed, taken from elsewhere, or of our own choice."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

KINDS = {
    "printed": "what the study prints, or what its counts and its numbers of people leave possible",
    "size": "where simulated groups as large as the study's fall",
    "target": "two SDs of a target of the calibration, its errors of sampling and of judgement stated there",
    "elsewhere": "a number that another source prints",
    "direction": "none: more or less, so or not, or more often than not",
    "chosen": "our own choice, as no published number was found",
}
"""Kind of limit -> what it means."""


class Limit(NamedTuple):
    """What a claim about the evidence is held to."""

    kind: str
    value: Any = None
    """number, numbers, or numbers by kind, where it is neither the study's nor a target's own"""
    what: str = ""
    why: str = ""
    """no published number stands there"""
    source: str = ""


@cache
def limits_of_evidence() -> dict[str, dict[str, Limit]]:
    """Statement -> claim about the evidence -> its limit."""
    return {
        id: {name: Limit(one) if isinstance(one, str) else Limit(**one) for name, one in claims.items()}
        for id, claims in _file()["evidence"].items()
    }


@cache
def limits_of_words() -> dict[str, dict[str, list[str]]]:
    """Statement -> claim about its words -> limit of our own choice, and why."""
    return _file()["statement"]


def limit(claim: str) -> Any:
    """The number that a claim such as ``"S25.speed"`` is held to."""
    statement, _, name = claim.partition(".")
    return limits_of_evidence()[statement][name].value


@cache
def _file() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("limits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
