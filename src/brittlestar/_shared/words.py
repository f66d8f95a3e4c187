"""Numbers and sentences as a reader of charts, reports and pages finds them."""

from collections.abc import Iterable, Mapping

MINUS, NONE, FIRM = "−", "–", "\u00a0"

_NO_UNIT = {"", "-", "1", "count", "ratio", "none"}
_UNIT_WORDS = {
    "g/cm2": "g/cm²",
    "g/cm3": "g/cm³",
    "um": "µm",
    "um/y": "µm per year",
    "1/y": "per year",
    "1/mm": "per mm",
    "share": "share of people",
}


def decimals(values: Iterable[float | None]) -> int:
    """Decimals that give the largest of some values three significant digits, two at most."""
    largest = max((abs(value) for value in values if value is not None and value == value), default=0.0)
    return 0 if largest >= 100 else 1 if largest >= 10 else 2


def number(value: float | None, places: int | None = None) -> str:
    """A number for reading, with a true minus sign; "–" for none.

    Args:
        value: the number.
        places: decimals; by default three significant digits, two decimals at most.
    """
    if value is None or value != value:
        return NONE
    text = f"{value:.{decimals([value]) if places is None else places}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def interval(low: float | None, high: float | None, places: int | None = None) -> str:
    """Two ends in words, equally rounded; empty where either is missing."""
    if low is None or high is None:
        return ""
    places = decimals([low, high]) if places is None else places
    return f"{number(low, places)} to {number(high, places)}"


def with_interval(
    mean: float | None, low: float | None, high: float | None, places: int | None = None
) -> str:
    """A number and its range in brackets, equally rounded; the number alone where there is no range."""
    places = decimals([mean, low, high]) if places is None else places
    ends = "" if low == high else interval(low, high, places)
    return f"{number(mean, places)} ({ends})" if ends else number(mean, places)


def pretty(unit: str | None) -> str:
    """A unit as it is printed; empty where there is none."""
    return "" if unit is None or unit in _NO_UNIT else _UNIT_WORDS.get(unit, unit)


def joined(unit: str | None) -> str:
    """A unit as it follows a number, held to it: " %", " g/cm²" or nothing."""
    unit = pretty(unit)
    return f"{FIRM}{unit}" if unit else ""


def estimate(*values: float | None, unit: str | None) -> str:
    """Mean, low and high for reading: "15.2 % (11.8 to 18.6)"; a share as whole people out of 100."""
    mean, low, high = values
    if unit == "share":
        mean, low, high = (None if value is None else 100 * value for value in (mean, low, high))
        head, bracket, tail = with_interval(mean, low, high, 0).partition(" (")
        return f"{head}{FIRM}of{FIRM}100{bracket}{tail}" if mean is not None else NONE
    head, bracket, tail = with_interval(mean, low, high).partition(" (")
    return f"{head}{joined(unit)}{bracket}{tail}" if mean is not None else NONE


def months(value: float) -> str:
    """A time as a reader says it: "12 months", "1 month"."""
    text = f"{value:.1f}".removesuffix(".0")
    return f"{text} month{'' if text == '1' else 's'}"


def sentence(parts: Iterable[str]) -> str:
    """Parts of a text summary as sentences, empty ones left out."""
    return " ".join(capital(part) if part.endswith(".") else f"{capital(part)}." for part in parts if part)


def switched_off(told: Mapping[str, str]) -> list[str]:
    """A sentence for each channel of the effect on fractures that is switched off in a result.

    Args:
        told: name of the channel -> what then holds.
    """
    return [f"Switched off: {name}; {what}." for name, what in told.items()]


def capital(text: str) -> str:
    """The text with its first letter large, as a sentence starts; the rest as it is."""
    return text[:1].upper() + text[1:]
