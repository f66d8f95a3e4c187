"""What was said of a part of a plan, what an error shows of the text, and the one way to refuse it."""

from dataclasses import dataclass
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar.care.durations import COMMA, Span, comma_in

MOST_CHARACTERS = 4000
"""Longest text of a plan; a page of it. Work on a text grows in proportion to its length."""

AROUND = 30
"""Characters shown on either side of the place."""


@dataclass(frozen=True)
class Said:
    """What a text says of one part.

    Attributes:
        text: the whole of it.
        word: that the part begins with.
        amount: in the part's own unit, if one was said.
        factors: by ``vertebral``, ``metaphyseal``, ``long_bone``; empty if none was said.
        start: from the start of the plan.
        duration: none: to the end.
    """

    text: str
    word: str
    amount: float | None
    factors: dict[str, float]
    start: Span
    duration: Span | None

    @property
    def period(self) -> dict[str, Any]:
        """Start and duration as fields of a part."""
        return {"start": self.start, "duration": self.duration}

    def wrong(self, accepted: str) -> InputError:
        """The error for this part."""
        return wrong(self.text, self.word, accepted)


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
