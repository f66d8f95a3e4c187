"""The report of a trial's power: curves, sizes, type I error, entry rules and dropout."""

from collections.abc import Mapping, Sequence
from typing import Any

from brittlestar.charts import words
from brittlestar.charts.power import power_curves
from brittlestar.report.page import Figure, Table, render


def share(row: Mapping[str, Any]) -> str:
    """A share of trials with its standard error, in per cent."""
    return f"{100 * row['share']:.1f} % (SE {100 * row['se']:.1f})"


def _test(row: Mapping[str, Any], several: bool) -> str:
    return f"{row['label']}, {row['contrast'].partition(':')[2]}" if several else row["label"]


def power_report(content: Mapping[str, Any]) -> str:
    """One HTML page of ``power.json``."""
    return render(
        "power.html",
        title=f"Power: {content['trial']['title']}",
        manifest=content["manifest"],
        content=content,
        figures=_figures(content["power"]),
        sizes=_sizes(content),
        durations=_durations(content["durations"]),
        null=_null(content["null"]),
        entry=_entry(content["entry"]),
        entry_power=_entry_power(content),
        dropout=_dropout(content["dropout"]),
        counts=_counts(content),
    )


def _figures(rows: Sequence[Mapping[str, Any]]) -> list[Figure]:
    figures = []
    for contrast in dict.fromkeys(row["contrast"] for row in rows):
        mine = [row for row in rows if row["contrast"] == contrast]
        for months in dict.fromkeys(row["months"] for row in mine):
            now = [row for row in mine if row["months"] == months]
            sizes = list(dict.fromkeys(row["size"] for row in now))
            cells = {(row["label"], row["size"]): share(row) for row in now}
            labels = dict.fromkeys(row["label"] for row in now)
            table = Table(
                "Power (standard error)" + (f", {contrast}" if ":" in contrast else ""),
                ("Test", *(f"{size} people" for size in sizes)),
                tuple((label, *(cells[label, size] for size in sizes)) for label in labels),
            )
            name = f"power-{contrast.replace(':', '-')}-{months:g}".replace(".", "-")
            figures.append(Figure.of(name, power_curves(now, months=months), table))
    return figures


def _sizes(content: Mapping[str, Any]) -> Table:
    rows, several = content["sizes"], len({row["contrast"] for row in content["sizes"]}) > 1
    cells = tuple(
        (_test(row, several), words.months(row["months"]), f"{100 * row['power']:.0f} %", row["said"])
        for row in rows
    )
    return Table("People needed, both arms together", ("Test", "Trial of", "Power", "People"), cells)


def _durations(rows: Sequence[Mapping[str, Any]]) -> Table:
    several = len({row["contrast"] for row in rows}) > 1
    sizes = list(dict.fromkeys(row["size"] for row in rows))
    found: dict[tuple[str, float], dict[int, str]] = {}
    for row in rows:
        found.setdefault((_test(row, several), row["power"]), {})[row["size"]] = row["said"]
    cells = tuple(
        (test, f"{100 * wanted:.0f} %", *(by[size] for size in sizes)) for (test, wanted), by in found.items()
    )
    columns = ("Test", "Power", *(f"{size} people" for size in sizes))
    return Table("Months needed: the shortest trial simulated", columns, cells)


def _null(rows: Sequence[Mapping[str, Any]]) -> Table:
    cells = tuple((row["label"], words.months(row["months"]), str(row["size"]), share(row)) for row in rows)
    caption = "Control against control: share of trials that find a difference that is not there"
    return Table(caption, ("Test", "Trial of", "People", "Type I error"), cells)


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
    rows, labels = content["entry"], {row["test"]: row["label"] for row in content["power"]}
    tests = list(rows[0]["power"]) if rows else []
    cells = tuple(
        (row["rule"], *(share(row["power"][test]) if test in row["power"] else words.NONE for test in tests))
        for row in rows
    )
    caption = "Power under each rule, at the protocol's size and duration"
    return Table(caption, ("Rule", *(labels[test] for test in tests)), cells)


def _dropout(rows: Sequence[Mapping[str, Any]]) -> Table:
    rates = sorted({row["per_year"] for row in rows})
    several = len({row["contrast"] for row in rows}) > 1
    found: dict[str, dict[float, str]] = {}
    for row in rows:
        found.setdefault(_test(row, several), {})[row["per_year"]] = share(row)
    columns = ("Test", *(f"{rate:g} a year" for rate in rates))
    cells = tuple((test, *(by.get(rate, words.NONE) for rate in rates)) for test, by in found.items())
    return Table("Power by rate of leaving, at the protocol's size", columns, cells)


def _counts(content: Mapping[str, Any]) -> Table:
    simulated = {
        (row["contrast"], row["months"], row["size"]): share(row)
        for row in content["power"]
        if row["test"] == "recurrent_nb"
    }
    cells = tuple(
        (
            words.months(row["months"]),
            str(row["size"]),
            words.number(row["control_rate_per_year"], 2),
            words.number(row["rate_ratio"], 2),
            words.number(row["dispersion"], 2),
            f"{100 * row['formula_power']:.1f} %",
            simulated.get((row["contrast"], row["months"], row["size"]), words.NONE),
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
