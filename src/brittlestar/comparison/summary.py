"""The numbers of a comparison that people read: out of 100, over the same years, treated beside untreated."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brittlestar._shared import of_100
from brittlestar._shared.of_100 import OF
from brittlestar.comparison import quantities, science
from brittlestar.comparison.lives import TREATED, UNTREATED, Lives
from brittlestar.outcomes import pooled_trials


def rows(
    lives: Mapping[str, Lives], under: Mapping[str, science.Under] | None = None
) -> list[dict[str, Any]]:
    """One row per number; see :meth:`Comparison.summary`.

    Args:
        lives: by label.
        under: of :func:`brittlestar.comparison.science.means`, by label; none where nothing is compared.
    """
    base = UNTREATED if UNTREATED in lives else None
    found = []
    for row in quantities.rows(lives, base):
        cells, apart = row.pop("cells"), row.pop("differences")
        if under and row["id"] in under[UNTREATED]:
            science.with_span(row["id"], cells, apart, under, UNTREATED)
        found.append(row | cells | ({"difference": apart[TREATED]} if apart else {}))
    return found


def in_trials(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The simulated ratio of fractures beside that of pooled trials; None where there is none."""
    row = next(row for row in rows if row["id"] == "fractures")
    if UNTREATED not in row or not row[UNTREATED]["mean"]:
        return None
    without = row[UNTREATED]["mean"]
    ratio, ends = row[TREATED]["mean"] / without, row[TREATED].get("population")
    span = [end / without for end in ends] if ends else None
    far = f" ({span[0]:.2f} to {span[1]:.2f}, as laws and trials differ)" if span else ""
    words = (
        f"Fractures with the plan over those without treatment: {ratio:.2f} here{far}; in pooled trials of "
        f"bisphosphonates {pooled_trials.in_words()}. {pooled_trials.SINGLE}"
    )
    told = {"simulated": ratio, "simulated_as_trials_differ": span, **pooled_trials.RATE_RATIO._asdict()}
    return told | {"source": pooled_trials.SOURCE, "words": words}


def as_trials_differ(cell: Mapping[str, Any], without: Mapping[str, Any] | None) -> list[str]:
    """How many of 100 it could be with treatment, in a population as far off as trials are from one another.

    Args:
        cell: of the people with a fracture, treated.
        without: the same of the untreated, if there are any.
    """
    if cell.get("population") is None:
        return []
    low, high = cell["population"]
    none = without is not None and high >= without["mean"]
    most = "no fewer than without at all" if none else f"as many as {of_100.people({'mean': high})}"
    few = of_100.people({"mean": low})
    where = f"Where it is {of_100.people(without)} without treatment, " if without is not None else ""
    said = f"{where}as laws and trials differ, with treatment it could be as few as {few}, or {most}."
    return [said[:1].upper() + said[1:]]


def by_switch(cell: Mapping[str, Any], without: Sequence[Mapping[str, Any]]) -> list[str]:
    """How many of 100 it would be with treatment if a channel of its effect did nothing."""
    said = []
    for one in (one for one in without if one["id"] == "with_fracture"):
        mean = min(max(cell["mean"] + one["moves"][TREATED], 0.0), float(OF))
        said.append(f"{of_100.people({'mean': mean})} where {one['words']}")
    return [f"How much rests on what: with treatment it would be {', '.join(said)}."] if said else []


def as_groups_differ(without: Mapping[str, Any] | None) -> list[str]:
    """How many of 100 it could be without treatment, in a group as far off as cohorts from one another."""
    if without is None or without.get("population") is None:
        return []
    low, high = (of_100.people({"mean": end}) for end in without["population"])
    return [
        "Groups of people differ in how often they break a bone: without treatment it could be as few as "
        f"{low}, or as many as {high}."
    ]


def more_in_the_back(every: Mapping[str, Any], vertebral: Mapping[str, Any]) -> list[str]:
    """Whether treatment spares more vertebrae than other bones, by the ratio of hazards of a first fracture.

    HR = ln(1 - treated/100) / ln(1 - untreated/100), of the people out of 100 with a fracture.

    Args:
        every: row of the people with a fracture, vertebrae not counted.
        vertebral: that of those with a vertebral one.
    """
    ratios = []
    for row in (every, vertebral):
        shares = [row[label]["mean"] / OF for label in (TREATED, UNTREATED) if label in row]
        if len(shares) < 2 or not all(0.0 < share < 1.0 for share in shares):
            return []
        ratios.append(math.log1p(-shares[0]) / math.log1p(-shares[1]))
    return ["Bones of the back gain more than arms and legs."] if ratios[1] < ratios[0] < 1.0 else []


def sentences(
    rows: list[dict[str, Any]],
    years: float,
    trials: dict[str, Any] | None = None,
    *,
    drug: bool = True,
    without: Sequence[Mapping[str, Any]] = (),
) -> list[str]:
    """The first rows in words, the same denominator and years for both courses; then what trials found.

    Where it is known how far groups and trials differ, those ranges come first and the model's mean last.

    Args:
        rows: of :func:`rows`.
        years: of the course.
        trials: of :func:`in_trials`.
        drug: whether the plan gives one.
        without: of :func:`brittlestar.comparison.science.sensitivity`.
    """
    by_id = {row["id"]: row for row in rows}
    over = f"over {years:g} {'year' if years == 1 else 'years'}"

    def both(name: str, form: Callable[[float], str]) -> str:
        row = by_id[name]
        said = f"{form(row[TREATED]['mean'])} with the plan"
        return said + (f", {form(row[UNTREATED]['mean'])} without treatment" if UNTREATED in row else "")

    def people(x: float) -> str:
        return of_100.people({"mean": x})

    first = by_id["with_fracture"]
    apart = as_groups_differ(first.get(UNTREATED))
    apart += as_trials_differ(first[TREATED], first.get(UNTREATED)) if drug else []
    switched, mean = by_switch(first[TREATED], without), both("with_fracture", people)
    lead = f"Of {OF} such people {over}, at least one fracture"
    ranged = [f"{lead}. {apart[0]}", *apart[1:], f"The mean of the model: {mean}."] if apart else []
    back = more_in_the_back(first, by_id["with_vertebral_fracture"]) if drug else []
    said = [
        *(ranged or [f"{lead}: {mean}."]),
        *switched,
        f"Of {OF} such people {over}, a vertebral fracture: {both('with_vertebral_fracture', people)}.",
        *back,
        f"Fractures per person {over}, on average: {both('fractures', lambda x: f'{x:.2g}')}.",
        *([trials["words"]] if trials else []),
        f"Lumbar-spine Z-score at the end: {both('ls_z_end', lambda x: f'{x:+.1f}')}.",
    ]
    brought = [
        row
        for row in rows
        if row.get("kind") == "harm" and (row.get("difference", row[TREATED])["mean"] or 0.0) >= 0.5
    ]
    if brought:
        # A harm whose size is assumed does not lead where one with data can.
        seen = [row for row in brought if "assumed" not in (row.get("note") or "")]
        worst = max(seen or brought, key=lambda row: row.get("difference", row[TREATED])["mean"])
        some = " of those whose size is not assumed" if 0 < len(seen) < len(brought) else ""
        what = f"the harm that treatment adds most often{some}, {worst['label']}"
        place = 2 + len(apart) + len(switched) + len(back)
        said.insert(place, f"Of {OF} such people {over}, {what}: {both(worst['id'], people)}.")
    return said
