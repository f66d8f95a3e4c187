"""What all checks found: the table, file and page that come of it."""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.result_files import save_result, with_pictures
from brittlestar._shared.table import Column, Table
from brittlestar._shared.tabled import Tabled
from brittlestar.evidence.leaflet import limits
from brittlestar.evidence.leaflet.mechanism import mechanism_of, suspect_of
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.origins import KINDS
from brittlestar.evidence.leaflet.statements import statements
from brittlestar.evidence.leaflet.verdict import VERDICTS, Claim, Finding
from brittlestar.report import leaflet, page

CONTEXT = (
    "statements of a patient factsheet held against simulated people and against published evidence, for "
    "research and teaching; not for decisions about the care of a person"
)
CORRECT_AS_OF = "31 January 2015"


@dataclass(frozen=True, repr=False)
class Leaflet(Tabled):
    """What all checks found."""

    axes = ("id",)

    findings: dict[str, Finding]
    manifest: dict[str, Any]
    seeds: int = 1
    """how many, from that of the manifest on, every claim was judged with"""
    without: Mapping[str, str] = field(default_factory=dict)
    """statement -> its verdict with its mechanism switched off, where that was tried"""
    mended: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """statement -> what changes with what its diagnosis suspects, where that was tried"""

    def counts(self) -> dict[str, int]:
        """Statements by verdict."""
        return tally([self._row(id, finding) for id, finding in self.findings.items()])["counts"]

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
        rows = [self._row(id, finding) for id, finding in self.findings.items()]
        return {
            "schema": "brittlestar/leaflet/3",
            "manifest": self.manifest,
            "leaflet": {
                "title": "Bisphosphonate treatment of osteogenesis imperfecta",
                "date": CORRECT_AS_OF,
            },
            "seeds": self.seeds,
            "evidence_is": KINDS,
            "limits_are": limits.KINDS,
            **tally(rows),
            "statements": rows,
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
            "wording_contradicted": finding.wording_contradicted,
            "closest": asdict(finding.closest) if finding.closest else None,
            "summary": finding.summary,
            "diagnosis": finding.diagnosis,
            "statement": [asdict(claim) for claim in finding.statement],
            "evidence": [asdict(claim) for claim in finding.evidence],
            "numbers": [asdict(number) for number in finding.numbers],
            "sources": list(finding.sources),
            "notes": list(finding.notes),
            "chart": finding.chart,
            "limits": limits_told(id),
            "mechanism": asdict(mechanism_of(id)) | {"verdict_without": self.without.get(id)},
            "suspect": asdict(suspect) | self.mended.get(id, {}) if (suspect := suspect_of(id)) else None,
            "seed": self.manifest["seed"],
            "seeds": self.seeds,
            "context_of_use": self.manifest["context_of_use"],
        }

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write ``leaflet.json`` and ``leaflet.html``; see :func:`save`."""
        return save(self.to_dict(), path, force=force)


def finding_of(content: Mapping[str, Any]) -> Finding:
    """The finding of the one statement of a ``leaflet.json``."""
    (row,) = content["statements"]
    return Finding(
        row["summary"],
        [Claim(**claim) for claim in row["statement"]],
        [Claim(**claim) for claim in row["evidence"]],
        [Number(**one) for one in row["numbers"]],
        row["sources"],
        row["notes"],
        diagnosis=row["diagnosis"],
        wording_contradicted=row["wording_contradicted"],
        chart=row["chart"],
        pages=content["open_questions"],
    )


def tally(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of statements as ``leaflet.json`` holds them.

    ``counts``: verdict -> statements. ``comparisons``: verdict -> kind of evidence -> claims about it that
    hold, and of how many; ``by_limit``: the same by where their limit is from.
    """
    counts = Counter(row["verdict"] for row in rows)
    compared = {verdict: {kind: {"hold": 0, "of": 0} for kind in KINDS} for verdict in VERDICTS}
    by_limit = {kind: {"hold": 0, "of": 0} for kind in limits.KINDS}
    for row in rows:
        for claim in row["evidence"]:
            for count in (compared[row["verdict"]][claim["kind"]], by_limit[claim["limit"]]):
                count["of"] += 1
                count["hold"] += claim["holds"]
    return {
        "counts": {verdict: counts[verdict] for verdict in VERDICTS},
        "comparisons": compared,
        "by_limit": by_limit,
    }


def limits_told(id: str) -> list[dict[str, str]]:
    """Limits of a statement's claims that are not the study's own: ``what``, with ``source`` or ``why``."""
    evidence = limits.limits_of_evidence().get(id, {}).values()
    words = limits.limits_of_words().get(id, {}).values()
    found = [{"what": one.what, "why": one.why, "source": one.source} for one in evidence if one.what]
    return found + [{"what": what, "why": why, "source": ""} for what, why in words]


def save(content: dict[str, Any], path: str | PathLike[str], *, force: bool = False) -> Path:
    """Write what ``leaflet.json`` holds and its page ``leaflet.html``, both or nothing.

    Raises:
        InputError: the place cannot be written to or holds other files.
    """
    return save_result(
        path,
        with_pictures({"leaflet.json": content}, lambda: {"leaflet.html": page.html(leaflet.view(content))}),
        force=force,
    )
