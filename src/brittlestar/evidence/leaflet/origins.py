"""What the model had seen of the evidence that a claim is held against."""

from collections.abc import Sequence

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.studies.split import split

KINDS = {
    "by construction": "the model could not say otherwise, whatever was published",
    "input": "the published number, or one of the same study, is a number of the model",
    "fitted": "the calibration may fit to the study",
    "independent": "nothing of the model was fitted to the study or taken from it",
}
"""Kind of evidence -> what it means; the one that says least of the model first."""

KIND_OF_USE = {
    "calibration": "fitted",
    "input": "input",
    "validation": "independent",
    "test": "independent",
    "check": "independent",
    "unused": "independent",
}
"""Use of a study in the split -> kind of evidence."""


def kind_of(origin: str | Sequence[str]) -> str:
    """The kind of the evidence of a claim.

    Args:
        origin: the study of a published number; a kind where the numbers of the model say more than the split
            does, such as a layer that was made from a study outside the calibration; or several of these,
            whose kind is that which says least.

    Raises:
        InputError: neither a kind nor a study.
    """
    if not isinstance(origin, str):
        return min(map(kind_of, origin), key=list(KINDS).index)
    if origin in KINDS:
        return origin
    places = split().studies
    if origin not in places:
        raise InputError("origin", origin, nearest(origin, (*KINDS, *places)))
    return KIND_OF_USE[places[origin].use]
