"""Codes that arrays carry for sex and type of osteogenesis imperfecta, and the words for them."""

from typing import Any

import numpy as np

from brittlestar._shared.arguments import real
from brittlestar._shared.errors import InputError, nearest

SEXES = ("male", "female")
TYPES = ("healthy", "I", "IV", "III")
"""Order of the codes: by rising severity, so that III stands after IV."""


def _code(value: Any, words: tuple[str, ...], where: str) -> int:
    if isinstance(value, str):
        folded = {word.lower(): code for code, word in enumerate(words)}
        key = value.strip().lower().removeprefix("type ").removeprefix("oi ")
        if key not in folded:
            raise InputError(where, value, nearest(value, words))
        return folded[key]
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
