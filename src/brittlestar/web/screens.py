"""What the screens of evidence, leaflet and open questions show."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from brittlestar._shared import words
from brittlestar.evidence.leaflet import plain
from brittlestar.evidence.leaflet import shipped as shipped_leaflet
from brittlestar.evidence.studies.cards import KINDS, Card, cards
from brittlestar.evidence.studies.listing import use_of
from brittlestar.evidence.studies.pools_report import pools
from brittlestar.evidence.studies.study import studies
from brittlestar.report import leaflet as leaflet_report
from brittlestar.report import pools as pools_report
from brittlestar.report import trials as trials_report
from brittlestar.report.endpoints import arm_label
from brittlestar.report.view import Figures, View
from brittlestar.trials import shipped as shipped_trials
from brittlestar.web.catalogue import LANGUAGES
from brittlestar.web.jobs import kinds
from brittlestar.web.narrow_charts import fitted, in_words_of, named
from brittlestar.web.speech import speech

VIEWS: dict[str, Callable[[Mapping[str, Any]], View]] = {
    "trials": trials_report.view,
    "leaflet": leaflet_report.view,
}
"""Kind of work that is kept between launches -> how its result is told."""

SHIPPED: dict[str, Callable[[], Mapping[str, Any] | None]] = {
    "leaflet": shipped_leaflet.shipped,
    "trials": shipped_trials.shipped,
}
"""Kind of work -> what ships of it, shown where nothing is kept."""


class Shown(NamedTuple):
    """A kept result and its figures, drawn once."""

    view: View | None
    figures: Figures


FEWEST_TOGETHER = 3
"""Studies that a pool needs: two have a mean, but nothing to say how far a third may lie from it."""


def evidence(language: str = LANGUAGES[0]) -> dict[str, Any]:
    """Studies as cards by weight, pooled effects, and the replicated trials if they were run."""
    content = pools()
    view = pools_report.view(content | {"pools": [_enough(pool) for pool in content["pools"]]})
    beside = _beside_the_model()
    told = cards(language)
    return {
        "kinds": [(kind, [_card(one, beside) for one in told if one.kind == kind]) for kind in KINDS],
        "others": len(studies()) - len(cards()),
        "pools": [pool | {"said": _SPREAD.sub("", pool["said"])} for pool in view.parts["pools"]],
        "figures": {
            id: [in_words_of(named(one), speech(language)) for one in figures]
            for id, figures in view.draw().items()
        },
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


class Beside(NamedTuple):
    """Numbers of a study beside the model's."""

    rows: list[dict[str, Any]]
    """label, published, model, inside (None where no range was published)"""
    again: bool
    """whether they are all of a trial that was run again"""


def _beside_the_model() -> dict[str, Beside]:
    """Study -> its numbers: of its trial if that was run again, else those that the leaflet's checks hold."""
    checked = {id: Beside(rows, False) for id, rows in _in_checks().items()}
    return checked | {id: Beside(rows, True) for id, rows in _in_trials().items()}


def _told(label: str, published: str, model: float | None, inside: bool | None) -> dict[str, Any]:
    return {
        "label": words.capital(label), "published": published, "model": words.number(model), "inside": inside
    }  # fmt: skip


def _in_trials() -> dict[str, list[dict[str, Any]]]:
    shown = _shown("trials").view
    found: dict[str, list[dict[str, Any]]] = {}
    for one in shown.parts["trials"] if shown else ():
        for row in one["endpoints"]:
            p = row["published"]
            if p is None or row["simulated"]["mean"] is None:
                continue
            arm = arm_label(row["arm"], one["arms"])
            label = ", ".join(filter(None, (row["label"], arm, f"month {row['time_months']:g}")))
            inside = None if None in (p["low"], p["high"]) else row["verdict"] == "inside"
            said = words.with_interval(p["value"], p["low"], p["high"])
            found.setdefault(one["study"], []).append(_told(label, said, row["simulated"]["mean"], inside))
    return found


def _in_checks() -> dict[str, list[dict[str, Any]]]:
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
            label = ", ".join(filter(None, (n["label"], words.pretty(n["unit"]))))
            said = words.interval(*ends) or words.number(n["published"])
            found.setdefault(id, {})[label] = _told(label, said, n["value"], inside)
    return {id: list(rows.values()) for id, rows in found.items()}


FITTED = ("calibration", "input")
"""Uses of a study that say something of an agreement: fitted to, or a source of the model's numbers."""


def _card(one: Card, beside: Mapping[str, Beside]) -> dict[str, Any]:
    """A card with its count: ``agrees`` is a key of the text, of one number or of many."""
    rows, again = beside.get(one.id, Beside([], False))
    ranged = [row for row in rows if row["inside"] is not None]
    key = f"{'again' if again else 'only'}_{'one' if len(ranged) == 1 else 'many'}" if ranged else ""
    return one._asdict() | {
        "beside": rows,
        "agrees": key,
        "ranged": len(ranged),
        "inside": sum(row["inside"] for row in ranged),
        "fitted": use if (use := use_of(one.id)) in FITTED else "",
    }


def leaflet(language: str = LANGUAGES[0]) -> dict[str, Any]:
    """Every statement with its verdict, disagreements first, if the checks were run."""
    shown = _shown("leaflet", language)
    return {"found": shown.view, "figures": shown.figures, "plain": plain.statements(language)}


def unknown(language: str = LANGUAGES[0]) -> dict[str, Any]:
    """The open questions, if the checks were run."""
    shown = _shown("leaflet", language)
    questions = shown.view.parts["questions"] if shown.view else []
    manifest = shown.view.manifest if shown.view and questions else None
    return {
        "questions": questions,
        "figures": shown.figures,
        "manifest": manifest,
        "plain": plain.questions(language),
    }


def _shown(kind: str, language: str = LANGUAGES[0]) -> Shown:
    return _shown_at(kind, language, kinds.stamp(kind))


@lru_cache(maxsize=len(VIEWS) * len(LANGUAGES))
def _shown_at(kind: str, language: str, _: int) -> Shown:
    content = kinds.kept(kind) or SHIPPED.get(kind, lambda: None)()
    if content is None:
        return Shown(None, {})
    view = VIEWS[kind](content)
    drawn = _drawn(kind, view).items()
    return Shown(view, {id: [fitted(one, speech(language)) for one in figures] for id, figures in drawn})


def _drawn(kind: str, view: View) -> Figures:
    # The page lists the trials' endpoints without their picture, which a report has.
    return view.draw() if kind == "leaflet" else {}
