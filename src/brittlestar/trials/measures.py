"""What a visit can measure, one row each: outputs of the model, unit, error, which way is good, names."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from brittlestar._shared.errors import InputError, nearest


@dataclass(frozen=True)
class HowMeasured:
    """One measure; how its error enters stands in ``measurement.record``."""

    outputs: tuple[str, ...]
    """engine outputs behind it, the one that it follows first"""
    unit: str
    error: str
    """number of ``measurement.toml``, of a scan of the spine of ``people/scan.toml``: SD of its error"""
    words: str
    """what it is"""
    code: str
    """its name of at most eight letters, ``PARAMCD`` of analysis data sets"""
    category: str
    """how it is measured, ``PARCAT1`` of analysis data sets"""
    relative: bool = False
    """whether that SD is on the log scale"""
    walks: bool = False
    """whether a person's own density walks in it (:func:`brittlestar.people.scan.density_walk`)"""
    above_zero: bool = True
    """whether it is always above 0; else it has no geometric mean and no change in per cent"""
    better: int = 0
    """sign of a difference that is to the good of the treated; of turnover and calcium neither way is"""


def _spine(output: str, unit: str, words: str, code: str, *, above_zero: bool = True) -> HowMeasured:
    needs = tuple(dict.fromkeys((output, "ls_abmd", "ls_sd")))
    return HowMeasured(
        needs, unit, "dxa_error", words, code, "DENSITY", walks=True, above_zero=above_zero, better=1
    )


def _site(output: str, error: str, words: str, code: str, category: str = "DENSITY") -> HowMeasured:
    unit = "of a healthy young adult"
    return HowMeasured((output,), unit, error, words, code, category, relative=True, walks=True, better=1)


def _marker(output: str, error: str, words: str, code: str) -> HowMeasured:
    return HowMeasured((output,), "of age-sex mean", error, words, code, "MARKER", relative=True)


def _biopsy(output: str, unit: str, words: str, code: str, error: str = "biopsy_error") -> HowMeasured:
    return HowMeasured((output,), unit, error, words, code, "BIOPSY", relative=True, better=1)


MEASURES: dict[str, HowMeasured] = {
    "ls_abmd": _spine("ls_abmd", "g/cm2", "Lumbar-spine aBMD", "LSABMD"),
    "ls_z": _spine("ls_z", "SD", "Lumbar-spine Z-score", "LSZ", above_zero=False),
    "ls_bmad": _spine("ls_bmad", "g/cm3", "Lumbar-spine BMAD", "LSBMAD"),
    "tb_z": HowMeasured(
        ("tblh_ratio",), "SD", "tb_error", "Total-body Z-score", "TBZ", "DENSITY", above_zero=False, better=1
    ),
    "hip_density": _site("hip_density", "hip_error", "Total-hip aBMD", "HIPDENS"),
    "neck_density": _site("neck_density", "neck_error", "Femoral-neck aBMD", "NECKDENS"),
    "radius_density": _site("radius_density", "radius_error", "Radius aBMD, distal third", "RADDENS"),
    "femur_failure_load": _site(
        "femur_failure_load", "ct_load_error", "Failure load of the proximal femur", "FEMLOAD", "STRENGTH"
    ),
    "vertebral_failure_load": _site(
        "vertebral_failure_load", "ct_load_error", "Failure load of a vertebra", "VERTLOAD", "STRENGTH"
    ),
    "tibia_failure_load": _site(
        "tibia_failure_load", "hrpqct_load_error", "Failure load of the distal tibia", "TIBLOAD", "STRENGTH"
    ),
    "ctx": _marker("ctx", "marker_error", "Serum CTX", "CTX"),
    # Another fragment of the same collagen: it follows the same resorption.
    "untx": _marker("ntx", "untx_error", "Urine NTX", "UNTX"),
    "p1np": _marker("p1np", "marker_error", "Serum P1NP", "P1NP"),
    "bsap": _marker("bsap", "marker_error", "Bone-specific alkaline phosphatase", "BSAP"),
    "calcium_change_mmol_per_l": HowMeasured(
        ("calcium_change_mmol_per_l",), "mmol/L", "calcium_error", "Serum calcium, change", "CACHG", "MARKER",
        above_zero=False,
    ),
    "height_cm": HowMeasured(("height_cm",), "cm", "height_error", "Height", "HEIGHT", "SIZE", better=1),
    "height_z": HowMeasured(
        ("height_cm",), "SD", "height_error", "Height Z-score", "HEIGHTZ", "SIZE", above_zero=False, better=1
    ),
    "pain": HowMeasured(
        ("pain",), "points", "pain_error", "Pain", "PAIN", "SYMPTOM", above_zero=False, better=-1
    ),
    "ct_wi_mm": _biopsy("ct_wi_mm", "mm", "Cortical width", "CTWI", "cortex_error"),
    "bone_volume_fraction": _biopsy("bone_volume_fraction", "-", "Bone volume fraction", "BVTV"),
    "tb_n": _biopsy("tb_n", "1/mm", "Trabecular number", "TBN"),
    "tb_th_um": _biopsy("tb_th_um", "um", "Trabecular thickness", "TBTH"),
    "bfr_bs_um_per_year": HowMeasured(
        ("bfr_bs_um_per_year",), "um/y", "formation_error", "Bone formation rate per bone surface", "BFRBS",
        "BIOPSY", relative=True,
    ),
    "bone_volume_fraction_metaphysis": HowMeasured(
        ("bone_volume_fraction_metaphysis",), "-", "pqct_error", "Bone volume fraction of the metaphysis",
        "BVTVMET", "PQCT", relative=True, better=1,
    ),
}  # fmt: skip
"""Name in a protocol -> how it is measured."""

NOT_ABOVE_ZERO = tuple(name for name, how in MEASURES.items() if not how.above_zero)
"""Measures that may be 0 or below: they have no geometric mean."""


def known(name: str) -> str:
    """The name of a measure, checked.

    Raises:
        InputError: there is none of this name; tells every name, the nearest first.
    """
    if name not in MEASURES:
        raise InputError("measure", name, nearest(name, MEASURES, every=True))
    return name


Measure = Annotated[str, AfterValidator(known)]
"""Name of one of :data:`MEASURES`, as a protocol is checked for it."""
