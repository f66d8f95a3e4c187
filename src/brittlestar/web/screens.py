"""What the screens of evidence, leaflet and open questions show."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from brittlestar._shared import words
from brittlestar.evidence.leaflet import plain
from brittlestar.evidence.leaflet.shipped import shipped
from brittlestar.evidence.studies.cards import KINDS, Card, cards
from brittlestar.evidence.studies.listing import use_of
from brittlestar.evidence.studies.pools_report import pools
from brittlestar.evidence.studies.study import studies
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


FEWEST_TOGETHER = 3
"""Studies that a pool needs: two have a mean, but nothing to say how far a third may lie from it."""


def evidence() -> dict[str, Any]:
    """Studies as cards by weight, pooled effects, and the replicated trials if they were run."""
    content = pools()
    view = pools_report.view(content | {"pools": [_enough(pool) for pool in content["pools"]]})
    beside = _beside_the_model()
    by_kind = {kind: [_card(one, beside) for one in cards() if one.kind == kind] for kind in KINDS}
    return {
        "kinds": [(*told, by_kind[kind]) for kind, told in KINDS.items()],
        "others": len(studies()) - len(cards()),
        "pools": [pool | {"said": _SPREAD.sub("", pool["said"])} for pool in view.parts["pools"]],
        "figures": {id: [named(one) for one in figures] for id, figures in view.draw().items()},
        "trials": _shown("trials").view,
    }


_SPREAD = re.compile(r"; between-study SD .*? %(?=\.)")
"""What only a reader of meta-analyses asks for."""


def _enough(pool: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pool; without its mean and range where they would be those of two studies."""
    few = len(pool["studies"]) < FEWEST_TOGETHER
    alone = pool["randomised_only"]
    too_few_alone = alone and alone["studies"] < FEWEST_TOGETHER
    return {
        **pool,
        "pooled": None if few else pool["pooled"],
        "randomised_only": None if few or too_few_alone else alone,
    }


def _beside_the_model() -> dict[str, list[dict[str, Any]]]:
    """Study -> its numbers beside the model's, from the checks of the leaflet."""
    view = _shown("leaflet").view
    found: dict[str, dict[str, dict[str, Any]]] = {}
    if view is None:
        return {}
    by_cite = {one.cite: one.id for one in cards()}
    for row in (row for rows in view.parts["groups"].values() for row in rows):
        for n in row["numbers"]:
            id = next((id for cite, id in by_cite.items() if n["source"] and cite in n["source"]), None)
            if id is None or (n["published"] is None and n["published_low"] is None):
                continue
            ends = n["published_low"], n["published_high"]
            inside = None if None in ends else ends[0] <= n["value"] <= ends[1]
            told = {
                "label": words.capital(", ".join(filter(None, (n["label"], words.pretty(n["unit"]))))),
                "published": words.interval(*ends) or words.number(n["published"]),
                "model": words.number(n["value"]),
                "inside": inside,
            }
            found.setdefault(id, {})[told["label"]] = told
    return {id: list(rows.values()) for id, rows in found.items()}


FITTED = {
    "calibration": "The model was fitted to this study.",
    "input": "The model takes numbers from this study.",
}
"""Use of a study, where it says something of an agreement."""


def _card(one: Card, beside: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    rows = beside.get(one.id, [])
    ranged = [row for row in rows if row["inside"] is not None]
    inside = sum(row["inside"] for row in ranged)
    said = ""
    if len(ranged) == 1:
        said = (
            "Only one of its numbers is held against the model here. "
            f"The model lies {'inside' if inside else 'outside'} its range."
        )
    elif ranged:
        said = (
            f"Only {len(ranged)} of its numbers are held against the model here. "
            f"It lies inside the range of {inside or 'none'} of them."
        )
    return one._asdict() | {"beside": rows, "agrees": said, "fitted": FITTED.get(use_of(one.id), "")}


def leaflet() -> dict[str, Any]:
    """Every statement with its verdict, disagreements first, if the checks were run."""
    shown = _shown("leaflet")
    return {"found": shown.view, "figures": shown.figures, "plain": plain.statements()}


def unknown() -> dict[str, Any]:
    """The open questions, if the checks were run."""
    shown = _shown("leaflet")
    questions = shown.view.parts["questions"] if shown.view else []
    manifest = shown.view.manifest if shown.view and questions else None
    return {
        "questions": questions, "figures": shown.figures, "manifest": manifest, "plain": plain.questions()
    }  # fmt: skip


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
