"""What an error shows of the text of a plan, and the one way to refuse it."""

import re

from brittlestar._shared.errors import InputError

COMMA = (
    "a comma inside a number may part thousands or decimals: write 1000, or 0.5 with a point; between two "
    "parts put a space after the comma"
)
_COMMA = re.compile(r"\d\.?,\.?\d")


def comma_in(text: str) -> str:
    """The first word with a comma inside a number; empty if there is none."""
    return next((word for word in text.split() if _COMMA.search(word)), "")


MOST_CHARACTERS = 4000
"""Longest text of a plan; a page of it. Work on a text grows in proportion to its length."""

AROUND = 30
"""Characters shown on either side of the place."""


def excerpt(text: str, place: object = "") -> str:
    """The text around the first mention of a place, or its beginning; short texts whole."""
    said = " ".join(text[: 2 * MOST_CHARACTERS].split())
    if len(said) <= 4 * AROUND:
        return said
    word = f"{place:g}" if isinstance(place, float) else str(place)
    found = max(said.lower().find(word.lower()), 0) if word else 0
    start, end = max(found - AROUND, 0), min(found + len(word[:AROUND]) + AROUND, len(said))
    return f"{'... ' if start else ''}{said[start:end]}{' ...' if end < len(said) else ''}"


def checked(text: str) -> str:
    """The text, if its length and its numbers can be read.

    Raises:
        InputError: too long, or a comma inside a number.
    """
    if not isinstance(text, str):
        raise InputError("plan", text, "accepted: a plan in words")
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            "plan", f"{len(text)} characters", f"accepted: words of at most {MOST_CHARACTERS} characters"
        )
    if comma := comma_in(text):
        raise wrong(text, comma, COMMA)
    return text


def wrong(text: str, value: object, accepted: str) -> InputError:
    """The error for a part of a plan: around where, what was found, what is accepted."""
    return InputError(f"plan {excerpt(text, value)!r}", value, accepted)
