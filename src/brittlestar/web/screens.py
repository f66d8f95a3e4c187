"""What the screens of evidence, leaflet and open questions show."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from brittlestar.evidence.leaflet.shipped import shipped
from brittlestar.evidence.studies.listing import drugs_of, use_of
from brittlestar.evidence.studies.pools_report import pools
from brittlestar.evidence.studies.split import USES
from brittlestar.evidence.studies.study import Study, sources, studies
from brittlestar.report import leaflet as leaflet_report
from brittlestar.report import pools as pools_report
from brittlestar.report import trials as trials_report
from brittlestar.report.view import Figures, View
from brittlestar.web.jobs import kinds
from brittlestar.web.narrow_charts import fitted, named

VIEWS: dict[str, Callable[[Mapping[str, Any]], View]] = {
    "trials": trials_report.view,
    "leaflet": leaflet_report.view,
}
"""Kind of work that is kept between launches -> how its result is told."""

SHIPPED: dict[str, Callable[[], Mapping[str, Any] | None]] = {"leaflet": shipped}
"""Kind of work -> what ships of it, shown where nothing is kept."""


class Shown(NamedTuple):
    """A kept result and its figures, drawn once."""

    view: View | None
    figures: Figures


def evidence() -> dict[str, Any]:
    """Studies, pooled effects, and the replicated trials if they were run."""
    view = pools_report.view(pools())
    return {
        "pools": view.parts["pools"],
        "figures": {id: [named(one) for one in figures] for id, figures in view.draw().items()},
        "studies": [_study(s) for s in studies().values()],
        "uses": USES,
        "trials": _shown("trials").view,
    }


def leaflet() -> dict[str, Any]:
    """Every statement with its verdict, disagreements first, if the checks were run."""
    shown = _shown("leaflet")
    return {"found": shown.view, "figures": shown.figures}


def unknown() -> dict[str, Any]:
    """The open questions, if the checks were run."""
    shown = _shown("leaflet")
    questions = shown.view.parts["questions"] if shown.view else []
    manifest = shown.view.manifest if shown.view and questions else None
    return {"questions": questions, "figures": shown.figures, "manifest": manifest}


def _shown(kind: str) -> Shown:
    return _shown_at(kind, kinds.stamp(kind))


@lru_cache(maxsize=len(VIEWS))
def _shown_at(kind: str, _: int) -> Shown:
    content = kinds.kept(kind) or SHIPPED.get(kind, lambda: None)()
    if content is None:
        return Shown(None, {})
    view = VIEWS[kind](content)
    return Shown(view, {id: [fitted(one) for one in figures] for id, figures in _drawn(kind, view).items()})


def _drawn(kind: str, view: View) -> Figures:
    # The page lists the trials' endpoints without their picture, which a report has.
    return view.draw() if kind == "leaflet" else {}


def _study(s: Study) -> dict[str, Any]:
    people = s.population.n
    keys = sorted({key for r in s.results for key in r.source})
    return {
        "id": s.id, "cite": s.cite, "design": s.design, "use": use_of(s.id), "n": people,
        "drugs": ", ".join(drugs_of(s)) or "–", "numbers": sum(1 for _ in s.usable()),
        "sources": [sources()[key].address for key in keys],
    }  # fmt: skip
