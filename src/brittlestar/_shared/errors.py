"""The one error that bad input raises, and the nearest-match hint it carries."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Bad input, said once: where it stands, what it is, and what is accepted.

    Args:
        where: file and field, argument or option, e.g. ``"poise.toml: arms[0].plan"``.
        value: what was found there.
        accepted: what would have been accepted, in words.
    """

    def __init__(self, where: str, value: object, accepted: str):
        self.where = where
        self.value = value
        self.accepted = accepted
        super().__init__(f"{where}: got {value!r}; {accepted}")


def nearest(word: str, known: Iterable[str]) -> str:
    """Say what is accepted, the nearest match first: ``did you mean 'x'? accepted: ...``."""
    known = list(known)
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    hint = f"did you mean {by_lower[close[0]]!r}? " if close else ""
    return f"{hint}accepted: {', '.join(known)}"


class Stopped(KeyboardInterrupt):
    """Ctrl-C, with what becomes of the run."""
