"""Words where characters are missing: what reads like them stands in their place."""

import codecs
import sys
import unicodedata
from collections.abc import Callable

_PLAIN = {
    "−": "-", "–": "-", "—": "-", "‑": "-", "±": "+/-", "×": "x", "·": ".", "≤": "<=", "≥": ">=", "≈": "~",
    "→": "->", "…": "...", "’": "'", "‘": "'", "“": '"', "”": '"', "μ": "u", "µ": "u", "°": " degrees",
    "√": "sqrt", "∞": "inf", "α": "alpha", "β": "beta", "γ": "gamma", "Δ": "delta", "Σ": "sum", "ø": "o",
    "Ø": "O", "ß": "ss", "æ": "ae", "ł": "l", "•": "*", "✓": "+", "✕": "x", "○": "o",
    "│": "|", "─": "-", "╭": "+", "╮": "+", "╰": "+", "╯": "+",
}  # fmt: skip
"""What stands for a character where it cannot be written."""


def readable(text: str, encoding: str | None) -> str:
    """The text with every character that the encoding lacks replaced by what reads like it.

    >>> readable("−1.2 ± 0.3 μm", "ascii")
    '-1.2 +/- 0.3 um'
    """
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "".join(_spelled(x) if ord(x) > 127 and not _has(x, encoding) else x for x in text)
    return text


def _has(character: str, encoding: str | None) -> bool:
    try:
        character.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _spelled(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    parts = unicodedata.normalize("NFKD", character)
    return "".join(x for x in parts if x.isascii()) or "?"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_spelled, error.object[error.start : error.end])), error.end


def write_readably() -> None:
    """From here on a stream that lacks a character writes what reads like it."""
    codecs.register_error("readable", _replaced)
    for stream in (sys.stdout, sys.stderr):
        change: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if change is not None:
            change(errors="readable")
