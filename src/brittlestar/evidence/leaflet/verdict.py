"""What a check found: claims that hold or not, numbers with sources, and the verdict that follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from brittlestar.evidence.leaflet.number import Number

AGREES, PARTLY, DISAGREES, NO_DATA = "AGREES", "PARTLY", "DISAGREES", "NO DATA"
VERDICTS = (AGREES, PARTLY, DISAGREES, NO_DATA)


@dataclass(frozen=True)
class Claim:
    """What is expected of the simulation, in words, and whether it holds."""

    what: str
    holds: bool | np.bool_

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", bool(self.holds))


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    ``statement`` compares the simulation with what the leaflet says, ``evidence`` with what was published.
    """

    summary: str
    statement: Sequence[Claim]
    evidence: Sequence[Claim]
    numbers: Sequence[Number] = ()
    sources: Sequence[str] = ()
    notes: Sequence[str] = ()
    wording_contradicted: bool = False
    """whether published evidence contradicts the words of the leaflet"""
    chart: dict[str, Any] | None = field(default=None, repr=False)
    """rows of a small chart; see ``charts.statement``"""
    pages: Sequence[dict[str, Any]] = field(default=(), repr=False)
    """longer answers, where one statement asks several questions"""

    @property
    def verdict(self) -> str:
        """AGREES, PARTLY, DISAGREES or NO DATA, by one rule for all.

        Without evidence NO DATA; all claims hold: AGREES; no claim about the statement holds, or
        none about the evidence: DISAGREES; else PARTLY.
        """
        if not self.evidence:
            return NO_DATA
        said, seen = [h.holds for h in self.statement], [h.holds for h in self.evidence]
        if all(said) and all(seen):
            return AGREES
        return DISAGREES if not any(said) or not any(seen) else PARTLY

    @property
    def at_odds(self) -> Literal["leaflet", "model", "both"] | None:
        """Who is at odds with the evidence; None where nobody is, or nothing was published.

        The leaflet only where its check says that evidence contradicts the wording; else it is the model.
        """
        if self.verdict in (AGREES, NO_DATA):
            return None
        fits = all(h.holds for h in self.evidence)
        if self.wording_contradicted:
            return "leaflet" if fits else "both"
        return "model"
