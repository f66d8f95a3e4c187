"""Parts of a plan that are said as a whole: operations, holds, stop rules, checks.

Each reader takes one clause in the spelling of :mod:`brittlestar.care.text.spelling` and gives the name of
the plan's field and the part, or nothing if the clause is about something else. Their times run from the
start of the plan, also after ``then``.
"""

import re
from typing import Any

from brittlestar._shared.errors import nearest
from brittlestar.care.durations import START, Span
from brittlestar.care.monitoring import Check, known_checks
from brittlestar.care.said import wrong
from brittlestar.care.stop_rules import Stop
from brittlestar.care.surgery import BONES, Hold, Surgery

_NUMBER = r"(\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)"
_SPAN = _NUMBER + r"\s*(day|week|month|year)s?"
_OPERATION = r"(?:osteotom(?:y|ies)|rodding|surgery|surgeries|operations?)"
_HOLD_WORDS = {
    "around", "until", "till", "is", "seen", "the", "of", "from", "to", "has", "been", "for", "a", "and",
    "surgery", "surgeries", "operation", "operations", "osteotomy", "osteotomies", "rodding", "each", "every",
}  # fmt: skip


def read(clause: str, text: str) -> tuple[str, Any] | None:
    """The field and the part that a clause stands for, or nothing.

    Raises:
        InputError: the clause begins as one of these parts and does not go on as one.
    """
    for reader in (_hold, _stop, _surgery, _check):
        found = reader(clause, text)
        if found is not None:
            return found
    return None


def _span(match: re.Match[str], first: int) -> Span:
    return Span(float(match[first]), match[first + 1])


def _surgery(clause: str, text: str) -> tuple[str, Surgery] | None:
    head = re.match(rf"(?:planned )?({_OPERATION})\b", clause)
    if head is None:
        return None
    side = rf"(?: (left|right))?(?: ({'|'.join(BONES)}))?"
    whole = re.fullmatch(
        rf"(?:planned )?{_OPERATION}(?: of)?(?: the| a)?{side} (?:at|in|from) {_SPAN}"
        rf"(?: cast(?: for)? {_SPAN})?(?: healed (?:at|from) {_SPAN})?",
        clause,
    )
    if whole is None:
        words = re.findall(r"[a-z]+", clause)
        odd = next((w for w in words[1:] if w not in _SURGERY_WORDS), clause)
        raise wrong(
            text,
            odd,
            f"accepted: 'osteotomy of the left femur at 1 year', 'rodding of the tibia at 6 months cast 4 "
            f"weeks'; bones: {nearest(odd, BONES)}",
        )
    return "surgeries", Surgery(
        kind="rodding" if head[1] == "rodding" else "osteotomy",
        side=whole[1] or "",
        bone=whole[2] or "femur",
        at=_span(whole, 3),
        immobilised=_span(whole, 5) if whole[5] else None,
        healed=_span(whole, 7) if whole[7] else None,
    )


_SURGERY_WORDS = {
    *BONES, "of", "the", "a", "left", "right", "at", "in", "from", "cast", "for", "healed",
    "day", "days", "week", "weeks", "month", "months", "year", "years",
}  # fmt: skip


def _hold(clause: str, text: str) -> tuple[str, Hold] | None:
    if not re.match(r"(?:hold|pause|held|paused)\b", clause):
        return None
    rest = re.sub(r"^(?:hold|pause|held|paused)\b", "", clause)
    before, rest = _cut(rf"{_SPAN} before\b", rest)
    after, rest = _cut(rf"{_SPAN} (?:from|after)\b", rest)
    healing, rest = _cut(r"\b(?:healing|healed|union)\b", rest)
    for word in re.findall(r"[^\s]+", rest):
        if word in ("before", "after"):
            raise wrong(text, word, f"accepted with a length before it, e.g. '4 weeks {word} surgery'")
        if word not in _HOLD_WORDS:
            raise wrong(
                text, word, nearest(word, ("before", "after", "until", "around", "surgery", "healing"))
            )
    return "holds", Hold(
        before=_span(before, 1) if before else START,
        after=_span(after, 1) if after else None,
        until_healed=healing is not None,
    )


def _cut(pattern: str, text: str) -> tuple[re.Match[str] | None, str]:
    match = re.search(pattern, text)
    return (match, text) if match is None else (match, text[: match.start()] + " " + text[match.end() :])


def _stop(clause: str, text: str) -> tuple[str, Stop] | None:
    if not re.match(r"(?:stop|end treatment)\b", clause):
        return None
    met, clause = _cut(rf" met at {_SPAN}$", clause)
    rest = re.sub(r"^(?:stop|end treatment)(?:ped|ping)?\b", "", clause).strip()
    date: dict[str, Any] = {"met": _span(met, 1) if met else None}
    z = r"(?:the )?(?:ls |spine |lumbar[- ]spine )?z(?:[- ]?score)?"
    if found := re.fullmatch(
        rf"(?:when|at|once|if) {z}(?: (?:reaches|is|gets to|from|of|at))* ?(-?\d+(?:\.\d*)?(?:e-?\d+)?)", rest
    ):
        return "stops", Stop(ls_z=float(found[1]), **date)
    if re.fullmatch(
        r"(?:at|when|from|with) (?:the )?(?:end of growth|growth (?:ends|stops)|final height)", rest
    ):
        return "stops", Stop(end_of_growth=True, **date)
    if found := re.fullmatch(
        rf"(?:at|from|above)(?: the)?(?: age(?: of)?)? {_NUMBER}(?: ?years?)?(?: of age| old)?", rest
    ):
        by_age = rest.startswith("at") or "age" in rest or "old" in rest
        if by_age:
            return "stops", Stop(age_years=float(found[1]), **date)
    if found := re.fullmatch(rf"(?:from|after) {_SPAN}", rest):
        return "stops", Stop(after=_span(found, 1), **date)
    raise wrong(
        text,
        clause,
        "accepted: 'stop at 12 years' (of age), 'stop at end of growth', 'stop when Z reaches -1', "
        "'stop after 3 years'",
    )


def _check(clause: str, text: str) -> tuple[str, Check] | None:
    name = next((n for n in known_checks() if re.match(_check_pattern(n), clause)), None)
    if name is None:
        return None
    rest = re.sub(_check_pattern(name), "", clause, count=1).strip()
    start, rest = _cut(rf"(?:^| )from {_SPAN}", rest)
    length, rest = _cut(rf"(?:^| )for {_SPAN}", rest)
    every, rest = _cut(rf"(?:^| )every {_SPAN}", rest)
    dose, rest = _cut(r"(?:^| )before (?:each|every|the)? ?(?:dose|infusion|injection)s?", rest)
    once, rest = _cut(r"(?:^| )once\b", rest)
    if rest.strip() or not (every or dose or once):
        raise wrong(
            text,
            rest.strip() or clause,
            "accepted after a check: 'every 6 months', 'before each dose' or 'once'",
        )
    return "monitoring", Check(
        what=name,
        every=_span(every, 1) if every else None,
        before_dose=dose is not None,
        start=_span(start, 1) if start else START,
        duration=_span(length, 1) if length else None,
    )


def _check_pattern(name: str) -> str:
    """``dental-check`` is also said ``dental checks`` or ``dental review``."""
    first, last = name.rsplit("-", 1)
    first = re.sub("-", "[- ]", first)
    return rf"{first}[- ](?:{last}|check|test|scan|review|visit)s?\b"
