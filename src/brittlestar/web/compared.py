"""Plans side by side: the first screen's answer of each, for the same people and the same luck."""

from typing import Any

from brittlestar.web import answer
from brittlestar.web.kept_lives import Still, always
from brittlestar.web.requests import Compare, Explore


def questions(asked: Compare) -> list[Explore]:
    """What is asked of each plan."""
    return [Explore(person=asked.person, plan=one, years=asked.years, seed=asked.seed) for one in asked.plans]


def whole(asked: Compare, still: Still = always) -> dict[str, Any]:
    """Every plan's answer and how sure it is, ready for JSON.

    Args:
        asked: the question.
        still: told of progress; what it raises ends the work.

    Raises:
        InputError: a person or plan that none can be, or more work than a page may ask for.
    """
    return {
        "schema": "brittlestar/compare/1",
        "asked": asked.model_dump(mode="json"),
        "answers": [answer.whole(one, still) for one in questions(asked)],
    }
