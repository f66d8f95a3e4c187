"""The report of a trial's power: curves, sizes, type I error, entry rules and dropout."""

from collections.abc import Mapping, Sequence
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.trial_words import share_of_trials as share
from brittlestar._shared.trial_words import without_test
from brittlestar.charts.power import power_curves
from brittlestar.charts.theme import TREATED
from brittlestar.report.page import Figure, Table, render
from brittlestar.report.trial import in_trials, warned


def _test(row: Mapping[str, Any], several: bool) -> str:
    return f"{row['label']}, {row['contrast'].partition(':')[2]}" if several else row["label"]


def power_report(content: Mapping[str, Any]) -> str:
    """One HTML page of ``power.json``."""
    return render(
        "power.html",
        title=f"Power: {content['trial']['title']}",
        manifest=content["manifest"],
        content=content,
        arms=content["trial"]["arms"],
        warned=warned(content["warnings"], {arm["id"]: arm["label"] for arm in content["trial"]["arms"]}),
        fracture_trials=content["fractures_in_trials"],
        ratio=model_ratio(content),
        figures=_figures(content["power"]),
        sizes=_sizes(content),
        durations=_durations(content["durations"]),
        null=_null(content["null"]),
        entry=_entry(content["entry"]),
        entry_power=_entry_power(content),
        dropout=_dropout(content["dropout"]),
        counts=_counts(content),
    )


def named(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows whose label names one endpoint: with its id where several share a label."""
    ids: dict[str, set[str]] = {}
    for row in rows:
        ids.setdefault(row["label"], set()).add(row["test"])
    return [
        {**row, "label": f"{row['label']} ({row['test']})" if len(ids[row["label"]]) > 1 else row["label"]}
        for row in rows
    ]


def model_ratio(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fracture ratio that the power of fractures rests on: of the model, then of pooled trials."""
    last = {row["contrast"]: row for row in content["counts"]}
    found = [
        (f"Fracture rate ratio of the model, {contrast}, {words.months(row['months'])}", row["rate_ratio"])
        for contrast, row in last.items()
    ]
    said = [(label, words.number(value, 2)) for label, value in found]
    return [*said, (content["fractures_in_trials"]["label"], in_trials(content))]


def _figures(rows: Sequence[Mapping[str, Any]]) -> list[Figure]:
    figures = []
    for contrast in dict.fromkeys(row["contrast"] for row in rows):
        mine = named([row for row in rows if row["contrast"] == contrast])
        for months in dict.fromkeys(row["months"] for row in mine):
            now = [row for row in mine if row["months"] == months]
            labels = list(dict.fromkeys(row["label"] for row in now))
            # No more lines in a picture than can be told apart.
            for first in range(0, len(labels), len(TREATED)):
                some = labels[first : first + len(TREATED)]
                figures.append(_figure([row for row in now if row["label"] in some], some, months, first))
    return figures


def _figure(rows: list[dict[str, Any]], labels: list[str], months: float, first: int) -> Figure:
    contrast, sizes = rows[0]["contrast"], list(dict.fromkeys(row["size"] for row in rows))
    cells = {(row["label"], row["size"]): share(row) for row in rows}
    worst = {row["label"]: row for row in sorted(rows, key=lambda row: row.get("without_answer", 0.0))}
    table = Table(
        "Power (Monte Carlo standard error)" + (f", {contrast}" if ":" in contrast else ""),
        ("Test", *(f"{size} people" for size in sizes), "Trials without a test, at most"),
        tuple(
            (label, *(cells[label, size] for size in sizes), without_test(worst[label])) for label in labels
        ),
    )
    part = f"-{first}" if first else ""
    name = f"power-{contrast.replace(':', '-')}-{months:g}{part}".replace(".", "-")
    return Figure.of(name, power_curves(rows, months=months), table)


def _sizes(content: Mapping[str, Any]) -> Table:
    rows, several = content["sizes"], len({row["contrast"] for row in content["sizes"]}) > 1
    cells = tuple(
        (_test(row, several), words.months(row["months"]), f"{100 * row['power']:.0f} %", row["said"])
        for row in named(rows)
    )
    return Table("People needed, both arms together", ("Test", "Trial of", "Power", "People"), cells)


def _durations(rows: Sequence[Mapping[str, Any]]) -> Table:
    several = len({row["contrast"] for row in rows}) > 1
    sizes = list(dict.fromkeys(row["size"] for row in rows))
    found: dict[tuple[str, float], dict[int, str]] = {}
    for row in named(rows):
        found.setdefault((_test(row, several), row["power"]), {})[row["size"]] = row["said"]
    cells = tuple(
        (test, f"{100 * wanted:.0f} %", *(by[size] for size in sizes)) for (test, wanted), by in found.items()
    )
    columns = ("Test", "Power", *(f"{size} people" for size in sizes))
    return Table("Months needed: the shortest trial simulated", columns, cells)


def _null(rows: Sequence[Mapping[str, Any]]) -> Table:
    cells = tuple(
        (row["label"], words.months(row["months"]), str(row["size"]), share(row), without_test(row))
        for row in named(rows)
    )
    caption = "Control against control: share of trials that find a difference that is not there"
    return Table(caption, ("Test", "Trial of", "People", "Type I error", "Trials without a test"), cells)


def _entry(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = (
        "Rule",
        "Meet it",
        "Rate before entry",
        "Rate of controls, year 1",
        "On over before",
        "The same over everybody's",
    )
    names = ("rate_before_per_year", "rate_on_study_per_year", "ratio", "ratio_to_everybody")
    cells = tuple(
        (
            row["rule"],
            f"{100 * row['eligible_share']:.0f} %",
            *(words.number(row[name], 2) for name in names),
        )
        for row in rows
    )
    return Table("Entry rules: how many meet them, and fractures per person and year", columns, cells)


def _entry_power(content: Mapping[str, Any]) -> Table:
    rows, labels = content["entry"], {row["test"]: row["label"] for row in named(content["power"])}
    tests = dict.fromkeys(test for row in rows for test in row["power"])
    cells = tuple(
        (labels[test], *(share(row["power"][test]) if test in row["power"] else words.NONE for row in rows))
        for test in tests
    )
    caption = "Power under each rule, at the protocol's size, each endpoint at its last month"
    return Table(caption, ("Test", *(words.capital(row["rule"]) for row in rows)), cells)


def _dropout(rows: Sequence[Mapping[str, Any]]) -> Table:
    rates, rows = sorted({row["per_year"] for row in rows}), named(rows)
    several = len({row["contrast"] for row in rows}) > 1
    found: dict[str, dict[float, str]] = {}
    for row in rows:
        found.setdefault(_test(row, several), {})[row["per_year"]] = share(row)
    columns = ("Test", *(f"{rate:g} a year" for rate in rates))
    cells = tuple((test, *(by.get(rate, words.NONE) for rate in rates)) for test, by in found.items())
    return Table("Power by rate of leaving, at the protocol's size", columns, cells)


def _counts(content: Mapping[str, Any]) -> Table:
    simulated = {
        (row["contrast"], row["test"], row["months"], row["size"]): share(row) for row in content["power"]
    }
    cells = tuple(
        (
            words.months(row["months"]),
            str(row["size"]),
            words.number(row["control_rate_per_year"], 2),
            words.number(row["rate_ratio"], 2),
            words.number(row["dispersion"], 2),
            words.NONE if row["formula_power"] is None else f"{100 * row['formula_power']:.1f} %",
            simulated.get((row["contrast"], row["test"], row["months"], row["size"]), words.NONE),
        )
        for row in content["counts"]
    )
    columns = (
        "Trial of",
        "People",
        "Control rate a year",
        "Rate ratio",
        "Dispersion",
        "Formula",
        "Simulated",
    )
    return Table("Recurrent fractures of the pool, and what the formula makes of them", columns, cells)
