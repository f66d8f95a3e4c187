"""Codes that arrays carry for sex and type of osteogenesis imperfecta, and the words for them."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from brittlestar._shared.arguments import real, whole
from brittlestar._shared.errors import InputError, nearest

SEXES = ("male", "female")
TYPES = ("healthy", "I", "IV", "III")
"""Order of the codes: by rising severity, so that III stands after IV."""

NUMERALS = (
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI",
    "XVII", "XVIII", "XIX", "XX",
)  # fmt: skip
"""Types of osteogenesis imperfecta that have a number; few of them are in the model."""

_SAID = {"f": "female", "girl": "female", "woman": "female", "m": "male", "boy": "male", "man": "male"}
_TYPE = re.compile(r"(?:osteogenesis imperfecta|oi)?[\s_-]*(?:type)?[\s_-]*(\w{1,8})")


def type_word(said: str) -> str:
    """The type as :data:`TYPES` and :data:`NUMERALS` write it; other words come back as they are.

    >>> [type_word(said) for said in ("4", "type IV", "OI-4", "oi type iv", "Healthy", "severe")]
    ['IV', 'IV', 'IV', 'IV', 'healthy', 'severe']
    """
    found = _TYPE.fullmatch(said.strip().lower())
    word = found[1] if found else said
    if word.isascii() and word.isdigit() and len(word) <= 8 and 1 <= int(word) <= len(NUMERALS):
        return NUMERALS[int(word) - 1]
    known = {name.lower(): name for name in (*TYPES, *NUMERALS)}
    return known.get(word, said)


def accepted_types(said: object, known: Sequence[str] = TYPES, place: str = "in the model") -> str:
    """What is accepted for a type that is not known here: one sentence for every door.

    >>> accepted_types("type 5")
    'type V exists but is not in the model; accepted: healthy, I, IV, III'
    """
    word = type_word(str(said))
    if word in NUMERALS and word not in known:
        return f"type {word} exists but is not {place}; accepted: {', '.join(known)}"
    return nearest(said, known)


def one_word(value: Any, where: str) -> str | int:
    """A word, or a whole number small enough to be one: of one person, never of many.

    Raises:
        InputError: anything else.
    """
    if isinstance(value, str):
        return value
    number = whole(value)
    if number is None or abs(number) > len(NUMERALS):
        raise InputError(where, value, "accepted: one word, such as 'female' or 'IV'")
    return number


def _code(value: Any, words: tuple[str, ...], where: str) -> int:
    if isinstance(value, str):
        key = value.strip().lower()
        key = _SAID.get(key, key) if words is SEXES else type_word(value)
        if key not in words:
            raise InputError(where, value, accepted_types(value) if words is TYPES else nearest(value, words))
        return words.index(key)
    code = real(value)
    if code is None or code not in range(len(words)):
        raise InputError(where, value, f"accepted: {', '.join(words)} (or 0-{len(words) - 1} in that order)")
    return int(code)


def sex_code(value: Any, where: str = "sex") -> np.ndarray:
    """Sex as int8 codes, 0 male and 1 female, from words or codes (one or many).

    Raises:
        InputError: a word or number that is neither sex.
    """
    return _codes(value, SEXES, where)


def type_code(value: Any, where: str = "oi_type") -> np.ndarray:
    """OI type as int8 codes in the order of ``TYPES``, from words or codes (one or many).

    Raises:
        InputError: a type that the model does not hold, e.g. II or V.
    """
    return _codes(value, TYPES, where)


def _codes(value: Any, words: tuple[str, ...], where: str) -> np.ndarray:
    if isinstance(value, np.ndarray) and value.dtype == np.int8:
        outside = value[(value < 0) | (value >= len(words))]
        if outside.size:
            raise InputError(where, int(outside.flat[0]), f"accepted codes: 0-{len(words) - 1}")
        return value
    items = np.asarray(value, object)
    return np.array([_code(item, words, where) for item in items.ravel().tolist()], np.int8).reshape(
        items.shape
    )
