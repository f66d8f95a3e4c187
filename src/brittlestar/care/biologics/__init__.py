"""New treatments that act on cells, not on mineral: denosumab, teriparatide, antibodies to sclerostin."""

from brittlestar.care.biologics.biologic import BIOLOGICS, Biologic, known
from brittlestar.care.biologics.kinetics import drives

__all__ = ["BIOLOGICS", "Biologic", "drives", "known"]
