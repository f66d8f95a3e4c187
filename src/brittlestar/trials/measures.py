"""What a visit can measure: outputs of the model behind it, unit, error, and which way is good."""

from dataclasses import dataclass
from typing import Literal

Measure = Literal[
    "ls_abmd", "ls_z", "ls_bmad", "tb_z", "ctx", "untx", "p1np", "bsap", "calcium_change_mmol_per_l",
    "height_cm", "height_z", "pain", "ct_wi_mm", "bone_volume_fraction", "tb_n", "tb_th_um",
    "bfr_bs_um_per_year", "bone_volume_fraction_metaphysis",
]  # fmt: skip
"""Names of :data:`MEASURES`, as a protocol is checked for them."""


@dataclass(frozen=True)
class HowMeasured:
    """One measure; how its error enters stands in ``measurement.record``."""

    outputs: tuple[str, ...]
    """engine outputs behind it, the one that it follows first"""
    unit: str
    error: str
    """number of ``measurement.toml``, of a scan of the spine of ``people/scan.toml``: SD of its error"""
    relative: bool = False
    """whether that SD is on the log scale"""
    better: int = 0
    """sign of a difference that is to the good of the treated; of turnover and calcium neither way is"""


NOT_ABOVE_ZERO = ("ls_z", "tb_z", "height_z", "calcium_change_mmol_per_l", "pain")
"""Measures that may be 0 or below: they have no geometric mean."""

MARKER_UNIT = "of age-sex mean"

MEASURES: dict[str, HowMeasured] = {
    "ls_abmd": HowMeasured(("ls_abmd", "ls_sd"), "g/cm2", "dxa_error", better=1),
    "ls_z": HowMeasured(("ls_z", "ls_abmd", "ls_sd"), "SD", "dxa_error", better=1),
    "ls_bmad": HowMeasured(("ls_bmad", "ls_abmd", "ls_sd"), "g/cm3", "dxa_error", better=1),
    "tb_z": HowMeasured(("tblh_ratio",), "SD", "tb_error", better=1),
    "ctx": HowMeasured(("ctx",), MARKER_UNIT, "marker_error", relative=True),
    # Another fragment of the same collagen: it follows the same resorption.
    "untx": HowMeasured(("ntx",), MARKER_UNIT, "untx_error", relative=True),
    "p1np": HowMeasured(("p1np",), MARKER_UNIT, "marker_error", relative=True),
    "bsap": HowMeasured(("bsap",), MARKER_UNIT, "marker_error", relative=True),
    "calcium_change_mmol_per_l": HowMeasured(("calcium_change_mmol_per_l",), "mmol/L", "calcium_error"),
    "height_cm": HowMeasured(("height_cm",), "cm", "height_error", better=1),
    "height_z": HowMeasured(("height_cm",), "SD", "height_error", better=1),
    "pain": HowMeasured(("pain",), "points", "pain_error", better=-1),
    "ct_wi_mm": HowMeasured(("ct_wi_mm",), "mm", "biopsy_error", relative=True, better=1),
    "bone_volume_fraction": HowMeasured(
        ("bone_volume_fraction",), "-", "biopsy_error", relative=True, better=1
    ),
    "tb_n": HowMeasured(("tb_n",), "1/mm", "biopsy_error", relative=True, better=1),
    "tb_th_um": HowMeasured(("tb_th_um",), "um", "biopsy_error", relative=True, better=1),
    "bfr_bs_um_per_year": HowMeasured(("bfr_bs_um_per_year",), "um/y", "formation_error", relative=True),
    "bone_volume_fraction_metaphysis": HowMeasured(
        ("bone_volume_fraction_metaphysis",), "-", "pqct_error", relative=True, better=1
    ),
}
