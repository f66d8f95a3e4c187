"""What a check found: claims that hold or not, numbers with sources, and the verdict that follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from brittlestar.evidence.leaflet.margin import Holds, Margin
from brittlestar.evidence.leaflet.number import Number

AGREES, PARTLY, DISAGREES, CLOSE, NO_DATA = "AGREES", "PARTLY", "DISAGREES", "CLOSE", "NO DATA"
VERDICTS = (AGREES, PARTLY, DISAGREES, CLOSE, NO_DATA)


@dataclass(frozen=True)
class Claim:
    """What is expected of the simulation, in words, and whether it holds."""

    what: str
    holds: Holds
    """given as a margin, it is kept as whether that is above 0"""
    margin: float | None = None
    """by how much it holds, in the unit of what is compared; None of a fact, or where a number is absent"""
    error: float | None = None
    """Monte Carlo error of the margin: half the 95 % interval of its mean over seeds and parameter sets"""
    seeds: int = 1
    """how many seeds it was judged with"""
    held: int | None = None
    """with how many of them it held"""
    kind: str = ""
    """of a claim about the evidence: what the model had seen of it; see ``origins``"""
    limit: str = ""
    """of a claim about the evidence: where what it is held to is from; see ``limits``"""

    def __post_init__(self) -> None:
        if isinstance(self.holds, Margin):
            object.__setattr__(self, "margin", float(self.holds) if np.isfinite(self.holds) else None)
            if self.error is None and self.holds.error:
                object.__setattr__(self, "error", self.holds.error)
        object.__setattr__(self, "holds", bool(self.holds))
        if self.held is None:
            object.__setattr__(self, "held", int(self.holds))

    @property
    def sure(self) -> bool:
        """Whether it holds with every seed or with none, by more than its Monte Carlo error."""
        return self.held in (0, self.seeds) and self.sureness > 1.0

    @property
    def sureness(self) -> float:
        """The size of its margin over the Monte Carlo error; infinite where that is not known or none."""
        if self.margin is None or not self.error:
            return np.inf
        return abs(self.margin) / self.error


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
    diagnosis: str = ""
    """why the model disagrees, should it, from what the check itself ran"""
    wording_contradicted: bool = False
    """whether published evidence contradicts the words of the leaflet"""
    chart: dict[str, Any] | None = field(default=None, repr=False)
    """rows of a small chart; see ``charts.statement``"""
    pages: Sequence[dict[str, Any]] = field(default=(), repr=False)
    """longer answers, where one statement asks several questions"""

    @property
    def verdict(self) -> str:
        """AGREES, PARTLY, DISAGREES, CLOSE or NO DATA, by one rule for all.

        Without evidence NO DATA; all claims hold: AGREES; no claim about the statement holds, or none about
        the evidence: DISAGREES; else PARTLY. CLOSE if that hangs on claims that are not sure: whether they
        all hold or none of them does gives two verdicts.
        """
        if not self.evidence:
            return NO_DATA
        # A claim that comes to hold never makes a verdict worse, so the two ends hold all between.
        worst, best = (self._verdict(unsure) for unsure in (False, True))
        return best if best == worst else CLOSE

    def _verdict(self, unsure: bool, turned: Claim | None = None) -> str:
        said, seen = (
            [(c.holds if c.sure else unsure) != (c is turned) for c in claims]
            for claims in (self.statement, self.evidence)
        )
        if all(said) and all(seen):
            return AGREES
        return DISAGREES if not any(said) or not any(seen) else PARTLY

    @property
    def closest(self) -> Claim | None:
        """The claim that decides and is least sure: alone it would turn the verdict; None if none would."""
        turning = [
            claim
            for claim in (*self.statement, *self.evidence)
            if not claim.sure or self._verdict(True, turned=claim) != self._verdict(True)
        ]
        return min(turning, key=lambda claim: claim.sureness, default=None)

    @property
    def at_odds(self) -> Literal["leaflet", "model", "both"] | None:
        """Who is at odds with the evidence; None where nobody is for sure, or nothing was published.

        The leaflet only where its check says that evidence contradicts the wording; else it is the model.
        """
        if self.verdict in (AGREES, CLOSE, NO_DATA):
            return None
        fits = all(h.holds for h in self.evidence)
        if self.wording_contradicted:
            return "leaflet" if fits else "both"
        return "model"
