"""All checks in one world, and the table, file and page that come of them."""

import textwrap
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from brittlestar._shared.arguments import seed_of, whole_between
from brittlestar._shared.at_a_glance import AtAGlance, Glance
from brittlestar._shared.manifest import CLOSING, manifest
from brittlestar._shared.output import check_output
from brittlestar._shared.result_files import save_result
from brittlestar._shared.table import Column, Table
from brittlestar.engine import Parameters, fingerprint
from brittlestar.evidence.leaflet.registry import checks, chosen, statements
from brittlestar.evidence.leaflet.verdict import VERDICTS, Finding
from brittlestar.evidence.simulated_groups import SimulatedGroups
from brittlestar.trials.recruit import MOST_REPLICATES

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
            "statement": [asdict(held) for held in finding.statement],
            "evidence": [asdict(held) for held in finding.evidence],
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
        from brittlestar.report.leaflet import leaflet_report

        content = self.to_dict()
        files = {"leaflet.json": content, "leaflet.html": leaflet_report(content)}
        return save_result(path, files, force=force)


def run_leaflet(
    *only: str,
    seed: int = 1,
    parameters: Parameters | None = None,
    replicates: int = 60,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Leaflet:
    """Check every statement, or some of them.

    Args:
        *only: ids such as ``"S27"``; all if left out.
        seed: key of all chance.
        parameters: one set for all checks; the shipped one if left out.
        replicates: of virtual trials.
        out: directory for ``leaflet.json`` and ``leaflet.html``.
        force: write among other files in that directory.
        progress: called with (checks done, checks in all).

    Raises:
        InputError: an id that is not there, no count or seed, or a place that cannot be written to.
    """
    ids, seed = chosen(only), seed_of(seed)
    replicates = whole_between(replicates, 1, MOST_REPLICATES, "replicates")
    if out is not None:
        check_output(out, force=force)
    todo = [one for id, one in checks().items() if id in ids]
    arms = [arm for one in todo for arm in one.arms]
    world = SimulatedGroups(arms, seed=seed, parameters=parameters, replicates=replicates)
    findings = {}
    for done, one in enumerate(todo):
        if progress:
            progress(done, len(todo))
        findings[one.id] = one.run(world)
    if progress:
        progress(len(todo), len(todo))
    inputs = {"only": list(ids), "replicates": replicates}
    found = Leaflet(
        findings,
        manifest(
            seed=seed,
            parameters=fingerprint(world.parameters),
            inputs=inputs,
            context_of_use=CONTEXT,
        ),
    )
    if out is not None:
        found.save(out, force=force)
    return found
