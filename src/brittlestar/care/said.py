"""What an error shows of the text of a plan, and the one way to refuse it."""

from brittlestar._shared.errors import InputError

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


def wrong(text: str, value: object, accepted: str) -> InputError:
    """The error for a part of a plan: around where, what was found, what is accepted."""
    return InputError(f"plan {excerpt(text, value)!r}", value, accepted)
