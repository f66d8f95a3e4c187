"""From everyday spelling of regimens to one spelling, cut into tokens."""

import re

from brittlestar.care.durations import DAYS
from brittlestar.care.plan_fields import PARTS
from brittlestar.drugs.catalogue import ABOUT, DRUGS

_UNIT = r"(mg(?:/kg|/m2)?|ug|iu)"
_PERIOD = "day|week|month|year"
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "ten": 10, "twelve": 12}

BRANDS = {brand: drug for drug, said in ABOUT.items() for brand in said.brands} | {
    "prolia": "denosumab",
    "xgeva": "denosumab",
    "forteo": "teriparatide",
    "forsteo": "teriparatide",
    "bonsity": "teriparatide",
    "evenity": "romosozumab",
}
"""Trade names and the drugs that they are."""

_BRAND = re.compile(rf"\b(?:{'|'.join(BRANDS)})\b(?![\w.-])")

_ACIDS = "|".join(drug.removesuffix("ate") for drug in DRUGS)
"""Zoledronic acid and zoledronate are one drug: what their names share."""

REWRITES: tuple[tuple[str, str], ...] = (
    (rf"\b({_ACIDS})ic(?: acid)?\b", r"\1ate"),
    (rf"\b({_ACIDS})ate (?:acid|disodium|sodium|di-sodium)\b", r"\1ate"),
    (rf"\b(?:disodium|sodium) (?=(?:{_ACIDS})ate\b)", ""),
    (r"\b(?:mcg|microg|micrograms?)\b|[µμ]g\b", "ug"),
    (r"\bvit(?:amin|\.)?\s*d3?\b", "vitamin-d"),
    (r"\b(?:intravenous(?:ly)?|i\.v\.)", "iv"),
    (r"\b(?:orally|by mouth|po)\b", "oral"),
    (r"\bnot (?:taken )?upright\b|\blying(?: down)?\b", "not-upright"),
    (r"\bnot (?:taken )?fasting\b|\b(?:with|after) (?:a )?(?:food|meals?|breakfast)\b", "not-fasting"),
    (r"\b(?:before|without) (?:food|meals?|breakfast)\b|\bon an empty stomach\b", "fasting"),
    (r"\b(?:subcutaneous(?:ly)?|s\.c\.|under the skin)", "sc"),
    (r"\bosteotomy (?:and|with|\+) rodding\b", "rodding"),
    (r"\b(usual|standard|no) (?:checks|monitoring|visits)\b", r"\1-checks"),
    (r"\bstandard-checks\b", "usual-checks"),
    (r"\b(weight)[- ](bearing)(?:[- ]exercises?)?\b", "weight-bearing-exercise"),
    (r"(?<![-\w])exercises?\b(?!-)", "weight-bearing-exercise"),
    (r"\b(?:whole[- ]body )?vibration(?:[- ](?:training|therapy))?\b", "vibration-training"),
    (r"\b(?:physio|physical therapy)\b", "physiotherapy"),
    (r"\bphysiotherapy programme\b", "physiotherapy"),
    (r"\bbefore (?:each|every) (?=dose|infusion|injection)", "before "),
    (r"[≥]|>=|\bat least\b", " above "),
    (r"[≤]|<=", " below "),
    (r"<|\bunder\b|\blighter than\b|\byounger than\b", " below "),
    (r">|\bfrom and above\b|\bheavier than\b|\bolder than\b|\bat or above\b", " above "),
    (r"\bm(?:²|\^2)|\bsquare met(?:re|er)s?\b", "m2"),
    (r"\s+per\s+(kg|m2|day|week|month)\b", r"/\1"),
    (r"\s*/\s*", "/"),
    (r"/d\b", "/day"),
    (r"/(?:wk|w)\b", "/week"),
    (_UNIT + r"\s+(?:once\s+)?(?:daily|(?:a|each|every)\s+day)\b", r"\1/day"),
    (_UNIT + r"\s+(?:once\s+)?(?:weekly|(?:a|each|every)\s+week)\b", r"\1/week"),
    (rf"(?<![\w.-])(\d+)\s*-?\s*({_PERIOD})ly\b", r"every \1 \2"),
    (r"\bq\s*(\d+)\s*(?:mo|m)\b", r"every \1 month"),
    (r"\bq\s*(\d+)\s*(?:wk|w)\b", r"every \1 week"),
    (r"\b(?:half-yearly|twice (?:a|per) year)\b", "every 6 month"),
    (r"\b(?:quarterly|four times (?:a|per) year)\b", "every 3 month"),
    (r"\bthree times (?:a|per) year\b", "every 4 month"),
    (r"\bannually\b", "yearly"),
    (r"\bonce (?=daily|weekly|monthly|yearly|every)", ""),
    (rf"\bonce (?:a|an|per) ({_PERIOD})\b", r"every 1 \1"),
    (r"(?<!-)\b(week|month|year)ly\b", r"every 1 \1"),
    (r"(?<!-)\bdaily\b", "every 1 day"),
    (rf"\b(?:every|each)\s+({_PERIOD})\b", r"every 1 \1"),
    (rf"\b(?:a|an|one)\s+({_PERIOD})\b", r"1 \1"),
    (r"\b(?:maximum|up to|capped at|at most|cap)\b", "max"),
    (r"\b(?:minimum|no less than|not below)\b", "min"),
    (r"\b(?:starting at|starting from|starting|start at|after|beginning at)\b", "from"),
    (r"\bbelow (?:the )?age(?: of)?\b", "below age"),
    (r"\b(above|from) (?:the )?age(?: of)?\b", "above age"),
    (r"\bfrom (?=[\d.]+ ?kg)", "above "),
    (r"×", "x"),
    (r"\bx\s*(?=[\d.])", "x "),
    (r"\bimmobili[sz](?:ed|ation)\b", "immobilised"),
    (r"\b(?:untreated|nothing|none|no drugs?)\b", "no treatment"),
    (r"\blong[- ]bones?\b", "long-bone"),
)  # fmt: skip
"""Usual spellings and the words of a plan that they become, in the order in which they are looked for."""

_WORDS = (word for kind in PARTS.values() for word in kind.words if "-" in word)
_JOINED = tuple((rf"\b{word.replace('-', '[- ]')}\b", word) for word in _WORDS)
"""A word of a kind of care that holds a dash may be said with spaces."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|nan\b|inf\b)(?P<percent>\s*%)?"
    r"|(?P<word>[^\s\d,;+%][^\s,;%]*))"
)


def normalise(text: str) -> str:
    """One spelling of a plan: lower case, the units and words of this module."""
    said = _BRAND.sub(lambda brand: BRANDS[brand[0]], " ".join(text.lower().split()))
    for word, count in _COUNTS.items():
        said = re.sub(rf"\b{word}\b(?= (?:{_PERIOD}))", str(count), said)
    for pattern, replacement in (*REWRITES, *_JOINED):
        said = re.sub(pattern, replacement, said)
    said = "".join(_hold_until(part) for part in re.split(r"([,;]|(?=\bhold\b))", said) if part)
    return " ".join(said.split())


def _hold_until(part: str) -> str:
    """``hold 4 weeks before and 8 weeks after``: this ``and`` parts no clauses."""
    before = re.match(r"hold\b.*?\bbefore\b", part)
    if before is None:
        return part
    return before[0] + re.sub(r" and\b(?= [\d.])", " until", part[before.end() :], count=1)


def clauses(text: str) -> list[str]:
    """The parts of one phase: split at commas, semicolons, ``and``, ``plus``, ``with``, ``+``."""
    parts = re.split(r"[,;]|\s+\+\s+|\b(?:and|plus|with)\b", text)
    return [part.strip() for part in parts if part.strip()]


def tokens(clause: str) -> list[str | float]:
    """Numbers as floats (a percentage as a fraction) and words, in order."""
    found: list[str | float] = []
    for match in _TOKEN.finditer(clause):
        if match["number"] is not None:
            found.append(float(match["number"]) / (100.0 if match["percent"] else 1.0))
        else:
            found.append(_singular(match["word"].rstrip(".")))
    return found


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and word[:-1] in (*DAYS, "hour", "minute") else word
