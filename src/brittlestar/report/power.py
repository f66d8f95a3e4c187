"""The power of a trial: curves, sizes, type I error, entry rules and dropout."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Cell, Column, Table, number
from brittlestar._shared.trial_words import share_of_trials, without_test
from brittlestar.report import endpoints
from brittlestar.report.endpoints import arm_labels, in_trials
from brittlestar.report.view import Figures, Row, View

DIRECTIONS = (
    "Of turnover and calcium an effect in either direction counts, of others one to the treated's good."
)
WITHOUT_EFFECT = {
    False: "Control against control: share of trials that find a difference that is not there",
    True: "Nobody treated: share of trials that find a difference all the same",
}
"""Title of the type I error: of randomised trials, and of those held against a past."""

RATES = {
    "rate_before_per_year": ("rate before", "Rate before entry"),
    "rate_on_study_per_year": ("on study", "Rate of controls, year 1"),
    "ratio": ("on/before", "On over before"),
    "ratio_to_everybody": ("over everybody's", "The same over everybody's"),
}
"""Rate of an entry rule -> heading in a terminal and on a page."""


def view(content: Mapping[str, Any]) -> View:
    """The power of a trial.

    Args:
        content: what ``power.json`` holds.
    """
    trial, ratio = content["trial"], model_ratio(content)
    tables = {
        "power": _power(content),
        "sizes": _sizes(content["sizes"]),
        "durations": _durations(content["durations"]),
        "null": _null(content["null"]),
        "entry": _entry(content["entry"]),
        "entry_power": _entry_power(content),
        "dropout": _dropout(content["dropout"]),
        "counts": _counts(content),
        "looks": _looks_table(content.get("interim") or ()),
    }
    alone = not content["entry"]
    tables["null"].title = WITHOUT_EFFECT[alone]
    printed: list[str | Table] = [
        trial["title"], f"Power in % (± Monte Carlo standard error) under {content['basis']}", "",
        tables["power"], DIRECTIONS, "",
    ]  # fmt: skip
    for name in ("durations", "null", "entry", "entry_power", "dropout"):
        printed += [tables[name], ""] if tables[name] else []
    return View(
        template="power.html",
        title=f"Power: {trial['title']}",
        manifest=content["manifest"],
        tables=tables,
        printed=(
            *printed,
            *_looks(content.get("interim") or ()),
            *said_beside(content),
            *(f"{label}: {value}" for label, value in ratio),
            *endpoints.printed_care(trial["arms"], content["warnings"]),
        ),
        parts={
            "trial": trial["title"],
            "basis": content["basis"],
            "arms": trial["arms"],
            "warned": endpoints.warned(content["warnings"], arm_labels(trial["arms"])),
            "fracture_trials": content["fractures_in_trials"],
            "ratio": ratio,
            "said": said_beside(content),
            "alone": alone,
        },
        draw=partial(_figures, content["power"]),
    )


def said_beside(content: Mapping[str, Any]) -> list[str]:
    """Which laws the parameter sets are of, and what is not in this power."""
    laws = [law for law in content.get("laws") or () if law["sets"]]
    sets = sum(law["sets"] for law in laws)
    shares = ", ".join(f"{law['label']} {law['sets']} (weight {100 * law['weight']:.0f} %)" for law in laws)
    said = [f"Laws of the {sets} parameter sets, by their evidence: {shares}."] if laws else []
    return [*said, *(content.get("notes") or ())]


def _looks_table(rows: Sequence[Row]) -> Table:
    """The same for a page: what each look takes to stop a trial, and how often it does."""
    table = Table.of(
        "Endpoint", "People", "Effect", "Trials that find one", "Looks: month, information, |Z|, stop",
        "Ends on average", title="Interim looks",
    )  # fmt: skip
    for row in rows:
        looks = "; ".join(
            f"{one['month']:g}, {one['information']:.2f}, {one['z']:.2f}, {100 * one['stop_share']:.0f} %"
            for one in row["looks"]
        )
        ends = (
            f"look {row['expected_look']:.1f}, month {row['expected_month']:.1f}, "
            f"{row['expected_people']:.0f} people"
        )
        effect = "as simulated" if row["effect"] else "none: type I error"
        table.row(row["label"], row["size"], effect, share_of_trials(row), looks, ends)
    return table


def _looks(rows: Iterable[Row]) -> list[str]:
    """What interim looks do, a sentence for each size of trial."""
    said = []
    for row in rows:
        found = "finds an effect" if row["effect"] else "without an effect finds one (type I error)"
        stops = ", ".join(
            f"{100 * one['stop_share']:.0f} % in month {one['month']:g}" for one in row["looks"]
        )
        said.append(
            f"Looks at {row['label']}, {row['size']} people: {share_of_trials(row)} {found}; trials end on "
            f"average at look {row['expected_look']:.1f}, in month {row['expected_month']:.1f}, with "
            f"{row['expected_people']:.0f} people ({stops})."
        )
    return said


def check_view(content: Mapping[str, Any]) -> View:
    """The analysis against theory, then the simulator's own null trials; it has no page of its own.

    Args:
        content: what ``check.json`` holds.
    """
    numbers = (Column(head, right=True) for head in ("found", "expected", "Monte-Carlo SE"))
    last = Column("accepted", rank=1), Column("verdict", whole=True)
    checks, null = Table.of("check", *numbers, *last), _null(content["null"])
    for row in content["checks"]:
        found = (f"{row[name]:.4f}" for name in ("value", "expected", "monte_carlo_se"))
        checks.row(row["label"], *found, row["accepted"], row["status"])
    first = content["checks"][0]
    runs = f"{first['replicates']} simulated trials each, seed {first['seed']}."
    return View(
        template="",
        title=content["trial"]["title"],
        manifest=content.get("manifest", {}),
        tables={"checks": checks, "null": null},
        printed=(checks, runs, "", content["trial"]["title"], null, ""),
    )


def _share(row: Row) -> Cell:
    """A share of trials with its Monte Carlo error; none or all of the trials as a limit."""
    page = share_of_trials(row)
    if row.get("limit") is not None:
        return Cell(page.removesuffix(" %"), page)
    return Cell(f"{100 * row['share']:.1f} ± {100 * row['se']:.1f}", page)


def _no_test(rows: Iterable[Row]) -> tuple[str, ...]:
    worst = max(rows, key=lambda row: row.get("without_answer", 0.0))
    if not worst.get("without_answer"):
        return ()
    said = f"{without_test(worst)} of the trials of {worst['size']} people allow no test: they find nothing"
    return (said,)


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


TEST = Column("test", page="Test")
CONTRAST = Column("against control", over=True, folded=True)
OVER = replace(TEST, over=True)
MONTHS = Column("months", right=True, page="Trial of")


def _test(row: Row, several: bool) -> tuple[str, Cell]:
    """A test, and the contrast that it is of; on a page this is told where there are several."""
    return row["label"], Cell(row["contrast"], row["contrast"].partition(":")[2] if several else "")


def _contrasts(rows: Iterable[Row]) -> bool:
    return len({row["contrast"] for row in rows}) > 1


def _months(row: Row) -> Cell:
    return Cell(f"{row['months']:g}", words.months(row["months"]))


def _power(content: Mapping[str, Any]) -> Table:
    """Power by test and size, and people needed; for a terminal."""
    sizes = list(dict.fromkeys(row["size"] for row in content["power"]))
    table = Table.of(
        OVER, CONTRAST, MONTHS, *(Column(f"{size} people", right=True) for size in sizes),
        Column("for 80 %", rank=1), Column("for 90 %", rank=2),
    )  # fmt: skip
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in content["power"]:
        groups.setdefault((row["contrast"], row["label"], row["months"], row["test"]), []).append(row)
    needed = {(r["contrast"], r["test"], r["months"], r["power"]): r["said"] for r in content["sizes"]}
    for (contrast, label, months, test), rows in groups.items():
        people = (needed[contrast, test, months, wanted] for wanted in (0.8, 0.9))
        table.row(label, contrast, f"{months:g}", *map(_share, rows), *people, notes=_no_test(rows))
    return table


def _figures(rows: Sequence[Row]) -> Figures:
    """Curves by contrast and months, no more lines in a picture than can be told apart."""
    from brittlestar.charts.theme import TREATED  # altair takes half a second to load

    figures = []
    for contrast in dict.fromkeys(row["contrast"] for row in rows):
        mine = named([row for row in rows if row["contrast"] == contrast])
        for months in dict.fromkeys(row["months"] for row in mine):
            now = [row for row in mine if row["months"] == months]
            labels = list(dict.fromkeys(row["label"] for row in now))
            for first in range(0, len(labels), len(TREATED)):
                some = labels[first : first + len(TREATED)]
                figures.append(_figure([row for row in now if row["label"] in some], some, first))
    return {"power": figures}


def side_by_side(designs: Mapping[str, Mapping[str, Any]]) -> tuple[Table, list[Any]]:
    """Two or three designs: what each costs in people, and its power by size for every test that all have.

    Args:
        designs: name of a design -> what its ``power.json`` holds.
    """
    from brittlestar.charts.power import power_curves  # altair takes half a second to load
    from brittlestar.report.page import Figure

    last = {name: _last(content["power"]) for name, content in designs.items()}
    common = [test for test in next(iter(last.values())) if all(test in rows for rows in last.values())]
    table = Table.of(
        OVER, Column("Design", whole=True), Column("Trial of", right=True), "People for 80 %", "Person-years",
        "People for 90 %", title="What each design costs in people, in all arms together",
    )  # fmt: skip
    figures = []
    for test in common:
        rows = [row | {"label": name, "months": 0.0} for name, found in last.items() for row in found[test]]
        label = next(iter(last.values()))[test][0]["label"]
        for name, content in designs.items():
            months = last[name][test][0]["months"]
            sizes = {
                row["power"]: row
                for row in content["sizes"]
                if (row["test"], row["months"], row["contrast"])
                == (test, months, last[name][test][0]["contrast"])
            }
            people = sizes[0.8]["people"]
            years = words.NONE if people is None else f"{people * months / 12.0:,.0f}"
            table.row(label, name, words.months(months), sizes[0.8]["said"], years, sizes[0.9]["said"])
        figures.append(Figure.of(f"designs-{test}", power_curves(rows, months=0.0, title=label)))
    return table, figures


def _last(rows: Sequence[Row]) -> dict[str, list[dict[str, Any]]]:
    """Test -> its rows of the first contrast at the longest duration."""
    found: dict[str, list[dict[str, Any]]] = {}
    first = rows[0]["contrast"]
    for test in dict.fromkeys(row["test"] for row in rows):
        mine = [dict(row) for row in rows if (row["test"], row["contrast"]) == (test, first)]
        longest = max(row["months"] for row in mine) if mine else 0.0
        if mine:
            found[test] = [row for row in mine if row["months"] == longest]
    return found


def _figure(rows: list[dict[str, Any]], labels: Sequence[str], first: int) -> Any:
    from brittlestar.charts.power import power_curves  # as above
    from brittlestar.report.page import Figure

    contrast, months = rows[0]["contrast"], rows[0]["months"]
    sizes = list(dict.fromkeys(row["size"] for row in rows))
    cells = {(row["label"], row["size"]): share_of_trials(row) for row in rows}
    worst = {row["label"]: row for row in sorted(rows, key=lambda row: row.get("without_answer", 0.0))}
    title = "Power (Monte Carlo standard error)" + (f", {contrast}" if ":" in contrast else "")
    heads = ("Test", *(f"{size} people" for size in sizes), "Trials without a test, at most")
    table = Table.of(*heads, title=title).with_rows(
        (label, *(cells[label, size] for size in sizes), without_test(worst[label])) for label in labels
    )
    part = f"-{first}" if first else ""
    name = f"power-{contrast.replace(':', '-')}-{months:g}{part}".replace(".", "-")
    return Figure.of(name, power_curves(rows, months=months), table)


def _sizes(rows: Sequence[Row]) -> Table:
    several = _contrasts(rows)
    table = Table.of(TEST, CONTRAST, MONTHS, "Power", "People", title="People needed, in all arms together")
    return table.with_rows(
        (*_test(row, several), _months(row), f"{100 * row['power']:.0f} %", row["said"])
        for row in named(rows)
    )


def _durations(rows: Sequence[Row]) -> Table:
    several = _contrasts(rows)
    sizes = list(dict.fromkeys(row["size"] for row in rows))
    heads = (f"{size} people" for size in sizes)
    table = Table.of(OVER, CONTRAST, Column("power", page="Power"), *heads,
                     title="Months needed: the shortest trial simulated")  # fmt: skip
    found: dict[tuple[str, str, float], list[Row]] = {}
    for row in named(rows):
        found.setdefault((row["contrast"], row["label"], row["power"]), []).append(row)
    for (_, _, wanted), mine in found.items():
        said = {row["size"]: row["said"] for row in mine}
        table.row(*_test(mine[0], several), f"{100 * wanted:.0f} %", *(said[size] for size in sizes))
    return table


def _null(rows: Sequence[Row]) -> Table:
    table = Table.of(
        TEST, MONTHS, Column("people", right=True, page="People"),
        Column("type I error, %", right=True, page="Type I error"),
        Column("without", only="page", page="Trials without a test"),
        title=WITHOUT_EFFECT[False],
    )  # fmt: skip
    for row in named(rows):
        table.row(
            row["label"], _months(row), row["size"], _share(row), without_test(row), notes=_no_test([row])
        )
    return table


def _entry(rows: Sequence[Row]) -> Table:
    rates = (Column(head, right=True, page=page) for head, page in RATES.values())
    table = Table.of(Column("entry rule", page="Rule"), Column("meet it", right=True, page="Meet it"), *rates,
                     title="Entry rules: how many meet them, and fractures per person and year")  # fmt: skip
    for row in rows:
        cells = (Cell(number(row[name]), words.number(row[name], 2)) for name in RATES)
        table.row(row["rule"], f"{100 * row['eligible_share']:.0f} %", *cells)
    return table


def _entry_power(content: Mapping[str, Any]) -> Table:
    rows, labels = content["entry"], {row["test"]: row["label"] for row in named(content["power"])}
    rules = (Column(row["rule"], right=True, page=words.capital(row["rule"])) for row in rows)
    title = "Power under each rule, at the protocol's size, each endpoint at its last month"
    table, none = Table.of(Column("power in %", page="Test"), *rules, title=title), Cell("-", words.NONE)
    return table.with_rows(
        (labels[test], *(_share(row["power"][test]) if test in row["power"] else none for row in rows))
        for test in dict.fromkeys(test for row in rows for test in row["power"])
    )


def _dropout(rows: Sequence[Row]) -> Table:
    several, rates = _contrasts(rows), sorted({row["per_year"] for row in rows})
    heads = (Column(f"{rate:g} a year", right=True) for rate in rates)
    title = "Power by rate of leaving, at the protocol's size"
    table, none = Table.of(TEST, CONTRAST, *heads, title=title), Cell("-", words.NONE)
    found: dict[tuple[str, str], list[Row]] = {}
    for row in named(rows):
        found.setdefault((row["contrast"], row["label"]), []).append(row)
    for mine in found.values():
        by = {row["per_year"]: _share(row) for row in mine}
        table.row(*_test(mine[0], several), *(by.get(rate, none) for rate in rates))
    return table


def _counts(content: Mapping[str, Any]) -> Table:
    heads = ("Trial of", "People", "Control rate a year", "Rate ratio", "Dispersion", "Formula", "Simulated")
    simulated = {
        (row["contrast"], row["test"], row["months"], row["size"]): share_of_trials(row)
        for row in content["power"]
    }
    table = Table.of(*heads, title="Recurrent fractures of the pool, and what the formula makes of them")
    for row in content["counts"]:
        formula = row.get("formula_power")
        table.row(
            words.months(row["months"]),
            row["size"],
            *(words.number(row[name], 2) for name in ("control_rate_per_year", "rate_ratio", "dispersion")),
            words.NONE if formula is None else f"{100 * formula:.1f} %",
            simulated.get((row["contrast"], row["test"], row["months"], row["size"]), words.NONE),
        )
    return table
