"""What English is left in a German text, but for names of publications and of code."""

import re
from functools import cache

from brittlestar._shared.references import references
from brittlestar.evidence.studies.study import studies

ENGLISH = re.compile(
    r"\b(the|of|and|is|are|with|from|that|not|which|by|to|for|this|than|without|years?|months?|child|children|people"
    r"|girls?|published|simulated|at|on|as|it|no|or|has|have|treatment|bones?|fractures?|trials?|days?)\b",
    re.IGNORECASE,
)
"""Words that no German sentence has; ``in``, ``an``, ``so``, ``was`` and their like are German too."""

CODE = re.compile(
    r"doi:\S+|https?://\S+|brittlestar \w+|--\w+|\b\w+_\w+\b|[\w/]+\.toml|\d{4},? Bone\b|„stop [^“]+“"
)
"""Addresses, names of commands, options, outputs and files, the journal Bone, and words of plans."""


@cache
def proper_names() -> re.Pattern[str]:
    """Titles of publications, who wrote them, what studies are called, and charities."""
    names = {part for one in references().values() for part in (one.title, one.by, one.what)}
    names |= {one.cite for one in studies().values()} | {
        "Bisphosphonate treatment of osteogenesis imperfecta",
        "Brittle Bone Society",
    }
    ordered = sorted((re.escape(one) for one in names if len(one) > 4), key=len, reverse=True)
    return re.compile("|".join(ordered), re.IGNORECASE)


def english_in(text: str) -> list[str]:
    """English words of the text."""
    return [found[0] for found in ENGLISH.finditer(CODE.sub("", proper_names().sub("", text)))]
