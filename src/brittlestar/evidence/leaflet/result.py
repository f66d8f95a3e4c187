"""What all checks found: the table, file and page that come of it."""

import textwrap
from collections import Counter
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from brittlestar._shared.at_a_glance import AtAGlance, Glance
from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.result_files import save_result
from brittlestar._shared.table import Column, Table
from brittlestar.evidence.leaflet.statements import statements
from brittlestar.evidence.leaflet.verdict import VERDICTS, Finding

CONTEXT = (
    "statements of a patient factsheet held against simulated people and against published evidence, for "
    "research and teaching; not for decisions about the care of a person"
)
CORRECT_AS_OF = "31 January 2015"


@dataclass(frozen=True, repr=False)
class Leaflet(AtAGlance):
    """What all checks found."""

    findings: dict[str, Finding]
    manifest: dict[str, Any]

    def counts(self) -> dict[str, int]:
        """Statements by verdict."""
        found = Counter(finding.verdict for finding in self.findings.values())
        return {verdict: found[verdict] for verdict in VERDICTS}

    def table(self) -> pl.DataFrame:
        """One row per statement."""
        return pl.DataFrame(
            {
                "id": list(self.findings),
                "verdict": [finding.verdict for finding in self.findings.values()],
                "at_odds": [finding.at_odds or "" for finding in self.findings.values()],
                "says": [statements()[id].says for id in self.findings],
                "summary": [finding.summary for finding in self.findings.values()],
            }
        )

    def _glance(self) -> Glance:
        table = Table.of(Column("id", whole=True), Column("verdict", comfort=0), "the leaflet says")
        for id, finding in self.findings.items():
            table.row(id, finding.verdict, textwrap.shorten(statements()[id].says, 60, placeholder=" ..."))
        said = ", ".join(f"{count} {verdict}" for verdict, count in self.counts().items() if count)
        return Glance(f"{len(self.findings)} statements of the factsheet: {said}", table)

    def to_dict(self) -> dict[str, Any]:
        """Content of ``leaflet.json``."""
        return {
            "schema": "brittlestar/leaflet/1",
            "manifest": self.manifest,
            "leaflet": {
                "title": "Bisphosphonate treatment of osteogenesis imperfecta",
                "date": CORRECT_AS_OF,
            },
            "counts": self.counts(),
            "statements": [self._row(id, finding) for id, finding in self.findings.items()],
            "open_questions": [page for finding in self.findings.values() for page in finding.pages],
            "closing": CLOSING,
        }

    def _row(self, id: str, finding: Finding) -> dict[str, Any]:
        return {
            "id": id,
            "group": statements()[id].group,
            "says": statements()[id].says,
            "verdict": finding.verdict,
            "at_odds": finding.at_odds,
            "summary": finding.summary,
            "statement": [asdict(claim) for claim in finding.statement],
            "evidence": [asdict(claim) for claim in finding.evidence],
            "numbers": [asdict(number) for number in finding.numbers],
            "sources": list(finding.sources),
            "notes": list(finding.notes),
            "chart": finding.chart,
            "seed": self.manifest["seed"],
            "context_of_use": self.manifest["context_of_use"],
        }

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write ``leaflet.json`` and ``leaflet.html``, both or nothing.

        Raises:
            InputError: the place cannot be written to or holds other files.
        """
        from brittlestar.report import leaflet, page  # what draws takes half a second to load

        content = self.to_dict()
        return save_result(
            path, {"leaflet.json": content, "leaflet.html": page.html(leaflet.view(content))}, force=force
        )
