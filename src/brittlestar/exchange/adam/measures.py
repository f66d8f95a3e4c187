"""Measures of a trial as parameters of ADLB: code of 8 letters, words, category."""

from typing import NamedTuple

from brittlestar.trials.measures import MEASURES, NOT_ABOVE_ZERO


class Parameter(NamedTuple):
    """One parameter."""

    code: str
    words: str
    category: str


PARAMETERS: dict[str, Parameter] = {
    "ls_abmd": Parameter("LSABMD", "Lumbar-spine aBMD", "DENSITY"),
    "ls_z": Parameter("LSZ", "Lumbar-spine Z-score", "DENSITY"),
    "ls_bmad": Parameter("LSBMAD", "Lumbar-spine BMAD", "DENSITY"),
    "tb_z": Parameter("TBZ", "Total-body Z-score", "DENSITY"),
    "ctx": Parameter("CTX", "Serum CTX", "MARKER"),
    "untx": Parameter("UNTX", "Urine NTX", "MARKER"),
    "p1np": Parameter("P1NP", "Serum P1NP", "MARKER"),
    "bsap": Parameter("BSAP", "Bone-specific alkaline phosphatase", "MARKER"),
    "calcium_change_mmol_per_l": Parameter("CACHG", "Serum calcium, change", "MARKER"),
    "height_cm": Parameter("HEIGHT", "Height", "SIZE"),
    "height_z": Parameter("HEIGHTZ", "Height Z-score", "SIZE"),
    "pain": Parameter("PAIN", "Pain", "SYMPTOM"),
    "ct_wi_mm": Parameter("CTWI", "Cortical width", "BIOPSY"),
    "bone_volume_fraction": Parameter("BVTV", "Bone volume fraction", "BIOPSY"),
    "tb_n": Parameter("TBN", "Trabecular number", "BIOPSY"),
    "tb_th_um": Parameter("TBTH", "Trabecular thickness", "BIOPSY"),
    "bfr_bs_um_per_year": Parameter("BFRBS", "Bone formation rate per bone surface", "BIOPSY"),
    "bone_volume_fraction_metaphysis": Parameter("BVTVMET", "Bone volume fraction of the metaphysis", "PQCT"),
}
"""Measure -> parameter."""


def in_words(measure: str) -> str:
    """The parameter with its unit, as ``PARAM`` has it."""
    return f"{PARAMETERS[measure].words} ({MEASURES[measure].unit})"


def has_percent(measure: str) -> bool:
    """Whether a change of it in per cent has a meaning."""
    return measure not in NOT_ABOVE_ZERO
