"""Which study may be fitted to, which is kept to test predictions and which is only shown, frozen by hash."""

import hashlib
import re
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import ValidationError

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.user_files import toml_fields
from brittlestar.evidence.studies.study import Strict, study_files

Use = Literal["calibration", "validation", "test", "check", "input", "unused"]
"""What a study is used for; :data:`USES` says what each means."""

USES: dict[Use, str] = {
    "calibration": "parameters may be fitted to it",
    "validation": "people with OI, predicted once and never fitted to",
    "test": "evidence from outside OI, predicted and never fitted to: it chose no equation and no prior",
    "check": "shown beside the model, not fitted to",
    "input": "its numbers are parameters of the model, so agreement says nothing",
    "unused": "held, read by no part of the model",
}
"""Use -> what it means. Only a study of the first may be fitted to, see :func:`require_calibration`."""


class Place(Strict):
    """Where one study stands."""

    use: Use
    reason: str
    sha256: str


class Split(Strict):
    """The whole split; ``version`` changes whenever a study file or its place does."""

    version: int
    history: tuple[str, ...]
    studies: dict[str, Place]

    def of(self, use: Use) -> tuple[str, ...]:
        """Ids of the studies in this part."""
        return tuple(name for name, place in self.studies.items() if place.use == use)


def digest(content: bytes) -> str:
    """SHA-256 of a study file, line ends as in the repository."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


_FILE = "evidence/studies/split.toml"
_TABLE = re.compile(r"^\[studies\.([^\]]+)\](.*?)(?=^\[|\Z)", re.M | re.S)
_USE = re.compile(r'^use *= *"([^"]*)"', re.M)


@cache
def split() -> Split:
    """The frozen split; see :func:`split_of`."""
    return split_of(resources.files(__package__).joinpath("split.toml").read_text(encoding="utf-8"))


def split_of(text: str) -> Split:
    """The split that a text in TOML states.

    Raises:
        InputError: a study that stands in two places, named with both of their lines and uses; no TOML, or
            fields that do not fit.
    """
    seen: dict[str, tuple[int, str]] = {}
    for table in _TABLE.finditer(text):
        name, line = table[1], text.count("\n", 0, table.start()) + 1
        said = _USE.search(table[2])
        use = said[1] if said else "no use"
        if name in seen:
            first, before = seen[name]
            raise InputError(
                f"{_FILE}: studies.{name}, lines {first} and {line}",
                (before, use),
                "accepted: each study once, with one use",
            )
        seen[name] = line, use
    try:
        return Split(**toml_fields(text, _FILE))
    except ValidationError as error:
        raise InputError(_FILE, str(error), "version, history, studies") from None


def changed_studies() -> list[str]:
    """Studies whose file differs from the frozen one, is missing, or has no place in the split."""
    files = {name: digest(file.read_bytes()) for name, file in study_files().items()}
    frozen = {name: place.sha256 for name, place in split().studies.items()}
    return sorted(name for name in files.keys() | frozen.keys() if files.get(name) != frozen.get(name))


def require_calibration(name: str, where: str) -> None:
    """Refuse a study that may not be fitted to.

    Raises:
        InputError: the study is unknown or stands in another part of the split.
    """
    places = split().studies
    if name not in places:
        raise InputError(where, name, nearest(name, places))
    use = places[name].use
    if use != "calibration":
        raise InputError(
            where,
            name,
            f"this study is kept for {use} in evidence/studies/split.toml ({USES[use]}): "
            "it may not be fitted to",
        )
